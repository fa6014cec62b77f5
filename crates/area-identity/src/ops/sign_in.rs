//! Signing in.

use crate::model::account::{Account, normal_login};
use crate::model::password::Verdict;
use crate::model::throttle::Attempt;
use crate::model::token;
use crate::port::ABSOLUTE_SECS;
use crate::{Identity, store};
use base_audit::{Act, record};
use base_authz::{Caller, Principal};
use base_core::Result;
use std::sync::Arc;

/// What came with the form.
#[derive(Clone, Debug)]
pub(crate) struct SignIn {
    pub(crate) login: String,
    pub(crate) password: String,
    /// The device cookie of a browser used before.
    pub(crate) device: Option<String>,
    /// What the browser says it is.
    pub(crate) agent: Option<String>,
}

/// The secrets for the cookies.
#[derive(Clone, Debug)]
pub(crate) struct SignedIn {
    pub(crate) token: String,
    pub(crate) device: String,
}

/// Why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// Name or password; which of them is not said.
    Wrong,
    /// Both are right, but the account is locked.
    Locked,
    /// Too many failures; seconds to wait.
    Wait(i64),
}

/// Checks name and password and opens a session.
///
/// # Errors
/// When the database does not answer; a refusal is the inner `Err`.
pub(crate) async fn sign_in(
    identity: &Identity,
    caller: &Caller,
    form: SignIn,
) -> Result<std::result::Result<SignedIn, Refused>> {
    let login = normal_login(&form.login);
    let found = store::account::with_password(&identity.db, &login).await?;
    let device = form.device.filter(|d| token::well_formed(d));
    let known_browser = match (&found, &device) {
        (Some((account, _)), Some(device)) => {
            store::session::knows_device(&identity.db, &account.id, &token::hash(device)).await?
        }
        _ => false,
    };
    // Long names are cut, so that the counts stay small whatever is sent.
    let attempt = Attempt { login: login.chars().take(64).collect(), peer: caller.peer, known_browser };
    if let Some(secs) = identity.throttle.wait(&attempt, caller.now) {
        tracing::warn!(client.address = ?caller.peer, wait_s = secs, "sign-in throttled");
        return Ok(Err(Refused::Wait(secs)));
    }
    let hash = found.as_ref().map(|(_, hash)| hash.clone());
    let verdict = identity.hasher.verify(&form.password, hash).await?;
    let account = match (verdict, found) {
        (Verdict::Right | Verdict::RightButOld, Some((account, _))) => account,
        _ => {
            identity.throttle.failed(&attempt, caller.now);
            tracing::info!(client.address = ?caller.peer, "sign-in refused");
            return Ok(Err(Refused::Wrong));
        }
    };
    if account.locked_at.is_some() {
        return Ok(Err(Refused::Locked));
    }
    identity.throttle.succeeded(&attempt);
    let renewed = match verdict {
        Verdict::RightButOld => Some(identity.hasher.hash(&form.password).await?),
        _ => None,
    };
    let device = device.unwrap_or_else(token::fresh);
    open_session(identity, caller, &account, renewed, &device, form.agent.as_deref()).await.map(Ok)
}

async fn open_session(
    identity: &Identity,
    caller: &Caller,
    account: &Account,
    renewed: Option<String>,
    device: &str,
    agent: Option<&str>,
) -> Result<SignedIn> {
    // Always a new token: one known to somebody before the sign-in is worth nothing after it.
    let secret = token::fresh();
    let id = identity.ids.next();
    let peer = caller.peer.map(|p| p.to_string());
    let agent: Option<String> = agent.map(|a| a.chars().take(200).collect());
    let mut tx = identity.db.begin().await?;
    if let Some(hash) = renewed {
        store::account::renew_hash(&mut tx, &account.id, &hash).await?;
    }
    let row = store::session::Insert {
        id: &id,
        token_hash: &token::hash(&secret),
        account: &account.id,
        now: caller.now,
        expires_at: caller.now.plus_secs(ABSOLUTE_SECS),
        peer: peer.as_deref(),
        agent: agent.as_deref(),
    };
    store::session::insert(&mut tx, row).await?;
    store::session::keep_device(&mut tx, &account.id, &token::hash(device), caller.now).await?;
    store::session::forget_old(&mut tx, caller.now).await?;
    store::account::signed_in(&mut tx, &account.id, caller.now).await?;
    let principal = Principal::new(account.id.clone(), account.login.clone(), account.name.clone(), [], caller.now);
    let person = Caller { principal: Arc::new(principal), ..caller.clone() };
    record(&mut tx, &person, Act::new("session.open", "account", account.id.as_str())).await?;
    tx.commit().await?;
    Ok(SignedIn { token: secret, device: device.to_owned() })
}
