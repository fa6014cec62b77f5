//! Text patterns: letter case and Vietnamese marks aside, with `*` and `?`.

use memchr::memmem;
use std::borrow::Cow;
use std::fmt;

/// `text` as it is compared: lower case, without marks.
#[must_use]
pub fn fold(text: &str) -> Cow<'_, str> {
    if !text.is_ascii() {
        return Cow::Owned(fold_runs(text));
    }
    if text.bytes().any(|b| b.is_ascii_uppercase()) {
        return Cow::Owned(text.to_ascii_lowercase());
    }
    Cow::Borrowed(text)
}

/// Folds character by character, and quickly where they are ASCII, which is most of any log.
fn fold_runs(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let plain = rest.bytes().position(|byte| !byte.is_ascii()).unwrap_or(rest.len());
        let (ascii, behind) = rest.split_at(plain);
        let start = folded.len();
        folded.push_str(ascii);
        if let Some(fresh) = folded.get_mut(start..) {
            fresh.make_ascii_lowercase();
        }
        let other = behind.bytes().position(|byte| byte.is_ascii()).unwrap_or(behind.len());
        let (marked, behind) = behind.split_at(other);
        folded.push_str(&base_core::fold::fold(marked));
        rest = behind;
    }
    folded
}

/// A pattern. Two patterns are equal when they accept the same texts by construction.
#[derive(Clone)]
pub struct Pattern {
    typed: String,
    /// The parts between `*`, folded. Always at least one; one alone means no `*`.
    parts: Vec<Part>,
}

#[derive(Clone)]
enum Part {
    Plain(Box<memmem::Finder<'static>>),
    /// With `?`: each place a character or any.
    Holes(Vec<Option<char>>),
}

impl Pattern {
    /// Exactly this text; `*` and `?` are plain characters.
    #[must_use]
    pub fn literal(text: &str) -> Self {
        Self { typed: text.to_owned(), parts: vec![Part::plain(&fold(text))] }
    }

    /// Text with `*` (any text) and `?` (one character).
    #[must_use]
    pub fn wildcard(text: &str) -> Self {
        let mut parts: Vec<Part> = Vec::new();
        let pieces: Vec<&str> = text.split('*').collect();
        for (index, piece) in pieces.iter().enumerate() {
            // Neighbouring stars are one.
            let inner = index > 0 && index + 1 < pieces.len();
            if !(inner && piece.is_empty()) {
                parts.push(Part::new(piece));
            }
        }
        Self { typed: text.to_owned(), parts }
    }

    /// As it was typed, without quotes.
    #[must_use]
    pub fn typed(&self) -> &str {
        &self.typed
    }

    /// The folded text, when there are no wildcards: a value fits exactly when its folded
    /// text equals this.
    #[must_use]
    pub fn as_literal(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [Part::Plain(finder)] => std::str::from_utf8(finder.needle()).ok(),
            _ => None,
        }
    }

    /// The folded text of a pattern `*text*`: a value fits exactly when it contains this.
    #[must_use]
    pub fn as_inner_piece(&self) -> Option<&str> {
        let plain = |part: &'_ Part| matches!(part, Part::Plain(finder) if finder.needle().is_empty());
        match self.parts.as_slice() {
            [first, Part::Plain(inner), last] if plain(first) && plain(last) => {
                std::str::from_utf8(inner.needle()).ok()
            }
            _ => None,
        }
    }

    /// The folded text that every fitting text contains: the longest piece without wildcards.
    #[must_use]
    pub fn longest_piece(&self) -> &str {
        let plain = |part: &'_ Part| match part {
            Part::Plain(finder) => finder.needle().len(),
            Part::Holes(_) => 0,
        };
        match self.parts.iter().max_by_key(|part| plain(part)) {
            Some(Part::Plain(finder)) => std::str::from_utf8(finder.needle()).unwrap_or_default(),
            _ => "",
        }
    }

    /// The folded texts that every fitting text contains, in their order.
    pub fn plain_pieces(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Plain(finder) => std::str::from_utf8(finder.needle()).ok(),
            Part::Holes(_) => None,
        })
    }

    /// Whether all of `text` fits.
    #[must_use]
    pub fn is(&self, text: &str) -> bool {
        if let (Some(literal), true) = (self.as_literal(), text.is_ascii()) {
            return literal.eq_ignore_ascii_case(text);
        }
        self.is_folded(&fold(text))
    }

    /// Whether some part of `text` fits.
    #[must_use]
    pub fn found_in(&self, text: &str) -> bool {
        self.found_in_folded(&fold(text))
    }

    /// [`Pattern::is`] for text that is folded already.
    #[must_use]
    pub fn is_folded(&self, text: &str) -> bool {
        let (first, middle, last) = match self.parts.as_slice() {
            [] => return text.is_empty(),
            [only] => return only.match_at(text, 0) == Some(text.len()),
            [first, middle @ .., last] => (first, middle, last),
        };
        let Some(mut at) = first.match_at(text, 0) else { return false };
        let Some(end) = last.start_at_end(text) else { return false };
        for part in middle {
            match part.find(text, at) {
                Some(next) => at = next,
                None => return false,
            }
        }
        at <= end
    }

    /// [`Pattern::found_in`] for text that is folded already.
    #[must_use]
    pub fn found_in_folded(&self, text: &str) -> bool {
        let mut at = 0;
        self.parts.iter().all(|part| match part.find(text, at) {
            Some(next) => {
                at = next;
                true
            }
            None => false,
        })
    }
}

