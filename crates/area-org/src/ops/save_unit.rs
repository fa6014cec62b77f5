//! Adding and changing one unit.

use super::settle::{Wanted, settle};
use crate::model::{NewUnit, Unit, day_text};
use crate::org::Org;
use crate::store;
use base_audit::{Act, record};
use base_authz::{Action, Caller};
use base_core::{Error, Kind, Result, UnitId};
use base_web::ports::UnitDirectory;
use serde_json::{Value, json};

/// Whether a unit is added or changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edit {
    /// Its code must be free.
    Add,
    /// It must still be at this version.
    Change(i64),
}

/// Writes a unit: founds one, or corrects what stands of it. That it is renamed, moved, merged, split or dissolved
/// with a legal basis is for [`super::record_event`].
///
/// # Errors
/// `Forbidden`, `Invalid` with codes per field, `Conflict` when somebody else changed it meanwhile, `NotFound`.
pub async fn save_unit(org: &Org, caller: &Caller, unit: &NewUnit, edit: Edit) -> Result<UnitId> {
    let scope = caller.require(Action::UnitsManage)?;
    unit.check()?;
    let find = |field: &str, code: Option<&str>| match code.map(str::trim) {
        None | Some("") => Ok(None),
        Some(code) => match org.resolve_code(code) {
            Some(found) => Ok(Some(found.id)),
            None => Err(Error::invalid(field, "unit-unknown")),
        },
    };
    let successor = find("successor", unit.successor.as_deref())?;
    let parent = find("parent", unit.parent.as_deref())?;
    let mut tx = org.db.begin().await?;
    let before = store::unit::by_code_in(&mut tx, &scope, &unit.code).await?;
    let position = match (edit, &before) {
        (Edit::Add, Some(_)) => return Err(Error::invalid("code", "code-taken")),
        (Edit::Change(_), None) => return Err(Error::not_found("there is no such unit")),
        (Edit::Change(version), Some(before)) if before.version != version => {
            return Err(Error::new(
                Kind::Conflict,
                "somebody else has changed this unit; reload and repeat your change",
            ));
        }
        (Edit::Change(_), Some(before)) => before.position,
        (Edit::Add, None) => store::unit::last_position(&mut tx).await?.saturating_add(1),
    };
    let position = unit.position.unwrap_or(position);
    let wanted = Wanted { unit, before: before.as_ref(), position, parent, successor };
    settle(org, &mut tx, caller, std::slice::from_ref(&wanted)).await?;
    let id = UnitId::new(&unit.code);
    let day = |t: Option<base_core::Timestamp>| t.map(day_text);
    let after = json!({"name": unit.name, "block": unit.block.as_str(), "machines": unit.machines_declared,
        "parent": wanted.parent.as_ref().map(UnitId::as_str), "valid_from": day(unit.valid_from),
        "valid_to": day(unit.valid_to), "successor": wanted.successor.as_ref().map(UnitId::as_str)});
    let action = if before.is_some() { "units.change" } else { "units.add" };
    let act = Act::new(action, "unit", id.as_str()).unit(Some(&id)).change(before.as_ref().map(summary), Some(after));
    record(&mut tx, caller, act).await?;
    tx.commit().await?;
    org.refresh().await?;
    Ok(id)
}

fn summary(unit: &Unit) -> Value {
    json!({"name": unit.name, "block": unit.block.as_str(), "machines": unit.machines_declared,
        "parent": unit.parent.as_ref().map(UnitId::as_str), "valid_from": unit.valid_from.map(day_text),
        "valid_to": unit.valid_to.map(day_text), "successor": unit.successor.as_ref().map(UnitId::as_str)})
}
