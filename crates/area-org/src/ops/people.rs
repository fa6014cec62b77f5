//! Duty, networks and staff of a unit.

use crate::model::{NewDuty, NewStaff, overlap, parse_range};
use crate::org::Org;
use crate::store::{self, people::Entry};
use base_audit::{Act, record};
use base_authz::{Action, Caller};
use base_core::{Error, Result, Scope, UnitId};
use base_db::Tx;
use serde_json::{Value, json};
use std::net::IpAddr;

/// Something to be entered of a unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NewEntry {
    /// A turn of duty.
    Duty(NewDuty),
    /// A network: as written, and what it is.
    Range(String, String),
    /// Somebody of its staff.
    Staff(NewStaff),
}

/// Enters something of a unit. For a network: the other units that have addresses of it too; that is told, not
/// refused, since a reorganisation leaves networks shared for a while.
///
/// # Errors
/// `Forbidden`, `Invalid`, `NotFound`.
pub async fn add_entry(org: &Org, caller: &Caller, unit_code: &str, new: &NewEntry) -> Result<Vec<UnitId>> {
    let scope = caller.require(Action::UnitsManage)?;
    match new {
        NewEntry::Duty(duty) => duty.check()?,
        NewEntry::Staff(staff) => staff.check()?,
        NewEntry::Range(_, note) if note.chars().count() > 1_000 => return Err(Error::invalid("note", "note-long")),
        NewEntry::Range(..) => {}
    }
    let all = store::people::ranges(&org.db, &scope, None).await?;
    let mut tx = org.db.begin().await?;
    let unit = unit(&mut tx, &scope, unit_code).await?;
    let id = org.ids.next();
    let mut shared = Vec::new();
    let (what, after) = match new {
        NewEntry::Duty(duty) => {
            store::people::insert_duty(&mut tx, &id, &unit, duty).await?;
            (
                Entry::Duty,
                json!({"name": duty.name.trim(), "from": duty.starts_at.to_string(), "until": duty.ends_at.to_string()}),
            )
        }
        NewEntry::Range(text, note) => {
            let net = parse_range(text).map_err(|code| Error::invalid("cidr", code))?;
            if all.iter().any(|r| r.unit == unit && r.net == net) {
                return Err(Error::invalid("cidr", "range-there"));
            }
            let others = all.iter().filter(|r| r.unit != unit && overlap(&r.net, &net));
            shared = others.map(|r| r.unit.clone()).collect();
            shared.sort();
            shared.dedup();
            store::people::insert_range(&mut tx, &id, &unit, (&net, note), caller.now).await?;
            (Entry::Range, json!({"cidr": net.to_string()}))
        }
        NewEntry::Staff(staff) => {
            store::people::insert_staff(&mut tx, &id, &unit, staff, caller.now).await?;
            (Entry::Staff, json!({"name": staff.name.trim(), "job": staff.job.trim(), "security": staff.is_security}))
        }
    };
    audit(&mut tx, caller, ("units.add_entry", what), &unit, (None, Some(after))).await?;
    tx.commit().await?;
    Ok(shared)
}

/// Takes something of a unit out.
///
/// # Errors
/// `Forbidden`, `NotFound`.
pub async fn remove_entry(org: &Org, caller: &Caller, unit_code: &str, what: &str, id: &str) -> Result<()> {
    let scope = caller.require(Action::UnitsManage)?;
    let missing = || Error::not_found("there is no such entry");
    let what = Entry::parse(what).ok_or_else(missing)?;
    let mut tx = org.db.begin().await?;
    let unit = unit(&mut tx, &scope, unit_code).await?;
    if !store::people::remove(&mut tx, what, &unit, id, caller.now).await? {
        return Err(missing());
    }
    audit(&mut tx, caller, ("units.remove_entry", what), &unit, (Some(json!({"id": id})), None)).await?;
    tx.commit().await
}

async fn unit(tx: &mut Tx, scope: &Scope, code: &str) -> Result<UnitId> {
    let found = store::unit::by_code_in(tx, scope, code).await?;
    found.map(|u| u.id).ok_or_else(|| Error::not_found("there is no such unit"))
}

async fn audit(
    tx: &mut Tx,
    caller: &Caller,
    (action, what): (&'static str, Entry),
    unit: &UnitId,
    (before, after): (Option<Value>, Option<Value>),
) -> Result<()> {
    let named = |value: Option<Value>| value.map(|v| json!({ what.as_str(): v }));
    let act = Act::new(action, "unit", unit.as_str()).unit(Some(unit)).change(named(before), named(after));
    record(tx, caller, act).await
}

/// The unit an address belongs to: that of the narrowest network it lies in.
///
/// # Errors
/// When the database cannot be read.
pub async fn unit_of_address(org: &Org, scope: &Scope, address: IpAddr) -> Result<Option<UnitId>> {
    let ranges = store::people::ranges(&org.db, scope, None).await?;
    let within = ranges.into_iter().filter(|r| r.net.contains(&address));
    Ok(within.max_by_key(|r| r.net.prefix_len()).map(|r| r.unit))
}
