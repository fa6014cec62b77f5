//! Adding and changing one unit.

use crate::model::{NewUnit, Unit};
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

/// Writes a unit.
///
/// # Errors
/// `Forbidden`, `Invalid` with codes per field, `Conflict` when somebody else changed it meanwhile, `NotFound`.
pub async fn save_unit(org: &Org, caller: &Caller, unit: &NewUnit, edit: Edit) -> Result<UnitId> {
    let scope = caller.require(Action::UnitsManage)?;
    unit.check()?;
    let successor = match unit.successor.as_deref().map(str::trim) {
        None | Some("") => None,
        Some(code) if code.eq_ignore_ascii_case(&unit.code) => {
            return Err(Error::invalid("successor", "successor-self"));
        }
        Some(code) => Some(org.resolve_code(code).ok_or_else(|| Error::invalid("successor", "unit-unknown"))?.id),
    };
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
    store::unit::upsert(&mut tx, unit, unit.position.unwrap_or(position), successor.as_ref()).await?;
    let id = UnitId::new(&unit.code);
    let after = json!({"name": unit.name, "block": unit.block.as_str(), "machines": unit.machines_declared,
        "valid_to": unit.valid_to.map(|t| t.to_string()), "successor": successor.as_ref().map(UnitId::as_str)});
    let action = if before.is_some() { "units.change" } else { "units.add" };
    let act = Act::new(action, "unit", id.as_str()).unit(Some(&id)).change(before.as_ref().map(summary), Some(after));
    record(&mut tx, caller, act).await?;
    tx.commit().await?;
    org.refresh().await?;
    Ok(id)
}

fn summary(unit: &Unit) -> Value {
    json!({"name": unit.name, "block": unit.block.as_str(), "machines": unit.machines_declared,
        "valid_to": unit.valid_to.map(|t| t.to_string()), "successor": unit.successor.as_ref().map(UnitId::as_str)})
}
