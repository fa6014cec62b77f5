//! Whom to write to at a unit.

use crate::model::{Contact, NewContact};
use crate::org::Org;
use crate::store;
use base_audit::{Act, record};
use base_authz::{Action, Caller};
use base_core::{Error, Result, Scope, UnitId};
use serde_json::json;

/// The contacts of a unit, contact points first; empty for a unit outside the scope.
///
/// # Errors
/// When the database cannot be read.
pub async fn contacts(org: &Org, scope: &Scope, unit: &UnitId) -> Result<Vec<Contact>> {
    store::contact::of(&org.db, scope, unit).await
}

/// Adds a contact.
///
/// # Errors
/// `Forbidden`, `Invalid`, `NotFound`.
pub async fn add_contact(org: &Org, caller: &Caller, unit_code: &str, new: &NewContact) -> Result<()> {
    let scope = caller.require(Action::UnitsManage)?;
    new.check()?;
    let mut tx = org.db.begin().await?;
    let found = store::unit::by_code_in(&mut tx, &scope, unit_code).await?;
    let unit = found.ok_or_else(|| Error::not_found("there is no such unit"))?;
    store::contact::insert(&mut tx, &org.ids.next(), &unit.id, new, caller.now).await?;
    let after = json!({"kind": new.kind.as_str(), "name": new.name.trim(), "mail": new.mail.trim()});
    let act = Act::new("units.add_contact", "unit", unit.id.as_str()).unit(Some(&unit.id)).change(None, Some(after));
    record(&mut tx, caller, act).await?;
    tx.commit().await
}

/// Takes a contact out.
///
/// # Errors
/// `Forbidden`, `NotFound`.
pub async fn remove_contact(org: &Org, caller: &Caller, unit_code: &str, contact: &str) -> Result<()> {
    let scope = caller.require(Action::UnitsManage)?;
    let mut tx = org.db.begin().await?;
    let missing = || Error::not_found("there is no such contact");
    let unit = store::unit::by_code_in(&mut tx, &scope, unit_code).await?.ok_or_else(missing)?;
    if !store::contact::remove(&mut tx, &unit.id, contact, caller.now).await? {
        return Err(missing());
    }
    let act = Act::new("units.remove_contact", "unit", unit.id.as_str()).unit(Some(&unit.id));
    record(&mut tx, caller, act.change(Some(json!({"contact": contact})), None)).await?;
    tx.commit().await
}
