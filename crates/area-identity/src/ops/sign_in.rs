//! Signing in: name and password, and for who has a second factor a wait for its code.

use crate::model::account::{Account, normal_login};
use crate::model::password::{Lane, Verdict};
use crate::model::throttle::{Attempt, Step};
use crate::model::token;
use crate::port::ABSOLUTE_SECS;
use crate::{Identity, store};
use base_audit::{Act, record};
use base_authz::{Caller, Principal};
use base_core::{AccountId, Result};
use base_db::Tx;
use serde_json::json;
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
    /// There is something to tell the person first.
    pub(crate) notices: bool,
}

/// How far the right password leads.
#[derive(Clone, Debug)]
pub(crate) enum Passed {
    /// All the way.
    Open(SignedIn),
    /// To the second step; the secret for the cookie of this half sign-in.
    Half(String),
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

/// Between password and code there are so many seconds: time to fetch the phone.
pub(crate) const HALF_SECS: i64 = 300;
/// What a browser says of itself is kept up to here, in characters.
const MAX_AGENT: usize = 200;

/// What a browser says of itself, cut.
pub(super) fn agent_text(agent: Option<&str>) -> String {
    agent.unwrap_or("").chars().take(MAX_AGENT).collect()
}

/// Whether the browser with this device cookie has signed in as `account` before.
pub(super) async fn known_browser(identity: &Identity, account: &AccountId, device: Option<&str>) -> Result<bool> {
    match device {
        Some(device) => store::session::knows_device(&identity.db, account, &token::hash(device)).await,
        None => Ok(false),
    }
}

/// Checks name and password and opens a session, or half of one.
///
/// # Errors
/// When the database does not answer; a refusal is the inner `Err`.
pub(crate) async fn sign_in(
    identity: &Identity,
    caller: &Caller,
    form: SignIn,
) -> Result<std::result::Result<Passed, Refused>> {
    let login = normal_login(&form.login);
    let device = form.device.filter(|d| token::well_formed(d));
    if device.is_none() {
        identity.hasher.has_room(Lane::Stranger)?;
    }
    let found = store::account::with_password(&identity.db, &login).await?;
    let known_browser = match &found {
        Some((account, _)) => known_browser(identity, &account.id, device.as_deref()).await?,
        None => false,
    };
    // Long names are cut, so that the counts stay small whatever is sent.
    let attempt =
        Attempt { step: Step::Password, login: login.chars().take(64).collect(), peer: caller.peer, known_browser };
    if let Err(secs) = identity.throttle.admit(&attempt, caller.now) {
        tracing::warn!(client.address = ?caller.peer, wait_s = secs, "sign-in throttled");
        return Ok(Err(Refused::Wait(secs)));
    }
    let hash = found.as_ref().map(|(_, hash)| hash.clone());
    let lane = if known_browser { Lane::Known } else { Lane::Stranger };
    let verdict = identity.hasher.verify(lane, &form.password, hash).await;
    // What was never judged is no failure of the person.
    let verdict = verdict.inspect_err(|_| identity.throttle.take_back(&attempt))?;
    let account = match (verdict, found) {
        (Verdict::Right | Verdict::RightButOld, Some((account, _))) => account,
        _ => {
            tracing::info!(client.address = ?caller.peer, "sign-in refused");
            return Ok(Err(Refused::Wrong));
        }
    };
    identity.throttle.succeeded(&attempt);
    if account.locked_at.is_some() {
        return Ok(Err(Refused::Locked));
    }
    let renewed = match verdict {
        Verdict::RightButOld => Some(identity.hasher.hash(&form.password).await?),
        _ => None,
    };
    if let Some(hash) = renewed {
        let mut tx = identity.db.begin().await?;
        store::account::renew_hash(&mut tx, &account.id, &hash).await?;
        tx.commit().await?;
    }
    if store::factor::any(&identity.db, &account.id).await? {
        let mut tx = identity.db.begin().await?;
        let half = wait_for_code(&mut tx, caller, &account.id, form.agent.as_deref()).await?;
        tx.commit().await?;
        return Ok(Ok(Passed::Half(half)));
    }
    let mut tx = identity.db.begin().await?;
    let by = Recognised { factor: "password", device, agent: form.agent };
    let signed_in = open_session(identity, &mut tx, caller, &account, by).await?;
    tx.commit().await?;
    Ok(Ok(Passed::Open(signed_in)))
}

/// Begins to wait for the second step of somebody who has passed the first; the secret for the cookie.
pub(super) async fn wait_for_code(
    tx: &mut Tx,
    caller: &Caller,
    account: &AccountId,
    agent: Option<&str>,
) -> Result<String> {
    let half = token::fresh();
    let times = (caller.now, caller.now.plus_secs(HALF_SECS));
    store::factor::begin_half(tx, &token::hash(&half), account, &agent_text(agent), times).await?;
    Ok(half)
}

/// By what and in which browser somebody was recognised.
pub(super) struct Recognised {
    /// Such as `password`, `totp` or `provider`; stands in the session and in the audit trail.
    pub(super) factor: &'static str,
    /// The well-formed device cookie, if the browser had one.
    pub(super) device: Option<String>,
    pub(super) agent: Option<String>,
}

/// Writes the session of somebody who has shown everything asked for.
pub(super) async fn open_session(
    identity: &Identity,
    tx: &mut Tx,
    caller: &Caller,
    account: &Account,
    by: Recognised,
) -> Result<SignedIn> {
    // Always a new token: one known to somebody before the sign-in is worth nothing after it.
    let secret = token::fresh();
    let device = by.device.unwrap_or_else(token::fresh);
    let id = identity.ids.next();
    let peer = caller.peer.map(|p| p.to_string());
    let agent = by.agent.as_deref().map(|a| agent_text(Some(a)));
    let row = store::session::Insert {
        id: &id,
        token_hash: &token::hash(&secret),
        account: &account.id,
        now: caller.now,
        expires_at: caller.now.plus_secs(ABSOLUTE_SECS),
        peer: peer.as_deref(),
        agent: agent.as_deref(),
        factor: by.factor,
    };
    store::session::insert(tx, row).await?;
    store::session::keep_device(tx, &account.id, &token::hash(&device), caller.now).await?;
    store::session::forget_old(tx, caller.now).await?;
    store::account::signed_in(tx, &account.id, caller.now).await?;
    let act = Act::new("session.open", "account", account.id.as_str());
    record(tx, &as_person(caller, account), act.change(None, Some(json!({"by": by.factor})))).await?;
    let notices = store::notice::any_in(tx, &account.id).await?;
    Ok(SignedIn { token: secret, device, notices })
}

/// The caller of an act by somebody whose session is only being made.
pub(super) fn as_person(caller: &Caller, account: &Account) -> Caller {
    let principal = Principal::new(account.id.clone(), account.login.clone(), account.name.clone(), [], caller.now);
    Caller { principal: Arc::new(principal), ..caller.clone() }
}
