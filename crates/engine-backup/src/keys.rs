//! Who may open an archive: age recipients and identities, or a passphrase.

use crate::age::{Identity, Recipient, decode, encode, new_secret, public_of};
use crate::error::BackupError;
use std::io::Read;
use std::path::Path;

/// Largest file of keys, in bytes.
const LARGEST: u64 = 64 << 10;
/// Names before the letters of a key.
const PUBLIC: &str = "age";
const SECRET: &str = "age-secret-key-";
/// Fewest characters of a passphrase: it is all that stands between a thief and the records.
const PASSPHRASE_LEAST: usize = 12;

/// For whom an archive is encrypted.
pub struct Recipients(pub(crate) Vec<Recipient>);

/// What opens an archive.
pub struct Identities {
    pub(crate) all: Vec<Identity>,
}

impl std::fmt::Debug for Recipients {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Recipients({})", self.0.len())
    }
}

impl std::fmt::Debug for Identities {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Identities({})", self.all.len())
    }
}

impl Recipients {
    /// From public keys (`age1…`); `place` names where they came from.
    ///
    /// # Errors
    /// When one is none, or there is none.
    pub fn keys<'a>(keys: impl IntoIterator<Item = (&'a str, String)>) -> Result<Self, BackupError> {
        let mut all = Vec::new();
        for (key, place) in keys {
            let wrong = || BackupError::Key {
                place: place.clone(),
                // A secret key in this place must not end in a log.
                reason: if key.to_uppercase().starts_with("AGE-SECRET-KEY-") {
                    "this is the secret key; give the public one, which begins with age1".to_owned()
                } else {
                    format!(
                        "“{}” is no public key of age; it begins with age1",
                        key.chars().take(80).collect::<String>()
                    )
                },
            };
            all.push(Recipient::Key(bytes_of(PUBLIC, key).ok_or_else(wrong)?));
        }
        if all.is_empty() {
            return Err(BackupError::Key { place: "no key".to_owned(), reason: "give at least one".to_owned() });
        }
        Ok(Self(all))
    }

    /// From a file of public keys, one per line; `#` begins a comment.
    ///
    /// # Errors
    /// When it cannot be read, or a line is no key; the message has the line.
    pub fn file(path: &Path) -> Result<Self, BackupError> {
        let text = text_of(path)?;
        let lines = text.lines().enumerate().map(|(n, line)| (line.trim(), format!("{}:{}", path.display(), n + 1)));
        Self::keys(lines.filter(|(line, _)| !line.is_empty() && !line.starts_with('#')))
    }

    /// From a passphrase in a file.
    ///
    /// # Errors
    /// When it cannot be read, or is too short.
    pub fn passphrase_file(path: &Path) -> Result<Self, BackupError> {
        let passphrase = passphrase(path)?;
        if passphrase.chars().count() < PASSPHRASE_LEAST {
            let reason = format!("the passphrase has fewer than {PASSPHRASE_LEAST} characters; take a longer one");
            return Err(BackupError::Key { place: path.display().to_string(), reason });
        }
        Ok(Self(vec![Recipient::Passphrase(passphrase)]))
    }
}

impl Identities {
    /// From a file of secret keys (`AGE-SECRET-KEY-1…`), as `age-keygen` and [`new_key`] write it.
    ///
    /// # Errors
    /// When it cannot be read or has no key.
    pub fn file(path: &Path) -> Result<Self, BackupError> {
        let text = text_of(path)?;
        let wrong = |reason: String| BackupError::Key { place: path.display().to_string(), reason };
        let mut all = Vec::new();
        for (n, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            // The line itself is not repeated: it may be a secret with a slip in it.
            let reason = || wrong(format!("line {} is no secret key of age; it begins with AGE-SECRET-KEY-1", n + 1));
            all.push(Identity::Key(bytes_of(SECRET, line).ok_or_else(reason)?));
        }
        if all.is_empty() {
            return Err(wrong("no secret key of age is in it".to_owned()));
        }
        Ok(Self { all })
    }

    /// From a passphrase in a file.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn passphrase_file(path: &Path) -> Result<Self, BackupError> {
        Ok(Self { all: vec![Identity::Passphrase(passphrase(path)?)] })
    }
}

/// Makes a pair of keys: the text of the file to keep away from the server, and the public key.
///
/// # Errors
/// When the system gives no random bytes.
pub fn new_key() -> std::io::Result<(String, String)> {
    let secret = new_secret()?;
    let public = encode(PUBLIC, &public_of(&secret));
    Ok((format!("# public key: {public}\n{}\n", encode(SECRET, &secret).to_uppercase()), public))
}

fn bytes_of(name: &str, text: &str) -> Option<[u8; 32]> {
    decode(name, text)?.try_into().ok()
}

fn passphrase(path: &Path) -> Result<String, BackupError> {
    let text = text_of(path)?;
    let text = text.trim_end_matches(['\r', '\n']);
    if text.is_empty() {
        let reason = "the file is empty; write the passphrase into it".to_owned();
        return Err(BackupError::Key { place: path.display().to_string(), reason });
    }
    Ok(text.to_owned())
}

fn text_of(path: &Path) -> Result<String, BackupError> {
    let mut text = String::new();
    let read = std::fs::File::open(path).and_then(|file| file.take(LARGEST + 1).read_to_string(&mut text));
    read.map_err(BackupError::io("read", path))?;
    if text.len() as u64 > LARGEST {
        let reason = format!("it has more than {LARGEST} bytes; a file of keys is smaller");
        return Err(BackupError::Key { place: path.display().to_string(), reason });
    }
    Ok(text)
}
