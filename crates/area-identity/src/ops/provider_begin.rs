//! Sending somebody to a provider (OpenID Connect, authorization code flow with PKCE): to sign in, to link an account, or
//! to see what the provider says.

use super::ask_provider::metadata;
use super::confirm_password::confirm_password;
use super::provider_refusal::Refusal;
use crate::model::provider::Provider;
use crate::model::throttle::network;
use crate::model::token as secret;
use crate::model::waiting::{Purpose, Wait};
use crate::{Identity, store};
use base_authz::{Action, Caller};
use base_core::{Error, Result};
use engine_signin::oidc::{Ask, authorization_address, pkce_challenge};

/// Where providers send people back to.
pub(crate) const RETURN: &str = "/dang-nhap/tro-lai";

/// What a provider is given as the address of the return.
pub(crate) fn redirect_uri(identity: &Identity) -> String {
    format!("{}{RETURN}", identity.base_url)
}

/// Where the browser goes, and the cookie that ties the answer to it.
pub(crate) struct Begun {
    pub(crate) address: String,
    pub(crate) cookie: String,
}

/// Sends a visitor to an active provider.
///
/// # Errors
/// `NotFound` for one that is not offered; what is wrong with it is the inner `Err`.
pub(crate) async fn begin_sign_in(
    identity: &Identity,
    caller: &Caller,
    (id, next): (&str, &str),
    cookie: Option<&str>,
) -> Result<Result<Begun, Refusal>> {
    let provider = offered(identity, id).await?;
    begin(identity, caller, &provider, Purpose::SignIn(next.to_owned()), cookie).await
}

/// Sends a person to a provider to link the account there, after the password was asked for: a link is a way to sign in.
///
/// # Errors
/// `Invalid` for a wrong password, `NotFound`; what is wrong with the provider is the inner `Err`.
pub(crate) async fn begin_link(
    identity: &Identity,
    caller: &Caller,
    session: &str,
    (id, password): (&str, &str),
    cookie: Option<&str>,
) -> Result<Result<Begun, Refusal>> {
    let provider = offered(identity, id).await?;
    let account = confirm_password(identity, caller, "link_password", password).await?;
    begin(identity, caller, &provider, Purpose::Link(account.id, session.to_owned()), cookie).await
}

/// Sends an administrator to a provider, active or not, to see what it says.
///
/// # Errors
/// `NotFound`, `Forbidden`; what is wrong with the provider is the inner `Err`.
pub(crate) async fn begin_try(
    identity: &Identity,
    caller: &Caller,
    session: &str,
    id: &str,
    cookie: Option<&str>,
) -> Result<Result<Begun, Refusal>> {
    caller.require(Action::AccountsManage)?;
    let provider = store::provider::get(&identity.db, id).await?;
    begin(identity, caller, &provider, Purpose::Try(session.to_owned()), cookie).await
}

async fn offered(identity: &Identity, id: &str) -> Result<Provider> {
    let provider = store::provider::get(&identity.db, id).await?;
    if provider.active { Ok(provider) } else { Err(Error::not_found("this way to sign in is not offered")) }
}

async fn begin(
    identity: &Identity,
    caller: &Caller,
    provider: &Provider,
    purpose: Purpose,
    cookie: Option<&str>,
) -> Result<Result<Begun, Refusal>> {
    let metadata = match metadata(identity, &provider.issuer, caller.now).await {
        Ok(metadata) => metadata,
        Err(trouble) => {
            tracing::warn!(provider.name = %provider.name, error = %trouble.detail(), "a provider of sign-ins does not help");
            return Ok(Err(trouble.into()));
        }
    };
    let (state, nonce, verifier) = (secret::fresh(), secret::fresh(), secret::fresh());
    // Several tabs of one browser share the cookie.
    let cookie = cookie.filter(|c| secret::well_formed(c)).map_or_else(secret::fresh, str::to_owned);
    let ask = Ask {
        client_id: &provider.client_id,
        redirect_uri: &redirect_uri(identity),
        scopes: &provider.scopes,
        state: &state,
        nonce: &nonce,
        challenge: &pkce_challenge(&verifier),
        // Whoever links must be the one whose account it is, not whoever used this machine before.
        anew: matches!(purpose, Purpose::Link(..)),
    };
    let address = authorization_address(&metadata, &ask);
    let wait = Wait {
        provider: provider.id.clone(),
        nonce,
        verifier,
        purpose,
        network: network(caller.peer),
        browser: secret::hash(&cookie),
    };
    if !identity.waiting.begin(&state, wait, caller.now) {
        return Ok(Err(Refusal::Full));
    }
    Ok(Ok(Begun { address, cookie }))
}
