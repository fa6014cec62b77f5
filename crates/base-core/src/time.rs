//! Points in time as microseconds since 1970-01-01 00:00:00 UTC.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A point in time, in whole microseconds since the Unix epoch, UTC.
///
/// This is the form in which times are stored in the database (BIGINT), in the
/// lake (`Timestamp(Microsecond, UTC)`) and in JSON (a number).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The Unix epoch.
    pub const EPOCH: Timestamp = Timestamp(0);

    /// From microseconds since the epoch.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// From milliseconds since the epoch, saturating.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis.saturating_mul(1_000))
    }

    /// From seconds since the epoch, saturating.
    #[must_use]
    pub const fn from_secs(secs: i64) -> Self {
        Self(secs.saturating_mul(1_000_000))
    }

    /// Microseconds since the epoch.
    #[must_use]
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch, rounded down.
    #[must_use]
    pub const fn as_secs(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// This time plus so many microseconds, saturating.
    #[must_use]
    pub const fn plus_micros(self, micros: i64) -> Self {
        Self(self.0.saturating_add(micros))
    }

    /// This time plus so many seconds, saturating.
    #[must_use]
    pub const fn plus_secs(self, secs: i64) -> Self {
        Self(self.0.saturating_add(secs.saturating_mul(1_000_000)))
    }

    /// Microseconds from `earlier` to this time, saturating, negative when `earlier` is later.
    #[must_use]
    pub const fn micros_since(self, earlier: Timestamp) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Parses RFC 3339 (`2026-11-22T10:00:00.123456Z`, also with an offset, a space for
    /// the `T`, or more than six decimals, which are cut).
    #[must_use]
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        let ts: jiff::Timestamp = text.trim().parse().ok()?;
        Some(Self(ts.as_microsecond()))
    }

    /// As a `jiff` timestamp; `None` outside the years −9999 to 9999.
    #[must_use]
    pub fn to_jiff(self) -> Option<jiff::Timestamp> {
        jiff::Timestamp::from_microsecond(self.0).ok()
    }

    /// The UTC day this time falls on, as `2026-11-22`: the partition name of the lake.
    #[must_use]
    pub fn utc_day(self) -> String {
        match self.to_jiff() {
            Some(ts) => ts.to_zoned(jiff::tz::TimeZone::UTC).date().to_string(),
            None => "unknown".to_owned(),
        }
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC with as many decimals as needed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.to_jiff() {
            Some(ts) => write!(f, "{ts}"),
            None => write!(f, "@{}us", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc3339_round_trip() {
        let t = Timestamp::parse_rfc3339("2014-03-01T08:00:00.123456+07:00").expect("parses");
        assert_eq!(t.to_string(), "2014-03-01T01:00:00.123456Z");
        assert_eq!(t.utc_day(), "2014-03-01");
    }

    #[test]
    fn extreme_values_do_not_panic() {
        assert!(Timestamp::from_secs(i64::MAX).to_string().starts_with('@'));
        assert_eq!(Timestamp::from_micros(i64::MIN).utc_day(), "unknown");
    }
}
