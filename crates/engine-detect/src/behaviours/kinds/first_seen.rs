//! `first-seen`: a value that an entity has not shown for so many days.
//!
//! A value is new when the entity has not shown it within `within` before the event. Nothing fires
//! while an entity is being learnt: until `learn` has passed since its first event. An entity with
//! more than `values` values at once has no habit to speak of; it is counted as saturated and
//! stays quiet.

use super::machine::{Detect, Fired, Input, Outcome, State};
use super::{OneOrMore, Wanted};
use crate::behaviours::codec::{Reader, Writer};
use crate::behaviours::span::Span;
use rustc_hash::FxHashMap;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Settings {
    value: OneOrMore,
    #[serde(default)]
    within: Option<Span>,
    #[serde(default)]
    learn: Option<Span>,
    #[serde(default)]
    values: Option<usize>,
}

/// The settings, checked.
#[derive(Clone, Debug)]
pub(in crate::behaviours) struct FirstSeen {
    within: i64,
    learn: i64,
    values: usize,
}

pub(super) fn read(settings: Settings) -> Result<(FirstSeen, Wanted), String> {
    let value = settings.value.list();
    let values = settings.values.unwrap_or(1_000);
    if value.is_empty() || !(1..=100_000).contains(&values) {
        return Err("mangrove.behaviour: give `value` a field, and `values` from 1 to 100000".to_owned());
    }
    let kind = FirstSeen {
        within: settings.within.unwrap_or(Span::days(30)).0,
        learn: settings.learn.unwrap_or(Span::days(7)).0,
        values,
    };
    Ok((kind, Wanted { value, ..Wanted::default() }))
}

/// Values of an entity, each with the time it was last shown.
#[derive(Debug, Default)]
pub(in crate::behaviours) struct Shown {
    first: Option<i64>,
    newest: i64,
    values: FxHashMap<u64, i64>,
    saturated: bool,
}

impl Detect for FirstSeen {
    type State = Shown;

    fn observe(&self, state: &mut Shown, input: &Input<'_>) -> Outcome {
        let time = input.time;
        let first = state.first.map_or(time, |f| f.min(time));
        state.first = Some(first);
        state.newest = if state.values.is_empty() { time } else { state.newest.max(time) };
        let known = state.values.get(&input.feed.hash).copied();
        // Shown before, or (by an event that came earlier) after this one.
        let is_new = known.is_none_or(|last| time.saturating_sub(last) > self.within);
        let mut outcome = Outcome::default();
        if known.is_none() && state.values.len() >= self.values {
            self.make_room(state, &mut outcome);
        }
        state.values.insert(input.feed.hash, known.map_or(time, |last| last.max(time)));
        if is_new && !state.saturated && time.saturating_sub(first) >= self.learn {
            let notes = vec![("known", (state.values.len() - 1).to_string()), ("value", input.feed.value.to_string())];
            outcome.fired = Some(Fired::by(input, notes));
        }
        outcome
    }

    fn saturated(&self, state: &Shown) -> bool {
        state.saturated
    }
}

impl FirstSeen {
    /// Forgets what is older than `within`; when that gives no room, the tenth shown longest ago.
    fn make_room(&self, state: &mut Shown, outcome: &mut Outcome) {
        let old = state.newest.saturating_sub(self.within);
        state.values.retain(|_, last| *last >= old);
        state.saturated = state.values.len() >= self.values;
        if state.saturated {
            let mut times: Vec<i64> = state.values.values().copied().collect();
            let (_, &mut limit, _) = times.select_nth_unstable(self.values / 10);
            let before = state.values.len();
            state.values.retain(|_, last| *last > limit);
            outcome.evicted = (before - state.values.len()) as u64;
        }
    }
}

impl State for Shown {
    fn bytes(&self) -> usize {
        // By number, not by what the map has reserved, so that it is the same after a restart.
        size_of::<Self>() + self.values.len() * 24
    }

    fn write(&self, out: &mut Writer) {
        out.flag(self.first.is_some());
        out.i64(self.first.unwrap_or_default());
        out.i64(self.newest);
        out.flag(self.saturated);
        out.count(self.values.len());
        let mut all: Vec<_> = self.values.iter().collect();
        all.sort_unstable();
        for (hash, last) in all {
            out.u64(*hash);
            out.i64(*last);
        }
    }

    fn read(input: &mut Reader<'_>) -> Option<Self> {
        let (is_some, first) = (input.flag()?, input.i64()?);
        let (newest, saturated) = (input.i64()?, input.flag()?);
        let mut values = FxHashMap::default();
        for _ in 0..input.count(16)? {
            values.insert(input.u64()?, input.i64()?);
        }
        Some(Self { first: is_some.then_some(first), newest, values, saturated })
    }
}
