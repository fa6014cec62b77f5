//! Bounds on conditions, checked before the parser sees them.
//!
//! The parser of conditions works by recursion, so a file of a few kilobytes (`((((…`) could
//! exhaust the stack and end the whole program. No rule that a person wrote comes near.

use crate::fault::{Fault, Outcome};
use serde::Deserialize;
use serde_yaml_ng::Value;

/// Deepest nesting of brackets.
const DEEPEST: usize = 60;
/// Most `not` of one condition: each may nest in another.
const MOST_NOTS: usize = 1_000;

/// Refuses a document one of whose conditions is nested too deeply to be parsed.
pub(crate) fn check_conditions(text: &str) -> Outcome<()> {
    let brackets = memchr::memchr_iter(b'(', text.as_bytes()).count();
    let nots = text.matches("not").count();
    if brackets <= DEEPEST && nots <= MOST_NOTS {
        return Ok(());
    }
    // Many brackets may also be in values: only conditions count.
    for document in serde_yaml_ng::Deserializer::from_str(text) {
        match Value::deserialize(document) {
            Ok(value) => check_value(&value)?,
            // Broken YAML has no condition; the parser tells where it breaks.
            Err(_) if depth(text) <= DEEPEST && nots <= MOST_NOTS => break,
            Err(_) => return Err(too_deep()),
        }
    }
    Ok(())
}

/// Looks at every `condition`, wherever it stands.
fn check_value(value: &Value) -> Outcome<()> {
    match value {
        Value::Sequence(items) => items.iter().try_for_each(check_value),
        Value::Tagged(tagged) => check_value(&tagged.value),
        Value::Mapping(members) => members.iter().try_for_each(|(key, member)| {
            if key.as_str() != Some("condition") {
                return check_value(member);
            }
            let several = member.as_sequence().map(Vec::as_slice).unwrap_or_default();
            let one = std::iter::once(member).chain(several).filter_map(Value::as_str);
            match one.map(measure).any(|(deep, nots)| deep > DEEPEST || nots > MOST_NOTS) {
                true => Err(too_deep()),
                false => check_value(member),
            }
        }),
        _ => Ok(()),
    }
}

fn measure(condition: &str) -> (usize, usize) {
    let words = condition.split(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '_' | '-'));
    (depth(condition), words.filter(|w| *w == "not").count())
}

/// Most brackets open at once.
fn depth(text: &str) -> usize {
    let (mut open, mut most) = (0_usize, 0);
    for byte in text.bytes() {
        match byte {
            b'(' => open += 1,
            b')' => open = open.saturating_sub(1),
            _ => {}
        }
        most = most.max(open);
    }
    most
}

fn too_deep() -> Fault {
    Fault::new(
        format!("the condition is nested deeper than {DEEPEST} brackets, or has more than {MOST_NOTS} times `not`"),
        "name parts of it as detections of their own and use `1 of x*` and `all of x*`",
    )
    .near("condition:")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deep_conditions_are_refused_and_brackets_in_values_are_not() {
        let rule = |condition: &str| format!("title: x\ndetection:\n  s:\n    A: 1\n  condition: {condition}\n");
        assert!(check_conditions(&rule(&format!("{}s{}", "(".repeat(50_000), ")".repeat(50_000)))).is_err());
        assert!(check_conditions(&rule(&format!("{}s", "not ".repeat(50_000)))).is_err());
        assert!(check_conditions(&rule(&format!("{}s{}", "(".repeat(59), ")".repeat(59)))).is_ok());
        let values: String = (0..500).map(|n| format!("    - '(v{n}'\n")).collect();
        assert!(check_conditions(&format!("detection:\n  s:\n{values}  condition: s\n")).is_ok());
        assert!(check_conditions(&format!("detection: [\n  condition: {}", "(".repeat(50_000))).is_err());
    }
}
