//! Numbers in rules and events, and how they are compared.

use std::cmp::Ordering;

/// A whole or decimal number.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Number {
    /// Whole.
    Int(i64),
    /// Decimal, finite.
    Float(f64),
}

impl Number {
    /// From a decimal text (`12`, `-3.5`, `1e3`); hexadecimal and words are not numbers.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Ok(n) = text.parse() {
            return Some(Number::Int(n));
        }
        // `inf` and `nan` parse as decimals but are not numbers of a log.
        let starts_well = text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.'));
        text.parse().ok().filter(|f: &f64| starts_well && f.is_finite()).map(Number::Float)
    }

    #[expect(clippy::cast_precision_loss, reason = "whole numbers are compared exactly; only mixed pairs come here")]
    fn as_f64(self) -> f64 {
        match self {
            Number::Int(i) => i as f64,
            Number::Float(f) => f,
        }
    }

    /// Exact for two whole numbers, else as decimals.
    pub(crate) fn compare(self, other: Self) -> Option<Ordering> {
        match (self, other) {
            (Number::Int(a), Number::Int(b)) => Some(a.cmp(&b)),
            (a, b) => a.as_f64().partial_cmp(&b.as_f64()),
        }
    }
}

/// A comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// `lt`
    Less,
    /// `lte`
    LessOrEqual,
    /// `gt`
    Greater,
    /// `gte`
    GreaterOrEqual,
    /// `eq`
    Equal,
    /// `neq`
    NotEqual,
}

impl Comparison {
    /// Whether `left <comparison> right` holds, given how they compare.
    #[must_use]
    pub fn holds(self, ordering: Ordering) -> bool {
        match self {
            Comparison::Less => ordering.is_lt(),
            Comparison::LessOrEqual => ordering.is_le(),
            Comparison::Greater => ordering.is_gt(),
            Comparison::GreaterOrEqual => ordering.is_ge(),
            Comparison::Equal => ordering.is_eq(),
            Comparison::NotEqual => ordering.is_ne(),
        }
    }

    /// The word in a rule.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Comparison::Less => "lt",
            Comparison::LessOrEqual => "lte",
            Comparison::Greater => "gt",
            Comparison::GreaterOrEqual => "gte",
            Comparison::Equal => "eq",
            Comparison::NotEqual => "neq",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_exact_and_words_are_not_numbers() {
        let big = Number::parse("9007199254740993").expect("number");
        assert_eq!(big.compare(Number::Int(9_007_199_254_740_992)), Some(Ordering::Greater));
        assert_eq!(Number::parse("1.50").and_then(|n| n.compare(Number::Float(1.5))), Some(Ordering::Equal));
        assert_eq!(Number::parse(" 7 ").and_then(|n| n.compare(Number::Int(7))), Some(Ordering::Equal));
        for text in ["", "inf", "nan", "0x10", "ten", "1,5"] {
            assert!(Number::parse(text).is_none(), "{text}");
        }
    }
}
