//! Judging what somebody brings back from a provider, and signing in, linking, or showing it.

use super::ask_provider::{Answered, Trouble, id_token};
use super::create_account::insert as insert_account;
use super::links;
use super::provider_begin::redirect_uri;
use super::provider_refusal::Refusal;
use super::sign_in::{Recognised, SignedIn, as_person, open_session, wait_for_code};
use crate::model::account::{Account, NewAccount, normal_login, valid_email};
use crate::model::provider::Provider;
use crate::model::token as secret;
use crate::model::waiting::{Purpose, Taken, Wait};
use crate::{Identity, store};
use base_audit::{Act, record};
use base_authz::Caller;
use base_core::{Kind, Result};
use base_db::Tx;
use base_web::ports::Session;
use engine_signin::oidc::{Doubt, IdToken};

/// What the browser brought back.
#[derive(Clone, Debug, Default)]
pub(crate) struct Back {
    pub(crate) state: String,
    pub(crate) code: String,
    pub(crate) error: String,
    pub(crate) error_description: String,
    pub(crate) iss: Option<String>,
    /// The cookie that was set when it began.
    pub(crate) cookie: String,
    pub(crate) device: Option<String>,
    pub(crate) agent: Option<String>,
}

/// How it ended well.
pub(crate) enum Arrived {
    /// Signed in; on to this path.
    Open(SignedIn, String),
    /// One more step is needed; the secret of the half sign-in, and the path.
    Half(String, String),
    /// The accounts are linked.
    Linked,
    /// What the provider says of the administrator: claims with their values. And of which provider.
    Tried(String, Vec<(String, String)>),
}

/// How it ended badly.
pub(crate) struct Failed {
    pub(crate) refusal: Refusal,
    /// What it was for, where that is known.
    pub(crate) purpose: Option<Purpose>,
    /// Name of the provider, where it is known.
    pub(crate) provider: Option<String>,
}

/// Judges what came back, and signs in, links, or shows.
///
/// # Errors
/// When the records do not answer; a refusal is the inner `Err`.
pub(crate) async fn come_back(
    identity: &Identity,
    caller: &Caller,
    session: Option<&Session>,
    back: Back,
) -> Result<Result<Arrived, Failed>> {
    let (wait, again) = match identity.waiting.take(&back.state, &back.cookie, caller.now) {
        Taken::Fresh(wait) => (wait, false),
        Taken::Again(wait) => (wait, true),
        Taken::Unknown => return Ok(Err(Failed { refusal: Refusal::Gone, purpose: None, provider: None })),
    };
    let provider = store::provider::get(&identity.db, &wait.provider).await?;
    let judged = match again {
        true => Err(Refusal::Again),
        false => judge(identity, caller, session, &provider, &wait, back).await?,
    };
    match judged {
        Ok(arrived) => Ok(Ok(arrived)),
        Err(refusal) => {
            write_down(identity, caller, session, &provider, &refusal).await?;
            Ok(Err(Failed { refusal, purpose: Some(wait.purpose), provider: Some(provider.name) }))
        }
    }
}

/// Refusals of answers to sign-ins begun here stand in the audit trail; whoever only calls the address fills nothing.
async fn write_down(
    identity: &Identity,
    caller: &Caller,
    session: Option<&Session>,
    provider: &Provider,
    refusal: &Refusal,
) -> Result<()> {
    let detail = refusal.detail();
    tracing::warn!(
        provider.name = %provider.name, reason = refusal.code(), detail = detail.as_deref().unwrap_or(""),
        client.address = ?caller.peer, "a sign-in at a provider was refused"
    );
    let mut person = caller.clone();
    if let Some(session) = session {
        person.principal = session.principal.clone();
    }
    let mut tx = identity.db.begin().await?;
    let why = detail.map_or_else(|| refusal.code().to_owned(), |detail| format!("{}: {detail}", refusal.code()));
    let act = Act::new("session.provider_refused", "provider", &*provider.id).why(&why);
    record(&mut tx, &person, act).await?;
    tx.commit().await
}

