//! A detection as the desk takes it in: texts filled in, evidence kept.

use area_desk::model::{
    AttackLink, Evidence, Explained, Explanation, MAX_FIELDS, MAX_RAW_BYTES, MAX_VALUE_BYTES, MatchedField,
    NewDetection, RuleSnapshot,
};
use base_core::Lang;
use engine_detect::{Detection, RuleInfo, Texts};
use engine_event::Event;
use std::collections::HashMap;
use std::sync::Arc;

/// Snapshots of rules, made once per rule and process.
#[derive(Debug, Default)]
pub(crate) struct Snapshots(HashMap<Arc<str>, Arc<RuleSnapshot>>);

impl Snapshots {
    fn of(&mut self, rule: &RuleInfo) -> Arc<RuleSnapshot> {
        Arc::clone(self.0.entry(Arc::clone(&rule.id)).or_insert_with(|| Arc::new(snapshot(rule))))
    }

    /// The desk's form of `detection`; `event` is its last event where it is at hand.
    #[must_use]
    pub(crate) fn new_detection(&mut self, detection: &Detection, event: Option<&Event>) -> NewDetection {
        let rule = self.of(&detection.rule);
        let host = event.and_then(|e| e.common.host_name.as_deref()).map(str::to_owned);
        NewDetection {
            key: detection.key.clone(),
            rule,
            unit: detection.unit.clone(),
            entity_kind: detection.entity.kind.as_str().to_owned(),
            entity_name: detection.entity.name.clone(),
            host,
            time: detection.time,
            explain: Explained { vi: texts(detection, event, Lang::Vi), en: texts(detection, event, Lang::En) },
            evidence: evidence(detection, event),
        }
    }
}

fn snapshot(rule: &RuleInfo) -> RuleSnapshot {
    let link = |a: &engine_detect::AttackRef| AttackLink { id: a.id.clone(), name: a.name.clone(), url: a.url.clone() };
    RuleSnapshot {
        id: rule.id.to_string(),
        digest: engine_event::EventId::from_content(&[rule.source_text.as_bytes()]).to_string(),
        title: rule.title.clone(),
        severity: rule.level,
        file: rule.file.to_string(),
        source_text: rule.source_text.to_string(),
        attack: rule.attack.iter().map(link).collect(),
    }
}

fn texts(detection: &Detection, event: Option<&Event>, lang: Lang) -> Explanation {
    let Texts { what, why, do_now } = detection.texts(lang, event);
    Explanation { what, why, do_now }
}

fn evidence(detection: &Detection, event: Option<&Event>) -> Evidence {
    let mut cut = false;
    let mut short = |text: &str, most: usize| {
        let end = text.floor_char_boundary(most.min(text.len()));
        cut |= end < text.len();
        text.get(..end).unwrap_or_default().to_owned()
    };
    let fields = match event {
        Some(event) => {
            event.record.iter().take(MAX_FIELDS).map(|f| (f.name.to_owned(), short(f.text, MAX_VALUE_BYTES))).collect()
        }
        None => detection.summary_fields.clone(),
    };
    let raw = event.map(|e| short(&e.raw_text(), MAX_RAW_BYTES)).unwrap_or_default();
    let matched = detection
        .matched
        .iter()
        .map(|m| MatchedField {
            field: m.field.clone(),
            value: m.value.clone(),
            pattern: m.pattern.clone(),
            op: m.op.clone(),
            span: m.span,
        })
        .collect();
    let shown = detection.events.last().copied().unwrap_or_default();
    cut |= event.is_some_and(|e| e.record.len() > MAX_FIELDS);
    Evidence {
        events: detection.events.clone(),
        event: shown,
        time: detection.time,
        kind: detection.kind.to_string(),
        fields,
        raw,
        cut,
        matched,
    }
}
