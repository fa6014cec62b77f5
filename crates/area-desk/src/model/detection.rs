//! A detection as the desk takes it in, and what it keeps of it as evidence.

use base_core::{Lang, Severity, Timestamp, UnitId};
use engine_event::EventId;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Repeats of one rule on one entity within this span belong to one alert, in seconds.
pub const GROUP_SECS: i64 = 3_600;
/// How many detections of an alert keep their evidence; the others are counted only.
pub const EVIDENCE_PER_ALERT: i64 = 5;
/// Longest raw record kept as evidence, in bytes.
pub const MAX_RAW_BYTES: usize = 64 * 1024;
/// Longest field value kept as evidence, in bytes.
pub const MAX_VALUE_BYTES: usize = 16 * 1024;
/// Most fields kept as evidence.
pub const MAX_FIELDS: usize = 400;

/// A link to MITRE ATT&CK.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttackLink {
    /// Such as `T1110.001` or `TA0006`.
    pub id: String,
    /// Name in English, as ATT&CK gives it; empty when not known.
    pub name: String,
    /// Address of its page.
    pub url: String,
}

/// The rule as it was when it fired.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleSnapshot {
    /// Id of the rule.
    pub id: String,
    /// Digest of `source_text`, which tells versions of a rule apart.
    pub digest: String,
    /// Title.
    pub title: String,
    /// Level.
    pub severity: Severity,
    /// File it came from.
    pub file: String,
    /// Its text.
    pub source_text: String,
    /// Tactics and techniques.
    pub attack: Vec<AttackLink>,
}

/// What happened, why it matters, what to do: filled in, in one language.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explanation {
    /// What happened.
    pub what: String,
    /// Why it matters.
    pub why: String,
    /// What to do now, step by step.
    pub do_now: Vec<String>,
}

/// The explanation in every language of the interface.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explained {
    /// Vietnamese.
    pub vi: Explanation,
    /// English.
    pub en: Explanation,
}

impl Explained {
    /// The explanation in `lang`.
    #[must_use]
    pub fn get(&self, lang: Lang) -> &Explanation {
        match lang {
            Lang::Vi => &self.vi,
            Lang::En => &self.en,
        }
    }
}

/// A field that made the rule match.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatchedField {
    /// Name of the field.
    pub field: String,
    /// Its value.
    pub value: String,
    /// What the rule asked for.
    pub pattern: String,
    /// How it was compared: `contains`, `startswith`, `equals` …
    pub op: String,
    /// Bytes of `value` that matched, where the comparison is about a part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub span: Option<(usize, usize)>,
}

/// What the alert keeps of an event, so that it stays readable when the event has left the lake.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// Every event of the detection.
    pub events: Vec<EventId>,
    /// The event shown: the one that completed the detection.
    pub event: EventId,
    /// When it happened.
    pub time: Timestamp,
    /// Source definition that read it.
    pub kind: String,
    /// Its fields in source order.
    pub fields: Vec<(String, String)>,
    /// The record as received, bytes that are not UTF-8 replaced.
    pub raw: String,
    /// Whether `raw` or the fields were cut to the limits of this crate.
    #[serde(default)]
    pub cut: bool,
    /// Fields that matched.
    pub matched: Vec<MatchedField>,
}

/// A detection, ready for the desk.
#[derive(Clone, Debug)]
pub struct NewDetection {
    /// Identity: the same input gives the same key, also after a replay.
    pub key: String,
    /// The rule.
    pub rule: Arc<RuleSnapshot>,
    /// The unit concerned.
    pub unit: Option<UnitId>,
    /// Kind of what it is about: `host`, `user`, `ip` …
    pub entity_kind: String,
    /// Name of what it is about.
    pub entity_name: String,
    /// Machine of the event.
    pub host: Option<String>,
    /// When it happened.
    pub time: Timestamp,
    /// The filled-in texts.
    pub explain: Explained,
    /// The evidence.
    pub evidence: Evidence,
}

impl NewDetection {
    /// What repeats share: rule, unit and entity, without regard to case of the entity.
    #[must_use]
    pub fn group_key(&self) -> String {
        let unit = self.unit.as_ref().map_or("-", UnitId::as_str);
        format!("{}\u{1f}{unit}\u{1f}{}\u{1f}{}", self.rule.id, self.entity_kind, self.entity_name.to_lowercase())
    }
}
