//! What is measured over a window, and whether the condition holds.

use super::group::Entry;
use engine_sigma::{Comparison, Correlation, CorrelationKind, Together};
use rustc_hash::FxHashSet;
use std::collections::VecDeque;

/// Whether the condition holds over entries `from` to `end`, without the one at `left_out`.
pub(super) fn holds(
    correlation: &Correlation,
    entries: &VecDeque<Entry>,
    from: usize,
    end: usize,
    left_out: Option<usize>,
) -> bool {
    let window = || {
        let after = (end + 1).min(entries.len());
        let places = (from..after).zip(entries.range(from.min(after)..after));
        places.filter(|(n, _)| Some(*n) != left_out).map(|(_, e)| e)
    };
    let count = || (end + 1 - from) - usize::from(left_out.is_some_and(|n| (from..=end).contains(&n)));
    match correlation.kind {
        CorrelationKind::EventCount => compare(correlation, precise(count())),
        CorrelationKind::ValueCount => {
            let mut values = FxHashSet::default();
            let stop = at_least(correlation);
            // From the newest back: a lasting flood is decided after few entries.
            for entry in window().rev() {
                values.insert(entry.value);
                if stop.is_some_and(|n| precise(values.len()) >= n) {
                    break;
                }
            }
            compare(correlation, precise(values.len()))
        }
        CorrelationKind::Temporal => {
            let mut seen = vec![false; correlation.refers_to.len()];
            for entry in window() {
                if let Some(slot) = seen.get_mut(entry.referred) {
                    *slot = true;
                }
            }
            if correlation.conditions.is_empty() {
                together(&correlation.together, &seen)
            } else {
                compare(correlation, precise(seen.iter().filter(|s| **s).count()))
            }
        }
        CorrelationKind::TemporalOrdered => {
            let mut stage = 0;
            for entry in window() {
                if entry.referred == stage {
                    stage += 1;
                }
            }
            if correlation.conditions.is_empty() {
                stage == correlation.refers_to.len()
            } else {
                compare(correlation, precise(stage))
            }
        }
        CorrelationKind::ValueShare => {
            let (newest, n) = (entries.get(end).map(|e| e.value), count());
            let same = window().filter(|e| Some(e.value) == newest).count();
            n > 0 && compare(correlation, 100.0 * precise(same) / precise(n))
        }
        CorrelationKind::ValueSum => compare(correlation, window().map(decimal).sum()),
        CorrelationKind::ValueAvg => {
            let n = count();
            n > 0 && compare(correlation, window().map(decimal).sum::<f64>() / precise(n))
        }
        CorrelationKind::ValuePercentile => {
            let mut values: Vec<f64> = window().map(decimal).collect();
            values.sort_by(f64::total_cmp);
            percentile(&values, correlation.percentile).is_some_and(|p| compare(correlation, p))
        }
    }
}

fn decimal(entry: &Entry) -> f64 {
    f64::from_bits(entry.value)
}

#[expect(clippy::cast_precision_loss, reason = "a window holds far fewer than 2^53 entries")]
fn precise(n: usize) -> f64 {
    n as f64
}

fn compare(correlation: &Correlation, measured: f64) -> bool {
    let conditions = &correlation.conditions;
    !conditions.is_empty() && conditions.iter().all(|(op, n)| measured.partial_cmp(n).is_some_and(|o| op.holds(o)))
}

/// The number from which on nothing changes, when every condition is a lower bound.
fn at_least(correlation: &Correlation) -> Option<f64> {
    let bounds = correlation.conditions.iter().map(|(op, n)| match op {
        Comparison::GreaterOrEqual => Some(*n),
        Comparison::Greater => Some(*n + 1.0),
        _ => None,
    });
    bounds.collect::<Option<Vec<f64>>>()?.into_iter().reduce(f64::max)
}

fn together(wanted: &Together, seen: &[bool]) -> bool {
    match wanted {
        Together::All => seen.iter().all(|s| *s),
        Together::Each(parts) => parts.iter().all(|p| together(p, seen)),
        Together::OneOf(parts) => parts.iter().any(|p| together(p, seen)),
        Together::Rule(n) => seen.get(*n).copied().unwrap_or(false),
    }
}

/// Nearest rank: the smallest value that at least `rank` percent of the values do not exceed.
fn percentile(sorted: &[f64], rank: f64) -> Option<f64> {
    let place = (rank / 100.0 * precise(sorted.len())).ceil().max(1.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and the number of values")]
    sorted.get(place as usize - 1).copied()
}

#[cfg(test)]
mod tests {
    use super::percentile;

    #[test]
    fn nearest_rank() {
        let values = [15.0, 20.0, 35.0, 40.0, 50.0];
        for (rank, expected) in [(0.0, 15.0), (5.0, 15.0), (30.0, 20.0), (40.0, 20.0), (50.0, 35.0), (100.0, 50.0)] {
            assert_eq!(percentile(&values, rank), Some(expected), "{rank}");
        }
        assert_eq!(percentile(&[], 50.0), None);
    }
}
