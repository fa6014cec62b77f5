//! Ranges of values: numbers, addresses, times, or text.

use super::pattern::fold;
use base_core::Timestamp;
use std::cmp::Ordering;
use std::net::IpAddr;

/// One end of a range.
#[derive(Clone, Debug, PartialEq)]
pub struct Limit {
    text: String,
    folded: String,
    number: Option<f64>,
    whole: Option<i128>,
    address: Option<IpAddr>,
    time: Option<Timestamp>,
    /// Whether the limit itself is inside.
    pub inclusive: bool,
}

impl Limit {
    /// From its text.
    #[must_use]
    pub fn new(text: &str, inclusive: bool) -> Self {
        let trimmed = text.trim();
        Self {
            folded: fold(trimmed).into_owned(),
            number: trimmed.parse().ok().filter(|n: &f64| n.is_finite()),
            whole: trimmed.parse().ok(),
            address: trimmed.parse().ok(),
            time: parse_time(trimmed),
            text: trimmed.to_owned(),
            inclusive,
        }
    }

    /// A point in time.
    #[must_use]
    pub fn at(time: Timestamp, inclusive: bool) -> Self {
        Self::new(&time.to_string(), inclusive)
    }

    /// As it was typed.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// As a time, if it is one.
    #[must_use]
    pub const fn time(&self) -> Option<Timestamp> {
        self.time
    }

    /// Where `value` lies from here; `None` when the two cannot be compared (a word is neither
    /// below nor above a number).
    fn compare(&self, value: &str) -> Option<Ordering> {
        let value = value.trim();
        if let Some(number) = self.number {
            return match (self.whole, value.parse::<i128>()) {
                (Some(limit), Ok(value)) => Some(value.cmp(&limit)),
                _ => value.parse::<f64>().ok()?.partial_cmp(&number),
            };
        }
        if let Some(limit) = self.address {
            let value: IpAddr = value.parse().ok()?;
            return (value.is_ipv4() == limit.is_ipv4()).then(|| value.cmp(&limit));
        }
        if let Some(limit) = self.time {
            return Some(parse_time(value)?.cmp(&limit));
        }
        Some(fold(value).as_ref().cmp(&self.folded))
    }
}

/// A range with at least one end.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ValueRange {
    /// Lower end.
    pub low: Option<Limit>,
    /// Upper end.
    pub high: Option<Limit>,
}

impl ValueRange {
    /// Whether `value` lies inside.
    #[must_use]
    pub fn contains(&self, value: &str) -> bool {
        let above = |limit: &Limit| match limit.compare(value) {
            Some(Ordering::Greater) => true,
            Some(Ordering::Equal) => limit.inclusive,
            _ => false,
        };
        let below = |limit: &Limit| match limit.compare(value) {
            Some(Ordering::Less) => true,
            Some(Ordering::Equal) => limit.inclusive,
            _ => false,
        };
        self.low.as_ref().is_none_or(above) && self.high.as_ref().is_none_or(below)
    }

    /// The range as times: first moment inside and first moment behind. `None` for an open
    /// end, or one that is no time.
    #[must_use]
    pub fn as_times(&self) -> (Option<Timestamp>, Option<Timestamp>) {
        let low = self.low.as_ref().and_then(|l| l.time.map(|t| t.plus_micros(i64::from(!l.inclusive))));
        let high = self.high.as_ref().and_then(|l| l.time.map(|t| t.plus_micros(i64::from(l.inclusive))));
        (low, high)
    }

    /// Whether a time lies inside.
    #[must_use]
    pub fn contains_time(&self, time: Timestamp) -> bool {
        let (low, high) = self.as_times();
        low.is_none_or(|low| time >= low) && high.is_none_or(|high| time < high)
    }
}

/// RFC 3339, or a day `2014-03-01` or minute `2014-03-01T08:00` of Vietnam's time zone (UTC+7,
/// without summer time since 1975).
#[must_use]
pub(super) fn parse_time(text: &str) -> Option<Timestamp> {
    if !text.starts_with(|c: char| c.is_ascii_digit()) || text.len() > 40 {
        return None;
    }
    let has_clock = text.contains([':', 'T', 't']);
    match (text.len(), has_clock) {
        (10, false) => Timestamp::parse_rfc3339(&format!("{text}T00:00:00+07:00")),
        (16, true) => Timestamp::parse_rfc3339(&format!("{text}:00+07:00")),
        (19, true) => Timestamp::parse_rfc3339(&format!("{text}+07:00")),
        (_, true) => Timestamp::parse_rfc3339(text),
        _ => None,
    }
}

/// Whether the text names a whole day.
#[must_use]
pub(super) fn is_day(text: &str) -> bool {
    text.len() == 10 && parse_time(text).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(low: &str, high: &str) -> ValueRange {
        let limit = |text: &str| (text != "*").then(|| Limit::new(text, true));
        ValueRange { low: limit(low), high: limit(high) }
    }

    #[test]
    fn numbers_compare_as_numbers_and_words_stay_outside() {
        let ports = range("80", "1023");
        assert!(ports.contains("80") && ports.contains("443") && ports.contains(" 1023 ") && ports.contains("99.5"));
        assert!(!ports.contains("8080") && !ports.contains("http") && !ports.contains(""));
        assert!(range("9007199254740993", "*").contains("9007199254740993"));
        assert!(!range("9007199254740993", "*").contains("9007199254740992"));
    }

    #[test]
    fn addresses_times_and_text_have_their_own_order() {
        assert!(range("10.0.0.9", "10.0.0.20").contains("10.0.0.10"));
        assert!(!range("10.0.0.9", "*").contains("fe80::1"));
        assert!(range("2014-03-01", "*").contains("2014-02-28T17:00:00Z"), "midnight in UTC+7");
        assert!(!range("2014-03-01", "*").contains("2014-02-28T16:59:59Z"));
        assert!(range("alpha", "beta").contains("Athos"));
        let open = ValueRange { low: Some(Limit::new("5", false)), high: None };
        assert!(open.contains("6") && !open.contains("5"));
    }
}
