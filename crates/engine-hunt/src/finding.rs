//! One detection as a report shows it: which rule, when, where, on which fields.

use base_core::{Severity, Timestamp};
use engine_event::{EventId, LogSource};
use engine_parse::Place;
use std::sync::Arc;

/// Longest text of a matched value or of an explanation that is kept, in characters.
pub const MAX_VALUE_CHARS: usize = 600;

/// A technique or tactic of ATT&CK that a rule names.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct AttackLink {
    /// `T1059.001` or `TA0002`.
    pub id: String,
    /// Page at attack.mitre.org.
    pub url: String,
}

/// What the report says about a rule, made once per rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleCard {
    /// Id of the rule (UUID), or its file where it has none.
    pub id: String,
    /// Title as the rule gives it.
    pub title: String,
    /// Level.
    pub level: Severity,
    /// File the rule came from.
    pub file: String,
    /// ATT&CK tactics as slugs such as `credential-access`, in the order of the rule.
    pub tactics: Vec<String>,
    /// ATT&CK techniques.
    pub attack: Vec<AttackLink>,
    /// When the rule fires without an attack, in the rule author's words.
    pub false_positives: Vec<String>,
}

/// A detection told to a person who is not an expert, with the event's own names filled in.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Told {
    /// What happened.
    pub what: String,
    /// Why it matters.
    pub why: String,
    /// What to do now.
    #[serde(rename = "do")]
    pub do_now: Vec<String>,
}

/// A field of the event that made the rule fire.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct MatchedField {
    /// Name in the event.
    pub field: String,
    /// How it was compared, such as `endswith`.
    pub op: String,
    /// What the rule asked for.
    pub pattern: String,
    /// Value in the event; of long ones the part around what fitted.
    pub value: String,
    /// Bytes of `value` that fitted: from, and to (exclusive).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub span: Option<(usize, usize)>,
}

/// One detection.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The rule.
    pub rule: Arc<RuleCard>,
    /// When it happened; `None` when the record bears no believable time.
    pub time: Option<Timestamp>,
    /// Machine, if the event names one.
    pub host: Option<Box<str>>,
    /// Account, if the event names one.
    pub user: Option<Box<str>>,
    /// Address it came from, if the event names one.
    pub source_ip: Option<Box<str>>,
    /// Input it was found in, as the person named it.
    pub input: Arc<str>,
    /// Where in the input the record stands.
    pub place: Place,
    /// The event's id: on a server the one its address has.
    pub id: Option<EventId>,
    /// Source definition that read the record.
    pub kind: Arc<str>,
    /// Log source of the event.
    pub logsource: Arc<LogSource>,
    /// Event code, such as the Windows event id.
    pub event_code: Option<Box<str>>,
    /// What it means, in the language of the run.
    pub told: Told,
    /// Fields that made the rule fire.
    pub matched: Vec<MatchedField>,
    /// How many events it stands for: 1, or those of a correlation.
    pub events: u64,
    /// The event's fields as a JSON object, when the output wants them.
    pub event: Option<Box<serde_json::value::RawValue>>,
}

/// Cuts `text` to `max` characters, with an ellipsis when something was cut.
#[must_use]
pub fn cut(text: &str, max: usize) -> String {
    match text.char_indices().nth(max) {
        None => text.to_owned(),
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
    }
}

/// At most [`MAX_VALUE_CHARS`] characters of `value` around `span`, and where `span` is in them.
#[must_use]
pub fn excerpt(value: &str, span: Option<(usize, usize)>) -> (String, Option<(usize, usize)>) {
    let span = span.filter(|(from, to)| from < to && value.get(*from..*to).is_some());
    if value.chars().nth(MAX_VALUE_CHARS).is_none() {
        return (value.to_owned(), span);
    }
    let Some((from, to)) = span else { return (cut(value, MAX_VALUE_CHARS), None) };
    // Begin a little before the match, so that it is seen in its surroundings.
    let start = value.floor_char_boundary(from.saturating_sub(MAX_VALUE_CHARS / 3));
    let rest = value.get(start..).unwrap_or_default();
    let mark = if start > 0 { "…" } else { "" };
    let part = format!("{mark}{}", cut(rest, MAX_VALUE_CHARS));
    let shift = |at: usize| at - start + mark.len();
    let (from, to) = (shift(from), part.floor_char_boundary(shift(to).min(part.len())));
    let span = (from < to && part.get(from..to).is_some()).then_some((from, to));
    (part, span)
}

#[cfg(test)]
mod tests {
    use super::{MAX_VALUE_CHARS, cut, excerpt};

    #[test]
    fn an_excerpt_holds_the_match() {
        let value = format!("{}mimikatz{}", "ố".repeat(5_000), "x".repeat(5_000));
        let at = value.find("mimikatz").expect("there");
        let (part, span) = excerpt(&value, Some((at, at + 8)));
        let (from, to) = span.expect("marked");
        assert_eq!(&part[from..to], "mimikatz");
        assert!(part.chars().count() <= MAX_VALUE_CHARS + 2);
        assert_eq!(excerpt("abc", Some((1, 9))), ("abc".to_owned(), None));
        assert_eq!(excerpt(&value, Some((0, value.len()))).1.map(|(from, _)| from), Some(0));
    }

    #[test]
    fn cuts_between_characters() {
        assert_eq!(cut("tường lửa", 5), "tường…");
        assert_eq!(cut("tường", 5), "tường");
    }
}
