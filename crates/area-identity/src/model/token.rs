//! Secrets that travel: session and device tokens, one-time passwords, the setup code.

use sha2::{Digest, Sha256};

/// 256 bits from the operating system's generator, as 64 hexadecimal digits.
pub(crate) fn fresh() -> String {
    hex::encode(rand::random::<[u8; 32]>())
}

/// What is stored of a token. A fast hash is enough: the token has nothing to guess.
pub(crate) fn hash(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
}

/// Whether it has the form of our tokens; anything else never reaches the database.
pub(crate) fn well_formed(token: &str) -> bool {
    token.len() == 64 && token.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Letters and digits that cannot be mistaken for one another when read aloud or copied by hand.
const READABLE: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/// `groups` of four readable characters, five bits each: `K7QM-W2PX-…`.
pub(crate) fn readable(groups: usize) -> String {
    let mut out = String::with_capacity(groups * 5);
    for group in 0..groups {
        if group > 0 {
            out.push('-');
        }
        for byte in rand::random::<[u8; 4]>() {
            // 256 is a multiple of 32, so every character is equally likely.
            out.push(char::from(READABLE.get(usize::from(byte % 32)).copied().unwrap_or(b'A')));
        }
    }
    out
}

/// A readable code as typed: case, spaces and dashes do not matter.
pub(crate) fn plain_code(typed: &str) -> String {
    typed.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_uppercase()
}

/// Whether it is the wanted code. Compares hashes, so timing tells nothing.
pub(crate) fn same_code(typed: &str, wanted: &str) -> bool {
    hash(&plain_code(typed)) == hash(&plain_code(wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_kindly() {
        let code = readable(4);
        assert_eq!(code.len(), 19);
        assert!(same_code(&code.to_lowercase().replace('-', " "), &code));
        assert!(!same_code("", &code) && !same_code(&readable(4), &code));
        assert!(well_formed(&fresh()) && !well_formed("x") && !well_formed(&"g".repeat(64)));
    }
}
