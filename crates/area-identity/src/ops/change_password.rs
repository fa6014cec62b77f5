//! Changing one's own password.

use super::confirm_password::confirm_password;
use crate::model::password;
use crate::store::session::Which;
use crate::{Identity, store};
use base_audit::{Act, record};
use base_authz::Caller;
use base_core::{Error, Result};

/// Sets a new password and ends every other session of the person.
///
/// # Errors
/// `Invalid` with a code per field, `Busy` after too many wrong present passwords.
pub(crate) async fn change_password(
    identity: &Identity,
    caller: &Caller,
    session: &str,
    present: &str,
    new: &str,
    again: &str,
) -> Result<()> {
    let account = confirm_password(identity, caller, "present", present).await?;
    if new == present {
        return Err(Error::invalid("new", "password-same"));
    }
    if let Some(code) = password::refusal(new, &account.login, &account.name) {
        return Err(Error::invalid("new", code));
    }
    if new != again {
        return Err(Error::invalid("again", "password-differs"));
    }
    let hash = identity.hasher.hash(new).await?;
    let mut tx = identity.db.begin().await?;
    store::account::set_password(&mut tx, &account.id, &hash, false, caller.now).await?;
    store::session::revoke(&mut tx, &account.id, Which::AllBut(session), caller.now).await?;
    record(&mut tx, caller, Act::new("accounts.change_password", "account", account.id.as_str())).await?;
    tx.commit().await
}
