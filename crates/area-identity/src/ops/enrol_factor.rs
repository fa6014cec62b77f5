//! Setting up an authenticator app, and new recovery codes.
//!
//! Nothing is stored before the first right code: until then the secret travels in the form, sealed, for this
//! person and a quarter of an hour. A page that is opened and left changes nothing.

use super::confirm_password::confirm_password;
use super::notify::note;
use super::second_step::TOTP;
use crate::model::notice::What;
use crate::model::{factor, token, totp};
use crate::store::session::Which;
use crate::{Identity, store};
use base_audit::{Act, record};
use base_authz::Caller;
use base_core::{Error, Kind, Result, Timestamp};

/// Purpose under which an offered secret is sealed.
const OFFER: &str = "identity.totp-offer";
/// An offer holds for so many seconds.
const OFFER_SECS: i64 = 900;
/// Bytes before the secret: when it was offered.
const TIME_BYTES: usize = 8;
/// Whose codes these are, shown in the app.
const ISSUER: &str = "Mangrove";

/// A secret offered to a person, not yet in force.
pub(crate) struct Offer {
    /// For the form.
    pub(crate) sealed: String,
    /// For typing into the app.
    pub(crate) text: String,
    /// For the QR code.
    pub(crate) uri: String,
}

/// A new secret, or the one of `again` while it holds: the page shown once more keeps what was scanned.
///
/// # Errors
/// When it cannot be sealed.
pub(crate) fn offer(identity: &Identity, caller: &Caller, again: Option<&str>) -> Result<Offer> {
    let row = caller.principal.account.as_str();
    if let Some(sealed) = again
        && let Some(secret) = offered(identity, caller, sealed)
    {
        return Ok(told(caller, sealed.to_owned(), &secret));
    }
    let secret = totp::fresh_secret();
    let plain = [caller.now.as_micros().to_be_bytes().as_slice(), &secret].concat();
    Ok(told(caller, identity.vault.seal(OFFER, row, &plain)?, &secret))
}

fn told(caller: &Caller, sealed: String, secret: &[u8]) -> Offer {
    Offer { sealed, text: totp::base32(secret), uri: totp::otpauth(ISSUER, &caller.principal.login, secret) }
}

/// The secret of an offer of ours to this person that still holds.
fn offered(identity: &Identity, caller: &Caller, sealed: &str) -> Option<Vec<u8>> {
    let plain = identity.vault.open(OFFER, caller.principal.account.as_str(), sealed).ok()?;
    let (at, secret) = plain.split_at_checked(TIME_BYTES)?;
    let at = Timestamp::from_micros(i64::from_be_bytes(at.try_into().ok()?));
    let holds = at <= caller.now && caller.now < at.plus_secs(OFFER_SECS);
    (holds && secret.len() == totp::SECRET_BYTES).then(|| secret.to_vec())
}

/// Puts the offered secret into force, ends the person's other sessions, and gives the recovery codes.
///
/// # Errors
/// `Invalid` for a wrong code, password or an offer that no longer holds; `Conflict` when there is an app already:
/// it is removed first, which asks for its loss to be meant; `Busy` after too many wrong passwords.
pub(crate) async fn enrol_factor(
    identity: &Identity,
    caller: &Caller,
    session: &str,
    (sealed, code, password): (&str, &str, &str),
) -> Result<Vec<String>> {
    let secret = offered(identity, caller, sealed).ok_or_else(|| Error::invalid("code", "factor-offer-over"))?;
    let step = totp::typed_code(code).and_then(|code| totp::step_of(&secret, code, caller.now, 0));
    let step = step.ok_or_else(|| Error::invalid("code", "factor-code-wrong"))?;
    let account = confirm_password(identity, caller, "password", password).await?;
    if store::factor::totp(&identity.db, &account.id).await?.is_some() {
        return Err(Error::new(Kind::Conflict, "an authenticator app is set up already; remove it first"));
    }
    let kept = identity.vault.seal(TOTP, account.id.as_str(), &secret)?;
    let codes = factor::recovery_codes();
    let mut tx = identity.db.begin().await?;
    store::factor::set_totp(&mut tx, &account.id, &kept, step, caller.now).await?;
    store::factor::set_recovery(&mut tx, &account.id, &hashes(&codes), caller.now).await?;
    // Sessions that were opened by the password alone end; this one has just shown the app.
    store::session::revoke(&mut tx, &account.id, Which::AllBut(session), caller.now).await?;
    store::session::recognised(&mut tx, session, "totp").await?;
    record(&mut tx, caller, Act::new("accounts.add_factor", "account", account.id.as_str())).await?;
    let written = note(identity, &mut tx, caller, &account.id, &What::AppAdded).await?;
    tx.commit().await?;
    written.mail(identity);
    Ok(codes)
}

/// Ten new recovery codes; the earlier ones stop working.
///
/// # Errors
/// `Invalid` for a wrong password, `NotFound` without an app.
pub(crate) async fn new_recovery_codes(identity: &Identity, caller: &Caller, password: &str) -> Result<Vec<String>> {
    let account = confirm_password(identity, caller, "password_codes", password).await?;
    if !store::factor::any(&identity.db, &account.id).await? {
        return Err(Error::not_found("there is no second factor to have recovery codes for"));
    }
    let codes = factor::recovery_codes();
    let mut tx = identity.db.begin().await?;
    store::factor::set_recovery(&mut tx, &account.id, &hashes(&codes), caller.now).await?;
    record(&mut tx, caller, Act::new("accounts.new_recovery_codes", "account", account.id.as_str())).await?;
    tx.commit().await?;
    Ok(codes)
}

fn hashes(codes: &[String]) -> Vec<String> {
    codes.iter().map(|code| token::hash(&token::plain_code(code))).collect()
}
