//! Wrapping the file key: for an X25519 key, or under a passphrase by scrypt (RFC 7914).

use super::header::{Stanza, from_base64, to_base64};
use super::{FILE_KEY, kdf};
use std::io;
use x25519_dalek::{PublicKey, StaticSecret};

const X25519: &str = "X25519";
const X25519_INFO: &[u8] = b"age-encryption.org/v1/X25519";
const SCRYPT: &str = "scrypt";
const SCRYPT_SALT: &[u8] = b"age-encryption.org/v1/scrypt";
/// Work of a new passphrase, as a power of two: the `age` program's own, about a second and 256 MiB.
const WORK: u8 = 18;
/// Most work that is done to open one: four times as much.
const WORK_MOST: u8 = 20;

/// For whom a file is sealed.
#[derive(Clone)]
pub(crate) enum Recipient {
    /// Whoever has the secret key of this public one.
    Key([u8; 32]),
    /// Whoever knows it.
    Passphrase(String),
}

/// What opens a file.
#[derive(Clone)]
pub(crate) enum Identity {
    /// The secret key.
    Key([u8; 32]),
    /// The passphrase.
    Passphrase(String),
}

/// The public key of a secret one.
pub(crate) fn public_of(secret: &[u8; 32]) -> [u8; 32] {
    PublicKey::from(&StaticSecret::from(*secret)).to_bytes()
}

/// What both sides of an exchange derive the wrapping key from; `None` for a public key of small order,
/// with which the secret would be known to anybody.
fn shared(secret: &[u8; 32], public: &[u8; 32]) -> Option<[u8; 32]> {
    let shared = StaticSecret::from(*secret).diffie_hellman(&PublicKey::from(*public));
    shared.was_contributory().then(|| shared.to_bytes())
}

fn passphrase_key(passphrase: &str, salt: &[u8], work: u8) -> io::Result<[u8; 32]> {
    let params = scrypt::Params::new(work, 8, 1, 32).map_err(|e| io::Error::other(e.to_string()))?;
    let mut key = [0; 32];
    let salt = [SCRYPT_SALT, salt].concat();
    scrypt::scrypt(passphrase.as_bytes(), &salt, &params, &mut key).map_err(|e| io::Error::other(e.to_string()))?;
    Ok(key)
}

impl Recipient {
    /// The stanza that lets the recipient at the file key.
    pub(crate) fn wrap(&self, file_key: &[u8; FILE_KEY]) -> io::Result<Stanza> {
        match self {
            Self::Key(public) => {
                let secret = kdf::random()?;
                let share = public_of(&secret);
                let shared =
                    shared(&secret, public).ok_or_else(|| io::Error::other("a public key is of small order"))?;
                let key = kdf::derive(&shared, &[share, *public].concat(), X25519_INFO)?;
                let words = vec![X25519.to_owned(), to_base64(&share)];
                Ok(Stanza { words, body: kdf::wrap(&key, file_key)? })
            }
            Self::Passphrase(text) => {
                let salt: [u8; 16] = kdf::random()?;
                let key = passphrase_key(text, &salt, WORK)?;
                let words = vec![SCRYPT.to_owned(), to_base64(&salt), WORK.to_string()];
                Ok(Stanza { words, body: kdf::wrap(&key, file_key)? })
            }
        }
    }
}

impl Identity {
    /// Whether it is a passphrase.
    pub(crate) const fn is_passphrase(&self) -> bool {
        matches!(self, Self::Passphrase(_))
    }

    /// The file key of a stanza; `None` when it is not for this one.
    pub(crate) fn unwrap(&self, stanza: &Stanza) -> io::Result<Option<[u8; FILE_KEY]>> {
        let words: Vec<&str> = stanza.words.iter().map(String::as_str).collect();
        let key = match (self, words.as_slice()) {
            (Self::Key(secret), [X25519, share]) => {
                let share = from_base64(share).and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
                let Some((share, shared)) = share.and_then(|share| Some((share, shared(secret, &share)?))) else {
                    return Ok(None);
                };
                kdf::derive(&shared, &[share, public_of(secret)].concat(), X25519_INFO)?
            }
            (Self::Passphrase(text), [SCRYPT, salt, work]) => {
                let work = work.parse::<u8>().ok().filter(|work| (1..=WORK_MOST).contains(work));
                let Some((salt, work)) = from_base64(salt).filter(|salt| salt.len() == 16).zip(work) else {
                    return Ok(None);
                };
                passphrase_key(text, &salt, work)?
            }
            _ => return Ok(None),
        };
        kdf::unwrap(&key, &stanza.body)
    }
}
