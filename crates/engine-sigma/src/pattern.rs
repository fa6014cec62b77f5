//! Text patterns with the wildcards `*` (any text) and `?` (exactly one character).
//!
//! Sigma rules specification 2.1, "String Wildcard" and "Escape Character". A pattern is
//! kept folded ([`crate::fold`]) unless it is `cased`; the value it is held against must
//! be in the same form. Matching is anchored at both ends.

use crate::fold::{fold, fold_with_map};
use memchr::memmem::Finder;
use std::sync::OnceLock;

/// A piece of a pattern.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Token {
    /// Text as it stands.
    Text(String),
    /// `?`: one character.
    One,
    /// `*`: any text, also none.
    Many,
}

/// A compiled pattern: its shape decides how it is searched.
#[derive(Clone, Debug)]
pub(crate) enum Pattern {
    /// `*`
    Anything,
    /// No wildcard.
    Equals(Box<str>),
    /// `text*`
    Prefix(Box<str>),
    /// `*text`
    Suffix(Box<str>),
    /// `*text*`
    Contains(Needle),
    /// Anything else: stretches between stars.
    Glob(Glob),
}

/// A text and the search for it, made when first needed: the tables find most texts without it.
#[derive(Clone, Debug)]
pub(crate) struct Needle {
    text: Box<str>,
    finder: OnceLock<Box<Finder<'static>>>,
}

impl Needle {
    fn new(text: Box<str>) -> Self {
        Self { text, finder: OnceLock::new() }
    }

    /// The text.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Where the text first stands in `value`.
    fn find(&self, value: &str) -> Option<usize> {
        let finder = self.finder.get_or_init(|| Box::new(Finder::new(self.text.as_bytes()).into_owned()));
        finder.find(value.as_bytes())
    }
}

/// Stretches of text and `?` between stars.
#[derive(Clone, Debug)]
pub(crate) struct Glob {
    pub(crate) stretches: Vec<Vec<Token>>,
    pub(crate) open_start: bool,
    pub(crate) open_end: bool,
}

/// Joins neighbouring texts and stars.
pub(crate) fn normalise(tokens: Vec<Token>) -> Vec<Token> {
    let mut out: Vec<Token> = Vec::with_capacity(tokens.len());
    for token in tokens {
        match (out.last_mut(), token) {
            (Some(Token::Text(last)), Token::Text(more)) => last.push_str(&more),
            (Some(Token::Many), Token::Many) => {}
            (_, Token::Text(t)) if t.is_empty() => {}
            (_, token) => out.push(token),
        }
    }
    out
}

impl Pattern {
    /// Compiles `tokens`; folded unless `cased`.
    pub(crate) fn new(tokens: &[Token], cased: bool) -> Self {
        let tokens: Vec<Token> = normalise(
            tokens
                .iter()
                .map(|t| match t {
                    Token::Text(s) if !cased => Token::Text(fold(s)),
                    other => other.clone(),
                })
                .collect(),
        );
        match tokens.as_slice() {
            [] => Pattern::Equals("".into()),
            [Token::Many] => Pattern::Anything,
            [Token::Text(t)] => Pattern::Equals(t.as_str().into()),
            [Token::Text(t), Token::Many] => Pattern::Prefix(t.as_str().into()),
            [Token::Many, Token::Text(t)] => Pattern::Suffix(t.as_str().into()),
            [Token::Many, Token::Text(t), Token::Many] => Pattern::Contains(Needle::new(t.as_str().into())),
            all => Pattern::Glob(Glob::new(all)),
        }
    }

    /// The pattern of a text without wildcards that must stand at `place`; folded unless `cased`.
    pub(crate) fn of_text(text: &str, place: Place, cased: bool) -> Self {
        let text: Box<str> = if cased { text.into() } else { fold(text).into() };
        Self::of_folded(text, place)
    }

    /// Like [`Pattern::of_text`], of a text that is in the form in which it is compared.
    pub(crate) fn of_folded(text: Box<str>, place: Place) -> Self {
        match place {
            Place::Whole => Pattern::Equals(text),
            _ if text.is_empty() => Pattern::Anything,
            Place::Start => Pattern::Prefix(text),
            Place::End => Pattern::Suffix(text),
            Place::Inside => Pattern::Contains(Needle::new(text)),
        }
    }

    /// Whether the whole of `value` fits. `value` is folded unless the pattern is cased.
    pub(crate) fn matches(&self, value: &str) -> bool {
        match self {
            Pattern::Anything => true,
            Pattern::Equals(t) => value == &**t,
            Pattern::Prefix(t) => value.starts_with(&**t),
            Pattern::Suffix(t) => value.ends_with(&**t),
            Pattern::Contains(needle) => needle.find(value).is_some(),
            Pattern::Glob(g) => g.find(value).is_some(),
        }
    }

    /// The bytes of `original` that the pattern's own text covers, if the whole of it fits.
    pub(crate) fn span(&self, original: &str, cased: bool) -> Option<(usize, usize)> {
        let (value, map) =
            if cased { (original.to_owned(), (0..=original.len()).collect()) } else { fold_with_map(original) };
        let (from, to) = match self {
            Pattern::Anything => (0, value.len()),
            Pattern::Equals(t) => (value == **t).then_some((0, value.len()))?,
            Pattern::Prefix(t) => value.starts_with(&**t).then_some((0, t.len()))?,
            Pattern::Suffix(t) => value.ends_with(&**t).then(|| (value.len() - t.len(), value.len()))?,
            Pattern::Contains(needle) => needle.find(&value).map(|at| (at, at + needle.text.len()))?,
            Pattern::Glob(g) => g.find(&value)?,
        };
        Some((*map.get(from)?, *map.get(to)?))
    }

