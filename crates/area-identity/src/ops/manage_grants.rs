//! Giving and taking grants. They take effect with the person's next request.

use super::create_account::grant_text;
use super::{leave_an_administrator, wanted};
use crate::model::account::parse_grant;
use crate::{Identity, store};
use base_audit::{Act, record};
use base_authz::{Action, Caller, GrantScope, Role};
use base_core::{AccountId, Error, Kind, Result};
use base_web::ports::UnitDirectory;
use serde_json::json;

/// Gives a role over the province (`unit` empty) or over the unit with this code.
///
/// # Errors
/// `Invalid` for a role, unit or combination that does not exist, `Conflict` when held already.
pub(crate) async fn add_grant(
    identity: &Identity,
    units: &dyn UnitDirectory,
    caller: &Caller,
    id: &AccountId,
    role: &str,
    unit: &str,
) -> Result<()> {
    caller.require(Action::AccountsManage)?;
    let unit_id = match unit.trim() {
        "" => String::new(),
        code => units.resolve_code(code).ok_or_else(|| Error::invalid("unit", "unit-unknown"))?.id.as_str().to_owned(),
    };
    let grant = parse_grant(role, &unit_id)?;
    let held = store::grant::held(&identity.db, id).await?;
    if held.iter().any(|g| g.grant.role == grant.role && g.grant.scope == grant.scope) {
        return Err(Error::new(Kind::Conflict, "the account holds this role already"));
    }
    let mut tx = identity.db.begin().await?;
    let account = wanted(&mut tx, id).await?;
    let by = &caller.principal.account;
    store::grant::insert(&mut tx, &identity.ids.next(), &account.id, &grant, by, caller.now).await?;
    let unit = match &grant.scope {
        GrantScope::Unit(unit) => Some(unit.clone()),
        GrantScope::Province => None,
    };
    let act = Act::new("accounts.grant", "account", id.as_str()).unit(unit.as_ref());
    record(&mut tx, caller, act.change(None, Some(json!(grant_text(&grant))))).await?;
    tx.commit().await
}

/// Takes a grant away.
///
/// # Errors
/// `NotFound`, `Forbidden`, `Conflict` when nobody would be left to administer.
pub(crate) async fn remove_grant(identity: &Identity, caller: &Caller, id: &AccountId, grant: &str) -> Result<()> {
    caller.require(Action::AccountsManage)?;
    let mut tx = identity.db.begin().await?;
    wanted(&mut tx, id).await?;
    let Some(taken) = store::grant::revoke(&mut tx, id, grant, caller.now).await? else {
        return Err(Error::not_found("the account does not hold this role"));
    };
    if taken.grant.role == Role::Administrator {
        leave_an_administrator(&mut tx, id, caller.now).await?;
    }
    let act = Act::new("accounts.revoke_grant", "account", id.as_str());
    record(&mut tx, caller, act.change(Some(json!(grant_text(&taken.grant))), None)).await?;
    tx.commit().await
}
