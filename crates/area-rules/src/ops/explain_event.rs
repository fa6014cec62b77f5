//! Why an event did or did not match a rule, predicate by predicate.

use super::tune_rule::{counted, lake};
use crate::ports::RulesPorts;
use base_authz::{Action, Caller};
use base_core::{Error, Result, Timestamp};
use engine_detect::{Explanation, Matcher, RuleInfo, RulePack};
use engine_event::{Event, EventId};
use engine_parse::{Catalog, Parser, ParserOptions, Raw, Transport};
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
    against(&ports.book.active().pack, rule, event)
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
    against(&ports.book.active().pack, rule, event)
}

/// A record as the pipeline would read it.
#[must_use]
pub fn parse(catalog: &Arc<Catalog>, record: &[u8], kind: Option<&str>, now: Timestamp) -> Event {
    let mut parser = Parser::new(Arc::clone(catalog), ParserOptions::default());
    let raw = Raw { bytes: record, received: now, hint: kind, peer: None, transport: Transport::File };
    parser.parse(&raw, EventId::from_content(&[record]))
}

/// Holds the rule of `pack` with this id against `event`.
///
/// # Errors
/// `NotFound` when there is no such rule.
pub fn against(pack: &Arc<RulePack>, rule: &str, event: Event) -> Result<Explained> {
    let matcher = Matcher::new(Arc::clone(pack));
    let told =
        counted(pack, rule).into_iter().filter_map(|r| Some((Arc::clone(pack.info(r)?), matcher.explain(&event, r)?)));
    let rules: Vec<_> = told.collect();
    if rules.is_empty() { Err(Error::not_found(format!("no rule {rule}"))) } else { Ok(Explained { event, rules }) }
}
