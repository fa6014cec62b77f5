//! What all kinds have in common: a state per entity, observations in, what fired out.

use crate::behaviours::codec::{Reader, Writer};
use crate::behaviours::entities::Entities;
use crate::behaviours::extract::{Feed, Observation};
use crate::entity::{Entity, EntityKind};
use base_core::{Timestamp, UnitId};
use engine_event::{EventId, LogSource};
use std::fmt::Debug;
use std::sync::Arc;

/// What is remembered of one entity.
pub(in crate::behaviours) trait State: Default + Debug + Send {
    /// Memory beyond the entity itself, in bytes.
    fn bytes(&self) -> usize;
    fn write(&self, out: &mut Writer);
    fn read(input: &mut Reader<'_>) -> Option<Self>;

    /// Forgets a part of itself when it alone fills the budget; how much.
    fn shrink(&mut self) -> u64 {
        0
    }
}

/// One event as a kind sees it.
pub(in crate::behaviours) struct Input<'a> {
    pub(in crate::behaviours) seen: &'a Observation,
    pub(in crate::behaviours) feed: &'a Feed,
    /// When it happened, microseconds; never far beyond receipt.
    pub(in crate::behaviours) time: i64,
}

/// What fired.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::behaviours) struct Fired {
    /// The events it stands on, the last one last.
    pub(in crate::behaviours) events: Vec<EventId>,
    pub(in crate::behaviours) count: u64,
    pub(in crate::behaviours) first_time: i64,
    pub(in crate::behaviours) time: i64,
    /// Figures for the texts, such as `observed` and `expected`.
    pub(in crate::behaviours) notes: Vec<(&'static str, String)>,
}

impl Fired {
    /// By one event alone.
    pub(in crate::behaviours) fn by(input: &Input<'_>, notes: Vec<(&'static str, String)>) -> Self {
        Self { events: vec![input.seen.event], count: 1, first_time: input.time, time: input.time, notes }
    }
}

/// What came of an observation.
#[derive(Debug, Default)]
pub(in crate::behaviours) struct Outcome {
    pub(in crate::behaviours) fired: Option<Fired>,
    /// Too late to be counted.
    pub(in crate::behaviours) late: bool,
    /// Values of the entity that were forgotten for want of room.
    pub(in crate::behaviours) evicted: u64,
}

/// A kind with its settings.
pub(in crate::behaviours) trait Detect: Debug + Send {
    type State: State;

    fn observe(&self, state: &mut Self::State, input: &Input<'_>) -> Outcome;

    /// When something falls due without another event.
    fn next_due(&self, _state: &Self::State) -> Option<i64> {
        None
    }

    /// What has fallen due.
    fn due(&self, _state: &mut Self::State, _watermark: i64) -> Option<(Context, Fired)> {
        None
    }

    /// Whether the entity has more values than are kept, so that the behaviour cannot judge it.
    fn saturated(&self, _state: &Self::State) -> bool {
        false
    }
}

/// A kind with its memory.
pub(in crate::behaviours) trait Machine: Debug + Send {
    fn observe(&mut self, key: u128, input: &Input<'_>) -> Outcome;
    fn due(&mut self, watermark: i64) -> Vec<(Context, Fired)>;
    fn figures(&self) -> Figures;
    fn write(&self, out: &mut Writer);
    fn read(&mut self, input: &mut Reader<'_>) -> Option<()>;
}

/// Memory of a kind.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::behaviours) struct Figures {
    pub(in crate::behaviours) entities: usize,
    pub(in crate::behaviours) bytes: usize,
    pub(in crate::behaviours) budget: usize,
    pub(in crate::behaviours) evicted: u64,
    pub(in crate::behaviours) saturated: usize,
}

#[derive(Debug)]
pub(super) struct Kept<D: Detect> {
    detect: D,
    entities: Entities<D::State>,
    /// Nothing falls due before.
    next_due: i64,
}

impl<D: Detect> Kept<D> {
    pub(super) fn new(detect: D, budget: usize) -> Self {
        Self { detect, entities: Entities::new(budget), next_due: i64::MAX }
    }
}

impl<D: Detect> Machine for Kept<D> {
    fn observe(&mut self, key: u128, input: &Input<'_>) -> Outcome {
        let detect = &self.detect;
        let (outcome, due) = self.entities.with(key, |state| {
            let outcome = detect.observe(state, input);
            (outcome, detect.next_due(state))
        });
        self.next_due = self.next_due.min(due.unwrap_or(i64::MAX));
        outcome
    }

