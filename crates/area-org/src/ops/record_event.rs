//! Recording and taking back what happens to units.

use crate::model::{Event, Life, Mistake, NewEvent, Timeline, day_text};
use crate::org::Org;
use crate::store;
use base_audit::{Act, record};
use base_authz::{Action, Caller};
use base_core::{Error, Result, UnitId};
use base_db::Tx;
use serde_json::{Value, json};

/// Records a change of units, past or planned, with its legal basis. Returns its id.
///
/// # Errors
/// `Forbidden`; `NotFound` for a unit outside the scope; `Invalid` with a code per field when the change is not
/// complete, when it cannot have been then, or when something recorded for later would no longer be possible.
pub async fn record_event(org: &Org, caller: &Caller, new: &NewEvent) -> Result<String> {
    let scope = caller.require(Action::UnitsManage)?;
    new.check()?;
    let involved: Vec<UnitId> = new.change.of().into_iter().chain(new.change.to()).cloned().collect();
    if involved.iter().any(|u| !scope.contains(u)) {
        return Err(Error::not_found("there is no such unit"));
    }
    let id = org.ids.next();
    let mut tx = org.db.begin().await?;
    let units = store::unit::all_in(&mut tx).await?;
    let mut events = store::event::all_in(&mut tx).await?;
    events.push(Event {
        id: id.clone(),
        at: new.at,
        change: new.change.clone(),
        decision: new.decision.trim().to_owned(),
        decided_on: new.decided_on,
        note: new.note.clone(),
        made_at: caller.now,
        made_by: caller.principal.name.clone(),
    });
    let timeline = Timeline::replay(&units, &events).map_err(|m| told(&m, &id, new, &events))?;
    store::event::insert(&mut tx, &id, new, (&caller.principal.name, caller.now)).await?;
    keep_ends(&mut tx, &timeline, &involved).await?;
    let act = Act::new("units.record_event", "unit_event", &id).unit(involved.first());
    record(&mut tx, caller, act.change(None, Some(summary(new)))).await?;
    tx.commit().await?;
    org.refresh().await?;
    Ok(id)
}

/// Takes a change back: a plan that was dropped, or one entered by mistake. The record of it stays.
///
/// # Errors
/// `Forbidden`; `NotFound`; `Invalid` when something recorded for later rests on it, or no reason is given.
pub async fn cancel_event(org: &Org, caller: &Caller, id: &str, why: &str) -> Result<()> {
    let scope = caller.require(Action::UnitsManage)?;
    if why.trim().is_empty() {
        return Err(Error::invalid("why", "why-missing"));
    }
    let mut tx = org.db.begin().await?;
    let units = store::unit::all_in(&mut tx).await?;
    let mut events = store::event::all_in(&mut tx).await?;
    let found = events.iter().position(|e| e.id == id && e.change.of().iter().all(|u| scope.contains(u)));
    let found = found.ok_or_else(|| Error::not_found("there is no such change"))?;
    let event = events.remove(found);
    let timeline = Timeline::replay(&units, &events).map_err(|m| later("why", &m, &events))?;
    store::event::cancel(&mut tx, id, caller.now).await?;
    let involved: Vec<UnitId> = event.change.of().into_iter().cloned().collect();
    keep_ends(&mut tx, &timeline, &involved).await?;
    let before = json!({"kind": event.change.kind().as_str(), "at": day_text(event.at), "decision": event.decision});
    let act = Act::new("units.cancel_event", "unit_event", id).unit(involved.first()).why(why.trim());
    record(&mut tx, caller, act.change(Some(before), None)).await?;
    tx.commit().await?;
    org.refresh().await
}

/// Writes the end of these units as the timeline has it.
pub(crate) async fn keep_ends(tx: &mut Tx, timeline: &Timeline, units: &[UnitId]) -> Result<()> {
    for life in units.iter().filter_map(|u| timeline.life(u)) {
        store::unit::set_end(tx, &life.id, life.to, heir(life)).await?;
    }
    Ok(())
}

/// The first of those who take over at the end.
fn heir(life: &Life) -> Option<&UnitId> {
    life.successors.iter().find(|(_, at)| Some(*at) == life.to).map(|(unit, _)| unit)
}

fn told(mistake: &Mistake, id: &str, new: &NewEvent, events: &[Event]) -> Error {
    if mistake.event.as_deref() != Some(id) {
        return later("at", mistake, events);
    }
    let field = if new.change.of().contains(&&mistake.unit) { "unit" } else { "into" };
    Error::invalid(field, format!("{}|{}", mistake.fault.code(), mistake.unit))
}

/// Something recorded for later would no longer be possible: which, and of which day.
pub(crate) fn later(field: &str, mistake: &Mistake, events: &[Event]) -> Error {
    let of = events.iter().find(|e| Some(&e.id) == mistake.event.as_ref());
    let day = of.map(|e| day_text(e.at)).unwrap_or_default();
    Error::invalid(field, format!("later-event|{} {day}", mistake.unit))
}

fn summary(new: &NewEvent) -> Value {
    let codes = |units: Vec<&UnitId>| units.into_iter().map(ToString::to_string).collect::<Vec<_>>();
    json!({"kind": new.change.kind().as_str(), "at": day_text(new.at), "of": codes(new.change.of()),
        "to": codes(new.change.to()), "decision": new.decision.trim()})
}
