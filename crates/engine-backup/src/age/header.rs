//! The header: a line of version, a stanza per recipient, and the HMAC over all of it.

use super::{FILE_KEY, OpenError, kdf};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use ring::hmac;
use std::io::{self, BufRead, Read};

const VERSION: &str = "age-encryption.org/v1";
/// Begins the last line.
const END: &str = "---";
/// Characters of a line of a stanza's body; a shorter line ends it.
const COLUMNS: usize = 64;
/// Longest line, and most lines: hundreds of recipients.
const LINE_MOST: u64 = 1_024;
const LINES_MOST: usize = 10_000;

/// What one recipient needs to get at the file key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stanza {
    /// Kind and its arguments.
    pub(crate) words: Vec<String>,
    /// The wrapped file key.
    pub(crate) body: Vec<u8>,
}

impl Stanza {
    /// Whether it is opened by a passphrase.
    pub(crate) fn is_passphrase(&self) -> bool {
        self.words.first().is_some_and(|kind| kind == "scrypt")
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) stanzas: Vec<Stanza>,
}

/// Base64 as the format wants it: without padding, and one text for each value.
pub(crate) fn to_base64(bytes: &[u8]) -> String {
    BASE64.encode(bytes)
}

/// The reverse; `None` for any other spelling.
pub(crate) fn from_base64(text: &str) -> Option<Vec<u8>> {
    BASE64.decode(text).ok()
}

fn mac_key(file_key: &[u8; FILE_KEY]) -> io::Result<hmac::Key> {
    Ok(hmac::Key::new(hmac::HMAC_SHA256, &kdf::derive(file_key, &[], b"header")?))
}

/// Whether the HMAC of the header's bytes is this one.
pub(crate) fn fits(file_key: &[u8; FILE_KEY], sealed: &[u8], mac: &[u8]) -> io::Result<bool> {
    Ok(hmac::verify(&mac_key(file_key)?, sealed, mac).is_ok())
}

impl Header {
    /// As it stands in the file.
    pub(crate) fn to_bytes(&self, file_key: &[u8; FILE_KEY]) -> io::Result<Vec<u8>> {
        let mut text = format!("{VERSION}\n");
        for stanza in &self.stanzas {
            text.push_str("-> ");
            text.push_str(&stanza.words.join(" "));
            text.push('\n');
            let body = to_base64(&stanza.body);
            let mut rest = body.as_str();
            while let Some((line, more)) = rest.split_at_checked(COLUMNS) {
                text.push_str(line);
                text.push('\n');
                rest = more;
            }
            // The last line is shorter than the others, if need be empty.
            text.push_str(rest);
            text.push('\n');
        }
        text.push_str(END);
        let mac = hmac::sign(&mac_key(file_key)?, text.as_bytes());
        text.push(' ');
        text.push_str(&to_base64(mac.as_ref()));
        text.push('\n');
        Ok(text.into_bytes())
    }

    /// Reads a header: itself, the bytes that its HMAC is over, and the HMAC.
    pub(crate) fn read(input: &mut impl BufRead) -> Result<(Self, Vec<u8>, Vec<u8>), OpenError> {
        let mut sealed = Vec::new();
        if line_of(input, &mut sealed)? != VERSION {
            return Err(OpenError::NoAge);
        }
        let mut stanzas: Vec<Stanza> = Vec::new();
        for _ in 0..LINES_MOST {
            let line = line_of(input, &mut sealed)?;
            if let Some(words) = line.strip_prefix("-> ") {
                let words: Vec<String> = words.split(' ').map(str::to_owned).collect();
                if words.iter().any(String::is_empty) {
                    return Err(OpenError::NoAge);
                }
                let body = body_of(input, &mut sealed)?;
                stanzas.push(Stanza { words, body });
                continue;
            }
            let Some(mac) = line.strip_prefix("--- ").and_then(from_base64).filter(|_| !stanzas.is_empty()) else {
                return Err(OpenError::NoAge);
            };
            // The HMAC is over everything up to and with the three dashes.
            sealed.truncate(sealed.len().saturating_sub(line.len() + 1) + END.len());
            return Ok((Self { stanzas }, sealed, mac));
        }
        Err(OpenError::NoAge)
    }
}

/// The body of a stanza: full lines and a shorter one.
fn body_of(input: &mut impl BufRead, sealed: &mut Vec<u8>) -> Result<Vec<u8>, OpenError> {
    let mut text = String::new();
    for _ in 0..LINES_MOST {
        let line = line_of(input, sealed)?;
        if line.len() > COLUMNS {
            return Err(OpenError::NoAge);
        }
        text.push_str(&line);
        if line.len() < COLUMNS {
            return from_base64(&text).ok_or(OpenError::NoAge);
        }
    }
    Err(OpenError::NoAge)
}

/// The next line without its end; its bytes are added to `sealed`.
fn line_of(input: &mut impl BufRead, sealed: &mut Vec<u8>) -> Result<String, OpenError> {
    let mut bytes = Vec::new();
    input.take(LINE_MOST).read_until(b'\n', &mut bytes)?;
    sealed.extend_from_slice(&bytes);
    if bytes.pop() != Some(b'\n') {
        return Err(OpenError::NoAge);
    }
    String::from_utf8(bytes).ok().filter(|line| line.is_ascii()).ok_or(OpenError::NoAge)
}
