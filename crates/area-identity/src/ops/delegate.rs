//! Handing one of one's own roles on to somebody else, for a time and with a reason.
//!
//! Bounds: at most 90 days, not past the end of one's own grant, and nothing that was itself handed on. It ends by
//! itself with its last day, with one's own grant, and while one's account is locked; see `store/grant.rs`.

use super::create_account::grant_text;
use super::manage_grants::{not_held, unit_of};
use crate::model::account::{MAX_DELEGATION_DAYS, normal_login, parse_period};
use crate::store::grant::Insert;
use crate::{Identity, store};
use base_audit::{Act, record};
use base_authz::{Caller, Grant};
use base_core::{Error, Result};
use serde_json::json;

/// What is handed on, as a form says it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Delegation {
    /// Id of the own grant.
    pub(crate) grant: String,
    /// Sign-in name of who receives it.
    pub(crate) to: String,
    /// First day; empty = from now on.
    pub(crate) from: String,
    /// Last day.
    pub(crate) until: String,
    pub(crate) why: String,
}

/// Hands an own role on.
///
/// # Errors
/// `Invalid` per field, `Conflict` when the other person holds the role already in that time.
pub(crate) async fn delegate(identity: &Identity, caller: &Caller, wish: &Delegation) -> Result<()> {
    let me = &caller.principal.account;
    let why = wish.why.trim();
    if why.is_empty() {
        return Err(Error::invalid("why", "why-missing"));
    }
    let (from, until) = parse_period(&wish.from, &wish.until, caller.now)?;
    let until = until.ok_or_else(|| Error::invalid("until", "delegation-end-missing"))?;
    if until > caller.now.plus_secs((MAX_DELEGATION_DAYS + 1) * 86_400) {
        return Err(Error::invalid("until", "delegation-long"));
    }
    let to = store::account::with_password(&identity.db, &normal_login(&wish.to)).await?;
    // One answer for all three, so that the form tells less about who has an account.
    let to = to.map(|(account, _)| account).filter(|a| a.id != *me && a.locked_at.is_none());
    let to = to.ok_or_else(|| Error::invalid("to", "delegation-nobody"))?;
    let mut tx = identity.db.begin().await?;
    let own = store::grant::held_in(&mut tx, me, caller.now).await?;
    let own = own.into_iter().find(|g| g.id == wish.grant && g.delegated.is_none() && g.grant.holds_at(caller.now));
    let own = own.ok_or_else(|| Error::invalid("grant", "delegation-not-own"))?;
    if own.grant.until.is_some_and(|end| until > end) {
        return Err(Error::invalid("until", "delegation-beyond-own"));
    }
    let grant = Grant { from, until: Some(until), ..own.grant };
    not_held(&mut tx, caller, &to.id, &grant, |_| true).await?;
    let id = identity.ids.next();
    let delegated = Some((own.id.as_str(), why));
    let row = Insert { id: &id, account: &to.id, grant: &grant, by: me, now: caller.now, delegated };
    store::grant::insert(&mut tx, row).await?;
    let act = Act::new("accounts.delegate", "account", to.id.as_str()).unit(unit_of(&grant)).why(why);
    record(&mut tx, caller, act.change(None, Some(json!(grant_text(&grant))))).await?;
    tx.commit().await
}

/// Takes back what one has handed on, before its time.
///
/// # Errors
/// `NotFound` when one has handed on no such grant, or it is over.
pub(crate) async fn end_delegation(identity: &Identity, caller: &Caller, id: &str) -> Result<()> {
    let me = &caller.principal.account;
    let unknown = || Error::not_found("you have not handed on such a role, or it is over");
    let found = store::grant::handed_on(&identity.db, me, caller.now).await?.into_iter().find(|g| g.id == id);
    let found = found.ok_or_else(unknown)?;
    let mut tx = identity.db.begin().await?;
    let taken = store::grant::revoke(&mut tx, &found.account, id, me, caller.now).await?.ok_or_else(unknown)?;
    let act = Act::new("accounts.end_delegation", "account", found.account.as_str()).unit(unit_of(&taken.grant));
    record(&mut tx, caller, act.change(Some(json!(grant_text(&taken.grant))), None)).await?;
    tx.commit().await
}
