//! Units and systems entered in bulk: the demo, or a list handed over by the province.

use super::settle::{Wanted, settle};
use crate::model::{NewContact, NewSystem, NewUnit, Unit};
use crate::org::Org;
use crate::store;
use crate::store::unit::Places;
use base_audit::{Act, record};
use base_authz::{Action, Caller};
use base_core::{Error, Kind, Result, UnitId};
use base_db::Tx;
use base_web::ports::UnitDirectory;
use serde_json::json;
use std::collections::{HashMap, HashSet};

/// A unit with its first contacts.
#[derive(Clone, Debug)]
pub struct ImportedUnit {
    /// The unit.
    pub unit: NewUnit,
    /// Its contacts; one with the same kind and mail address is not added twice.
    pub contacts: Vec<NewContact>,
}

/// Enters units in one transaction: all or none. A unit whose code exists is changed; doing it again changes nothing else.
/// Successors and parents may stand anywhere in the list, or exist.
///
/// # Errors
/// `Forbidden`, or `Invalid` with the code of the unit that is wrong in its message.
pub async fn import_units(org: &Org, caller: &Caller, units: &[ImportedUnit]) -> Result<()> {
    let scope = caller.require(Action::UnitsManage)?;
    let mut tx = org.db.begin().await?;
    let stored: HashMap<String, Unit> =
        store::unit::all_in(&mut tx).await?.into_iter().map(|u| (u.code.clone(), u)).collect();
    if let Some(unit) = stored.values().find(|u| !scope.contains(&u.id)) {
        return Err(Error::new(Kind::Forbidden, format!("unit '{}' is outside the units you may change", unit.code)));
    }
    let listed: HashSet<&str> = units.iter().map(|e| e.unit.code.as_str()).collect();
    let known = |field: &str, code: &Option<String>| match code.as_deref().map(str::trim) {
        None | Some("") => Ok(None),
        Some(code) => {
            let code = code.to_ascii_uppercase();
            let known = stored.contains_key(&code) || listed.contains(code.as_str());
            known.then(|| Some(UnitId::new(&code))).ok_or_else(|| Error::invalid(field, format!("unit-unknown|{code}")))
        }
    };
    let mut position = store::unit::last_position(&mut tx).await?;
    let mut wanted = Vec::with_capacity(units.len());
    for entry in units {
        let unit = &entry.unit;
        unit.check().map_err(|e| naming(&unit.code, e))?;
        let before = stored.get(&unit.code);
        let place = unit.position.or(before.map(|b| b.position)).unwrap_or_else(|| {
            position = position.saturating_add(1);
            position
        });
        let successor = known("successor", &unit.successor).map_err(|e| naming(&unit.code, e))?;
        let parent = known("parent", &unit.parent).map_err(|e| naming(&unit.code, e))?;
        wanted.push(Wanted { unit, before, position: place, parent, successor });
    }
    // A unit below another new one: rows first without what points to other rows, which the tables check at once.
    let is_new = |id: &UnitId| !stored.contains_key(id.as_str());
    let nested = wanted.iter().any(|w| w.parent.as_ref().is_some_and(is_new));
    for new in wanted.iter().filter(|w| nested && w.before.is_none()) {
        let names = (new.unit.name.trim(), new.unit.short_name());
        store::unit::upsert(&mut tx, new.unit, &Places { position: new.position, parent: None, names }).await?;
    }
    settle(org, &mut tx, caller, &wanted).await?;
    for entry in units {
        contacts_of(org, &mut tx, caller, entry).await?;
    }
    let act = Act::new("units.import", "unit", "*").change(None, Some(json!({"units": units.len()})));
    record(&mut tx, caller, act).await?;
    tx.commit().await?;
    org.refresh().await
}

async fn contacts_of(org: &Org, tx: &mut Tx, caller: &Caller, entry: &ImportedUnit) -> Result<()> {
    let id = UnitId::new(&entry.unit.code);
    for contact in &entry.contacts {
        contact.check().map_err(|e| naming(&entry.unit.code, e))?;
        if !store::contact::exists_in(tx, &id, contact).await? {
            store::contact::insert(tx, &org.ids.next(), &id, contact, caller.now).await?;
        }
    }
    Ok(())
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
