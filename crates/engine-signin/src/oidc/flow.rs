//! What is sent to a provider, and its answer with tokens.

use super::address::{encoded, form, with_query};
use super::doubt::told;
use super::{Doubt, MAX_DOCUMENT, Metadata};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde::Deserialize;
use sha2::{Digest, Sha256};

/// How the program says who it is (OpenID Connect Core, section 9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientAuth {
    /// Id and secret in the header.
    Basic,
    /// In the form.
    Post,
    /// The id alone; PKCE stands for the secret.
    Public,
}

impl ClientAuth {
    /// The first of ours among those that a provider offers; without a list `client_secret_basic` (Discovery, section 3).
    pub(super) fn of(offered: Option<&[String]>) -> Result<Self, Doubt> {
        let Some(offered) = offered else { return Ok(Self::Basic) };
        let ways = [(Self::Basic, "client_secret_basic"), (Self::Post, "client_secret_post"), (Self::Public, "none")];
        let found = ways.into_iter().find(|(_, word)| offered.iter().any(|o| o == word));
        found.map(|(way, _)| way).ok_or(Doubt::Unsupported("a client with a secret (client_secret_basic or _post)"))
    }
}

/// What is asked of a provider in the browser.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// Id of the program at the provider.
    pub client_id: &'a str,
    /// Where it sends the person back to.
    pub redirect_uri: &'a str,
    /// Scopes, with blanks between.
    pub scopes: &'a str,
    /// Ties the answer to the browser.
    pub state: &'a str,
    /// Ties the token to the sign-in.
    pub nonce: &'a str,
    /// See [`pkce_challenge`].
    pub challenge: &'a str,
    /// The person is to sign in there anew, whatever session there is.
    pub anew: bool,
}

/// What the provider keeps of a verifier (RFC 7636, section 4.2, method S256).
#[must_use]
pub fn pkce_challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()))
}

/// Where the browser is sent to (OpenID Connect Core, section 3.1.2.1).
#[must_use]
pub fn authorization_address(metadata: &Metadata, ask: &Ask<'_>) -> String {
    let mut pairs = vec![
        ("response_type", "code"),
        ("client_id", ask.client_id),
        ("redirect_uri", ask.redirect_uri),
        ("scope", ask.scopes),
        ("state", ask.state),
        ("nonce", ask.nonce),
        ("code_challenge", ask.challenge),
        ("code_challenge_method", "S256"),
    ];
    if ask.anew {
        pairs.push(("prompt", "login"));
    }
    with_query(&metadata.authorization_endpoint, &pairs)
}

/// A request to the token endpoint.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenRequest {
    /// Value of the header `Authorization`.
    pub authorization: Option<String>,
    /// The form.
    pub body: String,
}

/// The request that makes tokens of a code (section 3.1.3.1).
#[must_use]
pub fn token_request(
    metadata: &Metadata,
    (client_id, secret): (&str, Option<&str>),
    (code, verifier, redirect_uri): (&str, &str, &str),
) -> TokenRequest {
    let mut pairs = vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", redirect_uri),
        ("code_verifier", verifier),
    ];
    let authorization = match (metadata.client_auth, secret) {
        (ClientAuth::Basic, Some(secret)) => {
            // Both are encoded as in a form first (RFC 6749, section 2.3.1).
            let pair = format!("{}:{}", encoded(client_id), encoded(secret));
            Some(format!("Basic {}", STANDARD.encode(pair)))
        }
        (ClientAuth::Post, Some(secret)) => {
            pairs.extend([("client_id", client_id), ("client_secret", secret)]);
            None
        }
        _ => {
            pairs.push(("client_id", client_id));
            None
        }
    };
    TokenRequest { authorization, body: form(&pairs) }
}

/// The answer of the token endpoint, as far as it is used.
#[derive(Clone, PartialEq, Eq)]
pub struct Tokens {
    /// Says who the person is.
    pub id_token: String,
    /// Used for nothing but checking that it belongs to the other.
    pub access_token: Option<String>,
}

#[derive(Deserialize)]
struct Answer {
    id_token: Option<String>,
    access_token: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
}

