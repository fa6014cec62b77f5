//! Searching one text for many literals.
//!
//! Literals are divided by length. Those of four bytes and more are found by shifting (the
//! method of Wu and Manber, 1994): a table tells, for the three bytes at the end of a window,
//! how far the window may move before any literal can stand in it, so that most bytes are
//! never looked at. Shorter ones are found by an automaton.

use aho_corasick::packed::{Config, Searcher};
use aho_corasick::{AhoCorasick, MatchKind};
use rustc_hash::FxHashMap;

/// Number of a literal, as given.
type Id = u32;

/// Many literals to be found anywhere.
#[derive(Debug)]
pub(crate) struct Scanner {
    /// Tells quickly, with vector instructions, that none of a few literals is there.
    quick: Option<Searcher>,
    long: Option<Shifts>,
    middle: Option<Shifts>,
    short: Vec<(Id, Box<str>)>,
    /// Over `short`; where it cannot be built they are tried one by one.
    automaton: Option<AhoCorasick>,
}

/// Literals at least this long are searched apart, since a longer window moves farther.
const LONG: usize = 8;
/// Longest window.
const WIDEST: usize = 16;
/// The shortest that are searched by shifting.
const MIDDLE: usize = 4;
/// Up to so many literals the quick look is worth it.
const FEW: usize = 64;
/// Bytes that are looked up at once.
const BLOCK: usize = 3;

impl Scanner {
    /// For `literals`, which are numbered in their order. `None` when there are none.
    pub(crate) fn new(literals: &[Box<str>]) -> Option<Self> {
        if literals.is_empty() {
            return None;
        }
        let look = || Config::new().builder().extend(literals.iter().map(|l| l.as_bytes())).build();
        let quick = if literals.len() <= FEW { look() } else { None };
        let (mut long, mut middle, mut short) = (Vec::new(), Vec::new(), Vec::new());
        for (id, literal) in (0..).zip(literals) {
            match literal.len() {
                LONG.. => long.push((id, literal.clone())),
                MIDDLE.. => middle.push((id, literal.clone())),
                _ => short.push((id, literal.clone())),
            }
        }
        let build =
            || AhoCorasick::builder().match_kind(MatchKind::Standard).build(short.iter().map(|(_, l)| l.as_bytes()));
        let automaton = if short.is_empty() { None } else { build().ok() };
        Some(Self { quick, long: Shifts::new(long), middle: Shifts::new(middle), short, automaton })
    }

    /// Calls `found` for every literal that stands in `text`, maybe more than once.
    pub(crate) fn scan(&self, text: &str, found: &mut impl FnMut(Id)) {
        if self.quick.as_ref().is_some_and(|q| q.find(text).is_none()) {
            return;
        }
        for shifts in [&self.long, &self.middle].into_iter().flatten() {
            shifts.scan(text.as_bytes(), found);
        }
        if let Some(automaton) = &self.automaton {
            for hit in automaton.find_overlapping_iter(text) {
                if let Some((id, _)) = self.short.get(hit.pattern().as_usize()) {
                    found(*id);
                }
            }
        } else {
            self.short.iter().filter(|(_, literal)| text.contains(&**literal)).for_each(|(id, _)| found(*id));
        }
    }
}

#[derive(Debug)]
struct Shifts {
    /// Length of the window: the length of the shortest literal, at most [`WIDEST`].
    window: usize,
    /// How far the window may move, by the hash of its last three bytes.
    table: Box<[u8]>,
    bits: u32,
    /// Literals whose first window ends with three bytes of this hash.
    buckets: FxHashMap<usize, Vec<(Id, Box<str>)>>,
}

