//! Going through time in windows that hold about equally many events.

use crate::manifest::FileEntry;
use std::sync::Arc;

/// A time range in µs, begin inclusive, end exclusive. Wider than 64 bits so that the last
/// moment of time has an end, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) low: i128,
    pub(crate) high: i128,
}

impl Window {
    pub(crate) const fn is_empty(&self) -> bool {
        self.low >= self.high
    }

    /// The overlap with a file's times.
    fn overlap(&self, file: &FileEntry) -> i128 {
        let end = i128::from(file.max_time) + 1;
        (self.high.min(end) - self.low.max(i128::from(file.min_time))).max(0)
    }

    /// The files that may hold events of this window.
    pub(crate) fn files(&self, files: &[Arc<FileEntry>]) -> Vec<Arc<FileEntry>> {
        files.iter().filter(|file| self.overlap(file) > 0).cloned().collect()
    }

    /// About how many events lie in it, taking each file's events as evenly spread.
    pub(crate) fn estimate(&self, files: &[Arc<FileEntry>]) -> u64 {
        let share = |file: &Arc<FileEntry>| {
            let span = i128::from(file.max_time) + 1 - i128::from(file.min_time);
            let events = i128::from(file.events);
            // Round up: a file that is touched at all counts.
            u64::try_from((events * self.overlap(file) + span - 1) / span.max(1)).unwrap_or(0)
        };
        files.iter().map(share).sum()
    }

    /// Cuts a piece of about `target` events off the high end; the rest stays in `self`.
    pub(crate) fn take_newest(&mut self, files: &[Arc<FileEntry>], target: u64) -> Self {
        let high = self.high;
        let enough = |low: i128| Self { low, high }.estimate(files) >= target;
        // The greatest begin with enough events behind it.
        let (mut few, mut many) = (high, self.low);
        if enough(many) {
            while few - many > 1 {
                let middle = many + (few - many) / 2;
                if enough(middle) { many = middle } else { few = middle }
            }
        }
        self.high = many;
        Self { low: many, high }
    }

    /// Cuts a piece of about `target` events off the low end; the rest stays in `self`.
    pub(crate) fn take_oldest(&mut self, files: &[Arc<FileEntry>], target: u64) -> Self {
        let low = self.low;
        let enough = |high: i128| Self { low, high }.estimate(files) >= target;
        let (mut few, mut many) = (low, self.high);
        if enough(many) {
            while many - few > 1 {
                let middle = few + (many - few) / 2;
                if enough(middle) { many = middle } else { few = middle }
            }
        }
        self.low = many;
        Self { low, high: many }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(min_time: i64, max_time: i64, events: u64) -> Arc<FileEntry> {
        Arc::new(FileEntry {
            path: String::new(),
            day: String::new(),
            folder: String::new(),
            events,
            bytes: 0,
            raw_bytes: 0,
            min_time,
            max_time,
            first: 0,
            last: 0,
            index_at: 0,
            index_bytes: 0,
            hash: String::new(),
            keep: None,
        })
    }

    #[test]
    fn windows_cover_all_of_time_without_overlap() {
        let files =
            vec![file(0, 999, 1000), file(500, 5_000_000, 200), file(i64::MIN, i64::MAX, 3), file(7, 7, 50_000)];
        let whole = Window { low: i128::from(i64::MIN), high: i128::from(i64::MAX) + 1 };
        for target in [1, 100, 1_000_000] {
            let (mut newest, mut oldest, mut pieces) = (whole, whole, 0);
            while !newest.is_empty() && pieces < 100 {
                let before = newest.high;
                let piece = newest.take_newest(&files, target);
                assert!(!piece.is_empty() && piece.high == before && piece.low == newest.high);
                pieces += 1;
            }
            while !oldest.is_empty() && pieces < 200 {
                let before = oldest.low;
                let piece = oldest.take_oldest(&files, target);
                assert!(!piece.is_empty() && piece.low == before && piece.high == oldest.low);
                pieces += 1;
            }
        }
    }

    #[test]
    fn a_window_holds_about_as_many_events_as_wanted() {
        let files = vec![file(0, 999_999, 1_000_000)];
        let mut rest = Window { low: 0, high: 1_000_000 };
        let piece = rest.take_newest(&files, 1000);
        assert_eq!(piece, Window { low: 999_000, high: 1_000_000 });
        assert_eq!(rest, Window { low: 0, high: 999_000 });
    }
}
