//! One detection as a report shows it: which rule, when, where, on which fields.

use base_core::{Lang, Severity, Timestamp};
use engine_event::LogSource;
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
    /// Why it matters: Vietnamese, English.
    pub why: [String; 2],
    /// What to do now: Vietnamese, English.
    pub do_now: [Vec<String>; 2],
    /// When the rule fires without an attack, in the rule author's words.
    pub false_positives: Vec<String>,
}

impl RuleCard {
    /// Why it matters, in `lang`.
    #[must_use]
    pub fn why(&self, lang: Lang) -> &str {
        let [vi, en] = &self.why;
        if lang == Lang::Vi { vi } else { en }
    }

    /// What to do now, in `lang`.
    #[must_use]
    pub fn do_now(&self, lang: Lang) -> &[String] {
        let [vi, en] = &self.do_now;
        if lang == Lang::Vi { vi } else { en }
    }
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
    /// Value in the event, cut at [`MAX_VALUE_CHARS`].
    pub value: String,
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
    /// Number of the record in the input, from 1.
    pub record: u64,
    /// Source definition that read the record.
    pub kind: Arc<str>,
    /// Log source of the event.
    pub logsource: Arc<LogSource>,
    /// Event code, such as the Windows event id.
    pub event_code: Option<Box<str>>,
    /// What happened, in the language of the run.
    pub what: String,
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

#[cfg(test)]
mod tests {
    use super::cut;

    #[test]
    fn cuts_between_characters() {
        assert_eq!(cut("tường lửa", 5), "tường…");
        assert_eq!(cut("tường", 5), "tường");
    }
}
