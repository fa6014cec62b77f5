//! A detection: one rule that fired, with all an alert needs.

use crate::entity::Entity;
use crate::explain::Texts;
use crate::lookup::lookup;
use crate::rule_info::RuleInfo;
use base_core::{Lang, Timestamp, UnitId};
use engine_event::{CommonField, Event, EventId, LogSource};
use engine_sigma::Explanation;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A rule that fired.
#[derive(Clone, Debug)]
pub struct Detection {
    /// The rule.
    pub rule: Arc<RuleInfo>,
    /// The events, in order of time; the last one made it fire. For correlations over many
    /// events the first and last fifty.
    pub events: Vec<EventId>,
    /// How many events, also those not listed.
    pub count: u64,
    /// When the last event happened.
    pub time: Timestamp,
    /// When the first event happened.
    pub first_time: Timestamp,
    /// When the last event was received.
    pub received: Timestamp,
    /// The unit; `None` for events of no unit and correlations across units.
    pub unit: Option<UnitId>,
    /// What it is about.
    pub entity: Entity,
    /// Which values fitted which patterns; for correlations the values it grouped by.
    pub matched: Vec<Matched>,
    /// Identity: the same events and rule give the same key, also after a replay.
    pub key: String,
    /// Log source of the last event.
    pub logsource: Arc<LogSource>,
    /// Source kind of the last event.
    pub kind: Arc<str>,
    /// Fields worth showing in a list: those the rule names, else common columns.
    pub summary_fields: Vec<(String, String)>,
}

/// A value that fitted a pattern.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Matched {
    /// Field of the event; empty for the raw message.
    pub field: String,
    /// Its value (of very long values the part around the match).
    pub value: String,
    /// The pattern as the rule wrote it.
    pub pattern: String,
    /// How it was compared: modifiers as written, `equals`, `keyword`, `exists`, `group-by`,
    /// `indicator-…` with the kind of the indicator.
    pub op: String,
    /// Bytes of `value` that fitted: from, and to (exclusive).
    pub span: Option<(usize, usize)>,
}

/// Longest value kept whole, in bytes.
const MAX_VALUE_BYTES: usize = 8_192;
/// Kept on either side of the match in longer values.
const AROUND_BYTES: usize = 1_024;
/// Longest value in [`Detection::summary_fields`], in characters.
const MAX_SUMMARY_CHARS: usize = 300;

impl Detection {
    /// The detection of a rule that one event fires alone. `parts` tells apart what the same rule
    /// may say of the same event.
    pub(crate) fn of_event(
        rule: &Arc<RuleInfo>,
        event: &Event,
        parts: &[Box<str>],
        matched: Vec<Matched>,
        summary_fields: Vec<(String, String)>,
    ) -> Self {
        Self {
            rule: Arc::clone(rule),
            events: vec![event.id],
            count: 1,
            time: event.time,
            first_time: event.time,
            received: event.received,
            unit: event.unit.clone(),
            entity: Entity::of(event, rule),
            matched,
            key: key(&rule.id, parts, event.unit.as_ref(), event.id),
            logsource: Arc::clone(&event.logsource),
            kind: Arc::clone(&event.kind),
            summary_fields,
        }
    }

    /// What to tell people: the rule's texts, filled from `event` (the last one, where it is at
    /// hand) and from what is known without it: `{count}`, and for correlations the values
    /// it grouped by.
    #[must_use]
    pub fn texts(&self, lang: Lang, event: Option<&Event>) -> Texts {
        let count = self.count.to_string();
        self.rule.explain.texts(lang).filled(&|name| match name {
            "count" => Some(count.as_str()),
            _ => event.and_then(|e| lookup(e, name)).or_else(|| self.grouped(name)).or_else(|| self.shown(name)),
        })
    }

