//! Tokens with which programs hand in events. Only their SHA-256 is stored.

use sha2::{Digest, Sha256};

/// What every token begins with, so that a leaked one is recognised in a file or a log.
const PREFIX: &str = "mgv_";

/// A token, shown to a person once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// A new token with 256 random bits.
    #[must_use]
    pub fn random() -> Self {
        Self(format!("{PREFIX}{}", hex::encode(rand::random::<[u8; 32]>())))
    }

    /// The token as the sender needs it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Its hash for storage.
    #[must_use]
    pub fn hash(&self) -> String {
        hash(&self.0)
    }

    /// Its last four characters, for people to tell tokens apart.
    #[must_use]
    pub fn tail(&self) -> String {
        self.0.get(self.0.len().saturating_sub(4)..).unwrap_or_default().to_owned()
    }
}

/// SHA-256 of a token as hexadecimal. Tokens have 256 random bits, so a plain hash is enough.
#[must_use]
pub fn hash(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_differ_and_hash_the_same_each_time() {
        let (a, b) = (Token::random(), Token::random());
        assert_ne!(a, b);
        assert_eq!(a.hash(), hash(a.reveal()));
        assert!(a.reveal().starts_with(PREFIX) && a.reveal().ends_with(&a.tail()) && a.tail().len() == 4);
    }
}
