//! Inviting somebody by mail, and accepting.
//!
//! The account is made at once, with a password nobody knows. The link lets its holder set one, once and within a
//! week; opening it changes nothing, because mail scanners open links.

use super::create_account::{checked_hash, insert};
use super::wanted;
use crate::model::account::{Account, NewAccount};
use crate::model::{password, token};
use crate::ports::Letter;
use crate::store::session::Which;
use crate::{Identity, store};
use base_audit::{Act, record};
use base_authz::{Action, Caller};
use base_core::{AccountId, Error, Kind, Lang, Result};
use base_i18n::Tr;
use std::time::Duration;

/// An invitation holds for so many days.
pub(crate) const INVITATION_DAYS: i64 = 7;
/// The mail server has so long to take the letter; the person at the form waits for it.
const MAIL_TIMEOUT: Duration = Duration::from_secs(20);
/// Where the link leads.
const PAGE: &str = "/loi-moi";

/// What became of an invitation.
#[derive(Debug)]
pub(crate) enum Invited {
    /// The letter is on its way.
    Mailed,
    /// It is not: no mail server is set, or it refused. The link, to be handed over otherwise, and why.
    Link(String, Option<String>),
}

/// Makes an account and invites its person.
///
/// # Errors
/// As for making an account; `Invalid` without a mail address.
pub(crate) async fn invite(
    identity: &Identity,
    caller: &Caller,
    tr: &Tr,
    new: NewAccount,
) -> Result<(AccountId, Invited)> {
    caller.require(Action::AccountsManage)?;
    if new.email.as_deref().is_none_or(|e| e.trim().is_empty()) {
        return Err(Error::invalid("email", "invite-email"));
    }
    // 256 random bits nobody is told.
    let new = NewAccount { password: token::fresh(), must_change: false, ..new };
    let hash = checked_hash(identity, &new).await?;
    let mut tx = identity.db.begin().await?;
    let id = insert(identity, &mut tx, caller, &new, &hash).await?;
    let account = wanted(&mut tx, &id).await?;
    let secret = token::fresh();
    let times = (caller.now, caller.now.plus_secs(INVITATION_DAYS * 86_400));
    store::invitation::set(&mut tx, &token::hash(&secret), &id, times).await?;
    record(&mut tx, caller, Act::new("accounts.invite", "account", id.as_str())).await?;
    tx.commit().await?;
    Ok((id, send(identity, caller, tr, &account, &secret).await))
}

/// A new link for somebody who has not accepted; the earlier one stops working.
///
/// # Errors
/// `NotFound`, `Forbidden`, `Conflict` when the person has accepted.
pub(crate) async fn invite_again(identity: &Identity, caller: &Caller, tr: &Tr, id: &AccountId) -> Result<Invited> {
    caller.require(Action::AccountsManage)?;
    let mut tx = identity.db.begin().await?;
    let account = wanted(&mut tx, id).await?;
    if !store::invitation::forget(&mut tx, id).await? {
        return Err(Error::new(Kind::Conflict, "this person has accepted the invitation or was never invited"));
    }
    let secret = token::fresh();
    let times = (caller.now, caller.now.plus_secs(INVITATION_DAYS * 86_400));
    store::invitation::set(&mut tx, &token::hash(&secret), id, times).await?;
    record(&mut tx, caller, Act::new("accounts.invite", "account", id.as_str())).await?;
    tx.commit().await?;
    Ok(send(identity, caller, tr, &account, &secret).await)
}

/// Sends the letter, or gives the link when that cannot be done.
async fn send(identity: &Identity, caller: &Caller, tr: &Tr, account: &Account, secret: &str) -> Invited {
    let link = format!("{}{PAGE}?ma={secret}", identity.base_url);
    let (Some(letters), Some(address)) = (&identity.letters, &account.email) else { return Invited::Link(link, None) };
    // Which language the person reads is not known yet: both, the country's first.
    let (vi, en) = (tr.with_lang(Lang::Vi), tr.with_lang(Lang::En));
    let body = |tr: &Tr| {
        let (name, by) = (&account.name, &caller.principal.name);
        let (login, days) = (&account.login, INVITATION_DAYS);
        let values: [(&str, &dyn base_i18n::ToArg); 5] =
            [("name", name), ("by", by), ("login", login), ("days", &days), ("link", &link)];
        tr.ta("identity-invite-letter", &values)
    };
    let letter = Letter {
        id: identity.ids.next(),
        to_name: account.name.clone(),
        to_address: address.clone(),
        subject: vi.t("identity-invite-subject"),
        body: format!("{}\n\n----\n\n{}\n", body(&vi), body(&en)),
        at: caller.now,
    };
    let why = match tokio::time::timeout(MAIL_TIMEOUT, letters.send(&letter)).await {
        Ok(Ok(())) => return Invited::Mailed,
        Ok(Err(error)) => error.message,
        Err(_) => format!("the mail server has not answered for {} s", MAIL_TIMEOUT.as_secs()),
    };
    tracing::warn!(error = %why, "an invitation could not be sent");
    Invited::Link(link, Some(why))
}

/// Who is invited by this link; `None` when it does not hold.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn invited(identity: &Identity, caller: &Caller, secret: &str) -> Result<Option<Account>> {
    if !token::well_formed(secret) {
        return Ok(None);
    }
    match store::invitation::find(&identity.db, &token::hash(secret), caller.now).await? {
        Some(id) => store::account::get(&identity.db, &id).await.map(Some),
        None => Ok(None),
    }
}

/// Sets the password of the invited person and uses the link up.
///
/// # Errors
/// `Invalid` per field, `NotFound` when the link does not hold (any more).
pub(crate) async fn accept(
    identity: &Identity,
    caller: &Caller,
    secret: &str,
    (new, again): (&str, &str),
) -> Result<()> {
    let over = || Error::not_found("the invitation is over or was used; ask for a new one");
    let account = invited(identity, caller, secret).await?.ok_or_else(over)?;
    if let Some(code) = password::refusal(new, &account.login, &account.name) {
        return Err(Error::invalid("password", code));
    }
    if new != again {
        return Err(Error::invalid("again", "password-differs"));
    }
    let hash = identity.hasher.hash(new).await?;
    let mut tx = identity.db.begin().await?;
    if !store::invitation::spend(&mut tx, &token::hash(secret)).await? {
        return Err(over());
    }
    store::account::set_password(&mut tx, &account.id, &hash, false, caller.now).await?;
    store::session::revoke(&mut tx, &account.id, Which::All, caller.now).await?;
    let person = super::sign_in::as_person(caller, &account);
    record(&mut tx, &person, Act::new("accounts.accept_invitation", "account", account.id.as_str())).await?;
    tx.commit().await
}
