//! Lengths of time and amounts of memory as content writes them: `90s`, `10m`, `36h`, `7d`, `2w`; `16MiB`.

use serde::{Deserialize, Deserializer, de::Error};

/// A length of time in microseconds, more than nought and at most ten years.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Span(pub(super) i64);

pub(super) const SECOND: i64 = 1_000_000;
pub(super) const HOUR: i64 = 3_600 * SECOND;
pub(super) const DAY: i64 = 24 * HOUR;

fn number(text: &str) -> Option<(i64, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit())?;
    let (digits, unit) = text.split_at(end);
    Some((digits.parse().ok()?, unit.trim()))
}

impl Span {
    pub(super) const fn days(days: i64) -> Self {
        Self(days * DAY)
    }

    fn parse(text: &str) -> Option<Self> {
        let (count, unit) = number(text.trim())?;
        let unit = match unit {
            "s" => SECOND,
            "m" | "min" => 60 * SECOND,
            "h" => HOUR,
            "d" => DAY,
            "w" => 7 * DAY,
            _ => return None,
        };
        count.checked_mul(unit).filter(|t| (1..=3_650 * DAY).contains(t)).map(Self)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Span::parse(&text)
            .ok_or_else(|| D::Error::custom(format!("`{text}` is no length of time such as 90s, 10m, 36h, 7d or 2w")))
    }
}

/// Memory in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Memory(pub(super) usize);

impl Default for Memory {
    fn default() -> Self {
        Self(16 << 20)
    }
}

impl<'de> Deserialize<'de> for Memory {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let shift = |unit: &str| match unit {
            "KiB" => Some(10),
            "MiB" => Some(20),
            "GiB" => Some(30),
            _ => None,
        };
        let read = number(text.trim()).and_then(|(n, unit)| Some((usize::try_from(n).ok()?, shift(unit)?)));
        let bytes = read.and_then(|(n, shift)| n.checked_mul(1 << shift)).filter(|b| (1 << 14..=4 << 30).contains(b));
        bytes.map(Self).ok_or_else(|| {
            D::Error::custom(format!("`{text}` is no amount of memory from 16KiB to 4GiB, such as 16MiB"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths() {
        assert_eq!(Span::parse("10m"), Some(Span(600 * SECOND)));
        assert_eq!(Span::parse("2w"), Some(Span::days(14)));
        for wrong in ["", "10", "m", "0s", "-1s", "99999999999w", "1y"] {
            assert_eq!(Span::parse(wrong), None, "{wrong}");
        }
    }
}
