//! Giving and taking grants. They take effect with the person's next request.

use super::create_account::grant_text;
use super::{leave_an_administrator, wanted};
use crate::model::account::{StoredGrant, overlap, parse_grant, parse_period};
use crate::store::grant::Insert;
use crate::{Identity, store};
use base_audit::{Act, record};
use base_authz::{Action, Caller, Grant, GrantScope, Role};
use base_core::{AccountId, Error, Kind, Result, UnitId};
use base_db::Tx;
use base_ui::{Href, Tone};
use base_web::notice::{Notice, To};
use base_web::ports::UnitDirectory;
use serde_json::json;

/// A grant as a form says it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wish {
    /// The role.
    pub(crate) role: String,
    /// Code of the unit; empty for the province.
    pub(crate) unit: String,
    /// First day; empty = from now on.
    pub(crate) from: String,
    /// Last day; empty = until taken away.
    pub(crate) until: String,
}

/// Gives a role over the province or a unit, for a time.
///
/// # Errors
/// `Invalid` for a role, unit, period or combination that does not exist, `Conflict` when held already in that time.
pub(crate) async fn add_grant(
    identity: &Identity,
    units: &dyn UnitDirectory,
    caller: &Caller,
    id: &AccountId,
    wish: &Wish,
) -> Result<()> {
    caller.require(Action::AccountsManage)?;
    let unit_id = match wish.unit.trim() {
        "" => String::new(),
        code => units.resolve_code(code).ok_or_else(|| Error::invalid("unit", "unit-unknown"))?.id.as_str().to_owned(),
    };
    let (from, until) = parse_period(&wish.from, &wish.until, caller.now)?;
    let grant = Grant { from, until, ..parse_grant(&wish.role, &unit_id)? };
    let mut tx = identity.db.begin().await?;
    let account = wanted(&mut tx, id).await?;
    // What was only handed on to the person does not stand against giving it for good.
    not_held(&mut tx, caller, &account.id, &grant, |held| held.delegated.is_none()).await?;
    let new = identity.ids.next();
    let by = &caller.principal.account;
    let row = Insert { id: &new, account: &account.id, grant: &grant, by, now: caller.now, delegated: None };
    store::grant::insert(&mut tx, row).await?;
    let act = Act::new("accounts.grant", "account", id.as_str()).unit(unit_of(&grant));
    record(&mut tx, caller, act.change(None, Some(json!(grant_text(&grant))))).await?;
    let told = Notice::new("grant-given", &new, To::Account(account.id.clone()), Href::new("/tai-khoan-cua-toi"))
        .by(by)
        .tone(Tone::Info)
        .word("who", caller.principal.name.as_str());
    identity.notify(&mut tx, told).await?;
    tx.commit().await
}

/// Refuses a grant whose holder has the same at some moment of its period, among those that `count`.
pub(super) async fn not_held(
    tx: &mut Tx,
    caller: &Caller,
    account: &AccountId,
    grant: &Grant,
    count: impl Fn(&StoredGrant) -> bool + Send,
) -> Result<()> {
    let held = store::grant::held_in(tx, account, caller.now).await?;
    if held.iter().any(|g| count(g) && overlap(&g.grant, grant)) {
        return Err(Error::new(Kind::Conflict, "the account holds this role already in that time"));
    }
    Ok(())
}

pub(super) fn unit_of(grant: &Grant) -> Option<&UnitId> {
    match &grant.scope {
        GrantScope::Unit(unit) => Some(unit),
        GrantScope::Province => None,
    }
}

/// Takes a grant away, and with it what was handed on of it.
///
/// # Errors
/// `NotFound`, `Forbidden`, `Conflict` when nobody would be left to administer.
pub(crate) async fn remove_grant(identity: &Identity, caller: &Caller, id: &AccountId, grant: &str) -> Result<()> {
    caller.require(Action::AccountsManage)?;
    let mut tx = identity.db.begin().await?;
    wanted(&mut tx, id).await?;
    take(&mut tx, caller, id, grant, None).await?;
    let told = Notice::new("grant-taken", grant, To::Account(id.clone()), Href::new("/tai-khoan-cua-toi"))
        .by(&caller.principal.account)
        .tone(Tone::Warn)
        .word("who", caller.principal.name.as_str());
    identity.notify(&mut tx, told).await?;
    tx.commit().await
}

/// Takes a grant away inside a transaction of the caller.
pub(super) async fn take(tx: &mut Tx, caller: &Caller, id: &AccountId, grant: &str, why: Option<&str>) -> Result<()> {
    let by = &caller.principal.account;
    let Some(taken) = store::grant::revoke(tx, id, grant, by, caller.now).await? else {
        return Err(Error::not_found("the account does not hold this role"));
    };
    if taken.grant.role == Role::Administrator && taken.delegated.is_none() {
        leave_an_administrator(tx, id, caller.now).await?;
    }
    let mut act = Act::new("accounts.revoke_grant", "account", id.as_str()).unit(unit_of(&taken.grant));
    act.why = why.map(str::to_owned);
    record(tx, caller, act.change(Some(json!(grant_text(&taken.grant))), None)).await
}
