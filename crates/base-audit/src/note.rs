//! Signed notes (<https://c2sp.org/signed-note>) and checkpoints (<https://c2sp.org/tlog-checkpoint>), with
//! Ed25519: text that anybody can check with the public key alone, and with tools that are not ours.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use sha2::{Digest, Sha256};
use std::fmt;

/// Kind of signature: Ed25519 over the text.
const ED25519_KIND: u8 = 1;
/// A note is a few hundred bytes; a longer one is not read.
const MAX_NOTE: usize = 64 << 10;
const DASH: &str = "\u{2014} ";

/// What is wrong with a note or key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteError(pub &'static str);

impl fmt::Display for NoteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for NoteError {}

/// Signs notes.
#[derive(Debug)]
pub struct Signer {
    pair: Ed25519KeyPair,
    key: Verifier,
}

impl Signer {
    /// From the 32 secret bytes. The name is made of the public key, so that it needs no setting and stays.
    ///
    /// # Errors
    /// Never for 32 bytes; the library's own check is passed on.
    pub fn new(seed: &[u8; 32]) -> Result<Self, NoteError> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| NoteError("the secret key is not usable"))?;
        let mut public = [0; 32];
        public.copy_from_slice(pair.public_key().as_ref());
        let name = format!(
            "mangrove/audit/{}",
            hex::encode(Sha256::digest(public).first_chunk::<4>().copied().unwrap_or_default())
        );
        Ok(Self { pair, key: Verifier { name, public } })
    }

    /// The public side.
    #[must_use]
    pub fn key(&self) -> &Verifier {
        &self.key
    }

    /// The note over `text`, which must end with a line end.
    #[must_use]
    pub fn sign(&self, text: &str) -> String {
        let mut bytes = self.key.id().to_vec();
        bytes.extend_from_slice(self.pair.sign(text.as_bytes()).as_ref());
        format!("{text}\n{DASH}{} {}\n", self.key.name, STANDARD.encode(bytes))
    }
}

/// Checks notes; written as `name+id+key` (a "vkey").
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verifier {
    name: String,
    public: [u8; 32],
}

impl Verifier {
    /// From `name+id+key`.
    ///
    /// # Errors
    /// When the text has another form, or the id does not belong to name and key (a slip of the pen).
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        let mut parts = text.trim().splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(NoteError("a public key has the form name+id+key"));
        };
        let bytes = STANDARD.decode(key).map_err(|_| NoteError("the last part of the public key is not base64"))?;
        let Some((&ED25519_KIND, public)) = bytes.split_first() else {
            return Err(NoteError("the public key is not one of Ed25519"));
        };
        let public = <[u8; 32]>::try_from(public).map_err(|_| NoteError("the public key has not 32 bytes"))?;
        if name.is_empty() || name.contains(char::is_whitespace) {
            return Err(NoteError("the name of the public key is missing or has spaces"));
        }
        let key = Self { name: name.to_owned(), public };
        if hex::encode(key.id()) != id {
            return Err(NoteError("the public key was not copied whole: its id does not fit"));
        }
        Ok(key)
    }

    /// The name; also the first line of every checkpoint.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    fn id(&self) -> [u8; 4] {
        let sha = Sha256::new().chain_update(&self.name).chain_update([b'\n', ED25519_KIND]).chain_update(self.public);
        sha.finalize().first_chunk().copied().unwrap_or_default()
    }

    /// The text of a note that this key has signed. Signatures of others beside it are passed over.
    ///
    /// # Errors
    /// When the note has another form, is not signed by this key, or was changed.
    pub fn open<'n>(&self, note: &'n str) -> Result<&'n str, NoteError> {
        if note.len() > MAX_NOTE || note.contains(|c: char| c.is_control() && c != '\n') {
            return Err(NoteError("this is not a signed note"));
        }
        let (text, signatures) = note.rsplit_once("\n\n").ok_or(NoteError("this is not a signed note"))?;
        let text = note.get(..text.len() + 1).unwrap_or(text);
        for line in signatures.lines() {
            let Some((name, signature)) = line.strip_prefix(DASH).and_then(|l| l.split_once(' ')) else {
                return Err(NoteError("a line of signature has another form"));
            };
            let bytes = STANDARD.decode(signature).map_err(|_| NoteError("a signature is not base64"))?;
            let Some(bytes) = bytes.strip_prefix(&self.id()).filter(|_| name == self.name) else { continue };
            return UnparsedPublicKey::new(&ED25519, self.public)
                .verify(text.as_bytes(), bytes)
                .map(|()| text)
                .map_err(|_| NoteError("the signature does not fit: the note was changed"));
        }
        Err(NoteError("the note is not signed by this key"))
    }
}