async fn judge(
    identity: &Identity,
    caller: &Caller,
    session: Option<&Session>,
    provider: &Provider,
    wait: &Wait,
    back: Back,
) -> Result<Result<Arrived, Refusal>> {
    // What was begun in a session ends in it; what was begun to sign in may be stopped meanwhile.
    let same = |id: &str| session.is_some_and(|s| s.id == id);
    match &wait.purpose {
        Purpose::Link(_, id) | Purpose::Try(id) if !same(id) => return Ok(Err(Refusal::Session)),
        Purpose::SignIn(_) | Purpose::Link(..) if !provider.active => return Ok(Err(Refusal::Gone)),
        _ => {}
    }
    let token = match believed(identity, caller, provider, wait, &back).await? {
        Ok(token) => token,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let subject = match (&wait.purpose, token.subject(&provider.claim)) {
        (Purpose::Try(_), _) => return Ok(Ok(Arrived::Tried(provider.id.clone(), shown(provider, &token)))),
        (_, Ok(subject)) => subject.to_owned(),
        (_, Err(doubt)) => return Ok(Err(Trouble::from(doubt).into())),
    };
    match &wait.purpose {
        Purpose::Link(account, _) => {
            let mut tx = identity.db.begin().await?;
            let caller =
                session.map_or_else(|| caller.clone(), |s| Caller { principal: s.principal.clone(), ..caller.clone() });
            match links::insert(identity, &mut tx, &caller, provider, (account, &subject)).await {
                Ok(written) => {
                    tx.commit().await?;
                    written.mail(identity);
                    Ok(Ok(Arrived::Linked))
                }
                Err(error) if error.kind == Kind::Conflict => {
                    tx.rollback().await?;
                    Ok(Err(Refusal::Linked(error.message)))
                }
                Err(error) => Err(error),
            }
        }
        Purpose::SignIn(next) => arrive(identity, caller, provider, (&token, &subject), back, next).await,
        Purpose::Try(_) => Ok(Err(Refusal::Gone)),
    }
}

/// The token behind an answer, after everything the answer itself says was looked at.
async fn believed(
    identity: &Identity,
    caller: &Caller,
    provider: &Provider,
    wait: &Wait,
    back: &Back,
) -> Result<Result<IdToken, Refusal>> {
    // RFC 9207: an answer of another provider is not handed to this one.
    let names_issuer = identity.documents.metadata(&provider.issuer, caller.now).is_some_and(|m| m.names_issuer);
    if back.iss.as_ref().map_or(names_issuer, |iss| *iss != provider.issuer) {
        return Ok(Err(Trouble::from(Doubt::Issuer).into()));
    }
    if !back.error.is_empty() || back.code.is_empty() {
        let words = [back.error.as_str(), back.error_description.as_str()];
        let words: Vec<&str> = words.into_iter().filter(|w| !w.is_empty()).collect();
        let clean = words.join(": ").chars().filter(|c| !c.is_control()).take(200).collect();
        return Ok(Err(Refusal::Denied(clean)));
    }
    let redirect_uri = redirect_uri(identity);
    let answered =
        Answered { code: &back.code, nonce: &wait.nonce, verifier: &wait.verifier, redirect_uri: &redirect_uri };
    Ok(id_token(identity, provider, &answered, caller.now).await?.map_err(Refusal::from))
}

/// What an administrator sees of a token.
fn shown(provider: &Provider, token: &IdToken) -> Vec<(String, String)> {
    let mut names = vec![provider.claim.as_str(), "sub", "preferred_username", "name", "email"];
    names.dedup();
    let mut shown: Vec<(String, String)> = Vec::new();
    for name in names {
        let value = match token.subject(name) {
            Ok(value) => value.to_owned(),
            Err(_) if name == provider.claim => "—".to_owned(),
            Err(_) => continue,
        };
        if !shown.iter().any(|(n, _)| n == name) {
            shown.push((name.to_owned(), value));
        }
    }
    let ways = token.ways();
    let ways = if ways.is_empty() { "—".to_owned() } else { ways.join(" ") };
    shown.push(("amr, acr".to_owned(), ways));
    shown
}

/// Opens a session, or half of one, for the linked account.
async fn arrive(
    identity: &Identity,
    caller: &Caller,
    provider: &Provider,
    (token, subject): (&IdToken, &str),
    back: Back,
    next: &str,
) -> Result<Result<Arrived, Refusal>> {
    // A password nobody has, for a newcomer; made before the writer is held.
    let hash = match provider.creates && !store::provider::is_linked(&identity.db, &provider.id, subject).await? {
        true => Some(identity.hasher.hash(&secret::fresh()).await?),
        false => None,
    };
    let mut tx = identity.db.begin().await?;
    let found = store::provider::account_of(&mut tx, &provider.id, subject).await?;
    let account = match (found, hash) {
        (Some(account), _) => Ok(account),
        (None, Some(hash)) => newcomer(identity, &mut tx, caller, provider, (token, subject), &hash).await?,
        (None, None) => Err(Refusal::NotLinked(subject.to_owned())),
    };
    let account = match account {
        Ok(account) => account,
        Err(refusal) => {
            tx.rollback().await?;
            return Ok(Err(refusal));
        }
    };
    if account.locked_at.is_some() {
        tx.rollback().await?;
        return Ok(Err(Refusal::Locked));
    }
    store::provider::used(&mut tx, &provider.id, subject, caller.now).await?;
    let strong = token.was_by(&provider.words());
    if !strong && store::factor::any_in(&mut tx, &account.id).await? {
        let half = wait_for_code(&mut tx, caller, &account.id, back.agent.as_deref()).await?;
        tx.commit().await?;
        return Ok(Ok(Arrived::Half(half, next.to_owned())));
    }
    let device = back.device.filter(|d| secret::well_formed(d));
    let factor = if strong { STRONG } else { "provider" };
    let signed_in =
        open_session(identity, &mut tx, caller, &account, Recognised { factor, device, agent: back.agent }).await?;
    tx.commit().await?;
    Ok(Ok(Arrived::Open(signed_in, next.to_owned())))
}

/// How a session is marked whose provider says that a second factor was used.
pub(crate) const STRONG: &str = "provider-strong";

/// An account without roles for somebody the provider knows, where an administrator has allowed that.
async fn newcomer(
    identity: &Identity,
    tx: &mut Tx,
    caller: &Caller,
    provider: &Provider,
    (token, subject): (&IdToken, &str),
    hash: &str,
) -> Result<Result<Account, Refusal>> {
    let login = normal_login(token.text("preferred_username").unwrap_or(""));
    let name = token.text("name").map(str::trim).filter(|n| !n.is_empty()).unwrap_or(&login);
    let new = NewAccount {
        login: login.clone(),
        name: name.chars().filter(|c| !c.is_control()).take(120).collect(),
        email: token.subject("email").ok().filter(|e| valid_email(e)).map(str::to_owned),
        password: String::new(),
        must_change: false,
        grants: Vec::new(),
    };
    let taken = store::account::by_login_in(tx, &login).await?.is_some();
    if taken || !new.mistakes().is_empty() {
        return Ok(Err(Refusal::Name(login)));
    }
    // Until a password is set, the provider is the only way in.
    let id = insert_account(identity, tx, caller, &new, hash).await?;
    let account = super::wanted(tx, &id).await?;
    // The account is new; there is nobody to be told by mail that it has its way in.
    let _ = links::insert(identity, tx, &as_person(caller, &account), provider, (&id, subject)).await?;
    Ok(Ok(account))
}
