//! What a provider says: its discovery document, its keys, and tokens for a code.

use crate::Identity;
use crate::model::provider::Provider;
use base_core::{Result, Timestamp};
use base_fetch::{Failure, Reply};
use engine_signin::oidc::{self, Doubt, Expected, IdToken, Keys, Metadata};

/// Purpose under which secrets of providers are sealed; their row is the provider.
pub(super) const SECRET: &str = "identity.provider";

/// Why a provider does not help.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// It cannot be asked.
    Away(Failure),
    /// It answers with something else than what was asked for.
    Status(&'static str, u16),
    /// What it says is not believed.
    Doubt(Doubt),
}

impl Trouble {
    /// The word for it, in texts and in the audit trail.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Trouble::Away(Failure::TooLong(..)) => "too-long",
            Trouble::Away(Failure::TooSlow(..)) => "too-slow",
            Trouble::Away(Failure::Certificate(..)) => "certificate",
            Trouble::Away(_) => "away",
            Trouble::Status(..) => "status",
            Trouble::Doubt(doubt) => doubt.code(),
        }
    }

    /// What happened, for administrators.
    pub(crate) fn detail(&self) -> String {
        match self {
            Trouble::Away(failure) => failure.to_string(),
            Trouble::Status(what, status @ 300..400) => {
                format!(
                    "{what}: answered with a redirect (HTTP {status}), which is not followed; set the address it is meant to be"
                )
            }
            Trouble::Status(what, status) => format!("{what}: HTTP status {status}"),
            Trouble::Doubt(doubt) => doubt.to_string(),
        }
    }
}

impl From<Doubt> for Trouble {
    fn from(doubt: Doubt) -> Self {
        Self::Doubt(doubt)
    }
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        Self::Away(failure)
    }
}

fn document(what: &'static str, reply: Reply) -> Result<Reply, Trouble> {
    if reply.status == 200 { Ok(reply) } else { Err(Trouble::Status(what, reply.status)) }
}

/// What the provider says of itself, remembered for an hour.
pub(super) async fn metadata(identity: &Identity, issuer: &str, now: Timestamp) -> Result<Metadata, Trouble> {
    if let Some(kept) = identity.documents.metadata(issuer, now) {
        return Ok(kept);
    }
    let reply = identity.fetcher.get(&oidc::discovery_address(issuer)).await?;
    let metadata = Metadata::parse(&document("the discovery document", reply)?.body, issuer)?;
    identity.documents.keep_metadata(issuer, metadata.clone(), now);
    Ok(metadata)
}

/// Its keys, asked for now.
pub(super) async fn fresh_keys(identity: &Identity, metadata: &Metadata, now: Timestamp) -> Result<Keys, Trouble> {
    let reply = identity.fetcher.get(&metadata.jwks_uri).await?;
    let keys = Keys::parse(&document("the set of keys", reply)?.body)?;
    identity.documents.keep_keys(&metadata.issuer, keys.clone(), now);
    Ok(keys)
}

/// An answer in the browser: what was asked, and what came.
pub(super) struct Answered<'a> {
    pub(super) code: &'a str,
    pub(super) nonce: &'a str,
    pub(super) verifier: &'a str,
    pub(super) redirect_uri: &'a str,
}

/// Makes a token of the code and checks it.
pub(super) async fn id_token(
    identity: &Identity,
    provider: &Provider,
    answered: &Answered<'_>,
    now: Timestamp,
) -> Result<Result<IdToken, Trouble>> {
    let secret = match &provider.secret {
        Some(sealed) => Some(identity.vault.open(SECRET, &provider.id, sealed)?),
        None => None,
    };
    let secret = secret.as_deref().map(String::from_utf8_lossy);
    Ok(exchange(identity, provider, secret.as_deref(), answered, now).await)
}

async fn exchange(
    identity: &Identity,
    provider: &Provider,
    secret: Option<&str>,
    answered: &Answered<'_>,
    now: Timestamp,
) -> Result<IdToken, Trouble> {
    let metadata = metadata(identity, &provider.issuer, now).await?;
    let what = (answered.code, answered.verifier, answered.redirect_uri);
    let request = oidc::token_request(&metadata, (&provider.client_id, secret), what);
    let auth = request.authorization.as_deref();
    let reply = identity.fetcher.post_form(&metadata.token_endpoint, auth, request.body).await?;
    let tokens = oidc::tokens(reply.status, &reply.body)?;
    let known = identity.documents.keys(&metadata.issuer, now);
    let keys = match known {
        Some(keys) => keys,
        None => fresh_keys(identity, &metadata, now).await?,
    };
    let signed = match oidc::verify(&tokens.id_token, &keys, &metadata.algorithms) {
        // The provider may have a new key since.
        Err(Doubt::UnknownKey(_)) if identity.documents.may_ask_again(&metadata.issuer, now) => {
            let keys = fresh_keys(identity, &metadata, now).await?;
            oidc::verify(&tokens.id_token, &keys, &metadata.algorithms)?
        }
        judged => judged?,
    };
    let expected = Expected {
        issuer: &metadata.issuer,
        client_id: &provider.client_id,
        nonce: answered.nonce,
        access_token: tokens.access_token.as_deref(),
        now,
    };
    Ok(oidc::check(&signed, &expected)?)
}
