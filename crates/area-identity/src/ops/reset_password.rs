//! A new one-time password for somebody who forgot theirs.

use super::wanted;
use crate::model::token;
use crate::store::session::Which;
use crate::{Identity, store};
use base_audit::{Act, record};
use base_authz::{Action, Caller};
use base_core::{AccountId, Result};

/// Groups of four characters in a one-time password: 60 bits, changed at the first sign-in.
pub(crate) const ONE_TIME_GROUPS: usize = 3;

/// Sets a one-time password, ends the person's sessions, and gives the password to be handed over.
///
/// # Errors
/// `NotFound`, `Forbidden`.
pub(crate) async fn reset_password(identity: &Identity, caller: &Caller, id: &AccountId) -> Result<String> {
    caller.require(Action::AccountsManage)?;
    let one_time = token::readable(ONE_TIME_GROUPS);
    let hash = identity.hasher.hash(&one_time).await?;
    let mut tx = identity.db.begin().await?;
    let account = wanted(&mut tx, id).await?;
    store::account::set_password(&mut tx, &account.id, &hash, true, caller.now).await?;
    // A link that could still set another password would undo this.
    store::invitation::forget(&mut tx, &account.id).await?;
    store::session::revoke(&mut tx, &account.id, Which::All, caller.now).await?;
    record(&mut tx, caller, Act::new("accounts.reset_password", "account", id.as_str())).await?;
    tx.commit().await?;
    Ok(one_time)
}
