//! The age format, version 1, as far as backups need it: X25519 keys, or one passphrase.
//!
//! Source: <https://github.com/C2SP/C2SP/blob/main/age.md>. A file key of 16 random bytes is wrapped for each
//! recipient in the header; an HMAC binds the header to it; what follows is sealed in chunks of 64 KiB
//! with ChaCha20-Poly1305, the last one marked as such. Tests hold it against the program `age`.

mod bech32;
mod header;
mod kdf;
mod stream;
mod wrap;

pub(crate) use bech32::{decode, encode};
pub(crate) use stream::{Opener, Sealer};
pub(crate) use wrap::{Identity, Recipient, public_of};

use header::{Header, Stanza};
use std::io::{self, BufRead, Write};

/// Bytes of a file key.
const FILE_KEY: usize = 16;
/// Bytes of the payload's nonce.
const NONCE: usize = 16;

/// Why a file cannot be opened.
#[derive(Debug)]
pub(crate) enum OpenError {
    /// It does not begin as an age file does.
    NoAge,
    /// The header fits none of the keys.
    NoKey,
    /// The header was altered.
    Altered,
    /// It is closed with a passphrase and a key was given (`true`), or the other way round.
    OtherKind(bool),
    /// Reading failed.
    Io(io::Error),
}

impl From<io::Error> for OpenError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// A new secret key. Any 32 bytes are one: the curve's arithmetic clamps them (RFC 7748, section 5).
pub(crate) fn new_secret() -> io::Result<[u8; 32]> {
    kdf::random()
}

/// Writes the header for `recipients` and gives what seals the rest.
pub(crate) fn seal<W: Write>(mut out: W, recipients: &[Recipient]) -> io::Result<Sealer<W>> {
    let file_key: [u8; FILE_KEY] = kdf::random()?;
    let stanzas = recipients.iter().map(|one| one.wrap(&file_key)).collect::<io::Result<Vec<Stanza>>>()?;
    let header = Header { stanzas };
    out.write_all(&header.to_bytes(&file_key)?)?;
    let nonce: [u8; NONCE] = kdf::random()?;
    out.write_all(&nonce)?;
    Sealer::new(out, &kdf::derive(&file_key, &nonce, b"payload")?)
}

/// Reads the header, finds the key that opens it, and gives what opens the rest.
pub(crate) fn open<R: BufRead>(mut input: R, identities: &[Identity]) -> Result<Opener<R>, OpenError> {
    let (header, sealed, mac) = Header::read(&mut input)?;
    let with_passphrase = header.stanzas.iter().any(|stanza| stanza.is_passphrase());
    if identities.iter().all(|one| one.is_passphrase() != with_passphrase) {
        return Err(OpenError::OtherKind(with_passphrase));
    }
    // A passphrase stands alone: with others beside it, the header could be one of two people's.
    if with_passphrase && header.stanzas.len() != 1 {
        return Err(OpenError::Altered);
    }
    for identity in identities {
        for stanza in &header.stanzas {
            let Some(file_key) = identity.unwrap(stanza)? else { continue };
            if !header::fits(&file_key, &sealed, &mac)? {
                return Err(OpenError::Altered);
            }
            let mut nonce = [0; NONCE];
            input.read_exact(&mut nonce)?;
            return Ok(Opener::new(input, &kdf::derive(&file_key, &nonce, b"payload")?)?);
        }
    }
    Err(OpenError::NoKey)
}
