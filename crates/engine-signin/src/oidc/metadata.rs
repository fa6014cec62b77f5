//! The discovery document (OpenID Connect Discovery 1.0, section 3).

use super::address::is_usable;
use super::doubt::told;
use super::{Algorithm, ClientAuth, Doubt, MAX_DOCUMENT};
use serde::Deserialize;

/// Whether this can be the address of an issuer (section 2 of the specification: no query, no fragment).
#[must_use]
pub fn may_be_issuer(issuer: &str) -> bool {
    is_usable(issuer) && !issuer.contains('?')
}

/// Where the discovery document of an issuer is (section 4).
#[must_use]
pub fn discovery_address(issuer: &str) -> String {
    format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'))
}

/// What a provider says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metadata {
    /// Its name; stands in every token.
    pub issuer: String,
    /// Where people are sent to.
    pub authorization_endpoint: String,
    /// Where a code becomes tokens.
    pub token_endpoint: String,
    /// Where its keys are.
    pub jwks_uri: String,
    /// How the program says who it is at the token endpoint.
    pub client_auth: ClientAuth,
    /// Its answers in the browser always name the issuer (RFC 9207).
    pub names_issuer: bool,
    /// Which of the accepted kinds of signatures it uses.
    pub algorithms: Vec<Algorithm>,
}

#[derive(Deserialize)]
struct Document {
    issuer: String,
    authorization_endpoint: Option<String>,
    token_endpoint: Option<String>,
    jwks_uri: Option<String>,
    response_types_supported: Option<Vec<String>>,
    id_token_signing_alg_values_supported: Option<Vec<String>>,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    code_challenge_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

impl Metadata {
    /// Reads the document that came from [`discovery_address`] of `issuer`.
    ///
    /// # Errors
    /// [`Doubt`] when it is of another issuer, lacks an address, or does not offer what is needed.
    pub fn parse(document: &[u8], issuer: &str) -> Result<Self, Doubt> {
        if document.len() > MAX_DOCUMENT {
            return Err(Doubt::Form("the discovery document"));
        }
        let said: Document = serde_json::from_slice(document).map_err(|_| Doubt::Form("the discovery document"))?;
        // Character by character (section 4.3): who may name any issuer could speak for another one.
        if said.issuer != issuer {
            return Err(Doubt::OtherIssuer(told(&said.issuer)));
        }
        let address = |value: Option<String>, name| value.filter(|a| is_usable(a)).ok_or(Doubt::Endpoint(name));
        let says = |list: &Option<Vec<String>>, word: &str| list.as_ref().is_none_or(|l| l.iter().any(|w| w == word));
        if !says(&said.response_types_supported, "code") {
            return Err(Doubt::Unsupported("the authorization code flow (response type \"code\")"));
        }
        if !says(&said.code_challenge_methods_supported, "S256") {
            return Err(Doubt::Unsupported("PKCE with S256"));
        }
        // RS256 is what every provider must have (OpenID Connect Core, section 15.1).
        let algorithms = match &said.id_token_signing_alg_values_supported {
            None => vec![Algorithm::Rs256],
            Some(words) => words.iter().filter_map(|word| Algorithm::parse(word)).collect(),
        };
        if algorithms.is_empty() {
            return Err(Doubt::Unsupported("signatures by a public key (such as RS256)"));
        }
        Ok(Self {
            authorization_endpoint: address(said.authorization_endpoint, "authorization_endpoint")?,
            token_endpoint: address(said.token_endpoint, "token_endpoint")?,
            jwks_uri: address(said.jwks_uri, "jwks_uri")?,
            client_auth: ClientAuth::of(said.token_endpoint_auth_methods_supported.as_deref())?,
            names_issuer: said.authorization_response_iss_parameter_supported,
            algorithms,
            issuer: said.issuer,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const ISSUER: &str = "https://id.example/realm";

    fn document() -> Value {
        json!({
            "issuer": ISSUER,
            "authorization_endpoint": "https://id.example/auth",
            "token_endpoint": "https://id.example/token",
            "jwks_uri": "https://id.example/keys",
            "response_types_supported": ["code", "id_token"],
            "id_token_signing_alg_values_supported": ["none", "HS256", "ES256", "RS256"],
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
        })
    }

    fn parse(value: &Value) -> Result<Metadata, Doubt> {
        Metadata::parse(value.to_string().as_bytes(), ISSUER)
    }

    #[test]
    fn what_is_needed_is_taken_and_only_accepted_signatures() {
        assert_eq!(discovery_address("https://a/b/"), "https://a/b/.well-known/openid-configuration");
        let read = parse(&document()).expect("reads");
        assert_eq!(read.algorithms, [Algorithm::Es256, Algorithm::Rs256]);
        assert_eq!((read.client_auth, read.names_issuer), (ClientAuth::Post, false));
    }

    #[test]
    fn another_issuer_and_unusable_addresses_are_refused() {
        let with = |name: &str, value: Value| {
            let mut document = document();
            document[name] = value;
            parse(&document).expect_err(name).code()
        };
        assert_eq!(with("issuer", json!("https://id.example/realm/")), "other-issuer");
        assert_eq!(with("token_endpoint", json!("http://id.example/token")), "endpoint");
        assert_eq!(with("jwks_uri", Value::Null), "endpoint");
        assert_eq!(with("authorization_endpoint", json!("javascript:alert(1)//https://")), "endpoint");
        assert_eq!(with("response_types_supported", json!(["id_token"])), "unsupported");
        assert_eq!(with("id_token_signing_alg_values_supported", json!(["none", "HS256"])), "unsupported");
        assert_eq!(with("code_challenge_methods_supported", json!(["plain"])), "unsupported");
        assert_eq!(with("token_endpoint_auth_methods_supported", json!(["tls_client_auth"])), "unsupported");
        assert_eq!(with("token_endpoint", json!(7)), "form");
        for bad in ["", "[]", "{", "null", "{\"issuer\":1}"] {
            assert_eq!(Metadata::parse(bad.as_bytes(), ISSUER).expect_err(bad).code(), "form");
        }
        let long = format!("{}{}", document(), " ".repeat(MAX_DOCUMENT));
        assert_eq!(Metadata::parse(long.as_bytes(), ISSUER).expect_err("long").code(), "form");
        assert!(may_be_issuer(ISSUER) && !may_be_issuer("https://a?x") && !may_be_issuer("http://a"));
    }
}
