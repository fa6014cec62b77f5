//! The present password, asked again before what a stolen session must not be able to do.

use crate::model::account::Account;
use crate::model::password::{Lane, Verdict};
use crate::model::throttle::{Attempt, Step};
use crate::{Identity, store};
use base_authz::Caller;
use base_core::{Error, Kind, Result};

/// The account of `caller`, whose password was typed into `field`.
///
/// # Errors
/// `Invalid` for a wrong password, `Busy` after too many.
pub(super) async fn confirm_password(
    identity: &Identity,
    caller: &Caller,
    field: &'static str,
    typed: &str,
) -> Result<Account> {
    let found = store::account::with_password(&identity.db, &caller.principal.login).await?;
    let Some((account, hash)) = found else { return Err(Error::not_found("there is no such account")) };
    // A stolen session must not become a way to guess the password.
    let attempt =
        Attempt { step: Step::Password, login: account.login.clone(), peer: caller.peer, known_browser: true };
    let wait = |secs| Error::new(Kind::Busy, format!("too many wrong passwords; try again in {secs} s"));
    identity.throttle.admit(&attempt, caller.now).map_err(wait)?;
    let verdict = identity.hasher.verify(Lane::Known, typed, Some(hash)).await;
    if verdict.inspect_err(|_| identity.throttle.take_back(&attempt))? == Verdict::Wrong {
        return Err(Error::invalid(field, "password-wrong"));
    }
    identity.throttle.succeeded(&attempt);
    Ok(account)
}
