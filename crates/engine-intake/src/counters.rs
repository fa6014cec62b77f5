//! Figures of an input, so that silence is never mistaken for safety.

use crate::quota::Quota;
use crate::received::Origin;
use crate::sources::{SourceCounts, Sources};
use crate::troubles::{Tell, Trouble, Troubles};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::time::Instant;

/// Running figures of one input. Shared; read with [`Counters::counts`], [`Counters::sources`]
/// and [`Counters::troubles`].
#[derive(Debug, Default)]
pub struct Counters {
    pub(crate) received: AtomicU64,
    pub(crate) bytes: AtomicU64,
    pub(crate) accepted: AtomicU64,
    pub(crate) refused: AtomicU64,
    pub(crate) dropped: AtomicU64,
    pub(crate) dropped_quota: AtomicU64,
    pub(crate) truncated: AtomicU64,
    pub(crate) framing_errors: AtomicU64,
    pub(crate) waits: AtomicU64,
    pub(crate) slowed: AtomicU64,
    pub(crate) connections: AtomicU64,
    pub(crate) connections_open: AtomicU64,
    pub(crate) connections_refused: AtomicU64,
    pub(crate) connections_idle: AtomicU64,
    pub(crate) connections_slow: AtomicU64,
    pub(crate) handshakes_failed: AtomicU64,
    sources: Sources,
    troubles: Troubles,
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
    /// sink that did not take them and a protocol without acknowledgement.
    pub dropped: u64,
    /// Records lost because their source sent more than its quota (UDP only).
    pub dropped_quota: u64,
    /// Records of which only the beginning was kept.
    pub truncated: u64,
    /// Times a connection broke its own framing.
    pub framing_errors: u64,
    /// Times a batch had to wait because the sink was busy or the disk full.
    pub waits: u64,
    /// Times a sender was made to wait because of its quota.
    pub slowed: u64,
    /// Connections accepted.
    pub connections: u64,
    /// Connections open now.
    pub connections_open: u64,
    /// Connections turned away because of a limit.
    pub connections_refused: u64,
    /// Connections closed because nothing arrived.
    pub connections_idle: u64,
    /// Connections closed because a record was begun and not ended, or acknowledgements were not read.
    pub connections_slow: u64,
    /// Connections on which TLS could not be agreed on.
    pub handshakes_failed: u64,
}

pub(crate) fn add(counter: &AtomicU64, count: usize) {
    counter.fetch_add(count as u64, Ordering::Relaxed);
}

impl Counters {
    pub(crate) fn with_quota(quota: Quota) -> Self {
        Self { sources: Sources::new(quota), ..Self::default() }
    }

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
            dropped_quota: get(&self.dropped_quota),
            truncated: get(&self.truncated),
            framing_errors: get(&self.framing_errors),
            waits: get(&self.waits),
            slowed: get(&self.slowed),
            connections: get(&self.connections),
            connections_open: get(&self.connections_open),
            connections_refused: get(&self.connections_refused),
            connections_idle: get(&self.connections_idle),
            connections_slow: get(&self.connections_slow),
            handshakes_failed: get(&self.handshakes_failed),
        }
    }

    /// Figures by source; the sources seen last, at most some thousand. What older ones sent is in the
    /// entry without origin.
    #[must_use]
    pub fn sources(&self) -> Vec<SourceCounts> {
        self.sources.list()
    }

    /// What senders do wrong, last seen first.
    #[must_use]
    pub fn troubles(&self) -> Vec<Trouble> {
        self.troubles.list()
    }

    pub(crate) fn tell(&self, tell: Tell) {
        self.troubles.tell(tell);
    }

    /// Counts what a source sent and says how long it has to wait.
    pub(crate) fn charge(&self, origin: &Origin, events: usize, bytes: usize) -> Duration {
        add(&self.received, events);
        add(&self.bytes, bytes);
        let wait = self.sources.charge(origin, events, bytes, Instant::now());
        if wait > Duration::ZERO {
            add(&self.slowed, 1);
        }
        wait
    }

    /// Whether a source has to wait before it may send more, and how long.
    pub(crate) fn debt(&self, origin: &Origin) -> Option<Duration> {
        let wait = self.sources.debt(origin, Instant::now());
        if wait > Duration::ZERO {
            add(&self.slowed, 1);
        }
        Some(wait).filter(|w| *w > Duration::ZERO)
    }

    /// Counts what a source sent, without asking it to wait for it now.
    pub(crate) fn took(&self, origin: &Origin, events: usize, bytes: usize) {
        add(&self.received, events);
        add(&self.bytes, bytes);
        self.sources.took(origin, events, bytes, Instant::now());
    }

    /// Counts a datagram and says whether it is within its source's quota.
    pub(crate) fn admit(&self, origin: &Origin, bytes: usize) -> bool {
        add(&self.received, 1);
        add(&self.bytes, bytes);
        let admitted = self.sources.admit(origin, bytes, Instant::now());
        if !admitted {
            add(&self.dropped_quota, 1);
        }
        admitted
    }

    /// Counts a record of a source that was lost.
    pub(crate) fn drop_one(&self, origin: &Origin) {
        add(&self.dropped, 1);
        self.sources.drop_one(origin, Instant::now());
    }
}
