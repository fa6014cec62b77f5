//! Values turned into other values: Base64, UTF-16, dash variants.
//!
//! Modifiers appendix 2.1, "Encoding" and `windash`.

use crate::pattern::{Token, normalise};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// `base64`: standard alphabet, with padding.
pub(crate) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// `base64offset`: the part of the encoding that stays the same, for each of the three
/// places (mod 3) at which the value can start inside a longer encoded text.
pub(crate) fn base64_offsets(bytes: &[u8]) -> [String; 3] {
    [0_usize, 1, 2].map(|shift| {
        let mut padded = vec![b' '; shift];
        padded.extend_from_slice(bytes);
        let encoded = STANDARD.encode(&padded);
        // Characters that also carry bits of what stands before (front) or after (back).
        let front = [0, 2, 3].get(shift).copied().unwrap_or(0);
        let back = [0, 3, 2].get(padded.len() % 3).copied().unwrap_or(0);
        encoded.get(front..encoded.len().saturating_sub(back)).unwrap_or_default().to_owned()
    })
}

/// `utf16le`, `wide`.
pub(crate) fn utf16le(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// `utf16be`.
pub(crate) fn utf16be(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_be_bytes).collect()
}

/// `utf16`: byte order mark, then little endian.
pub(crate) fn utf16(text: &str) -> Vec<u8> {
    [0xFF, 0xFE].into_iter().chain(utf16le(text)).collect()
}

/// The characters that introduce a switch on a Windows command line.
pub(crate) const DASHES: [char; 5] = ['-', '/', '\u{2013}', '\u{2014}', '\u{2015}'];

/// Most variants one value may grow into.
pub(crate) const MAX_VARIANTS: usize = 3_125;

/// `windash`: every combination of [`DASHES`] for the dashes that introduce a switch, that is,
/// one of [`DASHES`] before a letter, digit or underscore, and not after one. `None` when there
/// would be more than [`MAX_VARIANTS`].
pub(crate) fn windash(tokens: &[Token]) -> Option<Vec<Vec<Token>>> {
    let mut variants: Vec<Vec<Token>> = vec![Vec::new()];
    for token in tokens {
        let Token::Text(text) = token else {
            variants.iter_mut().for_each(|v| v.push(token.clone()));
            continue;
        };
        let mut before: Option<char> = None;
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            let switch =
                DASHES.contains(&c) && !before.is_some_and(is_word) && chars.peek().copied().is_some_and(is_word);
            let choices: &[char] = if switch { &DASHES } else { &[c] };
            if variants.len() * choices.len() > MAX_VARIANTS {
                return None;
            }
            variants = variants
                .iter()
                .flat_map(|v| {
                    choices.iter().map(|choice| {
                        let mut longer = v.clone();
                        longer.push(Token::Text(choice.to_string()));
                        normalise(longer)
                    })
                })
                .collect();
            before = Some(c);
        }
    }
    Some(variants)
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_offsets_are_found_at_every_shift() {
        let needles = base64_offsets(b"http://");
        for shift in 0..6 {
            for tail in 0..4 {
                let text = format!("{}http://{}", "x".repeat(shift), "y".repeat(tail));
                let encoded = base64(text.as_bytes());
                assert!(needles.iter().any(|n| encoded.contains(n.as_str())), "{text}");
            }
        }
        // Known from the specification's reference implementation.
        assert_eq!(base64_offsets(b"foobar"), ["Zm9vYmFy", "Zvb2Jhc", "mb29iYX"]);
    }

    #[test]
    fn utf16_forms() {
        assert_eq!(utf16le("cmd"), [0x63, 0, 0x6d, 0, 0x64, 0]);
        assert_eq!(utf16be("cmd"), [0, 0x63, 0, 0x6d, 0, 0x64]);
        assert_eq!(utf16("c"), [0xFF, 0xFE, 0x63, 0]);
    }

    #[test]
    fn windash_only_touches_switches() {
        let made = windash(&[Token::Text(" -a well-known".into())]).expect("few");
        assert_eq!(made.len(), 5);
        assert!(made.contains(&vec![Token::Text(" /a well-known".into())]));
        assert_eq!(windash(&[Token::Text("-a /b".into())]).expect("few").len(), 25);
        assert_eq!(windash(&[Token::Text("\u{2013}a".into())]).expect("few").len(), 5);
        assert!(windash(&[Token::Text(" -a -b -c -d -e -f".into())]).is_none());
    }
}
