//! The second step of signing in: a code of the phone, or a recovery code.

use super::notify::note;
use super::sign_in::{Recognised, SignedIn, agent_text, as_person, known_browser, open_session};
use crate::model::account::Account;
use crate::model::notice::What;
use crate::model::throttle::{Attempt, Step};
use crate::model::{factor, token, totp};
use crate::{Identity, store};
use base_audit::{Act, record};
use base_authz::Caller;
use base_core::Result;
use base_db::Tx;

/// Purpose under which secrets of apps are sealed.
pub(super) const TOTP: &str = "identity.totp";

/// What came with the form.
#[derive(Clone, Debug)]
pub(crate) struct SecondStep {
    /// The cookie of the half sign-in.
    pub(crate) half: String,
    pub(crate) device: Option<String>,
    pub(crate) agent: Option<String>,
}

/// Why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RefusedCode {
    /// No sign-in waits here: never begun, too long ago, in another browser, or ended. Begin again.
    Gone,
    /// Not a code of this person, or one used before.
    Wrong,
    /// Too many failures; seconds to wait.
    Wait(i64),
}

/// Whether a sign-in waits for its second step in this browser.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn waits(identity: &Identity, caller: &Caller, half: &str, agent: Option<&str>) -> Result<bool> {
    Ok(waiting(identity, caller, half, agent).await?.is_some())
}

/// The account whose sign-in waits in this browser.
pub(super) async fn waiting(
    identity: &Identity,
    caller: &Caller,
    half: &str,
    agent: Option<&str>,
) -> Result<Option<Account>> {
    if !token::well_formed(half) {
        return Ok(None);
    }
    let found = store::factor::half(&identity.db, &token::hash(half), &agent_text(agent), caller.now).await?;
    let Some(id) = found else { return Ok(None) };
    let account = store::account::get(&identity.db, &id).await?;
    Ok(account.locked_at.is_none().then_some(account))
}

/// A second step that was let in: whose it is, and what it carries.
pub(super) struct Tried {
    pub(super) account: Account,
    pub(super) half: String,
    device: Option<String>,
    agent: Option<String>,
    attempt: Attempt,
}

/// Finds the waiting sign-in and lets the attempt in.
pub(super) async fn tried(
    identity: &Identity,
    caller: &Caller,
    form: SecondStep,
) -> Result<std::result::Result<Tried, RefusedCode>> {
    let Some(account) = waiting(identity, caller, &form.half, form.agent.as_deref()).await? else {
        return Ok(Err(RefusedCode::Gone));
    };
    let device = form.device.filter(|d| token::well_formed(d));
    let known_browser = known_browser(identity, &account.id, device.as_deref()).await?;
    let attempt = Attempt { step: Step::Code, login: account.login.clone(), peer: caller.peer, known_browser };
    if let Err(secs) = identity.throttle.admit(&attempt, caller.now) {
        return Ok(Err(RefusedCode::Wait(secs)));
    }
    Ok(Ok(Tried { account, half: form.half, device, agent: form.agent, attempt }))
}

/// Writes down that a wrong code was given: whoever fails here knows the password, which person and administrator
/// should see.
pub(super) async fn refuse(identity: &Identity, caller: &Caller, tried: &Tried) -> Result<RefusedCode> {
    let mut tx = identity.db.begin().await?;
    let act = Act::new("session.code_refused", "account", tried.account.id.as_str());
    record(&mut tx, &as_person(caller, &tried.account), act).await?;
    tx.commit().await?;
    Ok(RefusedCode::Wrong)
}

/// Ends the waiting and opens the session, in the transaction in which the code was used up.
pub(super) async fn enter(
    identity: &Identity,
    mut tx: Tx,
    caller: &Caller,
    tried: Tried,
    factor: &'static str,
) -> Result<std::result::Result<SignedIn, RefusedCode>> {
    // Of two forms sent at once only one finds the waiting sign-in.
    if !store::factor::end_half(&mut tx, &token::hash(&tried.half)).await? {
        return Ok(Err(RefusedCode::Gone));
    }
    let by = Recognised { factor, device: tried.device, agent: tried.agent };
    let signed_in = open_session(identity, &mut tx, caller, &tried.account, by).await?;
    tx.commit().await?;
    identity.throttle.succeeded(&tried.attempt);
    Ok(Ok(signed_in))
}

/// Checks the code and opens the session.
///
/// # Errors
/// When the database does not answer or the stored secret does not open; a refusal is the inner `Err`.
pub(crate) async fn second_step(
    identity: &Identity,
    caller: &Caller,
    code: &str,
    form: SecondStep,
) -> Result<std::result::Result<SignedIn, RefusedCode>> {
    let tried = match tried(identity, caller, form).await? {
        Ok(tried) => tried,
        Err(refused) => return Ok(Err(refused)),
    };
    let step = totp_step(identity, caller, &tried.account, code).await?;
    let mut tx = identity.db.begin().await?;
    match spend(&mut tx, caller, &tried.account, step, code).await? {
        Some("recovery") => {
            let left = store::factor::recovery_left_in(&mut tx, &tried.account.id).await?;
            let (account, person) = (tried.account.id.clone(), as_person(caller, &tried.account));
            let written = note(identity, &mut tx, &person, &account, &What::RecoveryUsed(left)).await?;
            let entered = enter(identity, tx, caller, tried, "recovery").await?;
            if entered.is_ok() {
                written.mail(identity);
            }
            Ok(entered)
        }
        Some(factor) => enter(identity, tx, caller, tried, factor).await,
        None => {
            tx.rollback().await?;
            refuse(identity, caller, &tried).await.map(Err)
        }
    }
}

/// The step of the phone's code, if it is one.
async fn totp_step(identity: &Identity, caller: &Caller, account: &Account, typed: &str) -> Result<Option<i64>> {
    let Some(code) = totp::typed_code(typed) else { return Ok(None) };
    let Some(kept) = store::factor::totp(&identity.db, &account.id).await? else { return Ok(None) };
    let secret = identity.vault.open(TOTP, account.id.as_str(), &kept.secret)?;
    Ok(totp::step_of(&secret, code, caller.now, kept.last_step))
}

/// Uses the code up; by what the person is thereby recognised.
async fn spend(
    tx: &mut Tx,
    caller: &Caller,
    account: &Account,
    step: Option<i64>,
    typed: &str,
) -> Result<Option<&'static str>> {
    if let Some(step) = step {
        return Ok(store::factor::spend_step(tx, &account.id, step).await?.then_some("totp"));
    }
    let Some(hash) = factor::recovery_hash(typed) else { return Ok(None) };
    Ok(store::factor::spend_recovery(tx, &account.id, &hash, caller.now).await?.then_some("recovery"))
}
