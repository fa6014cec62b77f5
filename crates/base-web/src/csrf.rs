//! Tokens that only our own pages can give: against forms sent from elsewhere.
//!
//! A token is a random nonce and an HMAC-SHA-256 over nonce and session, so it is bound to the
//! session, needs no storage, and differs in every page (compressed pages reveal nothing of it).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use sha2::Sha256;

/// Name of the hidden field and of the query value.
pub(crate) const FIELD: &str = "_csrf";
/// Name of the header, for requests made by script.
pub(crate) const HEADER: &str = "x-csrf-token";

const NONCE: usize = 12;
const TAG: usize = 32;

/// The key all signed values of this installation are made with.
#[derive(Clone)]
pub(crate) struct Key([u8; 32]);

impl Key {
    pub(crate) fn new(secret: [u8; 32]) -> Self {
        Self(secret)
    }

    fn mac(&self, purpose: &str, parts: &[&[u8]]) -> Hmac<Sha256> {
        // HMAC takes keys of any length; the zero-length fallback is unreachable.
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.0).unwrap_or_else(|_| Hmac::<Sha256>::new(&Default::default()));
        mac.update(purpose.as_bytes());
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac
    }

    /// A fresh token for the session (or visitor) `binding`.
    pub(crate) fn token(&self, binding: &str) -> String {
        let nonce: [u8; NONCE] = rand::random();
        let tag = self.mac("csrf", &[binding.as_bytes(), &nonce]).finalize().into_bytes();
        let mut bytes = nonce.to_vec();
        bytes.extend_from_slice(&tag);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Whether `token` was made for `binding`. Compares in constant time.
    pub(crate) fn accepts(&self, token: &str, binding: &str) -> bool {
        let Ok(bytes) = URL_SAFE_NO_PAD.decode(token) else { return false };
        if bytes.len() != NONCE + TAG || binding.is_empty() {
            return false;
        }
        let (nonce, tag) = bytes.split_at(NONCE);
        self.mac("csrf", &[binding.as_bytes(), nonce]).verify_slice(tag).is_ok()
    }

    /// `text` with a signature, to be kept by the browser.
    pub(crate) fn sign(&self, purpose: &str, text: &str) -> String {
        let tag = self.mac(purpose, &[text.as_bytes()]).finalize().into_bytes();
        format!("{}.{}", URL_SAFE_NO_PAD.encode(text), URL_SAFE_NO_PAD.encode(tag))
    }

    /// The text of [`Key::sign`], if it is ours and unchanged.
    pub(crate) fn unsign(&self, purpose: &str, signed: &str) -> Option<String> {
        let (text, tag) = signed.split_once('.')?;
        let (text, tag) = (URL_SAFE_NO_PAD.decode(text).ok()?, URL_SAFE_NO_PAD.decode(tag).ok()?);
        self.mac(purpose, &[&text]).verify_slice(&tag).ok()?;
        String::from_utf8(text).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_fits_its_session_only() {
        let key = Key::new([7; 32]);
        let token = key.token("session-a");
        assert!(key.accepts(&token, "session-a"));
        assert_ne!(token, key.token("session-a"), "differs in every page");
        assert!(!key.accepts(&token, "session-b"));
        assert!(!Key::new([8; 32]).accepts(&token, "session-a"));
        assert!(!key.accepts("", "session-a") && !key.accepts("AAAA", "session-a"));
        assert!(!key.accepts(&key.token(""), ""), "nothing to bind to is no session");
    }

    #[test]
    fn signed_text_cannot_be_changed_or_used_elsewhere() {
        let key = Key::new([7; 32]);
        let signed = key.sign("flash", "đã lưu");
        assert_eq!(key.unsign("flash", &signed).as_deref(), Some("đã lưu"));
        assert_eq!(key.unsign("other", &signed), None);
        assert_eq!(key.unsign("flash", &signed.replacen('x', "y", 1).replace('.', "x.")), None);
    }
}
