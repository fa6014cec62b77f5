//! One operation per file: authorise, check, write, audit.

mod change_password;
mod create_account;
mod first_start;
mod lock_account;
mod manage_grants;
mod reset_password;
mod revoke_sessions;
mod sign_in;

pub use create_account::{create_account, find_login};

pub(crate) use change_password::change_password;
pub(crate) use first_start::first_start;
pub(crate) use lock_account::{lock_account, unlock_account};
pub(crate) use manage_grants::{add_grant, remove_grant};
pub(crate) use reset_password::{ONE_TIME_GROUPS, reset_password};
pub(crate) use revoke_sessions::{revoke_other_sessions, revoke_session, sign_out};
pub(crate) use sign_in::{Refused, SignIn, sign_in};

use crate::model::account::Account;
use crate::store;
use base_core::{AccountId, Error, Kind, Result, Timestamp};
use base_db::Tx;

/// The account, or "not found" in words that name it.
async fn wanted(tx: &mut Tx, id: &AccountId) -> Result<Account> {
    store::account::get_in(tx, id).await?.ok_or_else(|| Error::not_found("there is no such account"))
}

/// Refuses what would leave nobody to administer: from there only a restored backup leads back.
async fn leave_an_administrator(tx: &mut Tx, id: &AccountId, now: Timestamp) -> Result<()> {
    if store::account::other_administrators(tx, id, now).await? == 0 {
        let message = "this is the last administrator; make another one first";
        return Err(Error::new(Kind::Conflict, message));
    }
    Ok(())
}
