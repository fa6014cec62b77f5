//! One operation per file: authorise, check, write, audit.

mod ask_provider;
pub mod at_terminal;
mod change_password;
mod confirm_password;
mod create_account;
mod delegate;
mod enrol_factor;
mod first_start;
mod invite;
mod links;
mod lock_account;
mod manage_grants;
mod manage_providers;
mod notify;
mod passkeys;
mod program_tokens;
mod provider_begin;
mod provider_refusal;
mod provider_sign_in;
mod remove_factor;
mod reset_password;
mod review_access;
mod revoke_sessions;
mod second_step;
mod sign_in;

pub use create_account::{create_account, find_login};
pub use remove_factor::forget_factors;

pub(crate) use ask_provider::Trouble;
pub(crate) use change_password::change_password;
pub(crate) use delegate::{Delegation, delegate, end_delegation};
pub(crate) use enrol_factor::{Offer, enrol_factor, new_recovery_codes, offer};
pub(crate) use first_start::first_start;
pub(crate) use invite::{INVITATION_DAYS, Invited, accept, invite, invite_again, invited};
pub(crate) use links::{link_account, unlink_account, unlink_own};
pub(crate) use lock_account::{lock_account, unlock_account};
pub(crate) use manage_grants::{Wish, add_grant, remove_grant};
pub(crate) use manage_providers::{Tried, change_provider, create_provider, remove_provider, try_provider};
pub(crate) use notify::{confirm_notices, told};
pub(crate) use passkeys::{Ask, Challenge, NewKey, add_passkey, ask, new_challenge, passkey_step, remove_passkey};
pub(crate) use program_tokens::{NewToken, create_token, revoke_own_token, revoke_token};
pub(crate) use provider_begin::{Begun, begin_link, begin_sign_in, begin_try, redirect_uri};
pub(crate) use provider_refusal::Refusal;
pub(crate) use provider_sign_in::{Arrived, Back, Failed, STRONG, come_back};
pub(crate) use remove_factor::{remove_factor, remove_own_factor};
pub(crate) use reset_password::{ONE_TIME_GROUPS, reset_password};
pub(crate) use review_access::{Verdict, close_review, decide, evidence, open_review};
pub(crate) use revoke_sessions::{revoke_other_sessions, revoke_session, sign_out};
pub(crate) use second_step::{RefusedCode, SecondStep, second_step, waits};
pub(crate) use sign_in::{HALF_SECS, Passed, Refused, SignIn, SignedIn, sign_in};

use crate::model::account::Account;
use crate::store;
use base_core::{AccountId, Error, Kind, Result, Timestamp};
use base_db::Tx;

/// The account, or "not found" in words that name it.
async fn wanted(tx: &mut Tx, id: &AccountId) -> Result<Account> {
    store::account::get_in(tx, id).await?.ok_or_else(|| Error::not_found("there is no such account"))
}

/// Refuses what would leave nobody to administer without end: from there only a restored backup leads back.
async fn leave_an_administrator(tx: &mut Tx, id: &AccountId, now: Timestamp) -> Result<()> {
    if store::account::other_administrators(tx, id, now).await? == 0 {
        let message = "this is the last administrator; make another one first";
        return Err(Error::new(Kind::Conflict, message));
    }
    Ok(())
}

#[cfg(test)]
mod grants_model;
