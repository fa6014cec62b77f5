//! Detections over time, in bounded memory whatever the span: cells that widen when there are too many.

use base_core::{Severity, Timestamp};
use std::collections::BTreeMap;

/// Most cells kept; reaching it doubles the width of a cell.
const MAX_CELLS: usize = 16_384;
/// Width of a cell to begin with, in microseconds.
const FIRST_WIDTH: i64 = 1_000_000;
/// Most stretches of time the picture is cut into.
const MAX_STRETCHES: usize = 5;

/// How many detections of each level, lowest level first.
pub type LevelCounts = [u64; 5];

/// The place of a level in [`LevelCounts`].
#[must_use]
pub fn level_index(level: Severity) -> usize {
    Severity::ALL.iter().position(|l| *l == level).unwrap_or(0)
}

/// Counts by time, lane and level. A lane is whatever the caller numbers, such as a tactic.
#[derive(Clone, Debug)]
pub struct Timeline {
    width: i64,
    cells: BTreeMap<(i64, u8), LevelCounts>,
    span: Option<(Timestamp, Timestamp)>,
}

impl Default for Timeline {
    fn default() -> Self {
        Self { width: FIRST_WIDTH, cells: BTreeMap::new(), span: None }
    }
}

impl Timeline {
    /// Counts one detection in each of `lanes`.
    pub fn add(&mut self, time: Timestamp, lanes: impl IntoIterator<Item = u8>, level: Severity) {
        self.span = Some(match self.span {
            None => (time, time),
            Some((first, last)) => (first.min(time), last.max(time)),
        });
        let at = time.as_micros().div_euclid(self.width);
        for lane in lanes {
            let cell = self.cells.entry((at, lane)).or_default();
            if let Some(n) = cell.get_mut(level_index(level)) {
                *n += 1;
            }
        }
        while self.cells.len() > MAX_CELLS {
            self.widen();
        }
    }

    /// First and last time counted.
    #[must_use]
    pub fn span(&self) -> Option<(Timestamp, Timestamp)> {
        self.span
    }

    fn widen(&mut self) {
        self.width = self.width.saturating_mul(2);
        let mut merged: BTreeMap<(i64, u8), LevelCounts> = BTreeMap::new();
        for ((at, lane), counts) in std::mem::take(&mut self.cells) {
            let cell = merged.entry((at.div_euclid(2), lane)).or_default();
            for (sum, n) in cell.iter_mut().zip(counts) {
                *sum += n;
            }
        }
        self.cells = merged;
    }

    /// Draws the counts into about `bins` columns. Long stretches without any detection are
    /// cut out, so that three bursts in three years are still three legible bursts.
    #[must_use]
    pub fn plot(&self, bins: usize) -> Plot {
        let stretches = self.stretches();
        let spans: Vec<i64> = stretches.iter().map(|(from, to)| (to - from).max(1)).collect();
        let total: i64 = spans.iter().sum();
        // Every stretch gets a sixth of an equal share at least, so that a short burst shows.
        let floor = (bins / (stretches.len().max(1) * 6)).max(2);
        let free = i64::try_from(bins.saturating_sub(floor * stretches.len())).unwrap_or(0);
        let mut plot = Plot::default();
        for ((from, to), span) in stretches.into_iter().zip(spans) {
            let extra = usize::try_from(i128::from(free) * i128::from(span) / i128::from(total.max(1))).unwrap_or(0);
            // No finer than a cell: empty columns between cells would look like pauses.
            let wanted = (floor + extra).min(usize::try_from(span).unwrap_or(bins)).max(1);
            plot.push_stretch(self, from, to, wanted);
        }
        plot
    }

    /// Runs of cells (from, to) in cell numbers, `to` excluded, between the longest gaps.
    fn stretches(&self) -> Vec<(i64, i64)> {
        let mut at: Vec<i64> = self.cells.keys().map(|(at, _)| *at).collect();
        at.dedup();
        let (Some(first), Some(last)) = (at.first().copied(), at.last().copied()) else {
            return Vec::new();
        };
        let mut gaps: Vec<(i64, i64)> =
            at.iter().zip(at.iter().skip(1)).map(|(a, b)| (b - a, *a)).filter(|(gap, _)| *gap > 1).collect();
        gaps.sort_unstable_by(|a, b| b.cmp(a));
        let mut shown = last - first + 1;
        let mut cuts = Vec::new();
        for (gap, after) in gaps.into_iter().take(MAX_STRETCHES - 1) {
            // Only a gap that would waste a quarter of the picture is worth a break.
            if gap * 4 < shown {
                break;
            }
            shown -= gap - 1;
            cuts.push((after + 1, after + gap));
        }
        cuts.sort_unstable();
        let mut stretches = Vec::new();
        let mut from = first;
        for (end, next) in cuts {
            stretches.push((from, end));
            from = next;
        }
        stretches.push((from, last + 1));
        stretches
    }
}

