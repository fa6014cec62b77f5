//! Searching one text for many literals by four bytes of each.
//!
//! Of each literal of seven bytes and more a stretch of seven is chosen, and every four bytes in
//! it are known. One of these four stands at a multiple of four wherever the literal stands, so
//! only every fourth place of the text is looked at. Shorter literals are known by three
//! bytes, and every place is looked at for them; those of one or two are searched singly.
//!
//! Looking means to ask a small bit table. The places do not depend on each other, so the
//! processor works on several at once. Where the bit is set, the literals with just these bytes
//! are compared. Chosen is what the fewest other literals share: what many share
//! (`invoke-`, `.exe`) is common in texts too.

use crate::scan::Id;
use memchr::memmem::Finder;
use rustc_hash::FxHashMap;
use std::ops::ControlFlow;

/// Bytes that are looked at together in the search for long literals, and how far apart.
const STEP: usize = 4;
/// Bytes of the shortest long literal: wherever it stands, it covers a whole step.
const LONG: usize = 2 * STEP - 1;
/// Bytes that are looked at together in the search for shorter literals.
const SHORT: usize = 3;

/// Many literals to be found anywhere.
#[derive(Debug)]
pub(crate) struct Grams {
    long: Table,
    /// Literals of three to six bytes.
    short: Option<Table>,
    /// Literals of one or two.
    tiny: Box<[(Id, Finder<'static>)]>,
}

#[derive(Debug)]
struct Literal {
    id: Id,
    /// How many of its bytes stand before those chosen.
    before: usize,
    text: Box<str>,
}

/// Literals by the bytes chosen.
#[derive(Debug)]
struct Table {
    bits: Bits,
    literals: FxHashMap<u32, Vec<Literal>>,
}

/// Which keys may be known.
#[derive(Debug)]
struct Bits {
    words: Box<[u64]>,
    /// How far a hash is shifted to become the place of a bit.
    shift: u32,
}

impl Bits {
    /// For so many keys: few bits are set, while the table fits the nearest caches.
    fn new(keys: usize) -> Self {
        let bits = (keys * 32).next_power_of_two().trailing_zeros().clamp(6, 18);
        Self { words: vec![0; (1 << bits) / 64].into(), shift: 32 - bits }
    }

    #[inline]
    fn place(&self, key: u32) -> (usize, u32) {
        let hash = key.wrapping_mul(0x9E37_79B1) >> self.shift;
        ((hash >> 6) as usize, hash & 63)
    }

    fn set(&mut self, key: u32) {
        let (word, bit) = self.place(key);
        if let Some(word) = self.words.get_mut(word) {
            *word |= 1 << bit;
        }
    }

    #[inline]
    fn get(&self, key: u32) -> bool {
        let (word, bit) = self.place(key);
        self.words.get(word).is_some_and(|w| w >> bit & 1 == 1)
    }
}

impl Table {
    fn new(literals: FxHashMap<u32, Vec<Literal>>) -> Self {
        let mut bits = Bits::new(literals.len());
        literals.keys().for_each(|key| bits.set(*key));
        Self { bits, literals }
    }
}

/// Up to four bytes as a number, as if zeros followed.
fn number(bytes: &[u8]) -> u32 {
    bytes.iter().take(STEP).rev().fold(0, |n, b| n << 8 | u32::from(*b))
}

/// The first three of four bytes.
const THREE: u32 = 0x00FF_FFFF;

impl Grams {
    /// For `literals`, which are numbered in their order; empty ones are never found.
    pub(crate) fn new(literals: &[Box<str>]) -> Self {
        let mut shared: FxHashMap<u32, u32> = FxHashMap::default();
        for bytes in literals.iter().map(|l| l.as_bytes()) {
            let size = if bytes.len() < LONG { SHORT } else { STEP };
            bytes.windows(size).for_each(|gram| *shared.entry(number(gram)).or_default() += 1);
        }
        let common = |grams: &[u8], size| -> u32 {
            grams.windows(size).map(|g| shared.get(&number(g)).copied().unwrap_or(0)).sum()
        };
        let mut long: FxHashMap<u32, Vec<Literal>> = FxHashMap::default();
        let mut short: FxHashMap<u32, Vec<Literal>> = FxHashMap::default();
        let mut tiny = Vec::new();
        for (id, text) in (0..).zip(literals) {
            let bytes = text.as_bytes();
            let literal = |before| Literal { id, before, text: text.clone() };
            // Of equally rare stretches the last: endings tell more than beginnings.
            let rarest =
                |stretch: usize, size| bytes.windows(stretch).enumerate().rev().min_by_key(|(_, s)| common(s, size));
            if let Some((at, stretch)) = rarest(LONG, STEP) {
                for (n, gram) in stretch.windows(STEP).enumerate() {
                    long.entry(number(gram)).or_default().push(literal(at + n));
                }
            } else if let Some((at, gram)) = rarest(SHORT, SHORT) {
                short.entry(number(gram)).or_default().push(literal(at));
            } else if !bytes.is_empty() {
                tiny.push((id, Finder::new(bytes).into_owned()));
            }
        }
        Self { long: Table::new(long), short: (!short.is_empty()).then(|| Table::new(short)), tiny: tiny.into() }
    }

    /// The literals, some more than once.
    pub(crate) fn literals(&self) -> impl Iterator<Item = &str> {
        let tables = [Some(&self.long), self.short.as_ref()].into_iter().flatten();
        let tiny = self.tiny.iter().filter_map(|(_, f)| std::str::from_utf8(f.needle()).ok());
        tables.flat_map(|t| t.literals.values()).flatten().map(|l| &*l.text).chain(tiny)
    }

    /// Whether one of the literals stands in `text`.
    pub(crate) fn finds(&self, text: &str) -> bool {
        self.search(text.as_bytes(), &mut |_| ControlFlow::Break(())).is_break()
    }

    /// Calls `found` for every literal that stands in `text`, maybe more than once.
    pub(crate) fn scan(&self, text: &str, found: &mut impl FnMut(Id)) {
        let _ = self.search(text.as_bytes(), &mut |id| {
            found(id);
            ControlFlow::Continue(())
        });
    }

    fn search(&self, text: &[u8], found: &mut impl FnMut(Id) -> ControlFlow<()>) -> ControlFlow<()> {
        for (id, finder) in &self.tiny {
            if finder.find(text).is_some() {
                found(*id)?;
            }
        }
        let steps = text.chunks_exact(STEP).map(|step| step.first_chunk().map_or(0, |s| u32::from_le_bytes(*s)));
        for (n, gram) in steps.enumerate() {
            if self.long.bits.get(gram) {
                compare(&self.long, gram, text, n * STEP, found)?;
            }
        }
        let Some(short) = &self.short else { return ControlFlow::Continue(()) };
        let grams = text.windows(STEP).map(|w| w.first_chunk().map_or(0, |w| u32::from_le_bytes(*w) & THREE));
        for (at, gram) in grams.enumerate() {
            if short.bits.get(gram) {
                compare(short, gram, text, at, found)?;
            }
        }
        // The last three bytes are in no window of four.
        match text.len().checked_sub(SHORT).and_then(|at| Some((at, text.get(at..)?))) {
            Some((at, last)) => compare(short, number(last), text, at, found),
            None => ControlFlow::Continue(()),
        }
    }
}

/// Compares the literals that may stand where `key` was read.
#[inline(never)]
fn compare(
    table: &Table,
    key: u32,
    text: &[u8],
    at: usize,
    found: &mut impl FnMut(Id) -> ControlFlow<()>,
) -> ControlFlow<()> {
    for literal in table.literals.get(&key).into_iter().flatten() {
        let there = at.checked_sub(literal.before).and_then(|start| text.get(start..));
        if there.is_some_and(|rest| rest.starts_with(literal.text.as_bytes())) {
            found(literal.id)?;
        }
    }
    ControlFlow::Continue(())
}
