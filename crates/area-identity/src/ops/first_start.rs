//! The first account, made with the code printed in the terminal.

use super::create_account::{checked_hash, insert};
use crate::model::account::NewAccount;
use crate::model::throttle::{Attempt, Step};
use crate::{Identity, store};
use base_authz::{Caller, Grant, Role};
use base_core::{AccountId, Error, Kind, Result};

/// The throttle counts tries of the code under this name; no sign-in name contains a blank.
const SETUP: &str = "first start";

/// Makes the administrator, who is also security lead: the first person must be able to see
/// everything and to make the others. Only while no account exists.
///
/// # Errors
/// `NotFound` when accounts exist, `Busy` after too many wrong codes, `Invalid` otherwise.
pub(crate) async fn first_start(
    identity: &Identity,
    caller: &Caller,
    code: &str,
    new: NewAccount,
) -> Result<AccountId> {
    if store::account::any(&identity.db).await? {
        return Err(Error::not_found("the first account has been made already"));
    }
    let attempt = Attempt { step: Step::Password, login: SETUP.to_owned(), peer: caller.peer, known_browser: false };
    let wait = |secs| Error::new(Kind::Busy, format!("too many wrong codes; try again in {secs} s"));
    identity.throttle.admit(&attempt, caller.now).map_err(wait)?;
    if !identity.setup_code_fits(code) {
        return Err(Error::invalid("code", "setup-code"));
    }
    identity.throttle.succeeded(&attempt);
    let new = NewAccount {
        must_change: false,
        grants: vec![Grant::province(Role::Administrator), Grant::province(Role::SecurityLead)],
        ..new
    };
    let hash = checked_hash(identity, &new).await?;
    let mut tx = identity.db.begin().await?;
    // Two browsers may have come this far at once; the writer decides.
    if store::account::any_in(&mut tx).await? {
        return Err(Error::not_found("the first account has been made already"));
    }
    let id = insert(identity, &mut tx, caller, &new, &hash).await?;
    tx.commit().await?;
    identity.forget_setup_code();
    Ok(id)
}
