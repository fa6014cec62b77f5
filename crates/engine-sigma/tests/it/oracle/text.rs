//! "String Wildcard", "Escape Character", and what it means that texts are case-insensitive.

use regex::Regex;
use std::cell::RefCell;
use std::collections::HashMap;

/// A letter of a pattern.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Letter {
    Plain(char),
    /// "`?` to replace a single mandatory character"
    One,
    /// "`*` to replace an unbounded length wildcard"
    Many,
}

/// Reads a value: "The backslash character `\` is used for escaping of wildcards `*` and `?` as
/// well as the backslash character itself." Before anything else it is a plain backslash.
pub(crate) fn pattern(value: &str) -> Vec<Letter> {
    let mut letters = Vec::new();
    let mut rest = value.chars().peekable();
    while let Some(letter) = rest.next() {
        letters.push(match (letter, rest.peek()) {
            ('\\', Some(escaped @ ('*' | '?' | '\\'))) => {
                let plain = Letter::Plain(*escaped);
                rest.next();
                plain
            }
            ('*', _) => Letter::Many,
            ('?', _) => Letter::One,
            (plain, _) => Letter::Plain(plain),
        });
    }
    letters
}

/// Whether the pattern describes the whole of `text`: letter by letter of the pattern, all the
/// places of the text are kept up to which it may have come.
pub(crate) fn describes(pattern: &[Letter], text: &[char], cased: bool) -> bool {
    let mut places = vec![0];
    for letter in pattern {
        let Some(first) = places.first().copied() else { return false };
        match letter {
            Letter::Many => places = (first..=text.len()).collect(),
            Letter::One => places.retain(|at| *at < text.len()),
            Letter::Plain(plain) => places.retain(|at| text.get(*at).is_some_and(|other| same(*plain, *other, cased))),
        }
        if *letter != Letter::Many {
            places.iter_mut().for_each(|at| *at += 1);
        }
    }
    places.last() == Some(&text.len())
}

/// Whether `part` is, or stands in, at the start or at the end of `whole`.
pub(crate) fn stands(part: &[char], whole: &[char], place: Option<&str>, cased: bool) -> bool {
    let mut pattern: Vec<Letter> = part.iter().copied().map(Letter::Plain).collect();
    if let Some("contains" | "endswith") = place {
        pattern.insert(0, Letter::Many);
    }
    if let Some("contains" | "startswith") = place {
        pattern.push(Letter::Many);
    }
    describes(&pattern, whole, cased)
}

/// "All values are treated as case-insensitive strings": which letters are the same, the crate's
/// documentation says: those that `(?i)` of a regular expression takes for the same.
fn same(one: char, other: char, cased: bool) -> bool {
    thread_local! {
        static ASKED: RefCell<HashMap<(char, char), bool>> = RefCell::default();
    }
    if one == other || cased {
        return one == other;
    }
    if one.is_ascii() && other.is_ascii() {
        return one.eq_ignore_ascii_case(&other);
    }
    ASKED.with_borrow_mut(|asked| {
        *asked.entry((one, other)).or_insert_with(|| {
            let expression = format!("(?is)^{}$", regex::escape(&one.to_string()));
            Regex::new(&expression).expect("a letter").is_match(&other.to_string())
        })
    })
}
