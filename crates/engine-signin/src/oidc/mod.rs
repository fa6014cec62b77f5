//! The relying party's side of OpenID Connect Core 1.0 (authorization code flow with PKCE), without the network.
//!
//! Why our own: decision 0037. Sources: OpenID Connect Core 1.0, OpenID Connect Discovery 1.0, RFC 6749 (OAuth 2),
//! RFC 7515 (JWS), RFC 7517 (JWK), RFC 7518 (JWA), RFC 7519 (JWT), RFC 7636 (PKCE), RFC 9207 (issuer in the answer).

mod address;
mod doubt;
mod flow;
mod id_token;
mod jws;
mod keys;
mod metadata;

pub use doubt::Doubt;
pub use flow::{Ask, ClientAuth, TokenRequest, Tokens, authorization_address, pkce_challenge, token_request, tokens};
pub use id_token::{Expected, IdToken, check};
pub use jws::{Algorithm, Signed, verify};
pub use keys::Keys;
pub use metadata::{Metadata, discovery_address, may_be_issuer};

/// Longest document of a provider (discovery, keys, answer with tokens) that is read, in bytes.
pub const MAX_DOCUMENT: usize = 256 * 1024;