impl fmt::Display for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut key = vec![ED25519_KIND];
        key.extend_from_slice(&self.public);
        write!(f, "{}+{}+{}", self.name, hex::encode(self.id()), STANDARD.encode(key))
    }
}

/// What a checkpoint says: so many rows, and this root over them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// How many rows.
    pub size: i64,
    /// Root of the tree over their hashes.
    pub root: [u8; 32],
}

impl Checkpoint {
    /// The text that is signed.
    #[must_use]
    pub fn text(&self, origin: &str) -> String {
        format!("{origin}\n{}\n{}\n", self.size, STANDARD.encode(self.root))
    }

    /// Out of a note that `key` has signed.
    ///
    /// # Errors
    /// As [`Verifier::open`], and when the text is not a checkpoint of this log.
    pub fn open(note: &str, key: &Verifier) -> Result<Self, NoteError> {
        let mut lines = key.open(note)?.lines();
        if lines.next() != Some(key.name()) {
            return Err(NoteError("the checkpoint is of another log"));
        }
        let size = lines.next().filter(|s| !s.starts_with('+') && (*s == "0" || !s.starts_with('0')));
        let size = size.and_then(|s| s.parse().ok()).filter(|s| *s >= 0);
        let root = lines.next().and_then(|r| STANDARD.decode(r).ok()).and_then(|r| r.try_into().ok());
        match (size, root) {
            (Some(size), Some(root)) => Ok(Self { size, root }),
            _ => Err(NoteError("this is not a checkpoint")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification of signed notes.
    #[test]
    fn a_note_that_others_signed() {
        let key = Verifier::parse("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW").unwrap();
        let note = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n\
                    — PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
        let text = key.open(note).unwrap();
        assert!(text.ends_with("problem is.\n") && text.lines().count() == 2);
        assert_eq!(key.to_string(), "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW");
        assert!(key.open(&note.replace("answer", "Answer")).is_err());
    }

    #[test]
    fn a_checkpoint_is_read_back_and_every_change_is_seen() {
        let signer = Signer::new(&[7; 32]).unwrap();
        let wanted = Checkpoint { size: 42, root: [9; 32] };
        let note = signer.sign(&wanted.text(signer.key().name()));
        let key = Verifier::parse(&signer.key().to_string()).unwrap();
        assert_eq!(Checkpoint::open(&note, &key).unwrap(), wanted);
        for at in 0..note.len() {
            let mut bytes = note.clone().into_bytes();
            bytes[at] ^= 1;
            if let Ok(changed) = String::from_utf8(bytes) {
                assert!(Checkpoint::open(&changed, &key).is_err(), "byte {at}");
            }
        }
        let other = Signer::new(&[8; 32]).unwrap();
        assert_eq!(Checkpoint::open(&note, other.key()), Err(NoteError("the note is not signed by this key")));
        // Somebody else's signature below ours, as a witness adds it.
        let text = note.split_once("\n\n").unwrap().0.to_owned() + "\n";
        let theirs = other.sign(&text).rsplit_once("\n\n").unwrap().1.to_owned();
        assert!(Checkpoint::open(&format!("{note}{theirs}"), &key).is_ok());
    }

    #[test]
    fn keys_that_were_not_copied_whole() {
        let key = Signer::new(&[7; 32]).unwrap().key().to_string();
        assert!(Verifier::parse(&key).is_ok());
        for bad in ["", "a", "a+b", &key[1..], &key[..key.len() - 4], &key.replace("mangrove", "mangr ove")] {
            assert!(Verifier::parse(bad).is_err(), "{bad}");
        }
    }
}
