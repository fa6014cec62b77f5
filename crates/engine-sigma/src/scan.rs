//! Searching one text for many literals.
//!
//! A few are found with vector instructions (Teddy, of the `aho-corasick` crate): it tells
//! the first place where one starts, and from the next byte on it is asked again.
//!
//! Many are found by what stands at their end ([`crate::grams`]).

use crate::grams::Grams;
use aho_corasick::Span;
use aho_corasick::packed::{Config, Searcher};
use rustc_hash::FxHashMap;

/// Number of a literal, as given.
pub(crate) type Id = u32;

/// Many literals to be found anywhere.
#[derive(Debug)]
pub(crate) enum Scanner {
    /// As many as vectors hold apart.
    Few(Box<[Few]>),
    /// More.
    Many(Box<Grams>),
}

/// Up to so many literals are few.
const FEW: usize = 64;
/// Bytes of an end that are compared at once.
const LONG: usize = 8;
/// Literals shorter than this are searched apart: they would let the vectors stop everywhere.
const MIDDLE: usize = 4;

impl Scanner {
    /// For `literals`, which are numbered in their order. `None` when there are none.
    pub(crate) fn new(literals: &[Box<str>]) -> Option<Self> {
        if literals.is_empty() {
            return None;
        }
        let few = if literals.len() <= FEW { Few::of((0..).zip(literals.iter().cloned())) } else { None };
        Some(few.map_or_else(|| Self::Many(Box::new(Grams::new(literals))), Self::Few))
    }

    /// Whether one of the literals stands in `text`.
    pub(crate) fn finds(&self, text: &str) -> bool {
        match self {
            Self::Few(some) => some.iter().any(|few| few.finds(text)),
            Self::Many(many) => many.finds(text),
        }
    }

    /// The literals.
    pub(crate) fn literals(&self) -> Vec<&str> {
        match self {
            Self::Few(some) => some.iter().flat_map(Few::literals).collect(),
            Self::Many(many) => many.literals().collect(),
        }
    }

    /// Calls `found` for every literal that stands in `text`, maybe more than once.
    pub(crate) fn scan(&self, text: &str, found: &mut impl FnMut(Id)) {
        match self {
            Self::Few(some) => some.iter().for_each(|few| few.scan(text, found)),
            Self::Many(many) => many.scan(text, found),
        }
    }
}

/// A few literals.
#[derive(Debug)]
pub(crate) struct Few {
    searcher: Searcher,
    literals: Box<[(Id, Box<str>)]>,
    /// By literal: those that can start at the same place, itself too. One of two such
    /// literals is the start of the other.
    kin: Box<[Box<[u32]>]>,
}

impl Few {
    /// Searches that together find all of `literals`; `None` where one cannot be made.
    pub(crate) fn of(literals: impl IntoIterator<Item = (Id, Box<str>)>) -> Option<Box<[Self]>> {
        let (mut short, mut long): (Vec<_>, Vec<_>) = literals.into_iter().partition(|(_, l)| l.len() < MIDDLE);
        // Those that start alike stand together, and tell themselves apart from the text together.
        let some = [&mut short, &mut long].into_iter().filter(|some| !some.is_empty());
        some.map(|some| {
            some.sort_unstable_by(|a, b| a.1.cmp(&b.1));
            Self::new(some)
        })
        .collect()
    }

    fn new(literals: &[(Id, Box<str>)]) -> Option<Self> {
        let searcher = Config::new().builder().extend(literals.iter().map(|(_, l)| l.as_bytes())).build()?;
        let kin = literals.iter().map(|(_, one)| {
            let alike = (0..).zip(literals).filter(|(_, (_, l))| l.starts_with(&**one) || one.starts_with(&**l));
            alike.map(|(n, _)| n).collect()
        });
        Some(Self { searcher, kin: kin.collect(), literals: literals.into() })
    }

    /// The literals.
    pub(crate) fn literals(&self) -> impl Iterator<Item = &str> {
        self.literals.iter().map(|(_, literal)| &**literal)
    }

    /// Whether one of the literals stands in `text`.
    pub(crate) fn finds(&self, text: &str) -> bool {
        self.searcher.find(text).is_some()
    }

