//! Passkeys: adding and removing one's own, and signing in with one after the password.
//!
//! Challenges travel in the form, sealed for their account or half sign-in and a few minutes, as the secrets of
//! `enrol_factor` do. A half sign-in is used up by the first right answer, so its challenge is too.

use super::confirm_password::confirm_password;
use super::notify::note;
use super::second_step::{RefusedCode, SecondStep, Tried, enter, refuse, tried};
use super::sign_in::SignedIn;
use crate::model::notice::What;
use crate::model::{factor, token};
use crate::store::passkey::Passkey;
use crate::store::session::Which;
use crate::{Identity, store};
use base_audit::{Act, record};
use base_authz::Caller;
use base_core::{Error, Kind, Result, Timestamp};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use engine_signin::passkey::{self, Assertion, Party, Registration};
use serde_json::json;

/// Purpose of challenges for new keys; their row is the account.
const NEW: &str = "identity.passkey-new";
/// Purpose of challenges at sign-in; their row is the hash of the half sign-in's token.
const ASK: &str = "identity.passkey-ask";
/// A challenge holds for so many seconds.
const CHALLENGE_SECS: i64 = 300;
const CHALLENGE_BYTES: usize = 32;
const TIME_BYTES: usize = 8;
/// Most keys of one person.
const MAX_KEYS: usize = 10;
const MAX_NAME: usize = 60;

/// A challenge for the browser, and its sealed form for the form.
pub(crate) struct Challenge {
    pub(crate) text: String,
    pub(crate) sealed: String,
    pub(crate) party: Party,
}

fn challenge(identity: &Identity, purpose: &str, row: &str, now: Timestamp) -> Result<Challenge> {
    let fresh: [u8; CHALLENGE_BYTES] = rand::random();
    let sealed = identity.vault.seal(purpose, row, &[now.as_micros().to_be_bytes().as_slice(), &fresh].concat())?;
    Ok(Challenge { text: URL_SAFE_NO_PAD.encode(fresh), sealed, party: Party::of(&identity.base_url) })
}

/// The challenge of a sealed form of ours that still holds.
fn opened(identity: &Identity, purpose: &str, row: &str, sealed: &str, now: Timestamp) -> Option<String> {
    let plain = identity.vault.open(purpose, row, sealed).ok()?;
    let (at, fresh) = plain.split_at_checked(TIME_BYTES)?;
    let at = Timestamp::from_micros(i64::from_be_bytes(at.try_into().ok()?));
    (at <= now && now < at.plus_secs(CHALLENGE_SECS)).then(|| URL_SAFE_NO_PAD.encode(fresh))
}

/// A challenge for a new key of the person.
///
/// # Errors
/// When it cannot be sealed.
pub(crate) fn new_challenge(identity: &Identity, caller: &Caller) -> Result<Challenge> {
    challenge(identity, NEW, caller.principal.account.as_str(), caller.now)
}

/// A new key as the form says it.
#[derive(Clone, Debug, Default)]
pub(crate) struct NewKey {
    pub(crate) name: String,
    pub(crate) password: String,
    /// The sealed challenge.
    pub(crate) offer: String,
    pub(crate) said: Registration,
}

/// Adds a key and ends the person's other sessions; recovery codes when it is the first factor.
///
/// # Errors
/// `Invalid` for a name, password or answer that is not right; `Conflict` for a key known already, or too many.
pub(crate) async fn add_passkey(
    identity: &Identity,
    caller: &Caller,
    session: &str,
    new: &NewKey,
) -> Result<Option<Vec<String>>> {
    let name = new.name.trim();
    if name.is_empty() || name.chars().count() > MAX_NAME {
        return Err(Error::invalid("key_name", "passkey-name"));
    }
    let row = caller.principal.account.as_str();
    let offered = opened(identity, NEW, row, &new.offer, caller.now);
    let offered = offered.ok_or_else(|| Error::invalid("key_name", "passkey-over"))?;
    let made = passkey::register(&new.said, &offered, &Party::of(&identity.base_url)).map_err(|doubt| {
        tracing::info!(?doubt, "a new passkey was refused");
        Error::invalid("key_name", "passkey-refused")
    })?;
    let account = confirm_password(identity, caller, "key_password", &new.password).await?;
    if store::passkey::of(&identity.db, &account.id).await?.len() >= MAX_KEYS {
        return Err(Error::new(Kind::Conflict, format!("you have {MAX_KEYS} passkeys already; remove one first")));
    }
    let first = !store::factor::any(&identity.db, &account.id).await?;
    let key = Passkey {
        id: identity.ids.next(),
        name: name.to_owned(),
        credential: made.credential,
        algorithm: new.said.algorithm,
        public_key: new.said.public_key.clone(),
        sign_count: made.sign_count,
        made_at: caller.now,
        last_used: None,
    };
    let codes = first.then(factor::recovery_codes);
    let mut tx = identity.db.begin().await?;
    store::passkey::insert(&mut tx, &account.id, &key).await?;
    if let Some(codes) = &codes {
        let hashes: Vec<String> = codes.iter().map(|code| token::hash(&token::plain_code(code))).collect();
        store::factor::set_recovery(&mut tx, &account.id, &hashes, caller.now).await?;
    }
    store::session::revoke(&mut tx, &account.id, Which::AllBut(session), caller.now).await?;
    store::session::recognised(&mut tx, session, "passkey").await?;
    let act = Act::new("accounts.add_passkey", "account", account.id.as_str());
    record(&mut tx, caller, act.change(None, Some(json!({"name": name})))).await?;
    let written = note(identity, &mut tx, caller, &account.id, &What::PasskeyAdded(name.to_owned())).await?;
    tx.commit().await?;
    written.mail(identity);
    Ok(codes)
}

