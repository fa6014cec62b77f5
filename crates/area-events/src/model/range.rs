//! The time range of a search: a preset counted back from now, or two times.

use base_core::Timestamp;

/// Spans a person can pick, longest last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preset {
    /// 15 minutes.
    QuarterHour,
    /// 1 hour.
    Hour,
    /// 24 hours.
    Day,
    /// 7 days.
    Week,
    /// 30 days.
    Month,
    /// Everything that is kept.
    All,
}

impl Preset {
    /// Every preset.
    pub const ALL: [Preset; 6] =
        [Preset::QuarterHour, Preset::Hour, Preset::Day, Preset::Week, Preset::Month, Preset::All];

    /// The word in links and string keys.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Preset::QuarterHour => "15m",
            Preset::Hour => "1h",
            Preset::Day => "24h",
            Preset::Week => "7d",
            Preset::Month => "30d",
            Preset::All => "all",
        }
    }

    /// From the word in a link.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|p| p.as_str() == text)
    }

    /// Its length in seconds; `None` for everything.
    #[must_use]
    pub const fn secs(self) -> Option<i64> {
        match self {
            Preset::QuarterHour => Some(900),
            Preset::Hour => Some(3_600),
            Preset::Day => Some(86_400),
            Preset::Week => Some(7 * 86_400),
            Preset::Month => Some(30 * 86_400),
            Preset::All => None,
        }
    }
}

/// Zone in which times without a zone are meant: that of the interface.
const ZONE_OFFSET: &str = "+07:00";

/// Reads what a `datetime-local` field sends (`2014-03-05T08:00`, with seconds or not, in the
/// time of Việt Nam), an RFC 3339 time, or microseconds since 1970 as links carry them.
#[must_use]
pub fn parse_time(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    if let Ok(micros) = text.parse::<i64>() {
        return Some(Timestamp::from_micros(micros));
    }
    if let Some(time) = Timestamp::parse_rfc3339(text) {
        return Some(time);
    }
    let seconds = if text.matches(':').count() == 1 { ":00" } else { "" };
    Timestamp::parse_rfc3339(&format!("{text}{seconds}{ZONE_OFFSET}"))
}

/// A time as a `datetime-local` field takes it, in the time of Việt Nam, to the second.
#[must_use]
pub fn field_text(at: Timestamp) -> String {
    // Việt Nam has been seven hours ahead of UTC without summer time since 1975.
    let local = Timestamp::from_secs(at.as_secs()).plus_secs(7 * 3_600).to_string();
    local.trim_end_matches('Z').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_times_are_those_of_viet_nam() {
        let utc = Timestamp::parse_rfc3339("2014-03-05T01:00:00Z");
        assert_eq!(parse_time("2014-03-05T08:00"), utc);
        assert_eq!(parse_time("2014-03-05T08:00:00"), utc);
        assert_eq!(parse_time("2014-03-05T01:00:00Z"), utc);
        let at = utc.expect("parses");
        assert_eq!(parse_time(&at.as_micros().to_string()), utc);
        assert_eq!(parse_time(&field_text(at)), utc);
        assert_eq!(parse_time("hôm qua"), None);
    }
}
