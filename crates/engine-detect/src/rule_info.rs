//! A rule as the desk and the reports show it.

use crate::attack::{AttackKind, AttackRef, references};
use crate::explain::{Explain, Texts};
use crate::tactics::Tactics;
use base_core::{ContentError, Lang, Severity};
use engine_event::Event;
use engine_sigma::{RuleLogSource, RuleMeta};
use std::sync::Arc;

/// What makes the detections of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RuleKind {
    /// Looks at one event at a time.
    Single,
    /// Counts hits of other rules over time.
    Correlation,
    /// Tells what stands out over time ([`crate::behaviours`]).
    Behaviour,
    /// Stands for a list of indicators ([`crate::indicators`]).
    Indicators,
}

impl RuleKind {
    /// The word in links and files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            RuleKind::Single => "rule",
            RuleKind::Correlation => "correlation",
            RuleKind::Behaviour => "behaviour",
            RuleKind::Indicators => "indicators",
        }
    }
}

/// Everything people want to know of a rule.
#[derive(Clone, Debug)]
pub struct RuleInfo {
    /// Id, stable over versions of the rule.
    pub id: Arc<str>,
    /// Title.
    pub title: String,
    /// Title in Vietnamese, where the rule gives one (`mangrove.vi.title`).
    pub title_vi: Option<String>,
    /// How grave.
    pub level: Severity,
    /// `stable`, `test`, `experimental` …
    pub status: Option<&'static str>,
    /// What it detects, in the rule writer's words.
    pub description: Option<String>,
    /// Who wrote it.
    pub author: Option<String>,
    /// Licence of the rule.
    pub license: Option<String>,
    /// Where it was derived from.
    pub references: Vec<String>,
    /// Tags as written.
    pub tags: Vec<String>,
    /// ATT&CK references among the tags.
    pub attack: Vec<AttackRef>,
    /// What else may make it fire.
    pub falsepositives: Vec<String>,
    /// Log source it asks for.
    pub logsource: RuleLogSource,
    /// Fields worth showing.
    pub fields: Vec<String>,
    /// Texts for people, with placeholders.
    pub explain: Explain,
    /// Field that names what an alert is about, when the rule says so (`mangrove.entity`).
    pub entity: Option<String>,
    /// For correlations: events of several units may be counted together; the detection then
    /// belongs to no unit (`mangrove.across_units`).
    pub across_units: bool,
    /// Whether it is a correlation.
    pub correlation: bool,
    /// What makes its detections.
    pub kind: RuleKind,
    /// Whether it makes detections of its own, or only feeds correlations.
    pub standalone: bool,
    /// The rule as written.
    pub source_text: Arc<str>,
    /// File it stands in.
    pub file: Arc<str>,
    /// Line it starts at, from 1.
    pub line: usize,
}

impl RuleInfo {
    /// Makes it from what the rule says; mistakes in the `mangrove:` block are told and replaced.
    pub(crate) fn new(
        meta: &RuleMeta,
        tactics: &Tactics,
        correlation: bool,
        standalone: bool,
    ) -> (Self, Option<ContentError>) {
        let attack = references(&meta.tags, tactics);
        let names: Vec<&str> =
            attack.iter().filter(|a| a.kind == AttackKind::Tactic).map(|a| a.name.as_str()).collect();
        let (explain, error) = match Explain::of(meta, &names, tactics) {
            Ok(explain) => (explain, None),
            Err(message) => (Explain::fallback(meta, &names, tactics), Some(block_error(meta, message))),
        };
        let info = Self {
            id: meta.id.clone(),
            title: meta.title.clone(),
            title_vi: meta.custom.pointer("/vi/title").and_then(|v| v.as_str()).map(str::to_owned),
            level: meta.level,
            status: meta.status,
            description: meta.description.clone(),
            author: meta.author.clone(),
            license: meta.license.clone(),
            references: meta.references.clone(),
            tags: meta.tags.clone(),
            attack,
            falsepositives: meta.falsepositives.clone(),
            logsource: meta.logsource.clone(),
            fields: meta.fields.clone(),
            explain,
            entity: meta.custom.get("entity").and_then(|v| v.as_str()).map(str::to_owned),
            across_units: meta.custom.get("across_units").and_then(serde_json::Value::as_bool).unwrap_or(false),
            correlation,
            kind: if correlation { RuleKind::Correlation } else { RuleKind::Single },
            standalone,
            source_text: meta.source_text.clone(),
            file: meta.file.clone(),
            line: meta.line,
        };
        (info, error)
    }

    /// The texts in a language, filled from an event; what the event lacks becomes "…".
    #[must_use]
    pub fn explain_for(&self, lang: Lang, event: &Event) -> Texts {
        self.explain.texts(lang).filled_from(event)
    }

    /// The title in a language; as written when there is none in it.
    #[must_use]
    pub fn title_in(&self, lang: Lang) -> &str {
        self.title_vi.as_deref().filter(|_| lang == Lang::Vi).unwrap_or(&self.title)
    }

    /// The tactics among the references.
    pub fn tactics(&self) -> impl Iterator<Item = &AttackRef> {
        self.attack.iter().filter(|a| a.kind == AttackKind::Tactic)
    }

    /// The techniques among the references.
    pub fn techniques(&self) -> impl Iterator<Item = &AttackRef> {
        self.attack.iter().filter(|a| a.kind == AttackKind::Technique)
    }
}

fn block_error(meta: &RuleMeta, message: String) -> ContentError {
    let within = meta.source_text.lines().position(|l| l.starts_with("mangrove:")).unwrap_or(0);
    ContentError {
        file: meta.file.to_string(),
        line: Some(meta.line + within),
        message,
        remedy: "give `vi` and `en` each `what`, `why` and a list `do`".to_owned(),
    }
}
