//! Ending sessions: signing out here, or elsewhere.

use crate::Identity;
use crate::store::session::{Which, revoke};
use base_audit::{Act, record};
use base_authz::Caller;
use base_core::{Error, Result};

/// Ends the present session.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn sign_out(identity: &Identity, caller: &Caller, session: &str) -> Result<()> {
    end(identity, caller, Which::One(session), "session.close").await.map(|_| ())
}

/// Ends another session of the same person.
///
/// # Errors
/// `NotFound` when the person has no such session: the sessions of others are not to be known.
pub(crate) async fn revoke_session(identity: &Identity, caller: &Caller, session: &str) -> Result<()> {
    match end(identity, caller, Which::One(session), "session.revoke").await? {
        0 => Err(Error::not_found("there is no such session")),
        _ => Ok(()),
    }
}

/// Ends every session of the person but the present one; how many.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn revoke_other_sessions(identity: &Identity, caller: &Caller, present: &str) -> Result<u64> {
    end(identity, caller, Which::AllBut(present), "session.revoke").await
}

async fn end(identity: &Identity, caller: &Caller, which: Which<'_>, action: &'static str) -> Result<u64> {
    let account = &caller.principal.account;
    let mut tx = identity.db.begin().await?;
    let ended = revoke(&mut tx, account, which, caller.now).await?;
    if ended > 0 {
        let act = Act::new(action, "account", account.as_str());
        record(&mut tx, caller, act.change(None, Some(serde_json::json!({"sessions": ended})))).await?;
    }
    tx.commit().await?;
    Ok(ended)
}
