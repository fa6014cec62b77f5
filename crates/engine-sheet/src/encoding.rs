//! Which encoding a text file is in.
//!
//! Offices still keep lists from before Unicode. Windows-1258 is told apart and converted: it maps to Unicode one to
//! one. TCVN3 (the `.VnTime` fonts, TCVN 5712:1993) is recognised and refused: its capitals live in another font, so
//! a conversion would silently make `Sở` of `SỞ`.

use crate::SheetError;
use std::borrow::Cow;
use unicode_normalization::UnicodeNormalization;

/// An encoding that was converted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-16, as Excel's “Unicode text”.
    Utf16,
    /// Windows-1258.
    Windows1258,
}

/// The text of `bytes`, and from what it was converted where it was not UTF-8.
pub(crate) fn decode(bytes: &[u8]) -> Result<(Cow<'_, str>, Option<Encoding>), SheetError> {
    if let Some(rest) = bytes.strip_prefix(&[0xef, 0xbb, 0xbf]) {
        return utf8(rest).map(|t| (t, None));
    }
    for (mark, big) in [([0xff, 0xfe], false), ([0xfe, 0xff], true)] {
        if let Some(rest) = bytes.strip_prefix(&mark) {
            return Ok((Cow::Owned(utf16(rest, big)?), Some(Encoding::Utf16)));
        }
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        if text.contains('\0') {
            return Err(SheetError::NotText);
        }
        return Ok((Cow::Borrowed(text), None));
    }
    if bytes.contains(&0) {
        return Err(SheetError::NotText);
    }
    let latin: String = bytes.iter().map(|b| char::from(*b)).collect();
    if looks_like_tcvn3(&latin) {
        return Err(SheetError::Tcvn3);
    }
    match windows_1258(bytes) {
        Some(text) => Ok((Cow::Owned(text), Some(Encoding::Windows1258))),
        None => Err(SheetError::Encoding(bad_line(bytes))),
    }
}

fn utf8(bytes: &[u8]) -> Result<Cow<'_, str>, SheetError> {
    std::str::from_utf8(bytes).map(Cow::Borrowed).map_err(|_| SheetError::Encoding(bad_line(bytes)))
}

/// Line of the first byte that is not UTF-8.
fn bad_line(bytes: &[u8]) -> usize {
    let good = std::str::from_utf8(bytes).map_or_else(|e| e.valid_up_to(), str::len);
    bytes.iter().take(good).filter(|b| **b == b'\n').count() + 1
}

fn utf16(bytes: &[u8], big: bool) -> Result<String, SheetError> {
    let unit = |pair: &[u8]| match pair {
        [a, b] if big => Some(u16::from_be_bytes([*a, *b])),
        [a, b] => Some(u16::from_le_bytes([*a, *b])),
        _ => None,
    };
    let units: Option<Vec<u16>> = bytes.chunks(2).map(unit).collect();
    units.and_then(|u| String::from_utf16(&u).ok()).ok_or(SheetError::Encoding(1))
}

/// Whether text shows what TCVN3 looks like when it is taken for Latin letters: `Së Th«ng tin`.
///
/// Its vowels with marks lie where Latin-1 has signs (`¨ © ª « ¬ ­ ®` for ă â ê ô ơ ư đ, `µ ¶ · ¸ ¹` for a with its
/// tones). Signs touching letters on a line with no real Vietnamese letter are taken for it, from two on.
#[must_use]
pub fn looks_like_tcvn3(text: &str) -> bool {
    let sign = |c: char| matches!(c, '\u{a8}'..='\u{ae}' | '\u{b5}'..='\u{b9}');
    if text.chars().any(|c| matches!(c, '\u{102}'..='\u{1b0}' | '\u{300}'..='\u{323}' | '\u{1ea0}'..='\u{1ef9}')) {
        return false;
    }
    let mut touching = 0;
    let mut before = ' ';
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let after = rest.peek().copied().unwrap_or(' ');
        if sign(c) && (before.is_ascii_alphabetic() || after.is_ascii_alphabetic()) {
            touching += 1;
        }
        before = c;
    }
    touching >= 2
}

