//! Finding a pattern in bytes quickly: the same answer as [`Pattern::found_in`], mostly without
//! folding the text.
//!
//! Nearly all of a log is ASCII, where folding is lower case and nothing else: there a few
//! neighbouring bytes of the needle, the rarest, are looked for in all their letter cases at once
//! by vector instructions ("Teddy", of the crate `aho-corasick`), and what stands around them is
//! compared. Only around characters beyond ASCII is the text folded.

use aho_corasick::packed;
use engine_lake::query::Pattern;
use memchr::{memchr, memchr2};

/// Letters from rare to common in logs; other characters count as in between.
const RARE: &[u8] = b"zqjxkvywbgfhmpu";
const COMMON: &[u8] = b"\"etaoinsr0:-. \\/";
/// Neighbouring bytes that are looked for together.
const WINDOW: usize = 4;

/// A text of ASCII characters, in lower case, that is found in any letter case.
#[derive(Debug)]
struct AsciiNeedle {
    text: Box<[u8]>,
    /// Where its rarest byte stands.
    rare: usize,
    /// Its rarest neighbouring bytes, and where they stand; without it (few bytes, or a processor
    /// without the instructions) the rarest byte alone is looked for.
    window: Option<(packed::Searcher, usize)>,
}

fn rank(byte: u8) -> usize {
    match (RARE.iter().position(|b| *b == byte), COMMON.iter().position(|b| *b == byte)) {
        (Some(place), _) => place,
        (None, Some(place)) => 100 - place,
        (None, None) => 50,
    }
}

/// A text in all letter cases.
fn cases(text: &[u8]) -> Vec<Vec<u8>> {
    let mut all = vec![Vec::with_capacity(text.len())];
    for byte in text {
        let mut upper = if byte.is_ascii_lowercase() { all.clone() } else { Vec::new() };
        upper.iter_mut().for_each(|text| text.push(byte.to_ascii_uppercase()));
        all.iter_mut().for_each(|text| text.push(*byte));
        all.append(&mut upper);
    }
    all
}

impl AsciiNeedle {
    fn new(folded: &str) -> Option<Self> {
        if !folded.is_ascii() {
            return None;
        }
        let text = folded.as_bytes();
        let rare = text.iter().enumerate().min_by_key(|(_, byte)| rank(**byte))?.0;
        let windows = text.windows(WINDOW).enumerate();
        let rarest = windows.min_by_key(|(_, window)| window.iter().map(|byte| rank(*byte)).sum::<usize>());
        let window = rarest.and_then(|(at, window)| {
            let searcher = packed::Builder::new().extend(cases(window)).build()?;
            Some((searcher, at))
        });
        Some(Self { text: text.into(), rare, window })
    }

    fn stands_at(&self, bytes: &[u8], start: usize) -> bool {
        bytes.get(start..start + self.text.len()).is_some_and(|piece| piece.eq_ignore_ascii_case(&self.text))
    }

    fn found_in(&self, bytes: &[u8]) -> bool {
        if bytes.len() < self.text.len() {
            return false;
        }
        let Some((searcher, offset)) = &self.window else { return self.found_by_byte(bytes) };
        let mut at = *offset;
        while let Some(found) = searcher.find_in(bytes, (at..bytes.len()).into()) {
            if self.stands_at(bytes, found.start() - offset) {
                return true;
            }
            at = found.start() + 1;
        }
        false
    }

    fn found_by_byte(&self, bytes: &[u8]) -> bool {
        let Some(&byte) = self.text.get(self.rare) else { return true };
        let upper = byte.to_ascii_uppercase();
        let mut at = self.rare;
        while let Some(rest) = bytes.get(at..) {
            let next = if upper == byte { memchr(byte, rest) } else { memchr2(byte, upper, rest) };
            let Some(next) = next else { return false };
            if self.stands_at(bytes, at + next - self.rare) {
                return true;
            }
            at += next + 1;
        }
        false
    }
}

/// A pattern ready to be looked for in many texts.
#[derive(Debug)]
pub(crate) struct TextFinder {
    pattern: Pattern,
    /// Its longest piece; the whole pattern when there are no wildcards.
    needle: Option<AsciiNeedle>,
    is_literal: bool,
}