    /// The longest text every match must contain, and where it must stand.
    pub(crate) fn literal(&self) -> Option<(&str, Place)> {
        match self {
            Pattern::Anything => None,
            Pattern::Equals(t) => Some((t, Place::Whole)),
            Pattern::Prefix(t) => Some((t, Place::Start)),
            Pattern::Suffix(t) => Some((t, Place::End)),
            Pattern::Contains(needle) => Some((needle.text(), Place::Inside)),
            Pattern::Glob(g) => g.longest_text().map(|t| (t, Place::Inside)),
        }
    }
}

/// Where a necessary literal stands in the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Place {
    /// It is the value.
    Whole,
    /// At the start.
    Start,
    /// At the end.
    End,
    /// Anywhere.
    Inside,
}

impl Glob {
    fn new(tokens: &[Token]) -> Self {
        let open_start = matches!(tokens.first(), Some(Token::Many));
        let open_end = matches!(tokens.last(), Some(Token::Many));
        let stretches = tokens.split(|t| *t == Token::Many).filter(|s| !s.is_empty()).map(<[Token]>::to_vec).collect();
        Self { stretches, open_start, open_end }
    }

    fn longest_text(&self) -> Option<&str> {
        let texts = self.stretches.iter().flatten().filter_map(|t| match t {
            Token::Text(s) => Some(s.as_str()),
            _ => None,
        });
        texts.max_by_key(|t| t.len())
    }

    /// From the first to the end of the last stretch, when the whole value fits.
    ///
    /// Each stretch but an anchored last one is placed as early as possible, which never
    /// loses a match; the cost is at most value length × pattern length.
    fn find(&self, value: &str) -> Option<(usize, usize)> {
        let last = self.stretches.len().checked_sub(1)?;
        let (mut at, mut from) = (0, None);
        for (i, stretch) in self.stretches.iter().enumerate() {
            let (start, end) = match (i == 0 && !self.open_start, i == last && !self.open_end) {
                (true, true) => (0, stretch_at(stretch, value, 0).filter(|end| *end == value.len())?),
                (true, false) => (0, stretch_at(stretch, value, 0)?),
                (false, true) => stretch_at_end(stretch, value, at)?,
                (false, false) => find_stretch(stretch, value, at)?,
            };
            from.get_or_insert(start);
            at = end;
        }
        from.map(|from| (from, at))
    }
}

/// The end of `stretch` when it stands at byte `at` of `value`.
fn stretch_at(stretch: &[Token], value: &str, mut at: usize) -> Option<usize> {
    for token in stretch {
        let rest = value.get(at..)?;
        at += match token {
            Token::Text(t) => rest.starts_with(t.as_str()).then_some(t.len())?,
            Token::One => rest.chars().next()?.len_utf8(),
            Token::Many => 0,
        };
    }
    Some(at)
}

/// Places `stretch` at the very end of `value`, not before `from`.
fn stretch_at_end(stretch: &[Token], value: &str, from: usize) -> Option<(usize, usize)> {
    let mut start = value.len();
    for token in stretch.iter().rev() {
        let head = value.get(from..start)?;
        start -= match token {
            Token::Text(t) => head.ends_with(t.as_str()).then_some(t.len())?,
            Token::One => head.chars().next_back()?.len_utf8(),
            Token::Many => 0,
        };
    }
    Some((start, value.len()))
}

/// The first place at or after `from` where `stretch` stands.
fn find_stretch(stretch: &[Token], value: &str, from: usize) -> Option<(usize, usize)> {
    if let [Token::Text(only)] = stretch {
        let at = from + memchr::memmem::find(value.get(from..)?.as_bytes(), only.as_bytes())?;
        return Some((at, at + only.len()));
    }
    let mut at = from;
    loop {
        if let Some(end) = stretch_at(stretch, value, at) {
            return Some((at, end));
        }
        at += value.get(at..)?.chars().next()?.len_utf8();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tokens(text: &str) -> Vec<Token> {
        normalise(
            text.chars()
                .map(|c| match c {
                    '*' => Token::Many,
                    '?' => Token::One,
                    c => Token::Text(c.to_string()),
                })
                .collect(),
        )
    }

    fn slow(pattern: &[char], value: &[char]) -> bool {
        match pattern.split_first() {
            None => value.is_empty(),
            Some(('*', rest)) => (0..=value.len()).any(|n| slow(rest, &value[n..])),
            Some(('?', rest)) => !value.is_empty() && slow(rest, &value[1..]),
            Some((c, rest)) => value.first() == Some(c) && slow(rest, &value[1..]),
        }
    }

    proptest! {
        #[test]
        fn same_as_the_obvious_definition(p in "[abđ*?]{0,7}", v in "[abđ]{0,8}") {
            let expected = slow(&p.chars().collect::<Vec<_>>(), &v.chars().collect::<Vec<_>>());
            let pattern = Pattern::new(&tokens(&p), false);
            prop_assert_eq!(pattern.matches(&v), expected);
            prop_assert_eq!(pattern.span(&v, false).is_some(), expected);
            if let (true, Some((literal, _))) = (expected, pattern.literal()) {
                prop_assert!(v.contains(literal));
            }
        }
    }

    #[test]
    fn spans_point_into_the_original() {
        let pattern = Pattern::new(&tokens("*nhập*"), false);
        let value = "ĐĂNG NHẬP";
        let (from, to) = pattern.span(value, false).expect("matches");
        assert_eq!(&value[from..to], "NHẬP");
    }
}
