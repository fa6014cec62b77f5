//! Figures of an input, so that silence is never mistaken for safety.

use std::sync::atomic::{AtomicU64, Ordering};

/// Running figures of one input. Shared; read with [`Counters::counts`].
#[derive(Debug, Default)]
pub struct Counters {
    pub(crate) received: AtomicU64,
    pub(crate) bytes: AtomicU64,
    pub(crate) accepted: AtomicU64,
    pub(crate) refused: AtomicU64,
    pub(crate) dropped: AtomicU64,
    pub(crate) truncated: AtomicU64,
    pub(crate) framing_errors: AtomicU64,
    pub(crate) waits: AtomicU64,
    pub(crate) connections: AtomicU64,
    pub(crate) connections_open: AtomicU64,
    pub(crate) connections_refused: AtomicU64,
    pub(crate) connections_idle: AtomicU64,
}

/// Figures of one input at one moment, since the start of the program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Records that arrived.
    pub received: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Records the sink took.
    pub accepted: u64,
    /// Records the sink does not want (an unknown sender, say).
    pub refused: u64,
    /// Records lost because the sink was too slow (UDP only), or still open at shutdown with a
    /// sink that did not take them.
    pub dropped: u64,
    /// Records of which only the beginning was kept.
    pub truncated: u64,
    /// Times a connection broke its own framing.
    pub framing_errors: u64,
    /// Times a batch had to wait because the sink was busy or the disk full.
    pub waits: u64,
    /// Connections accepted.
    pub connections: u64,
    /// Connections open now.
    pub connections_open: u64,
    /// Connections turned away because of a limit.
    pub connections_refused: u64,
    /// Connections closed because nothing arrived.
    pub connections_idle: u64,
}

pub(crate) fn add(counter: &AtomicU64, count: usize) {
    counter.fetch_add(count as u64, Ordering::Relaxed);
}

impl Counters {
    /// The figures now.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Counts {
            received: get(&self.received),
            bytes: get(&self.bytes),
            accepted: get(&self.accepted),
            refused: get(&self.refused),
            dropped: get(&self.dropped),
            truncated: get(&self.truncated),
            framing_errors: get(&self.framing_errors),
            waits: get(&self.waits),
            connections: get(&self.connections),
            connections_open: get(&self.connections_open),
            connections_refused: get(&self.connections_refused),
            connections_idle: get(&self.connections_idle),
        }
    }
}
