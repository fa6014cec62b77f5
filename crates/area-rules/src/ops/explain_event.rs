//! Why an event did or did not match a rule, predicate by predicate.

use super::tune_rule::{counted, lake};
use crate::book::RuleBook;
use crate::ports::RulesPorts;
use base_authz::{Action, Caller};
use base_core::{Error, Result, Timestamp};
use engine_detect::indicators::{IndicatorStore, IndicatorWatch};
use engine_detect::{Explanation, Matched, Matcher, RuleIdx, RuleInfo, RuleKind, RulePack};
use engine_event::{Event, EventId};
use engine_parse::{Catalog, Parser, ParserOptions, Raw, Transport};
use engine_sigma::{Predicate, Seen};
use std::sync::Arc;

/// Longest record that may be pasted, in bytes.
pub const MAX_PASTED_BYTES: usize = 64 * 1024;

/// A rule held against an event. A correlation is told by the rules it counts.
#[derive(Debug)]
pub struct Explained {
    /// The event.
    pub event: Event,
    /// The rule, or each of those a correlation counts.
    pub rules: Vec<(Arc<RuleInfo>, Explanation)>,
}

/// Holds a rule against a stored event.
///
/// # Errors
/// `Forbidden` without the right to see rules and events; `NotFound` for rule or event; `Invalid`
/// for what is no id.
pub async fn stored(ports: &RulesPorts, caller: &Caller, rule: &str, event: &str) -> Result<Explained> {
    caller.require(Action::RulesRead)?;
    let scope = caller.require(Action::EventsSearch)?;
    let id: EventId = event.trim().parse().map_err(|_| Error::invalid("event", "event-id"))?;
    let found = ports.lake.get(&scope, &id, None).await.map_err(lake)?;
    let event = found.ok_or_else(|| Error::invalid("event", "event-unknown"))?;
    against_any(&ports.book, rule, event)
}

/// Holds a rule against a record as a source sends it.
///
/// # Errors
/// `Forbidden` without the right; `NotFound` for the rule; `Invalid` for an empty or too long record.
pub fn pasted(ports: &RulesPorts, caller: &Caller, rule: &str, record: &str, kind: Option<&str>) -> Result<Explained> {
    caller.require(Action::RulesRead)?;
    let record = record.trim();
    match record.len() {
        0 => return Err(Error::invalid("record", "record-missing")),
        n if n > MAX_PASTED_BYTES => return Err(Error::invalid("record", "record-long")),
        _ => {}
    }
    let event = parse(&ports.catalog, record.as_bytes(), kind, caller.now);
    against_any(&ports.book, rule, event)
}

/// A record as the pipeline would read it.
#[must_use]
pub fn parse(catalog: &Arc<Catalog>, record: &[u8], kind: Option<&str>, now: Timestamp) -> Event {
    let mut parser = Parser::new(Arc::clone(catalog), ParserOptions::default());
    let raw = Raw { bytes: record, received: now, hint: kind, peer: None, transport: Transport::File };
    parser.parse(&raw, EventId::from_content(&[record]))
}

/// Holds whatever makes detections under this id against `event`. Of a behaviour it tells whether its
/// rules select the event; what stands out over time cannot be told from one.
///
/// # Errors
/// `NotFound` when there is nothing of this id.
pub fn against_any(book: &RuleBook, rule: &str, event: Event) -> Result<Explained> {
    let kind = book.find(rule).map(|info| info.kind);
    let beside = book.beside();
    match (kind, &beside.lists) {
        (Some(RuleKind::Behaviour), _) => told(beside.behaviours.pack(), beside.behaviours.rules_of(rule), rule, event),
        (Some(RuleKind::Indicators), Some(shelf)) => against_lists(shelf.store(), book.find(rule), event),
        _ => against(&book.active().pack, rule, event),
    }
}

/// Holds the rule of `pack` with this id against `event`.
///
/// # Errors
/// `NotFound` when there is no such rule.
pub fn against(pack: &Arc<RulePack>, rule: &str, event: Event) -> Result<Explained> {
    told(pack, counted(pack, rule), rule, event)
}

fn told(pack: &Arc<RulePack>, rules: Vec<RuleIdx>, id: &str, event: Event) -> Result<Explained> {
    let matcher = Matcher::new(Arc::clone(pack));
    let each = |rule: RuleIdx| Some((Arc::clone(pack.info(rule)?), matcher.explain(&event, rule)?));
    let rules: Vec<_> = rules.into_iter().filter_map(each).collect();
    if rules.is_empty() { Err(Error::not_found(format!("no rule {id}"))) } else { Ok(Explained { event, rules }) }
}

/// The indicators of a list in an event, each as a predicate that holds.
fn against_lists(store: &Arc<IndicatorStore>, list: Option<Arc<RuleInfo>>, event: Event) -> Result<Explained> {
    let Some(info) = list else { return Err(Error::not_found("no such list")) };
    let mut found = Vec::new();
    IndicatorWatch::new(Arc::clone(store)).observe(&event, &mut found);
    let matched = found.into_iter().filter(|d| d.rule.id == info.id).flat_map(|d| d.matched);
    let predicate = |m: Matched| Predicate {
        detection: "indicators".to_owned(),
        op: m.op,
        patterns: vec![m.pattern.clone()],
        matched: true,
        decisive: true,
        seen: m
            .span
            .map(|span| Seen { field: m.field.clone(), value: m.value, pattern: m.pattern, span })
            .into_iter()
            .collect(),
        field: Some(m.field).filter(|f| !f.is_empty()),
    };
    let predicates: Vec<Predicate> = matched.map(predicate).collect();
    let explanation = Explanation {
        applies: true,
        matched: !predicates.is_empty(),
        conditions: vec!["indicators".to_owned()],
        predicates,
    };
    Ok(Explained { event, rules: vec![(info, explanation)] })
}
