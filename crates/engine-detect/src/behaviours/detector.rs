//! Observations over time to detections.

use super::extract::{BehaviourScratch, Feed, Observation};
use super::kinds::{Context, Fired, Input, Machine};
use super::pack::{Behaviour, Behaviours};
use crate::detection::{Detection, GROUP_BY, Matched, key};
use base_core::{Timestamp, UnitId};
use engine_event::Event;
use std::sync::Arc;

/// How far the clock of a sender may go ahead, microseconds.
const AHEAD: i64 = 5 * 60 * 1_000_000;

/// Counters of one behaviour, for the console.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BehaviourStats {
    /// Id of the behaviour.
    pub id: String,
    /// Events counted.
    pub observed: u64,
    /// Detections made.
    pub fired: u64,
    /// Events too late to be counted.
    pub late: u64,
    /// Entities remembered.
    pub entities: usize,
    /// Memory they take, in bytes.
    pub bytes: usize,
    /// Memory they may take, in bytes.
    pub budget: usize,
    /// Entities and values forgotten because memory was full.
    pub evicted: u64,
    /// Entities with more values than are kept, of which nothing is told.
    pub saturated: usize,
}

/// A behaviour with its memory.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) machine: Box<dyn Machine>,
    pub(super) observed: u64,
    pub(super) fired: u64,
    pub(super) late: u64,
    pub(super) evicted: u64,
}

/// Behaviours over one stream of events.
#[derive(Debug)]
pub struct BehaviourDetector {
    behaviours: Arc<Behaviours>,
    pub(super) running: Vec<Running>,
    /// Latest receipt, microseconds.
    pub(super) received: i64,
    scratch: BehaviourScratch,
}

impl BehaviourDetector {
    /// A detector that remembers nothing yet.
    #[must_use]
    pub fn new(behaviours: Arc<Behaviours>) -> Self {
        let running = behaviours.all().iter().map(running).collect();
        Self { behaviours, running, received: i64::MIN, scratch: BehaviourScratch::default() }
    }

    /// The behaviours.
    #[must_use]
    pub fn behaviours(&self) -> &Arc<Behaviours> {
        &self.behaviours
    }

    /// Extracts and observes, for callers with one thread.
    pub fn observe_event(&mut self, event: &Event, out: &mut Vec<Detection>) {
        match self.behaviours.extract(event, &mut self.scratch) {
            Some(observation) => self.observe(&observation, out),
            None => self.advance(event.received, out),
        }
    }

    /// Counts an observation and appends what fires by it, and what has fallen due before it.
    pub fn observe(&mut self, observation: &Observation, out: &mut Vec<Detection>) {
        self.advance(observation.received, out);
        let behaviours = Arc::clone(&self.behaviours);
        for feed in &observation.feeds {
            let (Some(of), Some(running)) =
                (behaviours.all().get(feed.behaviour), self.running.get_mut(feed.behaviour))
            else {
                continue;
            };
            let unit = observation.unit.as_ref().filter(|_| !of.info.across_units);
            let latest = observation.received.as_micros().saturating_add(AHEAD);
            let input = Input { seen: observation, feed, time: observation.time.as_micros().min(latest) };
            let outcome = running.machine.observe(entity_key(feed, unit), &input);
            running.observed += 1;
            running.late += u64::from(outcome.late);
            running.evicted += outcome.evicted;
            if let Some(fired) = outcome.fired {
                running.fired += 1;
                out.extend(detection(of, fired, Context::of(&input)));
            }
        }
    }

    /// Tells that everything received before `received` was observed: what waited for something
    /// that did not happen falls due. Call it with the time of receipt of each batch, also when
    /// nothing in it concerns a behaviour.
    pub fn advance(&mut self, received: Timestamp, out: &mut Vec<Detection>) {
        if received.as_micros() <= self.received {
            return;
        }
        self.received = received.as_micros();
        for (of, running) in self.behaviours.all().iter().zip(&mut self.running) {
            for (context, fired) in running.machine.due(self.received) {
                running.fired += 1;
                out.extend(detection(of, fired, context));
            }
        }
    }

    /// Counters of every behaviour, in the order of their files.
    #[must_use]
    pub fn stats(&self) -> Vec<BehaviourStats> {
        let both = self.behaviours.all().iter().zip(&self.running);
        both.map(|(of, running)| {
            let figures = running.machine.figures();
            BehaviourStats {
                id: of.info.id.to_string(),
                observed: running.observed,
                fired: running.fired,
                late: running.late,
                entities: figures.entities,
                bytes: figures.bytes,
                budget: figures.budget,
                evicted: running.evicted + figures.evicted,
                saturated: figures.saturated,
            }
        })
        .collect()
    }
}

/// A behaviour without memory.
pub(super) fn running(of: &Behaviour) -> Running {
    Running { machine: of.kind.machine(of.memory), observed: 0, fired: 0, late: 0, evicted: 0 }
}

/// Names the entity: its values without regard to case, and its unit.
fn entity_key(feed: &Feed, unit: Option<&UnitId>) -> u128 {
    let mut hasher = blake3::Hasher::new();
    let mut add = |part: &str| {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    };
    add(unit.map_or("", UnitId::as_str));
    feed.group.iter().for_each(|v| add(&engine_sigma::fold::fold(v)));
    hasher.finalize().as_bytes().first_chunk::<16>().map_or(0, |b| u128::from_le_bytes(*b))
}

fn detection(of: &Behaviour, fired: Fired, context: Context) -> Option<Detection> {
    let unit = context.unit.filter(|_| !of.info.across_units);
    let last = *fired.events.last()?;
    let whole = |field: &str, value: &str, pattern: &str, op: &str| Matched {
        field: field.split('|').next().unwrap_or(field).to_owned(),
        value: value.to_owned(),
        pattern: pattern.to_owned(),
        op: op.to_owned(),
        span: Some((0, value.len())),
    };
    let mut matched: Vec<Matched> =
        of.by.iter().zip(&context.group).map(|(by, value)| whole(by, value, by, GROUP_BY)).collect();
    if !of.wanted.value.is_empty() {
        matched.push(whole(&of.wanted.value.join(" · "), &context.value, of.kind.name(), of.kind.name()));
    }
    let notes = fired.notes.into_iter().map(|(name, value)| (name.to_owned(), value));
    Some(Detection {
        rule: Arc::clone(&of.info),
        key: key(&of.info.id, &context.group, unit.as_ref(), last),
        events: fired.events,
        count: fired.count,
        time: Timestamp::from_micros(fired.time),
        first_time: Timestamp::from_micros(fired.first_time),
        received: context.received,
        unit,
        entity: context.entity,
        matched,
        logsource: context.logsource,
        kind: context.kind,
        summary_fields: notes.chain(context.summary_fields).collect(),
    })
}
