//! Live figures of the pipeline: events per second, lag, what was unusual.

use base_core::Timestamp;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// Seconds the per-second history goes back.
pub(crate) const HISTORY_SECS: usize = 1_800;

/// Counters since start, and events per second of the last half hour. Shared, never blocks for long.
#[derive(Debug)]
pub(crate) struct Board {
    /// Events read, detected and handed to the lake since start.
    pub events: AtomicU64,
    /// Of these, events no source definition could read.
    pub unparsed: AtomicU64,
    /// Of these, events cut to the size limit.
    pub truncated: AtomicU64,
    /// Detections since start.
    pub detections: AtomicU64,
    /// Next journal sequence the pipeline will read.
    pub position: AtomicU64,
    /// Microseconds from receipt to committed alert of the latest batch with a detection.
    pub last_alert_latency_us: AtomicU64,
    ring: Mutex<Ring>,
}

#[derive(Debug)]
struct Ring {
    /// Second since the epoch of the newest slot.
    newest: i64,
    slots: Vec<u32>,
}

impl Default for Board {
    fn default() -> Self {
        Self {
            events: AtomicU64::new(0),
            unparsed: AtomicU64::new(0),
            truncated: AtomicU64::new(0),
            detections: AtomicU64::new(0),
            position: AtomicU64::new(0),
            last_alert_latency_us: AtomicU64::new(0),
            ring: Mutex::new(Ring { newest: 0, slots: vec![0; HISTORY_SECS] }),
        }
    }
}

impl Board {
    /// Counts `n` events handled at `now`.
    pub(crate) fn add_events(&self, now: Timestamp, n: u64) {
        self.events.fetch_add(n, Ordering::Relaxed);
        let mut ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        ring.turn_to(now.as_secs());
        let at = ring.slot(now.as_secs());
        if let Some(slot) = ring.slots.get_mut(at) {
            *slot = slot.saturating_add(u32::try_from(n).unwrap_or(u32::MAX));
        }
    }

    /// Notes how long the oldest event of a batch with detections took to its committed alert, in microseconds.
    pub(crate) fn saw_latency(&self, micros: i64) {
        self.last_alert_latency_us.store(u64::try_from(micros).unwrap_or(0), Ordering::Relaxed);
    }

    /// Events in each of the last `seconds` full seconds before `now`, oldest first.
    #[must_use]
    pub(crate) fn history(&self, now: Timestamp, seconds: usize) -> Vec<u32> {
        let mut ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        ring.turn_to(now.as_secs());
        let span = i64::try_from(seconds.min(HISTORY_SECS - 1)).unwrap_or(0);
        (1..=span).rev().map(|back| ring.slots.get(ring.slot(now.as_secs() - back)).copied().unwrap_or(0)).collect()
    }

    /// Mean events per second over the last ten full seconds.
    #[must_use]
    pub(crate) fn rate(&self, now: Timestamp) -> f64 {
        let last = self.history(now, 10);
        last.iter().map(|n| f64::from(*n)).sum::<f64>() / 10.0
    }
}

impl Ring {
    fn slot(&self, second: i64) -> usize {
        let len = i64::try_from(self.slots.len()).unwrap_or(1).max(1);
        usize::try_from(second.rem_euclid(len)).unwrap_or(0)
    }

    /// Empties the slots of the seconds that passed since the newest one.
    fn turn_to(&mut self, second: i64) {
        if second <= self.newest {
            return;
        }
        let passed = second.saturating_sub(self.newest).min(i64::try_from(self.slots.len()).unwrap_or(0));
        for back in 0..passed {
            let at = self.slot(second - back);
            if let Some(slot) = self.slots.get_mut(at) {
                *slot = 0;
            }
        }
        self.newest = second;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn history_moves_with_time_and_forgets() {
        let board = Board::default();
        let t = Timestamp::from_secs(1_790_000_000);
        board.add_events(t, 50);
        board.add_events(t.plus_secs(1), 30);
        assert_eq!(board.history(t.plus_secs(2), 3), [0, 50, 30]);
        assert!((board.rate(t.plus_secs(2)) - 8.0).abs() < f64::EPSILON);
        assert_eq!(board.history(t.plus_secs(4_000), 1_799).iter().sum::<u32>(), 0);
        assert_eq!(board.events.load(Ordering::Relaxed), 80);
    }

    #[test]
    fn a_clock_that_steps_back_does_no_harm() {
        let board = Board::default();
        let t = Timestamp::from_secs(1_790_000_000);
        board.add_events(t, 5);
        board.add_events(t.plus_secs(-100), 7);
        assert_eq!(board.history(t.plus_secs(1), 1), [5]);
    }
}
