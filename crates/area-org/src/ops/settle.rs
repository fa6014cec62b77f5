//! Bringing what was typed of units into a form or a file in line with their changes over time.
//!
//! A form and a list know only what a unit is like now. Its name now may come from a renaming, its end from a merger.
//! So a name corrects whatever gives it at present, and an end without a decision is a dissolution without one.

use super::record_event::{keep_ends, later};
use crate::model::{Change, Event, Mistake, NewEvent, NewUnit, Timeline, Unit};
use crate::org::Org;
use crate::store;
use crate::store::unit::Places;
use base_authz::Caller;
use base_core::{Error, Result, Timestamp, UnitId};
use base_db::Tx;
use std::collections::HashMap;

/// A unit to be written.
pub(super) struct Wanted<'a> {
    /// As typed.
    pub(super) unit: &'a NewUnit,
    /// As stored, when it is.
    pub(super) before: Option<&'a Unit>,
    /// Place in the official list.
    pub(super) position: i64,
    /// The unit it stands below.
    pub(super) parent: Option<UnitId>,
    /// The unit that takes over at its end.
    pub(super) successor: Option<UnitId>,
}

/// What gives the name of a unit at present, and what ends it.
#[derive(Default)]
struct Given<'a> {
    name: Option<&'a Event>,
    end: Option<&'a Event>,
}

/// Writes units and brings their changes in line; then everything is gone through once, and what cannot have been is
/// refused with the unit and the field of the form.
pub(super) async fn settle(org: &Org, tx: &mut Tx, caller: &Caller, units: &[Wanted<'_>]) -> Result<()> {
    let events = store::event::all_in(tx).await?;
    let given = given(&events, caller.now);
    let none = Given::default();
    let mut touched = Vec::new();
    for wanted in units {
        let id = UnitId::new(&wanted.unit.code);
        write(org, tx, caller.now, wanted, given.get(&id).unwrap_or(&none)).await?;
    }
    // Only now, since a successor may stand further down the list.
    for wanted in units {
        let id = UnitId::new(&wanted.unit.code);
        let given = given.get(&id).unwrap_or(&none);
        if end(org, tx, caller, wanted, given.end).await? {
            touched.push(id);
        }
    }
    let (units, events) = (store::unit::all_in(tx).await?, store::event::all_in(tx).await?);
    let timeline = Timeline::replay(&units, &events).map_err(|m| told(&m, &touched, &events))?;
    keep_ends(tx, &timeline, &touched).await
}

fn given(events: &[Event], now: Timestamp) -> HashMap<UnitId, Given<'_>> {
    let mut given: HashMap<UnitId, Given<'_>> = HashMap::new();
    // In the order of their dates, so the last one up to now holds.
    for event in events {
        match &event.change {
            Change::Rename { unit, .. } if event.at <= now => given.entry(unit.clone()).or_default().name = Some(event),
            Change::Merge { .. } | Change::Dissolve { .. } => {
                event.change.of().into_iter().for_each(|u| given.entry(u.clone()).or_default().end = Some(event));
            }
            Change::Split { unit, into } if !into.contains(unit) => {
                given.entry(unit.clone()).or_default().end = Some(event);
            }
            _ => {}
        }
    }
    given
}

/// Writes the row; the name goes to the change that gives it, when one does. Of a unit that has stood elsewhere since
/// it began, the row keeps where it began: that it moves now is a change with a date, and not for a form.
async fn write(org: &Org, tx: &mut Tx, now: Timestamp, wanted: &Wanted<'_>, given: &Given<'_>) -> Result<()> {
    let typed = (wanted.unit.name.trim(), wanted.unit.short_name());
    let Some(before) = wanted.before else {
        let places = Places { position: wanted.position, parent: wanted.parent.as_ref(), names: typed };
        return store::unit::upsert(tx, wanted.unit, &places).await;
    };
    let names = if let Some(event) = given.name {
        store::event::correct_name(tx, &event.id, typed.0, typed.1).await?;
        (before.name.as_str(), before.short.as_str())
    } else {
        typed
    };
    let timeline = org.timeline();
    let life = timeline.life(&before.id);
    let parent = match life {
        Some(life) if wanted.parent.as_ref() == life.form_at(now).and_then(|f| f.parent.as_ref()) => {
            before.parent.as_ref()
        }
        Some(life) if life.has_moved() => {
            return Err(Error::invalid("parent", format!("moved-by-event|{}", before.code)));
        }
        _ => wanted.parent.as_ref(),
    };
    store::unit::upsert(tx, wanted.unit, &Places { position: wanted.position, parent, names }).await
}

/// Brings the end in line; whether anything had to be done.
async fn end(org: &Org, tx: &mut Tx, caller: &Caller, wanted: &Wanted<'_>, end: Option<&Event>) -> Result<bool> {
    let to = wanted.unit.valid_to;
    if let Some(end) = end {
        let heir = match &wanted.successor {
            Some(successor) => end.change.to().contains(&successor),
            None => end.change.to().is_empty(),
        };
        if to == Some(end.at) && heir {
            return Ok(false);
        }
        if !matches!(end.change, Change::Dissolve { .. }) {
            return Err(Error::invalid("valid_to", format!("ended-by-event|{}", wanted.unit.code)));
        }
        store::event::cancel(tx, &end.id, caller.now).await?;
    }
    let Some(at) = to else { return Ok(end.is_some()) };
    let change = Change::Dissolve { unit: UnitId::new(&wanted.unit.code), successor: wanted.successor.clone() };
    let new = NewEvent { at, change, decision: String::new(), decided_on: None, note: None };
    store::event::insert(tx, &org.ids.next(), &new, (&caller.principal.name, caller.now)).await?;
    Ok(true)
}

fn told(mistake: &Mistake, touched: &[UnitId], events: &[Event]) -> Error {
    let code = || format!("{}|{}", mistake.fault.code(), mistake.unit);
    let Some(id) = &mistake.event else { return Error::invalid("parent", code()) };
    let event = events.iter().find(|e| e.id == *id);
    match event.map(|e| &e.change) {
        Some(Change::Dissolve { unit, .. }) if touched.contains(unit) => {
            Error::invalid(if *unit == mistake.unit { "valid_to" } else { "successor" }, code())
        }
        _ => later("valid_from", mistake, events),
    }
}
