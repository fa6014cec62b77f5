//! What the program itself has to report about a thing, without a rule and without an event.

use super::detection::{Evidence, Explained, NewDetection, RuleSnapshot};
use base_core::{Severity, Timestamp, UnitId};
use engine_event::EventId;
use std::sync::Arc;

/// A finding of the program itself: that a source fell silent, say.
#[derive(Clone, Debug)]
pub struct Notice {
    /// Identity of this one finding: raised again with the same key it changes nothing.
    pub key: String,
    /// Which kind of finding, in the place of a rule's id.
    pub kind: &'static str,
    /// Its title in English, as titles of rules are.
    pub title: &'static str,
    /// How grave it is.
    pub severity: Severity,
    /// The unit concerned.
    pub unit: Option<UnitId>,
    /// Kind and name of what it is about.
    pub entity: (&'static str, String),
    /// When it began.
    pub time: Timestamp,
    /// What happened, why it matters, what to do.
    pub explain: Explained,
    /// The facts it rests on, by name.
    pub facts: Vec<(String, String)>,
}

impl Notice {
    /// As the desk takes findings in. There is no rule text and no event, so pages offer no way to them.
    #[must_use]
    pub(crate) fn into_detection(self) -> NewDetection {
        let rule = RuleSnapshot {
            id: self.kind.to_owned(),
            digest: EventId::from_content(&[self.kind.as_bytes()]).to_string(),
            title: self.title.to_owned(),
            severity: self.severity,
            file: String::new(),
            source_text: String::new(),
            attack: Vec::new(),
        };
        NewDetection {
            key: self.key,
            rule: Arc::new(rule),
            unit: self.unit,
            entity_kind: self.entity.0.to_owned(),
            entity_name: self.entity.1,
            host: None,
            time: self.time,
            explain: self.explain,
            evidence: Evidence {
                events: Vec::new(),
                event: EventId::default(),
                time: self.time,
                kind: self.kind.to_owned(),
                fields: self.facts,
                raw: String::new(),
                cut: false,
                matched: Vec::new(),
            },
        }
    }
}
