//! The numbers of a correlation's condition, as written.
//!
//! The parser takes whole numbers only and does not tell whether a condition was given. The
//! specification allows *an integer or float threshold* (correlation specification 2.1, "Value
//! Average"), and a sum may be compared with a negative number, so they are read here once more.

use crate::number::Comparison;
use serde_yaml_ng::{Mapping, Value};

/// What the parser's types cannot hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Written {
    /// Whether there is a condition at all.
    pub(crate) given: bool,
    /// Each comparison with its number; all must hold.
    pub(crate) thresholds: Vec<(Comparison, f64)>,
    /// The rank of a percentile; not a number when it cannot be read as one.
    pub(crate) percentile: Option<f64>,
}

const COMPARISONS: [Comparison; 6] = [
    Comparison::Less,
    Comparison::LessOrEqual,
    Comparison::Greater,
    Comparison::GreaterOrEqual,
    Comparison::Equal,
    Comparison::NotEqual,
];

/// Reads the condition of the correlation in `text`, which is one document. The second part is
/// the document as the parser can read it, when it differs from `text`. `None` when the text is
/// no such document; the parser then says why.
pub(crate) fn read(text: &str) -> Option<(Written, Option<String>)> {
    let mut document: Value = serde_yaml_ng::from_str(text).ok()?;
    let correlation = document.get_mut("correlation")?.as_mapping_mut()?;
    let mut written = Written { given: correlation.contains_key("condition"), ..Written::default() };
    let Some(condition) = correlation.get_mut("condition").and_then(Value::as_mapping_mut) else {
        return Some((written, None));
    };
    written.percentile = condition.get("percentile").map(|p| p.as_f64().unwrap_or(f64::NAN));
    let mut changed = false;
    for comparison in COMPARISONS {
        changed |= take_threshold(comparison, condition, &mut written);
    }
    let readable = if changed { serde_yaml_ng::to_string(&document).ok() } else { None };
    Some((written, readable))
}

/// Notes the number of one comparison; `true` when it had to be replaced for the parser.
fn take_threshold(comparison: Comparison, condition: &mut Mapping, written: &mut Written) -> bool {
    let Some(value) = condition.get_mut(comparison.word()) else { return false };
    let Some(number) = value.as_f64().filter(|n| n.is_finite()) else { return false };
    written.thresholds.push((comparison, number));
    let whole = value.as_u64().is_some();
    if !whole {
        *value = Value::from(0);
    }
    !whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_and_negative_numbers_are_kept() {
        let text = "correlation:\n  type: value_avg\n  condition:\n    field: n\n    gt: -2.5\n    lte: 7\n    percentile: 99.9\n";
        let (written, readable) = read(text).expect("a correlation");
        assert_eq!(written.thresholds, [(Comparison::LessOrEqual, 7.0), (Comparison::Greater, -2.5)]);
        assert_eq!(written.percentile, Some(99.9));
        assert!(readable.expect("changed").contains("gt: 0"));
        let (written, readable) = read("correlation:\n  type: temporal\n").expect("a correlation");
        assert!(!written.given && readable.is_none());
        assert!(read("title: x\n").is_none() && read("a: [").is_none());
    }
}
