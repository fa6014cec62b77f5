//! Proofs of who signs in, as strangers hand them over: answers of passkeys ([`passkey`]), and documents and tokens of
//! OpenID providers ([`oidc`]). Everything is bounded, read once, and believed only after every check.
//!
//! Free of SQL and HTTP: bytes come in, a verdict goes out, and time is handed in.

pub mod oidc;
pub mod passkey;