    /// What detectors beside rules say of themselves, such as `indicator.source`.
    fn shown(&self, name: &str) -> Option<&str> {
        self.summary_fields.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    fn grouped(&self, name: &str) -> Option<&str> {
        let by = self.matched.iter().filter(|m| m.op == GROUP_BY);
        by.filter(|m| m.field == name || m.pattern == name).map(|m| m.value.as_str()).next()
    }
}

/// How values that a correlation grouped by are marked in [`Matched::op`].
pub(crate) const GROUP_BY: &str = "group-by";
/// How listed indicators begin in [`Matched::op`]; the kind follows.
pub(crate) const INDICATOR: &str = "indicator-";

impl Matched {
    /// The values that made a rule match.
    pub(crate) fn of(explanation: Explanation) -> Vec<Matched> {
        let mut out: Vec<Matched> = Vec::new();
        for predicate in explanation.predicates.into_iter().filter(|p| p.decisive) {
            for seen in predicate.seen {
                let (value, span) = excerpt(seen.value, seen.span);
                let made = Matched {
                    field: seen.field,
                    value,
                    pattern: seen.pattern,
                    op: predicate.op.clone(),
                    span: Some(span),
                };
                if !out.contains(&made) {
                    out.push(made);
                }
            }
        }
        out
    }
}

/// The value, or of a very long one the part around the span.
pub(crate) fn excerpt(value: String, (from, to): (usize, usize)) -> (String, (usize, usize)) {
    if value.len() <= MAX_VALUE_BYTES {
        return (value, (from, to));
    }
    let start = value.floor_char_boundary(from.saturating_sub(AROUND_BYTES));
    let end = value.floor_char_boundary((to + AROUND_BYTES).min(start + MAX_VALUE_BYTES).min(value.len()));
    let part = value.get(start..end).unwrap_or_default().to_owned();
    let span = (from - start, to.min(end) - start);
    (part, span)
}

/// Key of a detection: rule, what it grouped by, and the event that made it fire.
pub(crate) fn key(rule: &str, group: &[Box<str>], unit: Option<&UnitId>, event: EventId) -> String {
    let mut hasher = blake3::Hasher::new();
    let mut add = |part: &[u8]| {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    };
    add(rule.as_bytes());
    add(unit.map_or(&[][..], |u| u.as_str().as_bytes()));
    add(event.to_string().as_bytes());
    group.iter().for_each(|value| add(value.as_bytes()));
    let full = hasher.finalize();
    hex::encode(full.as_bytes().get(..16).unwrap_or_default())
}

/// Fields of `event` worth showing.
pub(crate) fn summary_fields(event: &Event, rule: &RuleInfo) -> Vec<(String, String)> {
    const COLUMNS: [CommonField; 9] = [
        CommonField::HostName,
        CommonField::UserName,
        CommonField::SourceIp,
        CommonField::ProcessExecutable,
        CommonField::ProcessCommandLine,
        CommonField::FilePath,
        CommonField::UrlOriginal,
        CommonField::DestinationIp,
        CommonField::EventCode,
    ];
    let named = rule.fields.iter().filter_map(|f| event.record.text(f).map(|v| (f.clone(), shorten(v))));
    let named: Vec<_> = named.collect();
    if !named.is_empty() {
        return named;
    }
    COLUMNS.iter().filter_map(|c| event.common.get(*c).map(|v| (c.name().to_owned(), shorten(v)))).collect()
}

fn shorten(value: &str) -> String {
    match value.char_indices().nth(MAX_SUMMARY_CHARS) {
        Some((at, _)) => format!("{}…", value.get(..at).unwrap_or_default()),
        None => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_values_keep_the_match() {
        let value = format!("{}mimikatz{}", "ố".repeat(20_000), "x".repeat(20_000));
        let from = value.find("mimikatz").expect("there");
        let (part, span) = excerpt(value, (from, from + 8));
        assert!(part.len() <= MAX_VALUE_BYTES);
        assert_eq!(&part[span.0..span.1], "mimikatz");
    }
}
