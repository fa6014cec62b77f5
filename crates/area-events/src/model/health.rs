//! How a source is doing against what is normal for it.

use base_core::Timestamp;

/// Days over which an hour of the day is compared.
const DAYS: i64 = 28;
/// Days of which the hour must be known before anything is said about it.
const DAYS_NEEDED: usize = 3;

/// What is kept of one hour of a source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hour {
    /// Hours since 1970.
    pub hour: i64,
    /// Events.
    pub events: i64,
    /// Of these, those no definition could read.
    pub unparsed: i64,
    /// Of these, those that carry a time.
    pub timed: i64,
    /// Sum of their lags in milliseconds.
    pub lag_sum: i64,
    /// Longest lag in milliseconds.
    pub lag_most: i64,
    /// Events from the future: the sender's clock is ahead.
    pub ahead: i64,
}

/// A field that a kind of record did not have before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewField {
    /// The kind of record.
    pub kind: String,
    /// The field.
    pub name: String,
    /// When it came first.
    pub first_seen: Timestamp,
}

/// The last whole hour of a source against the same hour of other days.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Pace {
    /// Events of the last whole hour.
    pub last: i64,
    /// Median of the same hour of the days before; `None` while too few days are known.
    pub normal: Option<i64>,
    /// Mean lag of the last day, in milliseconds.
    pub lag_mean: Option<i64>,
    /// Longest lag of the last day.
    pub lag_most: i64,
    /// Events of the last day from the future.
    pub ahead: i64,
}

impl Pace {
    /// Out of the hours of the last weeks; `now` is in hours since 1970.
    #[must_use]
    pub fn of(hours: &[Hour], now: i64) -> Self {
        let events = |hour: i64| hours.iter().find(|h| h.hour == hour).map_or(0, |h| h.events);
        let begun = hours.first().map_or(now, |h| h.hour);
        // Days before the source began say nothing about it; a day without an event does.
        let mut same: Vec<i64> = (1..=DAYS).map(|d| now - 1 - 24 * d).filter(|h| *h >= begun).map(events).collect();
        same.sort_unstable();
        let normal = (same.len() >= DAYS_NEEDED).then(|| same.get(same.len() / 2).copied().unwrap_or(0));
        let day = || hours.iter().filter(|h| h.hour > now - 24);
        let (timed, sum) = day().fold((0, 0_i64), |(n, s), h| (n + h.timed, s.saturating_add(h.lag_sum)));
        Self {
            last: events(now - 1),
            normal,
            lag_mean: (timed > 0).then(|| sum / timed),
            lag_most: day().map(|h| h.lag_most).max().unwrap_or(0),
            ahead: day().map(|h| h.ahead).sum(),
        }
    }

    /// Whether the last hour is far from normal: less than a third or more than three times, and not just by
    /// a few events.
    #[must_use]
    pub fn is_odd(&self) -> bool {
        self.normal.is_some_and(|n| (self.last * 3 < n || self.last > n * 3) && (self.last - n).abs() >= 30)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_is_compared_with_the_same_hour_of_other_days() {
        let hour =
            |hour, events| Hour { hour, events, timed: events, lag_sum: events * 20, lag_most: 50, ..Hour::default() };
        let now = 1_000_000;
        // Busy by day, quiet by night: the same hour of the days before was quiet.
        let mut hours: Vec<Hour> =
            (1..=10).rev().flat_map(|d| [hour(now - 1 - 24 * d, 100), hour(now + 5 - 24 * d, 9_000)]).collect();
        hours.push(hour(now - 1, 90));
        let pace = Pace::of(&hours, now);
        assert_eq!((pace.last, pace.normal, pace.lag_mean, pace.is_odd()), (90, Some(100), Some(20), false));
        if let Some(last) = hours.last_mut() {
            last.events = 10;
        }
        assert!(Pace::of(&hours, now).is_odd());
        assert_eq!(Pace::of(&[hour(now - 1, 5)], now).normal, None, "one day is no habit");
    }
}
