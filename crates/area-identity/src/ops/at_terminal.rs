//! What the terminal of the server offers when nobody can sign in any more: accounts by their sign-in names.
//!
//! Whoever has the data folder could change the records anyway; here it is done by the same operations as in
//! the console, with the same checks, and the audit trail says who sat at the terminal.

use super::reset_password::{ONE_TIME_GROUPS, set_password};
use super::{Wish, add_grant, create_account, find_login, remove_factor, remove_grant, unlock_account};
use crate::model::account::{Account, NewAccount, parse_grant};
use crate::model::token;
use crate::store::session::Which;
use crate::{Identity, store};
use base_audit::{Act, record};
use base_authz::{Action, Caller, GrantScope, Role};
use base_core::{AccountId, Error, Result, UnitId};
use base_web::ports::UnitDirectory;
use serde_json::json;

/// An account as the terminal lists it.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The account.
    pub account: Account,
    /// Roles that hold now or will, each with its unit, or nothing for the province.
    pub roles: Vec<(Role, Option<UnitId>)>,
    /// Whether it has a second factor.
    pub has_factor: bool,
}

/// A role as typed.
#[derive(Clone, Copy, Debug)]
pub struct TypedRole<'a> {
    /// Word of the role.
    pub role: &'a str,
    /// Code of the unit; empty for the province.
    pub unit: &'a str,
}

/// All accounts by sign-in name.
///
/// # Errors
/// `Forbidden`; when the records cannot be read.
pub async fn list(identity: &Identity, caller: &Caller) -> Result<Vec<Listed>> {
    caller.require(Action::AccountsRead)?;
    let mut held = store::grant::held_by_all(&identity.db, caller.now).await?;
    let with_factor = store::factor::holders(&identity.db).await?;
    let listed = store::account::list(&identity.db).await?.into_iter().map(|account| {
        let roles = held.remove(&account.id).unwrap_or_default().into_iter().map(|held| match held.grant.scope {
            GrantScope::Unit(unit) => (held.grant.role, Some(unit)),
            GrantScope::Province => (held.grant.role, None),
        });
        Listed { roles: roles.collect(), has_factor: with_factor.contains(&account.id), account }
    });
    Ok(listed.collect())
}

/// Makes an account with one role. Its password must be changed at the first sign-in; without one a one-time password is
/// made and given.
///
/// # Errors
/// `Invalid` for a sign-in name, name, password, role or unit that is not accepted.
pub async fn create(
    identity: &Identity,
    units: &dyn UnitDirectory,
    caller: &Caller,
    (login, name, role): (&str, &str, TypedRole<'_>),
    password: Option<String>,
) -> Result<Option<String>> {
    let unit = unit_of(units, role.unit)?;
    let grant = parse_grant(role.role, unit.as_ref().map_or("", UnitId::as_str))?;
    let made = password.is_none().then(|| token::readable(ONE_TIME_GROUPS));
    let new = NewAccount {
        login: login.to_owned(),
        name: name.to_owned(),
        email: None,
        password: password.or_else(|| made.clone()).unwrap_or_default(),
        must_change: true,
        grants: vec![grant],
    };
    create_account(identity, caller, new).await?;
    Ok(made)
}

/// Sets a password, which must be changed at the next sign-in, and ends the person's sessions; without one a one-time
/// password is made and given.
///
/// # Errors
/// `NotFound` for an unknown sign-in name, `Invalid` for a password that is not accepted.
pub async fn reset(
    identity: &Identity,
    caller: &Caller,
    login: &str,
    password: Option<String>,
) -> Result<Option<String>> {
    let id = account_of(identity, login).await?;
    let made = password.is_none().then(|| token::readable(ONE_TIME_GROUPS));
    let new = password.or_else(|| made.clone()).unwrap_or_default();
    set_password(identity, caller, &id, &new).await?;
    Ok(made)
}

/// Unlocks.
///
/// # Errors
/// `NotFound` for an unknown sign-in name.
pub async fn unlock(identity: &Identity, caller: &Caller, login: &str) -> Result<()> {
    let id = account_of(identity, login).await?;
    unlock_account(identity, caller, &id).await
}

/// Gives a role.
///
/// # Errors
/// `NotFound` for an unknown sign-in name; `Invalid` for a role or unit that does not exist; `Conflict` when held.
pub async fn grant(
    identity: &Identity,
    units: &dyn UnitDirectory,
    caller: &Caller,
    login: &str,
    role: TypedRole<'_>,
) -> Result<()> {
    let id = account_of(identity, login).await?;
    let wish = Wish { role: role.role.to_owned(), unit: role.unit.to_owned(), ..Wish::default() };
    add_grant(identity, units, caller, &id, &wish).await
}

/// Takes a role away.
///
/// # Errors
/// `NotFound` for an unknown sign-in name or a role that is not held; `Conflict` for the last administrator.
pub async fn revoke(
    identity: &Identity,
    units: &dyn UnitDirectory,
    caller: &Caller,
    login: &str,
    role: TypedRole<'_>,
) -> Result<()> {
    let id = account_of(identity, login).await?;
    let scope = unit_of(units, role.unit)?.map_or(GrantScope::Province, GrantScope::Unit);
    let role = Role::parse(role.role).ok_or_else(|| Error::invalid("role", "role-unknown"))?;
    let held = store::grant::held(&identity.db, &id, caller.now).await?;
    let found = held.into_iter().find(|held| held.grant.role == role && held.grant.scope == scope);
    let found = found.ok_or_else(|| Error::not_found(format!("'{login}' does not hold this role")))?;
    remove_grant(identity, caller, &id, &found.id).await
}

/// Ends all sessions of a person; how many.
///
/// # Errors
/// `NotFound` for an unknown sign-in name.
pub async fn end_sessions(identity: &Identity, caller: &Caller, login: &str) -> Result<u64> {
    caller.require(Action::AccountsManage)?;
    let id = account_of(identity, login).await?;
    let mut tx = identity.db.begin().await?;
    let ended = store::session::revoke(&mut tx, &id, Which::All, caller.now).await?;
    let act = Act::new("session.revoke", "account", id.as_str());
    record(&mut tx, caller, act.change(None, Some(json!({"sessions": ended})))).await?;
    tx.commit().await?;
    Ok(ended)
}

/// Removes the second factors of somebody who lost them, and ends that person's sessions.
///
/// # Errors
/// `NotFound` for an unknown sign-in name or an account without one; `Invalid` without a reason.
pub async fn drop_factor(identity: &Identity, caller: &Caller, login: &str, why: &str) -> Result<()> {
    let id = account_of(identity, login).await?;
    remove_factor(identity, caller, &id, why).await
}

/// The unit of a code; nothing for an empty one.
fn unit_of(units: &dyn UnitDirectory, code: &str) -> Result<Option<UnitId>> {
    match code.trim() {
        "" => Ok(None),
        code => units.resolve_code(code).map(|u| Some(u.id)).ok_or_else(|| Error::invalid("unit", "unit-unknown")),
    }
}

async fn account_of(identity: &Identity, login: &str) -> Result<AccountId> {
    let found = find_login(identity, login).await?;
    found.ok_or_else(|| Error::not_found(format!("there is no account '{login}'; `mangrove user list` shows all")))
}