/// Removes a key of one's own and ends one's other sessions.
///
/// # Errors
/// `Invalid` for a wrong password, `NotFound` for a key one does not have.
pub(crate) async fn remove_passkey(
    identity: &Identity,
    caller: &Caller,
    session: &str,
    (id, password): (&str, &str),
) -> Result<()> {
    let account = confirm_password(identity, caller, "drop_password", password).await?;
    let mut tx = identity.db.begin().await?;
    let removed = store::passkey::remove(&mut tx, &account.id, id).await?;
    let name = removed.ok_or_else(|| Error::not_found("you have no such passkey"))?;
    store::session::revoke(&mut tx, &account.id, Which::AllBut(session), caller.now).await?;
    let act = Act::new("accounts.remove_passkey", "account", account.id.as_str());
    record(&mut tx, caller, act.change(Some(json!({"name": name})), None)).await?;
    let written = note(identity, &mut tx, caller, &account.id, &What::PasskeyRemoved(name)).await?;
    tx.commit().await?;
    written.mail(identity);
    Ok(())
}

/// What the page of the second step asks the browser for: a challenge and the keys it may use.
pub(crate) struct Ask {
    pub(crate) challenge: Challenge,
    pub(crate) allowed: Vec<String>,
}

/// The question for the sign-in that waits in this browser; `None` when its person has no passkey.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn ask(identity: &Identity, caller: &Caller, half: &str, agent: Option<&str>) -> Result<Option<Ask>> {
    let Some(account) = super::second_step::waiting(identity, caller, half, agent).await? else { return Ok(None) };
    let keys = store::passkey::of(&identity.db, &account.id).await?;
    if keys.is_empty() {
        return Ok(None);
    }
    let challenge = challenge(identity, ASK, &token::hash(half), caller.now)?;
    Ok(Some(Ask { challenge, allowed: keys.into_iter().map(|key| key.credential).collect() }))
}

/// Checks the answer of a passkey and opens the session.
///
/// # Errors
/// When the database does not answer; a refusal is the inner `Err`.
pub(crate) async fn passkey_step(
    identity: &Identity,
    caller: &Caller,
    form: SecondStep,
    (sealed, said): (&str, &Assertion),
) -> Result<std::result::Result<SignedIn, RefusedCode>> {
    let tried = match tried(identity, caller, form).await? {
        Ok(tried) => tried,
        Err(refused) => return Ok(Err(refused)),
    };
    let Some((key, count)) = believed(identity, caller, &tried, sealed, said).await? else {
        return refuse(identity, caller, &tried).await.map(Err);
    };
    let mut tx = identity.db.begin().await?;
    if !store::passkey::used(&mut tx, &key, count, caller.now).await? {
        return Ok(Err(RefusedCode::Wrong));
    }
    enter(identity, tx, caller, tried, "passkey").await
}

/// The key whose answer is right, and its new counter.
async fn believed(
    identity: &Identity,
    caller: &Caller,
    tried: &Tried,
    sealed: &str,
    said: &Assertion,
) -> Result<Option<(Passkey, i64)>> {
    let row = token::hash(&tried.half);
    let Some(challenge) = opened(identity, ASK, &row, sealed, caller.now) else { return Ok(None) };
    let keys = store::passkey::of(&identity.db, &tried.account.id).await?;
    let Some(key) = keys.into_iter().find(|key| key.credential == said.credential.trim_end_matches('=')) else {
        return Ok(None);
    };
    let kept = (key.algorithm, key.public_key.as_str(), key.sign_count);
    match passkey::verify(said, &challenge, &Party::of(&identity.base_url), kept) {
        Ok(count) => Ok(Some((key, count))),
        Err(doubt) => {
            tracing::warn!(?doubt, passkey.id = %key.id, "the answer of a passkey was refused");
            Ok(None)
        }
    }
}
