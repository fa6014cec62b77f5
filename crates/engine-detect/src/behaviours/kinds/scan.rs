//! `scan`: one source touches many different things.
//!
//! Counts the different values in `(t − within, t]`, where `t` is the latest event of the source.
//! It fires when there are `at_least`, and then rests for `again` (one `within` unless said
//! otherwise). Values are counted exactly; since counting ends when it fires, a source never holds
//! more than `at_least` values and those that are just falling out of the window.

use super::machine::{Detect, Fired, Input, Outcome, State, read_id, write_id};
use super::{OneOrMore, Wanted};
use crate::behaviours::codec::{Reader, Writer};
use crate::behaviours::span::Span;
use engine_event::EventId;
use rustc_hash::FxHashMap;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Settings {
    distinct: OneOrMore,
    within: Span,
    at_least: usize,
    #[serde(default)]
    again: Option<Span>,
}

/// The settings, checked.
#[derive(Clone, Debug)]
pub(in crate::behaviours) struct Scan {
    within: i64,
    at_least: usize,
    again: i64,
}

/// Events told of one detection: the first of each of so many values.
const LISTED: usize = 50;

pub(super) fn read(settings: Settings) -> Result<(Scan, Wanted), String> {
    let value = settings.distinct.list();
    if value.is_empty() || !(2..=10_000).contains(&settings.at_least) {
        return Err("mangrove.behaviour: give `distinct` a field, and `at_least` from 2 to 10000".to_owned());
    }
    let again = settings.again.unwrap_or(settings.within).0;
    let kind = Scan { within: settings.within.0, at_least: settings.at_least, again };
    Ok((kind, Wanted { value, ..Wanted::default() }))
}

/// Values by their hash, each with the latest time and event.
#[derive(Debug)]
pub(in crate::behaviours) struct Touched {
    values: FxHashMap<u64, (i64, EventId)>,
    newest: i64,
    /// It fired, and rests until then.
    rests: i64,
}

impl Default for Touched {
    fn default() -> Self {
        Self { values: FxHashMap::default(), newest: i64::MIN, rests: i64::MIN }
    }
}

impl Detect for Scan {
    type State = Touched;

    fn observe(&self, state: &mut Touched, input: &Input<'_>) -> Outcome {
        let time = input.time;
        if time < state.rests {
            return Outcome::default();
        }
        state.newest = state.newest.max(time);
        let since = state.newest.saturating_sub(self.within);
        if time <= since {
            return Outcome { late: true, ..Outcome::default() };
        }
        let last = state.values.entry(input.feed.hash).or_insert((time, input.seen.event));
        last.0 = last.0.max(time);
        if state.values.len() < self.at_least {
            return Outcome::default();
        }
        state.values.retain(|_, (last, _)| *last > since);
        if state.values.len() < self.at_least {
            return Outcome::default();
        }
        let mut touched: Vec<(i64, EventId)> = state.values.values().copied().collect();
        touched.sort_unstable();
        let first_time = touched.first().map_or(time, |(t, _)| *t);
        let skip = touched.len().saturating_sub(LISTED);
        let mut events: Vec<EventId> = touched.iter().skip(skip).map(|(_, id)| *id).collect();
        events.retain(|id| *id != input.seen.event);
        events.push(input.seen.event);
        let fired = Fired {
            events,
            count: state.values.len() as u64,
            first_time,
            time: state.newest,
            notes: vec![("distinct", state.values.len().to_string()), ("value", input.feed.value.to_string())],
        };
        *state = Touched { rests: state.newest.saturating_add(self.again), ..Touched::default() };
        Outcome { fired: Some(fired), ..Outcome::default() }
    }
}

impl State for Touched {
    fn bytes(&self) -> usize {
        size_of::<Self>() + self.values.len() * 48
    }

    fn write(&self, out: &mut Writer) {
        out.i64(self.newest);
        out.i64(self.rests);
        out.count(self.values.len());
        let mut all: Vec<_> = self.values.iter().collect();
        all.sort_unstable();
        for (hash, (time, event)) in all {
            out.u64(*hash);
            out.i64(*time);
            write_id(*event, out);
        }
    }

    fn read(input: &mut Reader<'_>) -> Option<Self> {
        let (newest, rests) = (input.i64()?, input.i64()?);
        let mut values = FxHashMap::default();
        for _ in 0..input.count(24)? {
            values.insert(input.u64()?, (input.i64()?, read_id(input)?));
        }
        Some(Self { values, newest, rests })
    }
}
