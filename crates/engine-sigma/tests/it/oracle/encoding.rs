//! "Encoding" modifiers and `windash`, by their definitions.

use super::text::Letter;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// RFC 4648: three bytes are four letters of six bits; `=` fills up.
pub(crate) fn base64(bytes: &[u8]) -> String {
    let mut out = String::new();
    for three in bytes.chunks(3) {
        let bits = three.iter().chain([0, 0].iter()).take(3).fold(0_u32, |bits, b| bits << 8 | u32::from(*b));
        for n in 0..4 {
            match n <= three.len() {
                true => out.push(ALPHABET[(bits >> (18 - 6 * n) & 63) as usize] as char),
                false => out.push('='),
            }
        }
    }
    out
}

/// "There are three variants for shifts by zero to two bytes and except the first and last byte
/// the encoded values have a static part in the middle that can be recognized": what stays the
/// same whatever stands before and after.
pub(crate) fn base64_offsets(bytes: &[u8]) -> Vec<String> {
    (0..3)
        .map(|shift| {
            let around = |before: u8, after: u8| -> Vec<char> {
                let mut all = vec![before; shift];
                all.extend_from_slice(bytes);
                all.extend([after; 6]);
                base64(&all).chars().collect()
            };
            let variants = [around(0, 0), around(0, 255), around(255, 0), around(255, 255)];
            let stays = |at: &usize| variants[0][*at] != '=' && variants.iter().all(|v| v[*at] == variants[0][*at]);
            (0..variants[0].len()).filter(stays).map(|at| variants[0][at]).collect::<String>()
        })
        // Nothing stays of one byte in the middle: that variant cannot be recognised.
        .filter(|part| !part.is_empty())
        .collect()
}

/// `cmd` > `63 00 6d 00 64 00`
pub(crate) fn utf16(text: &str, big: bool) -> Vec<u8> {
    text.encode_utf16().flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
}

/// "Creates all possible permutations of the `-`, `/`, `–`, `—` and `―` characters" that
/// introduce a switch: before a word and not after one.
pub(crate) fn windash(letters: &[Letter]) -> Vec<Vec<Letter>> {
    const DASHES: [char; 5] = ['-', '/', '–', '—', '―'];
    let is_word = |at: Option<&Letter>| matches!(at, Some(Letter::Plain(c)) if c.is_alphanumeric() || *c == '_');
    let mut made: Vec<Vec<Letter>> = vec![Vec::new()];
    for (at, letter) in letters.iter().enumerate() {
        let is_dash = matches!(letter, Letter::Plain(c) if DASHES.contains(c));
        let before = at.checked_sub(1).and_then(|n| letters.get(n));
        let choices = match is_dash && !is_word(before) && is_word(letters.get(at + 1)) {
            true => DASHES.map(Letter::Plain).to_vec(),
            false => vec![*letter],
        };
        made = made.iter().flat_map(|m| choices.iter().map(move |c| [m.as_slice(), &[*c]].concat())).collect();
    }
    made
}