    fn due(&mut self, watermark: i64) -> Vec<(Context, Fired)> {
        if watermark < self.next_due {
            return Vec::new();
        }
        let (detect, mut fired, mut next) = (&self.detect, Vec::new(), i64::MAX);
        self.entities.each(|state| {
            fired.extend(detect.due(state, watermark));
            next = next.min(detect.next_due(state).unwrap_or(i64::MAX));
        });
        self.next_due = next;
        fired
    }

    fn figures(&self) -> Figures {
        Figures {
            entities: self.entities.len(),
            bytes: self.entities.bytes(),
            budget: self.entities.budget(),
            evicted: self.entities.evicted(),
            saturated: self.entities.states().filter(|s| self.detect.saturated(s)).count(),
        }
    }

    fn write(&self, out: &mut Writer) {
        out.i64(self.next_due);
        self.entities.write(out);
    }

    fn read(&mut self, input: &mut Reader<'_>) -> Option<()> {
        self.next_due = input.i64()?;
        self.entities.read(input)
    }
}

/// What a detection needs of the event it stands on, kept while something is awaited.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::behaviours) struct Context {
    pub(in crate::behaviours) received: Timestamp,
    pub(in crate::behaviours) unit: Option<UnitId>,
    pub(in crate::behaviours) logsource: Arc<LogSource>,
    pub(in crate::behaviours) kind: Arc<str>,
    pub(in crate::behaviours) entity: Entity,
    pub(in crate::behaviours) group: Vec<Box<str>>,
    pub(in crate::behaviours) value: Box<str>,
    pub(in crate::behaviours) summary_fields: Vec<(String, String)>,
}

impl Context {
    pub(in crate::behaviours) fn of(input: &Input<'_>) -> Self {
        Self {
            received: input.seen.received,
            unit: input.seen.unit.clone(),
            logsource: Arc::clone(&input.seen.logsource),
            kind: Arc::clone(&input.seen.kind),
            entity: input.feed.entity.clone(),
            group: input.feed.group.clone(),
            value: input.feed.value.clone(),
            summary_fields: input.feed.summary_fields.clone(),
        }
    }

    pub(super) fn bytes(&self) -> usize {
        let texts = self.group.iter().map(|g| g.len() + 16).sum::<usize>()
            + self.summary_fields.iter().map(|(n, v)| n.len() + v.len() + 48).sum::<usize>();
        size_of::<Context>() + texts + self.entity.name.len() + self.value.len()
    }

    pub(super) fn write(&self, out: &mut Writer) {
        out.i64(self.received.as_micros());
        out.maybe_text(self.unit.as_ref().map(UnitId::as_str));
        for part in [&self.logsource.product, &self.logsource.category, &self.logsource.service] {
            out.maybe_text(part.as_deref());
        }
        out.text(&self.kind);
        out.text(self.entity.kind.as_str());
        out.text(&self.entity.name);
        out.count(self.group.len());
        self.group.iter().for_each(|g| out.text(g));
        out.text(&self.value);
        out.count(self.summary_fields.len());
        for (name, value) in &self.summary_fields {
            out.text(name);
            out.text(value);
        }
    }

    pub(super) fn read(input: &mut Reader<'_>) -> Option<Self> {
        let received = Timestamp::from_micros(input.i64()?);
        let unit = input.maybe_text()?.map(UnitId::new);
        let (product, category, service) = (input.maybe_text()?, input.maybe_text()?, input.maybe_text()?);
        let logsource = Arc::new(LogSource::new(product, category, service));
        let kind = Arc::from(input.text()?);
        let entity = Entity { kind: EntityKind::parse(input.text()?)?, name: input.text()?.to_owned() };
        let mut group = Vec::new();
        for _ in 0..input.count(8)? {
            group.push(Box::from(input.text()?));
        }
        let value = Box::from(input.text()?);
        let mut summary_fields = Vec::new();
        for _ in 0..input.count(16)? {
            summary_fields.push((input.text()?.to_owned(), input.text()?.to_owned()));
        }
        Some(Self { received, unit, logsource, kind, entity, group, value, summary_fields })
    }
}

/// An event's id as the codec writes it.
pub(super) fn write_id(id: EventId, out: &mut Writer) {
    out.text(&id.to_string());
}

pub(super) fn read_id(input: &mut Reader<'_>) -> Option<EventId> {
    input.text()?.parse().ok()
}
