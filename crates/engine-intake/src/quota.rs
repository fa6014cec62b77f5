//! What one source may send, and the bucket that measures it.
//!
//! Time is the machine's monotonic clock: a wall clock that is set does not open or close a quota.

use std::time::Duration;
use tokio::time::Instant;

/// Longest wait that one batch costs a sender; a debt beyond it is waited for in further rounds.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// What one source may send. Zero means without limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Records per second, in the long run.
    pub events_per_second: u32,
    /// Bytes per second, in the long run.
    pub bytes_per_second: u32,
    /// Seconds of unused quota that may be sent at once.
    pub burst_seconds: u32,
}

impl Quota {
    /// No limit.
    pub const NONE: Self = Self { events_per_second: 0, bytes_per_second: 0, burst_seconds: 10 };

    const fn is_none(self) -> bool {
        self.events_per_second == 0 && self.bytes_per_second == 0
    }
}

impl Default for Quota {
    fn default() -> Self {
        Self::NONE
    }
}

/// One measure of a bucket: what is left, negative when more was taken than there was.
#[derive(Clone, Copy, Debug)]
struct Level {
    rate: f64,
    most: f64,
    left: f64,
}

impl Level {
    fn new(per_second: u32, burst_seconds: u32) -> Self {
        let rate = f64::from(per_second);
        let most = rate * f64::from(burst_seconds.max(1));
        Self { rate, most, left: most }
    }

    fn refill(&mut self, elapsed: Duration) {
        self.left = (self.left + self.rate * elapsed.as_secs_f64()).min(self.most);
    }

    /// Seconds until nothing is owed.
    fn debt_seconds(&self) -> f64 {
        if self.rate > 0.0 && self.left < 0.0 { -self.left / self.rate } else { 0.0 }
    }

    fn has(&self, amount: f64) -> bool {
        self.rate <= 0.0 || self.left >= amount.min(self.most)
    }
}

/// What one source has left.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bucket {
    events: Level,
    bytes: Level,
    at: Instant,
    open: bool,
}

impl Bucket {
    pub(crate) fn new(quota: Quota, now: Instant) -> Self {
        Self {
            events: Level::new(quota.events_per_second, quota.burst_seconds),
            bytes: Level::new(quota.bytes_per_second, quota.burst_seconds),
            at: now,
            open: quota.is_none(),
        }
    }

    fn refill(&mut self, now: Instant) {
        let elapsed = now.saturating_duration_since(self.at);
        self.at = now;
        self.events.refill(elapsed);
        self.bytes.refill(elapsed);
    }

    /// Takes in any case and says how long the sender has to wait for it: for those who can be asked to wait.
    #[expect(clippy::cast_precision_loss, reason = "counts of one batch are far below 2^52")]
    pub(crate) fn charge(&mut self, events: usize, bytes: usize, now: Instant) -> Duration {
        if self.open {
            return Duration::ZERO;
        }
        self.refill(now);
        self.events.left -= events as f64;
        self.bytes.left -= bytes as f64;
        let seconds = self.events.debt_seconds().max(self.bytes.debt_seconds());
        Duration::from_secs_f64(seconds.min(LONGEST_WAIT.as_secs_f64()))
    }

    /// Takes one record when there is enough, and says whether: for those who cannot be asked to wait.
    #[expect(clippy::cast_precision_loss, reason = "a datagram is below 64 KiB")]
    pub(crate) fn admit(&mut self, bytes: usize, now: Instant) -> bool {
        if self.open {
            return true;
        }
        self.refill(now);
        let bytes = bytes as f64;
        if !self.events.has(1.0) || !self.bytes.has(bytes) {
            return false;
        }
        self.events.left -= 1.0;
        self.bytes.left -= bytes;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(start: Instant, millis: u64) -> Instant {
        start + Duration::from_millis(millis)
    }

    #[test]
    fn a_burst_is_free_and_the_rest_costs_time() {
        let start = Instant::now();
        let mut bucket =
            Bucket::new(Quota { events_per_second: 100, bytes_per_second: 10_000, burst_seconds: 2 }, start);
        assert_eq!(bucket.charge(200, 1000, start), Duration::ZERO);
        assert_eq!(bucket.charge(50, 0, start), Duration::from_millis(500));
        // Half a second later the debt is paid, and bytes are what is short.
        assert_eq!(bucket.charge(0, 0, after(start, 500)), Duration::ZERO);
        assert_eq!(bucket.charge(0, 30_000, after(start, 500)), Duration::from_secs(1));
        assert_eq!(bucket.charge(0, 9_000_000, after(start, 500)), LONGEST_WAIT);
    }

    #[test]
    fn datagrams_beyond_the_quota_are_not_admitted_until_time_passes() {
        let start = Instant::now();
        let mut bucket = Bucket::new(Quota { events_per_second: 10, bytes_per_second: 0, burst_seconds: 1 }, start);
        assert_eq!((0..100).filter(|_| bucket.admit(500, start)).count(), 10);
        assert_eq!((0..100).filter(|_| bucket.admit(500, after(start, 300))).count(), 3);
        // One larger than the whole bucket passes when the bucket is full, or it never would.
        let mut small = Bucket::new(Quota { events_per_second: 0, bytes_per_second: 100, burst_seconds: 1 }, start);
        assert!(small.admit(5000, start) && !small.admit(1, start));
    }

    #[test]
    fn no_quota_is_no_limit() {
        let start = Instant::now();
        let mut bucket = Bucket::new(Quota::NONE, start);
        assert_eq!(bucket.charge(1_000_000, usize::MAX, start), Duration::ZERO);
        assert!(bucket.admit(65_000, start));
    }
}
