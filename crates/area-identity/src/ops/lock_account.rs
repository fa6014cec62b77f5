//! Locking and unlocking.

use super::{leave_an_administrator, wanted};
use crate::store::session::Which;
use crate::{Identity, store};
use base_audit::{Act, record};
use base_authz::{Action, Caller};
use base_core::{AccountId, Error, Kind, Result};

/// Locks an account and ends its sessions.
///
/// # Errors
/// `Invalid` without a reason, `Conflict` for the last administrator or oneself, `NotFound`, `Forbidden`.
pub(crate) async fn lock_account(identity: &Identity, caller: &Caller, id: &AccountId, why: &str) -> Result<()> {
    caller.require(Action::AccountsManage)?;
    let why = why.trim();
    if why.is_empty() {
        return Err(Error::invalid("why", "why-missing"));
    }
    if caller.principal.account == *id {
        return Err(Error::new(Kind::Conflict, "nobody can lock the account he is signed in with"));
    }
    let mut tx = identity.db.begin().await?;
    let account = wanted(&mut tx, id).await?;
    leave_an_administrator(&mut tx, id, caller.now).await?;
    store::account::set_lock(&mut tx, &account.id, Some(why), caller.now).await?;
    store::session::revoke(&mut tx, &account.id, Which::All, caller.now).await?;
    record(&mut tx, caller, Act::new("accounts.lock", "account", id.as_str()).why(why)).await?;
    tx.commit().await
}

/// Unlocks an account; the person signs in anew.
///
/// # Errors
/// `NotFound`, `Forbidden`.
pub(crate) async fn unlock_account(identity: &Identity, caller: &Caller, id: &AccountId) -> Result<()> {
    caller.require(Action::AccountsManage)?;
    let mut tx = identity.db.begin().await?;
    let account = wanted(&mut tx, id).await?;
    store::account::set_lock(&mut tx, &account.id, None, caller.now).await?;
    record(&mut tx, caller, Act::new("accounts.unlock", "account", id.as_str())).await?;
    tx.commit().await
}
