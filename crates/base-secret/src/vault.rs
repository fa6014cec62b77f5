//! Sealing and opening.
//!
//! Sealed form, base64url without padding of: version (1 byte), fingerprint of the key (4), salt (16), nonce (12),
//! ciphertext, tag (16). Each value has a key of its own, HKDF-SHA-256 (RFC 5869) of the installation's key and the
//! salt, so that random nonces cannot meet however many values there are. Cipher: ChaCha20-Poly1305 (RFC 8439).
//! Purpose and row are authenticated beside the value: one copied to another row or column does not open.

use base_core::{Error, Kind, Result};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::digest::{SHA256, digest};
use ring::hkdf::{HKDF_SHA256, Salt};
use ring::rand::{SecureRandom as _, SystemRandom};
use std::fmt;

/// Length of the installation's key.
pub const KEY_BYTES: usize = 32;

const VERSION: u8 = 1;
const FINGERPRINT: usize = 4;
const SALT: usize = 16;
const HEAD: usize = 1 + FINGERPRINT + SALT + NONCE_LEN;
/// Longest sealed text that is opened; secrets are short.
const MAX_SEALED: usize = 64 * 1024;

/// The key of the installation, able to seal and to open.
#[derive(Clone)]
pub struct Vault {
    key: [u8; KEY_BYTES],
    id: String,
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault").field("key_id", &self.id).finish_non_exhaustive()
    }
}

/// What `ring` does not explain is a defect of the program or of the machine's generator.
fn failed(what: &'static str) -> impl Fn(ring::error::Unspecified) -> Error {
    move |_| Error::new(Kind::Bug, format!("secrets at rest: {what} failed"))
}

/// Both lengths stand before the texts, so that no two pairs have the same form.
fn bound(purpose: &str, row: &str) -> Vec<u8> {
    let mut out = vec![VERSION];
    for text in [purpose, row] {
        out.extend_from_slice(&(text.len() as u64).to_be_bytes());
        out.extend_from_slice(text.as_bytes());
    }
    out
}

impl Vault {
    /// With the key of the installation.
    #[must_use]
    pub fn new(key: [u8; KEY_BYTES]) -> Self {
        let name = digest(&SHA256, &[b"mangrove secrets key", key.as_slice()].concat());
        let id = hex::encode(name.as_ref().iter().take(FINGERPRINT).copied().collect::<Vec<_>>());
        Self { key, id }
    }

    /// Fingerprint of the key, 8 hexadecimal digits: may be shown and stored.
    #[must_use]
    pub fn key_id(&self) -> &str {
        &self.id
    }

    fn cipher(&self, salt: &[u8]) -> Result<LessSafeKey> {
        let parts = [b"mangrove secret 1".as_slice()];
        let derived = Salt::new(HKDF_SHA256, salt).extract(&self.key);
        let okm = derived.expand(&parts, &CHACHA20_POLY1305).map_err(failed("making a key"))?;
        Ok(LessSafeKey::new(UnboundKey::from(okm)))
    }

    /// `secret` in the form to be stored in the row `row` for `purpose` (`area.what`, such as `identity.totp`).
    ///
    /// # Errors
    /// When the machine gives no random bytes.
    pub fn seal(&self, purpose: &str, row: &str, secret: &[u8]) -> Result<String> {
        let random = SystemRandom::new();
        let (mut salt, mut nonce) = ([0; SALT], [0; NONCE_LEN]);
        random.fill(&mut salt).map_err(failed("taking random bytes"))?;
        random.fill(&mut nonce).map_err(failed("taking random bytes"))?;
        let mut value = secret.to_vec();
        self.cipher(&salt)?
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(bound(purpose, row)), &mut value)
            .map_err(failed("sealing"))?;
        let fingerprint = hex::decode(&self.id).map_err(Error::bug)?;
        Ok(URL_SAFE_NO_PAD.encode([&[VERSION], fingerprint.as_slice(), &salt, &nonce, &value].concat()))
    }

    /// What was sealed for the same purpose and row.
    ///
    /// # Errors
    /// `Unavailable` when it was sealed under another key or does not open: altered, or of another row. The message
    /// names purpose, row and remedy, never the value.
    pub fn open(&self, purpose: &str, row: &str, sealed: &str) -> Result<Vec<u8>> {
        let fault = |why: String| Error::new(Kind::Unavailable, format!("the stored secret {purpose} of {row} {why}"));
        let damaged = || fault("is damaged; restore it from a backup or set it anew".to_owned());
        if sealed.len() > MAX_SEALED {
            return Err(damaged());
        }
        let bytes = URL_SAFE_NO_PAD.decode(sealed).map_err(|_| damaged())?;
        let (head, body) = bytes.split_at_checked(HEAD).ok_or_else(damaged)?;
        let (version, head) = head.split_first().ok_or_else(damaged)?;
        if *version != VERSION {
            return Err(fault(format!("has the form {version}, which this program does not know; use a newer one")));
        }
        let (fingerprint, head) = head.split_at_checked(FINGERPRINT).ok_or_else(damaged)?;
        let (salt, nonce) = head.split_at_checked(SALT).ok_or_else(damaged)?;
        let fingerprint = hex::encode(fingerprint);
        if fingerprint != self.id {
            let why = format!(
                "was sealed under the key {fingerprint}, but keys/secrets.key is {}; restore that key from the backup",
                self.id
            );
            return Err(fault(why));
        }
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| damaged())?;
        let mut body = body.to_vec();
        let opened = self.cipher(salt)?.open_in_place(nonce, Aad::from(bound(purpose, row)), &mut body);
        opened.map(|secret| secret.to_vec()).map_err(|_| damaged())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_in_its_own_place_only() {
        let vault = Vault::new([7; 32]);
        let sealed = vault.seal("identity.totp", "account-1", b"secret").unwrap();
        assert_eq!(vault.open("identity.totp", "account-1", &sealed).unwrap(), b"secret");
        assert_ne!(sealed, vault.seal("identity.totp", "account-1", b"secret").unwrap(), "differs each time");
        for (purpose, row) in
            [("identity.totp", "account-2"), ("mail.password", "account-1"), ("identity.totpa", "ccount-1")]
        {
            let error = vault.open(purpose, row, &sealed).unwrap_err();
            assert!(error.kind == Kind::Unavailable && error.message.contains(row), "{error}");
        }
    }

    #[test]
    fn every_altered_byte_is_noticed() {
        let vault = Vault::new([7; 32]);
        let sealed = vault.seal("p", "r", b"secret").unwrap();
        let bytes = URL_SAFE_NO_PAD.decode(&sealed).unwrap();
        for at in 0..bytes.len() {
            let mut altered = bytes.clone();
            altered[at] ^= 1;
            assert!(vault.open("p", "r", &URL_SAFE_NO_PAD.encode(&altered)).is_err(), "byte {at}");
            assert!(vault.open("p", "r", &URL_SAFE_NO_PAD.encode(&bytes[..at])).is_err(), "cut at {at}");
        }
        for hostile in ["", "A", "không phải", &"A".repeat(100_000)] {
            assert!(vault.open("p", "r", hostile).is_err());
        }
    }

    #[test]
    fn another_key_is_named_with_the_remedy() {
        let sealed = Vault::new([7; 32]).seal("p", "r", b"secret").unwrap();
        let other = Vault::new([8; 32]);
        let told = other.open("p", "r", &sealed).unwrap_err().message;
        for part in [other.key_id(), Vault::new([7; 32]).key_id(), "restore that key"] {
            assert!(told.contains(part), "{told}");
        }
        assert!(!format!("{other:?}").contains('['), "the key is never printed");
    }
}
