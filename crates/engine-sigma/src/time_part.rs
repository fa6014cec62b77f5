//! Parts of a date in a field: `minute`, `hour`, `day`, `week`, `month`, `year`.
//!
//! Modifiers appendix 2.1, "Time Modifiers": a number is taken from a date; it is *not
//! designed to handle timezone or format conversions*, so the part is read as written,
//! whatever offset follows.

use jiff::civil::{Date, DateTime};

/// Which part of the date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum TimePart {
    /// 0–59
    Minute,
    /// 0–23
    Hour,
    /// 1–31
    Day,
    /// ISO 8601 week, 1–53
    Week,
    /// 1–12
    Month,
    /// the year
    Year,
}

impl TimePart {
    /// The word in a rule.
    pub(crate) fn word(self) -> &'static str {
        match self {
            TimePart::Minute => "minute",
            TimePart::Hour => "hour",
            TimePart::Day => "day",
            TimePart::Week => "week",
            TimePart::Month => "month",
            TimePart::Year => "year",
        }
    }

    /// The part of the date written in `text` (ISO 8601, `T` or a space between date and time).
    pub(crate) fn of(self, text: &str) -> Option<i64> {
        let text = text.trim();
        // Cut the zone, which is not looked at: `Z`, `+07:00`, `-0500`, ` UTC`.
        let time_at = text.find(['T', 't', ' ']);
        let end = time_at.map_or(text.len(), |t| {
            let zone = text.get(t + 1..).and_then(|rest| rest.find(['Z', 'z', '+', '-', ' ', '[']));
            zone.map_or(text.len(), |z| t + 1 + z)
        });
        let civil = text.get(..end)?;
        let moment: DateTime = match civil.parse() {
            Ok(moment) => moment,
            Err(_) => DateTime::from_parts(civil.parse::<Date>().ok()?, jiff::civil::Time::midnight()),
        };
        Some(match self {
            TimePart::Minute => i64::from(moment.minute()),
            TimePart::Hour => i64::from(moment.hour()),
            TimePart::Day => i64::from(moment.day()),
            TimePart::Week => i64::from(moment.date().iso_week_date().week()),
            TimePart::Month => i64::from(moment.month()),
            TimePart::Year => i64::from(moment.year()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_as_written() {
        let all = |t: &str| {
            use TimePart::{Day, Hour, Minute, Month, Week, Year};
            [Minute, Hour, Day, Week, Month, Year].map(|p| p.of(t))
        };
        let expected = [Some(7), Some(23), Some(31), Some(1), Some(12), Some(2024)];
        for text in [
            "2024-12-31T23:07:00Z",
            "2024-12-31 23:07:00.123456",
            "2024-12-31T23:07:09.5+07:00",
            "2024-12-31 23:07:00 UTC",
        ] {
            assert_eq!(all(text), expected, "{text}");
        }
        assert_eq!(TimePart::Month.of("2024-02-29"), Some(2));
        assert_eq!(all("yesterday"), [None; 6]);
        assert_eq!(all(""), [None; 6]);
    }
}