impl Part {
    fn plain(folded: &str) -> Self {
        Self::Plain(Box::new(memmem::Finder::new(folded.as_bytes()).into_owned()))
    }

    fn new(piece: &str) -> Self {
        if !piece.contains('?') {
            return Self::plain(&fold(piece));
        }
        // `?` stays itself when folded, so the places survive.
        Self::Holes(fold(piece).chars().map(|c| (c != '?').then_some(c)).collect())
    }

    /// End of the match that begins at byte `at`.
    fn match_at(&self, text: &str, at: usize) -> Option<usize> {
        let rest = text.get(at..)?;
        match self {
            Self::Plain(finder) => rest.as_bytes().starts_with(finder.needle()).then(|| at + finder.needle().len()),
            Self::Holes(holes) => {
                let mut chars = rest.chars();
                let fits = holes.iter().all(|hole| chars.next().is_some_and(|c| hole.is_none_or(|h| h == c)));
                fits.then(|| text.len() - chars.as_str().len())
            }
        }
    }

    /// End of the first match at or after byte `at`.
    fn find(&self, text: &str, at: usize) -> Option<usize> {
        let rest = text.get(at..)?;
        match self {
            Self::Plain(finder) => finder.find(rest.as_bytes()).map(|found| at + found + finder.needle().len()),
            Self::Holes(_) => rest.char_indices().find_map(|(offset, _)| self.match_at(text, at + offset)),
        }
    }

    /// Begin of the match that ends with the text.
    fn start_at_end(&self, text: &str) -> Option<usize> {
        match self {
            Self::Plain(finder) => {
                text.as_bytes().ends_with(finder.needle()).then(|| text.len() - finder.needle().len())
            }
            Self::Holes(holes) => {
                let start = text.char_indices().rev().nth(holes.len().checked_sub(1)?)?.0;
                self.match_at(text, start).is_some().then_some(start)
            }
        }
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.as_literal().is_some() { "literal" } else { "wildcard" };
        write!(f, "{kind} {:?}", self.typed)
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.typed == other.typed && self.as_literal() == other.as_literal()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn wildcards_match_as_in_a_shell() {
        let table = [
            ("*", "", true),
            ("*", "anything", true),
            ("", "", true),
            ("", "x", false),
            ("a*", "ABC", true),
            ("*c", "abc", true),
            ("*b*", "abc", true),
            ("a*c", "ac", true),
            ("a*bc*c", "abc", false),
            ("ab*ba", "aba", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("?", "ố", true),
            ("*?.exe", "x.EXE", true),
            ("*?.exe", ".exe", false),
            ("*\\cmd.exe", "C:\\Windows\\System32\\CMD.EXE", true),
            ("tuong lua", "Tường lửa", true),
            ("tường*", "TUONG LUA", true),
            ("***a***", "bab", true),
        ];
        for (pattern, text, expected) in table {
            assert_eq!(Pattern::wildcard(pattern).is(text), expected, "{pattern} on {text}");
        }
        assert!(Pattern::literal("a*b").is("A*B") && !Pattern::literal("a*b").is("aXb"));
        assert!(Pattern::wildcard("mimi?atz").found_in("run MIMIKATZ now"));
        assert!(!Pattern::wildcard("b*a").found_in("ab"));
    }

    /// The slow and obvious way.
    fn plainly(pattern: &[char], text: &[char]) -> bool {
        match pattern.split_first() {
            None => text.is_empty(),
            Some(('*', rest)) => (0..=text.len()).any(|n| plainly(rest, &text[n..])),
            Some(('?', rest)) => !text.is_empty() && plainly(rest, &text[1..]),
            Some((c, rest)) => text.first() == Some(c) && plainly(rest, &text[1..]),
        }
    }

    proptest! {
        #[test]
        fn agrees_with_the_obvious_matcher(pattern in "[ab*?]{0,8}", text in "[ab]{0,10}") {
            let (p, t): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
            prop_assert_eq!(Pattern::wildcard(&pattern).is(&text), plainly(&p, &t));
            let around: Vec<char> = format!("*{pattern}*").chars().collect();
            prop_assert_eq!(Pattern::wildcard(&pattern).found_in(&text), plainly(&around, &t));
        }

        #[test]
        fn folding_by_runs_is_folding(text in "[aBc \u{301}đĐừỬ\u{1112}\u{1161}\u{11ab}한]{0,12}", any: String) {
            prop_assert_eq!(fold(&text).into_owned(), base_core::fold::fold(&text));
            prop_assert_eq!(fold(&any).into_owned(), base_core::fold::fold(&any));
        }

        #[test]
        fn any_text_is_handled_without_panic(pattern: String, text: String) {
            let _ = Pattern::wildcard(&pattern).is(&text);
            let _ = Pattern::wildcard(&pattern).found_in(&text);
            prop_assert!(Pattern::literal(&text).is(&text));
        }
    }
}
