//! Units and systems entered in bulk: the demo, or a list handed over by the province.

use crate::model::{NewContact, NewSystem, NewUnit};
use crate::org::Org;
use crate::store;
use base_audit::{Act, record};
use base_authz::{Action, Caller};
use base_core::{Error, Result, Scope, UnitId};
use base_web::ports::UnitDirectory;
use serde_json::json;

/// A unit with its first contacts.
#[derive(Clone, Debug)]
pub struct ImportedUnit {
    /// The unit.
    pub unit: NewUnit,
    /// Its contacts; one with the same kind and mail address is not added twice.
    pub contacts: Vec<NewContact>,
}

/// Enters units in one transaction: all or none. A unit whose code exists is changed; doing it again changes nothing else.
/// Successors must stand earlier in the list or exist.
///
/// # Errors
/// `Forbidden`, or `Invalid` with the code of the unit that is wrong in its message.
pub async fn import_units(org: &Org, caller: &Caller, units: &[ImportedUnit]) -> Result<()> {
    let scope = caller.require(Action::UnitsManage)?;
    let mut tx = org.db.begin().await?;
    let mut position = store::unit::last_position(&mut tx).await?;
    for entry in units {
        let unit = &entry.unit;
        unit.check().map_err(|e| naming(&unit.code, e))?;
        let before = store::unit::by_code_in(&mut tx, &scope, &unit.code).await?;
        let place = unit.position.or(before.as_ref().map(|b| b.position)).unwrap_or_else(|| {
            position = position.saturating_add(1);
            position
        });
        let successor = match &unit.successor {
            Some(code) => Some(known(&mut tx, &scope, code).await.map_err(|e| naming(&unit.code, e))?),
            None => None,
        };
        store::unit::upsert(&mut tx, unit, place, successor.as_ref()).await?;
        let id = UnitId::new(&unit.code);
        for contact in &entry.contacts {
            contact.check().map_err(|e| naming(&unit.code, e))?;
            if !store::contact::exists_in(&mut tx, &id, contact).await? {
                store::contact::insert(&mut tx, &org.ids.next(), &id, contact, caller.now).await?;
            }
        }
    }
    let act = Act::new("units.import", "unit", "*").change(None, Some(json!({"units": units.len()})));
    record(&mut tx, caller, act).await?;
    tx.commit().await?;
    org.refresh().await
}

async fn known(tx: &mut base_db::Tx, scope: &Scope, code: &str) -> Result<UnitId> {
    let unit = store::unit::by_code_in(tx, scope, code).await?;
    unit.map(|u| u.id).ok_or_else(|| Error::invalid("successor", format!("there is no unit '{code}'")))
}

fn naming(code: &str, mut error: Error) -> Error {
    let fields: Vec<String> = error.fields.iter().map(|f| format!("{} ({})", f.field, f.message)).collect();
    error.message = format!("unit '{code}': {}; fields: {}", error.message, fields.join(", "));
    error
}

/// Enters systems in one transaction; a system whose code exists is changed.
///
/// # Errors
/// `Forbidden`, or `Invalid` with the system and unit that do not fit.
pub async fn import_systems(org: &Org, caller: &Caller, systems: &[NewSystem]) -> Result<()> {
    caller.require(Action::SystemsManage)?;
    let unit = |system: &NewSystem, code: &Option<String>| match code.as_deref() {
        None | Some("") => Ok(None),
        Some(code) => org
            .resolve_code(code)
            .map(|u| Some(u.id))
            .ok_or_else(|| Error::invalid("unit", format!("system '{}': there is no unit '{code}'", system.code))),
    };
    let mut tx = org.db.begin().await?;
    for system in systems {
        let (owner, operator) = (unit(system, &system.owner)?, unit(system, &system.operator)?);
        store::system::upsert(&mut tx, system, owner.as_ref(), operator.as_ref()).await?;
    }
    let act = Act::new("systems.import", "system", "*").change(None, Some(json!({"systems": systems.len()})));
    record(&mut tx, caller, act).await?;
    tx.commit().await
}
