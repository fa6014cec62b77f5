//! A new password for somebody who forgot theirs, changed at the next sign-in.

use super::notify::note;
use super::wanted;
use crate::model::notice::What;
use crate::model::{password, token};
use crate::store::session::Which;
use crate::{Identity, store};
use base_audit::{Act, record};
use base_authz::{Action, Caller};
use base_core::{AccountId, Error, Result};

/// Groups of four characters in a one-time password: 60 bits, changed at the first sign-in.
pub(crate) const ONE_TIME_GROUPS: usize = 3;

/// Sets a one-time password, ends the person's sessions, and gives the password to be handed over.
///
/// # Errors
/// `NotFound`, `Forbidden`.
pub(crate) async fn reset_password(identity: &Identity, caller: &Caller, id: &AccountId) -> Result<String> {
    let one_time = token::readable(ONE_TIME_GROUPS);
    set_password(identity, caller, id, &one_time).await?;
    Ok(one_time)
}

/// Sets this password, to be changed at the next sign-in, and ends the person's sessions.
///
/// # Errors
/// `NotFound`, `Forbidden`, `Invalid` for a password that is not accepted.
pub(super) async fn set_password(identity: &Identity, caller: &Caller, id: &AccountId, new: &str) -> Result<()> {
    caller.require(Action::AccountsManage)?;
    let account = store::account::get(&identity.db, id).await?;
    if let Some(code) = password::refusal(new, &account.login, &account.name) {
        return Err(Error::invalid("password", code));
    }
    let hash = identity.hasher.hash(new).await?;
    let mut tx = identity.db.begin().await?;
    let account = wanted(&mut tx, id).await?;
    store::account::set_password(&mut tx, &account.id, &hash, true, caller.now).await?;
    // A link that could still set another password would undo this.
    store::invitation::forget(&mut tx, &account.id).await?;
    store::session::revoke(&mut tx, &account.id, Which::All, caller.now).await?;
    record(&mut tx, caller, Act::new("accounts.reset_password", "account", id.as_str())).await?;
    let written = note(identity, &mut tx, caller, &account.id, &What::PasswordReset).await?;
    tx.commit().await?;
    written.mail(identity);
    Ok(())
}
