//! What behaviours need of an event: little enough to keep and to send between threads.

use super::pack::{Behaviour, Behaviours};
use crate::detection::summary_fields;
use crate::entity::Entity;
use crate::lookup::lookup;
use crate::matcher::{Hit, MatchScratch};
use base_core::{Timestamp, UnitId};
use engine_event::{Event, EventId, LogSource};
use engine_sigma::RuleIdx;
use engine_sigma::fold::fold;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// An event as the behaviours see it.
#[derive(Clone, Debug)]
pub struct Observation {
    pub(super) time: Timestamp,
    pub(super) received: Timestamp,
    pub(super) event: EventId,
    pub(super) unit: Option<UnitId>,
    pub(super) logsource: Arc<LogSource>,
    pub(super) kind: Arc<str>,
    pub(super) feeds: Vec<Feed>,
}

/// One behaviour that an event counts for.
#[derive(Clone, Debug)]
pub(super) struct Feed {
    pub(super) behaviour: usize,
    /// For sequences the rules that matched, as bits.
    pub(super) steps: u16,
    pub(super) group: Vec<Box<str>>,
    pub(super) value: Box<str>,
    /// Of the value without regard to case.
    pub(super) hash: u64,
    pub(super) member: u64,
    pub(super) amount: f64,
    pub(super) entity: Entity,
    pub(super) summary_fields: Vec<(String, String)>,
}

/// Memory of one thread that extracts.
#[derive(Debug, Default)]
pub struct BehaviourScratch {
    matches: MatchScratch,
    hits: Vec<Hit>,
    /// Whether any behaviour asks for events of a log source: most ask for none, and those events
    /// need not be looked at again after the rules.
    asked: FxHashMap<LogSource, bool>,
    last: Option<(Arc<LogSource>, bool)>,
}

/// Most log sources remembered.
const MAX_SOURCES: usize = 4_096;

impl BehaviourScratch {
    fn asks(&mut self, behaviours: &Behaviours, source: &Arc<LogSource>) -> bool {
        // Events share the log sources of their definition, and come in runs.
        if let Some((last, asked)) = &self.last
            && Arc::ptr_eq(last, source)
        {
            return *asked;
        }
        let asked = match self.asked.get(&**source) {
            Some(asked) => *asked,
            None => {
                let rules = behaviours.pack().rules();
                let asked = (0..).zip(rules.rules()).any(|(n, _)| rules.applies(RuleIdx(n), source));
                if self.asked.len() < MAX_SOURCES {
                    self.asked.insert((**source).clone(), asked);
                }
                asked
            }
        };
        self.last = Some((Arc::clone(source), asked));
        asked
    }
}

impl Observation {
    /// When the event happened.
    #[must_use]
    pub fn time(&self) -> Timestamp {
        self.time
    }
}

impl Behaviours {
    /// What the behaviours need of an event; `None` when they need nothing. A scratch belongs to one
    /// set of behaviours.
    #[must_use]
    pub fn extract(&self, event: &Event, scratch: &mut BehaviourScratch) -> Option<Observation> {
        if self.is_empty() || !scratch.asks(self, &event.logsource) {
            return None;
        }
        scratch.hits.clear();
        self.matcher().hits_uncounted(event, &mut scratch.matches, &mut scratch.hits);
        let mut feeds: Vec<Feed> = Vec::new();
        for hit in &scratch.hits {
            for (behaviour, step) in self.fed_by(hit.rule) {
                if let Some(known) = feeds.iter_mut().find(|f| f.behaviour == *behaviour) {
                    known.steps |= step;
                } else if let Some(of) = self.all().get(*behaviour) {
                    feeds.extend(feed(event, of, *behaviour, *step));
                }
            }
        }
        (!feeds.is_empty()).then(|| Observation {
            time: event.time,
            received: event.received,
            event: event.id,
            unit: event.unit.clone(),
            logsource: Arc::clone(&event.logsource),
            kind: Arc::clone(&event.kind),
            feeds,
        })
    }
}

/// The first of several fields, as in `TargetUserName|user.name`, that the event has.
fn field<'e>(event: &'e Event, names: &str) -> Option<&'e str> {
    names.split('|').find_map(|name| lookup(event, name.trim()))
}

/// `None` when the event lacks a field that counts.
fn feed(event: &Event, of: &Behaviour, behaviour: usize, steps: u16) -> Option<Feed> {
    let mut group: Vec<Box<str>> = Vec::with_capacity(of.by.len());
    for by in &of.by {
        group.push(Box::from(field(event, by)?));
    }
    let mut value = String::new();
    for (n, name) in of.wanted.value.iter().enumerate() {
        if n > 0 {
            value.push_str(" · ");
        }
        value.push_str(field(event, name)?);
    }
    let member = match &of.wanted.member {
        Some(name) => hash(field(event, name)?),
        None => 0,
    };
    let amount = match &of.wanted.amount {
        Some(name) => field(event, name)?.trim().parse::<f64>().ok().filter(|n| n.is_finite() && *n >= 0.0)?,
        None => 1.0,
    };
    let entity = if of.info.entity.is_some() {
        Entity::of(event, &of.info)
    } else {
        Entity::of_group(event, &group).unwrap_or_else(|| Entity::of(event, &of.info))
    };
    Some(Feed {
        behaviour,
        steps,
        hash: hash(&value),
        value: value.into(),
        member,
        amount,
        entity,
        summary_fields: summary_fields(event, &of.info),
        group,
    })
}

/// 64 bits that are the same on every machine and in every version: they are stored.
fn hash(value: &str) -> u64 {
    let full = blake3::hash(fold(value).as_bytes());
    full.as_bytes().first_chunk::<8>().map_or(0, |b| u64::from_le_bytes(*b))
}