/// A time-line ready to be drawn.
#[derive(Clone, Debug, Default)]
pub struct Plot {
    /// Columns from left to right.
    pub columns: Vec<Column>,
}

/// One column: a stretch of time and its counts by lane.
#[derive(Clone, Debug)]
pub struct Column {
    /// First moment.
    pub from: Timestamp,
    /// First moment no longer in it.
    pub to: Timestamp,
    /// Whether a stretch of time was cut out before this column.
    pub after_break: bool,
    /// Counts by lane.
    pub lanes: BTreeMap<u8, LevelCounts>,
}

impl Plot {
    fn push_stretch(&mut self, line: &Timeline, from: i64, to: i64, wanted: usize) {
        let base = self.columns.len();
        let span = i128::from((to - from).max(1));
        let count = i128::try_from(wanted.max(1)).unwrap_or(1);
        let edge = |n: i128| from.saturating_add(i64::try_from(span * n / count).unwrap_or(i64::MAX));
        for n in 0..count {
            self.columns.push(Column {
                from: Timestamp::from_micros(edge(n).saturating_mul(line.width)),
                to: Timestamp::from_micros(edge(n + 1).saturating_mul(line.width)),
                after_break: n == 0 && base > 0,
                lanes: BTreeMap::new(),
            });
        }
        for ((at, lane), counts) in line.cells.range((from, 0)..(to, 0)) {
            // The column whose edges enclose the cell: the inverse of `edge`, rounding up.
            let n = ((i128::from(at - from) + 1) * count - 1) / span;
            let Some(column) = usize::try_from(n).ok().and_then(|n| self.columns.get_mut(base + n)) else { continue };
            let cell = column.lanes.entry(*lane).or_default();
            for (sum, n) in cell.iter_mut().zip(counts) {
                *sum += n;
            }
        }
    }

    /// The highest number of detections of `lane` in one column.
    #[must_use]
    pub fn peak(&self, lane: u8) -> u64 {
        self.columns.iter().filter_map(|c| c.lanes.get(&lane)).map(|l| l.iter().sum()).max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn total(plot: &Plot, lane: u8) -> u64 {
        plot.columns.iter().filter_map(|c| c.lanes.get(&lane)).flatten().sum()
    }

    #[test]
    fn memory_is_bounded_and_nothing_is_lost() {
        let mut line = Timeline::default();
        for n in 0..100_000_i64 {
            line.add(Timestamp::from_secs(n * 977), [0, 1], Severity::High);
        }
        assert!(line.cells.len() <= MAX_CELLS);
        let plot = line.plot(96);
        assert_eq!((total(&plot, 0), total(&plot, 1)), (100_000, 100_000));
        assert!((90..=96).contains(&plot.columns.len()), "{}", plot.columns.len());
        assert!(plot.columns.iter().all(|c| !c.lanes.is_empty()));
    }

    #[test]
    fn every_cell_falls_into_the_column_of_its_time() {
        let mut line = Timeline::default();
        for secs in [5, 6, 7, 90, 91, 400] {
            line.add(Timestamp::from_secs(secs), [0], Severity::Low);
        }
        let plot = line.plot(20);
        for secs in [5, 6, 7, 90, 91, 400] {
            let t = Timestamp::from_secs(secs);
            let column = plot.columns.iter().find(|c| c.from <= t && t < c.to).expect("a column holds it");
            assert!(column.lanes.contains_key(&0), "{secs}");
        }
        assert_eq!(total(&plot, 0), 6);
    }

    #[test]
    fn years_of_silence_are_cut_out() {
        let mut line = Timeline::default();
        for burst in [0_i64, 400_000_000, 900_000_000] {
            for n in 0..60 {
                line.add(Timestamp::from_secs(burst + n * 10), [0], Severity::Medium);
            }
        }
        let plot = line.plot(90);
        assert_eq!(plot.columns.iter().filter(|c| c.after_break).count(), 2);
        assert!(plot.columns.iter().filter(|c| c.lanes.is_empty()).count() < 45);
        assert_eq!(total(&plot, 0), 180);
    }

    #[test]
    fn one_moment_and_extreme_times_do_not_panic() {
        let mut line = Timeline::default();
        assert!(line.plot(50).columns.is_empty());
        line.add(Timestamp::from_micros(i64::MIN), [0], Severity::Critical);
        assert_eq!(total(&line.plot(50), 0), 1);
        line.add(Timestamp::from_micros(i64::MAX), [3], Severity::Critical);
        assert_eq!(total(&line.plot(50), 3), 1);
    }
}