/// Reads the answer of the token endpoint.
///
/// # Errors
/// [`Doubt::Refused`] with the provider's words, [`Doubt::Form`] for anything else that brings no ID token.
pub fn tokens(status: u16, body: &[u8]) -> Result<Tokens, Doubt> {
    let form = || Doubt::Form("the answer with the tokens");
    if body.len() > MAX_DOCUMENT {
        return Err(form());
    }
    let answer: Answer = serde_json::from_slice(body).map_err(|_| match status {
        200 => form(),
        other => Doubt::Refused(format!("HTTP status {other}")),
    })?;
    match (status, answer.error, answer.id_token) {
        (200, None, Some(id_token)) => Ok(Tokens { id_token, access_token: answer.access_token }),
        (200, None, None) => Err(form()),
        (status, error, _) => {
            let words = [error, answer.error_description].into_iter().flatten().collect::<Vec<_>>().join(": ");
            Err(Doubt::Refused(if words.is_empty() { format!("HTTP status {status}") } else { told(&words) }))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metadata(client_auth: ClientAuth) -> Metadata {
        Metadata {
            issuer: "https://id.example".to_owned(),
            authorization_endpoint: "https://id.example/auth?tenant=1".to_owned(),
            token_endpoint: "https://id.example/token".to_owned(),
            jwks_uri: "https://id.example/keys".to_owned(),
            client_auth,
            names_issuer: false,
            algorithms: Vec::new(),
        }
    }

    #[test]
    fn pkce_is_that_of_the_rfc() {
        // RFC 7636, appendix B.
        assert_eq!(
            pkce_challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
    }

    #[test]
    fn the_browser_carries_no_secret() {
        let ask = Ask {
            client_id: "mangrove",
            redirect_uri: "https://m.example/x",
            scopes: "openid profile",
            state: "s&t",
            nonce: "n",
            challenge: "c",
            anew: true,
        };
        let address = authorization_address(&metadata(ClientAuth::Basic), &ask);
        assert_eq!(
            address,
            "https://id.example/auth?tenant=1&response_type=code&client_id=mangrove&redirect_uri=https%3A%2F%2Fm.example%2Fx\
             &scope=openid%20profile&state=s%26t&nonce=n&code_challenge=c&code_challenge_method=S256&prompt=login"
        );
    }

    #[test]
    fn the_secret_goes_where_the_provider_wants_it() {
        let request = |way| token_request(&metadata(way), ("id:1", Some("p&ss")), ("code", "verifier", "https://m/x"));
        let basic = request(ClientAuth::Basic);
        // "id%3A1:p%26ss"
        assert_eq!(basic.authorization.as_deref(), Some("Basic aWQlM0ExOnAlMjZzcw=="));
        assert!(!basic.body.contains("secret") && basic.body.contains("code_verifier=verifier"));
        let post = request(ClientAuth::Post);
        assert!(post.authorization.is_none() && post.body.ends_with("client_id=id%3A1&client_secret=p%26ss"));
        assert!(request(ClientAuth::Public).body.ends_with("client_id=id%3A1"));
    }

    #[test]
    fn answers_are_read_or_told() {
        let read = tokens(200, br#"{"id_token":"a.b.c","access_token":"x","token_type":"Bearer"}"#).ok();
        assert_eq!(read.map(|t| t.id_token).as_deref(), Some("a.b.c"));
        let doubt =
            |status, body: &str| tokens(status, body.as_bytes()).err().map(|d| d.to_string()).unwrap_or_default();
        assert_eq!(
            doubt(400, r#"{"error":"invalid_grant","error_description":"code\nused"}"#),
            "the provider refused: invalid_grant: codeused"
        );
        assert_eq!(doubt(502, "<html>"), "the provider refused: HTTP status 502");
        assert_eq!(doubt(200, "<html>"), "the answer with the tokens cannot be read");
        assert_eq!(doubt(200, "{}"), "the answer with the tokens cannot be read");
        assert_eq!(doubt(200, r#"{"error":"x","id_token":"a"}"#), "the provider refused: x");
        assert_eq!(doubt(302, "{}"), "the provider refused: HTTP status 302");
    }
}