    /// Calls `found` for every literal that stands in `text`, maybe more than once.
    pub(crate) fn scan(&self, text: &str, found: &mut impl FnMut(Id)) {
        let text = text.as_bytes();
        let mut from = 0;
        while let Some(hit) = self.searcher.find_in(text, Span { start: from, end: text.len() }) {
            let rest = text.get(hit.start()..).unwrap_or_default();
            for kin in self.kin.get(hit.pattern().as_usize()).into_iter().flatten() {
                if let Some((id, literal)) = self.literals.get(*kin as usize)
                    && rest.starts_with(literal.as_bytes())
                {
                    found(*id);
                }
            }
            from = hit.start() + 1;
        }
    }
}

/// Literals by some bytes at their end.
type ByEnd = FxHashMap<u64, Vec<(Id, Box<str>)>>;

/// Literals that must stand at one end of the text.
#[derive(Debug, Default)]
pub(crate) struct Ends {
    /// By length (the last also has all longer ones), then by the bytes at that end.
    by_length: [ByEnd; LONG],
}

impl Ends {
    /// Takes in a literal that must stand at the start (or at the end) of the text.
    pub(crate) fn add(&mut self, id: Id, literal: Box<str>, at_start: bool) {
        let length = literal.len().min(LONG);
        let Some(table) = length.checked_sub(1).and_then(|n| self.by_length.get_mut(n)) else { return };
        if let Some(end) = end_of(literal.as_bytes(), length, at_start) {
            table.entry(end).or_default().push((id, literal));
        }
    }

    /// Calls `found` for every literal that stands at the start (or at the end) of `text`.
    pub(crate) fn scan(&self, text: &str, at_start: bool, found: &mut impl FnMut(Id)) {
        let fits = |literal: &str| if at_start { text.starts_with(literal) } else { text.ends_with(literal) };
        for (length, table) in (1..).zip(&self.by_length).filter(|(_, table)| !table.is_empty()) {
            let Some(end) = end_of(text.as_bytes(), length, at_start) else { return };
            for (id, literal) in table.get(&end).into_iter().flatten() {
                if literal.len() <= LONG || fits(literal) {
                    found(*id);
                }
            }
        }
    }

    /// The literals.
    pub(crate) fn literals(&self) -> impl Iterator<Item = &str> {
        self.by_length.iter().flat_map(ByEnd::values).flatten().map(|(_, literal)| &**literal)
    }
}

/// So many bytes at one end as a number; `None` when there are fewer. `length` is at most 8.
fn end_of(bytes: &[u8], length: usize, at_start: bool) -> Option<u64> {
    let part = if at_start { bytes.get(..length)? } else { bytes.get(bytes.len().checked_sub(length)?..)? };
    Some(part.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn finds_what_a_plain_search_finds(
            literals in prop_oneof![
                prop::collection::vec("[abcđ]{1,12}", 1..40),
                prop::collection::vec("[abcđ]{1,20}", 70..90),
                prop::collection::vec("[abcđ]{1,20}", 260..300),
                prop::collection::vec("[abcđ]{1,6}", 90..200),
            ],
            text in "[abcđ]{0,60}",
        ) {
            let literals: Vec<Box<str>> = literals.into_iter().map(Into::into).collect();
            let ids = |keep: &dyn Fn(&str) -> bool| -> Vec<u32> { (0..).zip(&literals).filter(|(_, l)| keep(l)).map(|(n, _)| n).collect() };
            let collect = |scan: &dyn Fn(&mut Vec<u32>)| { let mut v = Vec::new(); scan(&mut v); v.sort_unstable(); v.dedup(); v };
            let scanner = Scanner::new(&literals).expect("some");
            prop_assert_eq!(scanner.finds(&text), literals.iter().any(|l| text.contains(&**l)));
            prop_assert_eq!(collect(&|v| scanner.scan(&text, &mut |id| v.push(id))), ids(&|l| text.contains(l)));
            for at_start in [true, false] {
                let mut ends = Ends::default();
                (0..).zip(&literals).for_each(|(n, l)| ends.add(n, l.clone(), at_start));
                let expected = ids(&|l| if at_start { text.starts_with(l) } else { text.ends_with(l) });
                prop_assert_eq!(collect(&|v| ends.scan(&text, at_start, &mut |id| v.push(id))), expected);
            }
        }
    }
}