impl Shifts {
    fn new(literals: Vec<(Id, Box<str>)>) -> Option<Self> {
        let window = literals.iter().map(|(_, l)| l.len()).min()?.min(WIDEST);
        // Large enough to stay mostly empty, small enough to stay in the nearest caches.
        let bits = (literals.len() * window * 4).next_power_of_two().trailing_zeros().clamp(10, 16);
        let farthest = u8::try_from(window + 1 - BLOCK).unwrap_or(1);
        let mut made = Self { window, table: vec![farthest; 1 << bits].into(), bits, buckets: FxHashMap::default() };
        for (id, literal) in literals {
            let head = literal.as_bytes().get(..window).unwrap_or_default();
            for (at, block) in head.windows(BLOCK).enumerate() {
                let shift = u8::try_from(window - BLOCK - at).unwrap_or(0);
                let &[a, b, c] = block else { continue };
                let slot = made.slot([0, a, b, c]);
                if let Some(entry) = made.table.get_mut(slot) {
                    *entry = shift.min(*entry);
                }
                if shift == 0 {
                    made.buckets.entry(slot).or_default().push((id, literal.clone()));
                }
            }
        }
        Some(made)
    }

    /// Slot of the last three of four bytes (one load is cheaper than three).
    fn slot(&self, four: [u8; 4]) -> usize {
        ((u32::from_le_bytes(four) >> 8).wrapping_mul(0x9E37_79B1) >> (32 - self.bits)) as usize
    }

    fn scan(&self, text: &[u8], found: &mut impl FnMut(Id)) {
        let mut end = self.window;
        while let Some(four) = text.get(..end).and_then(|head| head.last_chunk::<4>()) {
            let slot = self.slot(*four);
            match self.table.get(slot).copied().unwrap_or(1) {
                0 => {
                    self.compare(slot, text.get(end - self.window..).unwrap_or_default(), found);
                    end += 1;
                }
                shift => end += usize::from(shift),
            }
        }
    }

    #[cold]
    fn compare(&self, slot: usize, rest: &[u8], found: &mut impl FnMut(Id)) {
        for (id, literal) in self.buckets.get(&slot).into_iter().flatten() {
            if rest.starts_with(literal.as_bytes()) {
                found(*id);
            }
        }
    }
}

/// Literals that must stand at one end of the text.
#[derive(Debug, Default)]
pub(crate) struct Ends {
    /// By the eight bytes at that end.
    long: FxHashMap<[u8; LONG], Vec<(Id, Box<str>)>>,
    short: Vec<(Id, Box<str>)>,
}

impl Ends {
    /// Takes in a literal that must stand at the start (or at the end) of the text.
    pub(crate) fn add(&mut self, id: Id, literal: Box<str>, at_start: bool) {
        let bytes = literal.as_bytes();
        let end = if at_start { bytes.first_chunk() } else { bytes.last_chunk() };
        match end {
            Some(end) => self.long.entry(*end).or_default().push((id, literal)),
            None => self.short.push((id, literal)),
        }
    }

    /// Calls `found` for every literal that stands at the start (or at the end) of `text`.
    pub(crate) fn scan(&self, text: &str, at_start: bool, found: &mut impl FnMut(Id)) {
        let fits = |literal: &str| if at_start { text.starts_with(literal) } else { text.ends_with(literal) };
        let end = if at_start { text.as_bytes().first_chunk() } else { text.as_bytes().last_chunk() };
        let long = end.filter(|_| !self.long.is_empty()).and_then(|end| self.long.get(end));
        for (id, literal) in long.into_iter().flatten().chain(&self.short) {
            if fits(literal) {
                found(*id);
            }
        }
    }
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
            ],
            text in "[abcđ]{0,60}",
        ) {
            let literals: Vec<Box<str>> = literals.into_iter().map(Into::into).collect();
            let ids = |keep: &dyn Fn(&str) -> bool| -> Vec<u32> { (0..).zip(&literals).filter(|(_, l)| keep(l)).map(|(n, _)| n).collect() };
            let collect = |scan: &dyn Fn(&mut Vec<u32>)| { let mut v = Vec::new(); scan(&mut v); v.sort_unstable(); v.dedup(); v };
            let scanner = Scanner::new(&literals).expect("some");
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
