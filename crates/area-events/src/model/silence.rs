//! When a source that is quiet is silent: measured against the habit of that source, not against a fixed time.
//!
//! A source that sends at night only, once a day, or now and then has nothing to fall silent from. So the hours
//! since it was last heard are compared with the same hours of the same weekday of earlier weeks (of a young source
//! with those of all days). Only one that always speaks at this time, and in a good part of the day, is missed.

use super::health::Hour;
use base_core::Timestamp;
use std::collections::HashMap;

/// Weeks that an hour is compared with.
const WEEKS: i64 = 4;
/// Weeks that must be known, or days of a source that is younger.
const WEEKS_NEEDED: usize = 2;
const DAYS_NEEDED: usize = 7;
/// Events that must be missing before anything is said.
const MISSED_NEEDED: i64 = 20;
/// Hours of the day in which a source must usually speak: one batch a night is no flow.
const HOURS_NEEDED: usize = 6;
/// Seconds of an hour.
const HOUR: i64 = 3_600;
/// Hours that have to be read of a source: weeks to compare with, and the day whose hours are counted.
pub const HOURS_READ: i64 = (WEEKS * 7 + 1) * 24;

/// What is normal for a source at a time at which it says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Missed {
    /// Events it usually sends in this hour.
    pub per_hour: i64,
    /// Events that are missing so far, of the time looked at.
    pub events: i64,
}

/// How busy each hour of the past was.
struct Past {
    events: HashMap<i64, i64>,
    begun: i64,
}

impl Past {
    /// What is usual in `hour`; `None` when it is unknown, or usual to be quiet. Weeks in which the source was
    /// silent do not change the habit as long as they are few.
    fn usual(&self, hour: i64) -> Option<i64> {
        // Its first hour was not whole.
        let known = |hours: Vec<i64>| -> Vec<i64> {
            let of = |h: i64| self.events.get(&h).copied().unwrap_or(0);
            hours.into_iter().filter(|h| *h > self.begun).map(of).collect()
        };
        let mut same = known((1..=WEEKS).map(|w| hour - w * 7 * 24).collect());
        if same.len() < WEEKS_NEEDED {
            same = known((1..=WEEKS * 7).map(|d| hour - d * 24).collect());
            if same.len() < DAYS_NEEDED {
                return None;
            }
        }
        let quiet = same.iter().filter(|n| **n == 0).count();
        same.sort_unstable();
        same.get(same.len() / 2).copied().filter(|median| *median > 0 && quiet * 4 <= same.len())
    }
}

/// What of a source is missed at `now`, when it was last heard at `heard` (or we began to listen then); `None` when
/// its being quiet is nothing unusual, or not for longer than `patience` seconds.
#[must_use]
pub fn missed(hours: &[Hour], heard: Timestamp, patience: i64, now: Timestamp) -> Option<Missed> {
    let (heard, now) = (heard.as_secs(), now.as_secs());
    if now - heard <= patience {
        return None;
    }
    let past =
        Past { events: hours.iter().map(|h| (h.hour, h.events)).collect(), begun: hours.iter().map(|h| h.hour).min()? };
    // Not from the beginning of the silence: a machine that broke down on Friday is missed on Monday.
    let from = heard.max(now - patience.max(HOUR));
    let (first, last) = (from.div_euclid(HOUR), now.div_euclid(HOUR));
    let (mut seconds, mut per_hour) = (0, 0);
    for hour in first..=last {
        per_hour = past.usual(hour)?;
        let within = now.min((hour + 1) * HOUR) - from.max(hour * HOUR);
        seconds += per_hour * within;
    }
    let events = seconds / HOUR;
    let day = last - last.rem_euclid(24);
    let busy = (day..day + 24).filter(|hour| past.usual(*hour).is_some()).count();
    (events >= MISSED_NEEDED && busy >= HOURS_NEEDED).then_some(Missed { per_hour, events })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A Monday, 10:00.
    const NOW: Timestamp = Timestamp::from_secs(1_393_840_800);
    const THIS: i64 = NOW.as_secs() / HOUR;

    /// Five weeks up to and without this hour, by weekday (Monday is 0) and hour of the day.
    fn habit(days: i64, events: impl Fn(i64, i64) -> i64) -> Vec<Hour> {
        let of = |hour: i64| {
            // 1 January 1970 was a Thursday.
            let (weekday, of_day) = ((hour.div_euclid(24) + 3).rem_euclid(7), hour.rem_euclid(24));
            Hour { hour, events: events(weekday, of_day), ..Hour::default() }
        };
        (THIS - days * 24..THIS).map(of).filter(|h| h.events > 0).collect()
    }

    fn at(hours: &[Hour], quiet_secs: i64, after_secs: i64) -> Option<Missed> {
        let now = NOW.plus_secs(after_secs);
        missed(hours, now.plus_secs(-quiet_secs), 600, now)
    }

    #[test]
    fn a_steady_source_is_missed_and_not_too_soon() {
        let steady = habit(35, |_, _| 600);
        assert_eq!(at(&steady, 600, 0), None, "as long as it may be quiet");
        assert_eq!(at(&steady, 700, 0), Some(Missed { per_hour: 600, events: 116 }));
        assert_eq!(at(&habit(35, |_, _| 20), 700, 0), None, "three events more or less are no habit");
        assert_eq!(at(&habit(9, |_, _| 600), 700, 0), Some(Missed { per_hour: 600, events: 116 }), "a young one");
        assert_eq!(at(&habit(5, |_, _| 600), 700, 0), None, "too young to have habits");
        assert_eq!(missed(&[], NOW.plus_secs(-9_999), 600, NOW), None);
    }

    #[test]
    fn office_hours_batches_and_moods_are_respected() {
        let office = habit(35, |weekday, hour| if weekday < 5 && (7..17).contains(&hour) { 500 } else { 0 });
        // Since Friday evening: not missed on Saturday or at night, but on Monday morning.
        let hours = |h: i64| h * HOUR;
        assert_eq!(at(&office, hours(17), hours(-48)), None, "Saturday 10:00");
        assert_eq!(at(&office, hours(60), hours(-5)), None, "Monday 05:00");
        assert!(at(&office, hours(65), 0).is_some(), "Monday 10:00");
        let nightly = habit(35, |_, hour| if hour == 2 { 50_000 } else { 0 });
        for after in -12..12 {
            assert_eq!(at(&nightly, hours(30), hours(after)), None, "a batch is no flow");
        }
        let moody = habit(35, |weekday, hour| if (weekday + hour) % 3 == 0 { 900 } else { 0 });
        assert_eq!(at(&moody, hours(2), 0), None);
        let gone_last_week: Vec<Hour> = habit(35, |_, _| 600).into_iter().filter(|h| h.hour != THIS - 168).collect();
        assert!(at(&gone_last_week, hours(1) - 1, hours(1)).is_some(), "one bad week is no habit");
    }
}