/// Windows-1258 (code page of Microsoft) as text, composed; `None` where a byte is not assigned, or a tone stands
/// where no vowel is before it: then it is something else.
fn windows_1258(bytes: &[u8]) -> Option<String> {
    let mut out = String::with_capacity(bytes.len());
    let mut before = ' ';
    for byte in bytes {
        let c = letter_1258(*byte)?;
        let tone = matches!(c, '\u{300}'..='\u{323}');
        if tone && !matches!(before.to_ascii_lowercase(), 'a' | 'e' | 'i' | 'o' | 'u' | 'y') && before.is_ascii() {
            return None;
        }
        out.push(c);
        before = c;
    }
    Some(out.nfc().collect())
}

/// A byte of Windows-1258. It is Latin-1 but for these (unicode.org, CP1258.TXT).
fn letter_1258(byte: u8) -> Option<char> {
    Some(match byte {
        0x80 => '€',
        0x82 => '‚',
        0x83 => 'ƒ',
        0x84 => '„',
        0x85 => '…',
        0x86 => '†',
        0x87 => '‡',
        0x88 => 'ˆ',
        0x89 => '‰',
        0x8b => '‹',
        0x8c => 'Œ',
        0x91 => '‘',
        0x92 => '’',
        0x93 => '“',
        0x94 => '”',
        0x95 => '•',
        0x96 => '–',
        0x97 => '—',
        0x98 => '˜',
        0x99 => '™',
        0x9b => '›',
        0x9c => 'œ',
        0x9f => 'Ÿ',
        0x81 | 0x8a | 0x8d..=0x90 | 0x9a | 0x9d | 0x9e => return None,
        0xc3 => 'Ă',
        0xcc => '\u{300}',
        0xd0 => 'Đ',
        0xd2 => '\u{309}',
        0xd5 => 'Ơ',
        0xdd => 'Ư',
        0xde => '\u{303}',
        0xe3 => 'ă',
        0xec => '\u{301}',
        0xf0 => 'đ',
        0xf2 => '\u{323}',
        0xf5 => 'ơ',
        0xfd => 'ư',
        0xfe => '₫',
        other => char::from(other),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_encodings_of_offices_are_told_apart() {
        let name = "Sở Y tế";
        assert_eq!(decode(name.as_bytes()).unwrap(), (Cow::Borrowed(name), None));
        let marked: Vec<u8> = [&[0xef, 0xbb, 0xbf][..], name.as_bytes()].concat();
        assert_eq!(decode(&marked).unwrap().0, name);
        let wide: Vec<u8> = "\u{feff}Sở\tY tế".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(decode(&wide).unwrap(), (Cow::Owned("Sở\tY tế".to_owned()), Some(Encoding::Utf16)));
        // Windows-1258: `ơ` and a tone of its own, `ê` and a tone.
        let old = b"S\xf5\xd2 Y t\xea\xec";
        assert_eq!(decode(old).unwrap(), (Cow::Owned(name.to_owned()), Some(Encoding::Windows1258)));
        // TCVN3: Së Th«ng tin vµ TruyÒn th«ng.
        let tcvn3 = b"S\xeb Th\xabng tin v\xb5 Truy\xd2n th\xabng";
        assert!(matches!(decode(tcvn3), Err(SheetError::Tcvn3)));
        assert!(matches!(decode(b"a\n\xff\xfe\x81"), Err(SheetError::Encoding(2))));
        assert!(matches!(decode(b"a\0b"), Err(SheetError::NotText)));
    }

    #[test]
    fn ordinary_text_is_not_taken_for_tcvn3() {
        for text in ["Sở Thông tin và Truyền thông", "5 m² · 10 µm", "© 2014", "cafe"] {
            assert!(!looks_like_tcvn3(text), "{text}");
        }
        assert!(looks_like_tcvn3("Së N«ng nghiÖp vµ PTNT"));
    }
}