impl TextFinder {
    /// For a pattern.
    pub(crate) fn new(pattern: &Pattern) -> Self {
        let piece = pattern.longest_piece();
        let needle = if piece.is_empty() { None } else { AsciiNeedle::new(piece) };
        Self { pattern: pattern.clone(), needle, is_literal: pattern.as_literal().is_some() }
    }

    /// Whether the pattern is found in the text; bytes that are not UTF-8 count as unknown characters.
    pub(crate) fn found_in(&self, bytes: &[u8]) -> bool {
        let Some(needle) = &self.needle else {
            return self.pattern.found_in(&String::from_utf8_lossy(bytes));
        };
        let piece = needle.found_in(bytes) || (!bytes.is_ascii() && Self::found_folded(needle, bytes));
        piece && (self.is_literal || self.pattern.found_in(&String::from_utf8_lossy(bytes)))
    }

    /// Whether the needle is found where characters beyond ASCII fold to some of its letters.
    fn found_folded(needle: &AsciiNeedle, bytes: &[u8]) -> bool {
        let mut from = 0;
        while let Some(rest) = bytes.get(from..) {
            let Some(first) = rest.iter().position(|byte| !byte.is_ascii()) else { return false };
            // The needle's other letters may be ASCII around it: whole characters, and no fewer than it has.
            let reach = needle.text.len();
            let begin = (from + first).saturating_sub(reach);
            let mut end = from + first;
            let mut ascii = 0;
            while ascii < reach {
                let Some(byte) = bytes.get(end) else { break };
                ascii = if byte.is_ascii() { ascii + 1 } else { 0 };
                end += 1;
            }
            let piece = String::from_utf8_lossy(bytes.get(begin..end).unwrap_or_default());
            let folded = engine_lake::query::fold(&piece);
            if needle.found_in(folded.as_bytes()) {
                return true;
            }
            from = end;
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn agree(pattern: &Pattern, text: &str) {
        let expected = pattern.found_in(text);
        assert_eq!(TextFinder::new(pattern).found_in(text.as_bytes()), expected, "{pattern:?} in {text:?}");
    }

    #[test]
    fn a_needle_is_found_wherever_it_stands() {
        for needle in ["mimikatz", "a1b2", "0000", "....", "x", "-k", "abc", "zzzzy"] {
            for length in 0..80 {
                let mut text = "z0.".repeat(30);
                text.truncate(length);
                for at in 0..=length {
                    let mut with = text.clone();
                    with.insert_str(at, &needle.to_ascii_uppercase());
                    agree(&Pattern::literal(needle), &with);
                }
                agree(&Pattern::literal(needle), &text);
            }
        }
    }

    #[test]
    fn marks_at_the_edge_of_a_word_are_folded() {
        for text in ["xx Tường Lửa yy", "tường", "lửa", "TUONG LUA", "Đà Nẵng tuong lửa", "a\u{301}b", "tư\u{300}ờng"]
        {
            for needle in ["tuong lua", "lua", "tuong", "ng l", "ab", "da nang", "g", ""] {
                agree(&Pattern::literal(needle), text);
                agree(&Pattern::wildcard(&format!("t*{needle}")), text);
            }
        }
        assert!(TextFinder::new(&Pattern::literal("abc")).found_in(b"\xff\xfeaBc"));
        assert!(!TextFinder::new(&Pattern::literal("abc")).found_in(b"ab\xffc"));
    }

    proptest! {
        #[test]
        fn agrees_with_the_plain_matcher(needle in "[abđưĐ .]{0,4}", text in "[aAbBđưừĐ .\u{301}]{0,20}") {
            agree(&Pattern::literal(&needle), &text);
        }

        #[test]
        fn agrees_on_any_text(needle in "\\PC{0,4}", head: String, tail: String) {
            agree(&Pattern::literal(&needle), &format!("{head}{needle}{tail}"));
            agree(&Pattern::literal(&needle), &head);
        }
    }
}
