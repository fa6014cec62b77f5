//! Counts over time.

use base_core::Timestamp;

/// One bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// Begin, inclusive.
    pub start: Timestamp,
    /// End, exclusive.
    pub end: Timestamp,
    /// Events in it.
    pub count: u64,
}

/// Equal parts of a time range: the arithmetic every lake shares, so that bars agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Buckets {
    start: i64,
    width: i64,
    count: usize,
}

impl Buckets {
    /// Divides `from..until` into at most `wanted` (1 to 2000) equal bars of whole microseconds;
    /// the last may reach past `until`. `None` for an empty range.
    #[must_use]
    pub fn new(from: Timestamp, until: Timestamp, wanted: usize) -> Option<Self> {
        let span = i128::from(until.as_micros()) - i128::from(from.as_micros());
        if span <= 0 {
            return None;
        }
        let wanted = i128::try_from(wanted.clamp(1, 2000)).ok()?;
        let width = ((span + wanted - 1) / wanted).max(1);
        let count = (span + width - 1) / width;
        Some(Self { start: from.as_micros(), width: i64::try_from(width).ok()?, count: usize::try_from(count).ok()? })
    }

    /// Begin of the first bar in µs.
    #[must_use]
    pub const fn start_micros(&self) -> i64 {
        self.start
    }

    /// Width of a bar in µs.
    #[must_use]
    pub const fn width_micros(&self) -> i64 {
        self.width
    }

    /// How many bars.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.count
    }

    /// Which bar a time falls into.
    #[must_use]
    pub fn index(&self, time: Timestamp) -> Option<usize> {
        let time = time.as_micros();
        if time < self.start {
            return None;
        }
        let index = usize::try_from(time.abs_diff(self.start) / self.width.unsigned_abs()).ok()?;
        (index < self.count).then_some(index)
    }

    /// The bars, with the counts added up from `(index, events)` pairs.
    #[must_use]
    pub fn fill(&self, counts: impl IntoIterator<Item = (usize, u64)>) -> Vec<Bucket> {
        let mut bars: Vec<Bucket> = (0..self.count)
            .map(|n| {
                let n = i64::try_from(n).unwrap_or(i64::MAX);
                let start = self.start.saturating_add(self.width.saturating_mul(n));
                let (start, end) =
                    (Timestamp::from_micros(start), Timestamp::from_micros(start.saturating_add(self.width)));
                Bucket { start, end, count: 0 }
            })
            .collect();
        for (index, events) in counts {
            if let Some(bar) = bars.get_mut(index) {
                bar.count += events;
            }
        }
        bars
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_cover_the_range_without_gap() {
        let (from, until) = (Timestamp::from_micros(-7), Timestamp::from_micros(100));
        let buckets = Buckets::new(from, until, 10).expect("range");
        let bars = buckets.fill([(0, 1), (9, 2), (99, 5)]);
        assert_eq!(bars.len(), 10);
        assert_eq!(bars[0].start, from);
        assert!(bars.windows(2).all(|w| w[0].end == w[1].start));
        assert!(bars[9].end >= until && bars[9].count == 2);
        assert_eq!(buckets.index(Timestamp::from_micros(-8)), None);
        assert_eq!(buckets.index(Timestamp::from_micros(99)), Some(9));
    }

    #[test]
    fn extreme_ranges_do_not_overflow() {
        let (min, max) = (Timestamp::from_micros(i64::MIN), Timestamp::from_micros(i64::MAX));
        assert_eq!(Buckets::new(min, max, 1), None, "one bar would be wider than 64 bits");
        assert!(Buckets::new(min, max, 100).is_some());
        assert_eq!(Buckets::new(max, min, 10), None);
        assert_eq!(Buckets::new(min, Timestamp::from_micros(i64::MIN + 3), 10).map(|b| b.count), Some(3));
    }
}
