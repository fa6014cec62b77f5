//! Searching one text for many literals by a few bytes of each.
//!
//! Of each literal of seven bytes and more a stretch of seven is chosen, and every four bytes in
//! it are known. One of these four stands at a multiple of four wherever the literal stands, so
//! only every fourth place of the text is looked at. Literals of five or six bytes are known
//! by two such fours, and every second place is looked at. Shorter ones are found with vectors where
//! they are few ([`Few`]); else three bytes (or two) of them are known, and every place is looked at.
//!
//! Looking means to ask a small bit table. The places do not depend on each other, so the
//! processor works on several at once. Where the bit is set, the literals with just these bytes
//! are compared. Chosen is what the fewest other literals share: what many share
//! (`invoke-`, `.exe`) is common in texts too.

use crate::scan::{Few, Id};
use rustc_hash::FxHashMap;
use std::ops::ControlFlow;

/// Bytes that are looked at together.
const GRAM: usize = 4;
/// How far apart the places are that are looked at for long literals, and for those between.
const STEP: usize = 4;
const STRIDE: usize = 2;
/// Bytes of the shortest literals that cover a gram at every such place.
const LONG: usize = GRAM + STEP - 1;
const MIDDLE: usize = GRAM + STRIDE - 1;
/// Bytes that are looked at together in the search for short literals.
const SHORT: usize = 3;
/// Up to so many literals are quicker found with vectors.
const VECTORS: usize = 32;

/// Many literals to be found anywhere.
#[derive(Debug)]
pub(crate) struct Grams {
    /// All literals, by number.
    literals: Box<[Box<str>]>,
    /// Literals of seven bytes and more.
    long: Option<Table>,
    /// Literals of five or six bytes.
    middle: Option<Table>,
    /// Literals of three or four, when they are many.
    short: Option<Table>,
    /// Some of the short ones, when they are few.
    few: Box<[Few]>,
    /// Literals of two bytes.
    pairs: Option<Table>,
    /// Literals of one.
    single: Box<[(u8, Id)]>,
}

/// Where a literal may stand when its key was read.
#[derive(Clone, Copy, Debug)]
struct Place {
    id: Id,
    /// How many of its bytes stand before those of the key.
    before: u32,
}

/// Literals by the bytes chosen.
#[derive(Debug)]
struct Table {
    bits: Bits,
    /// By key: where its places start in `places`, and how many they are.
    keys: FxHashMap<u32, (u32, u32)>,
    places: Box<[Place]>,
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
    /// `None` when there are no places.
    fn new(mut places: Vec<(u32, Place)>) -> Option<Self> {
        places.sort_unstable_by_key(|(key, place)| (*key, place.id, place.before));
        let mut keys: FxHashMap<u32, (u32, u32)> = FxHashMap::default();
        for ((key, _), n) in places.iter().zip(0..) {
            keys.entry(*key).or_insert((n, 0)).1 += 1;
        }
        let mut bits = Bits::new(keys.len());
        keys.keys().for_each(|key| bits.set(*key));
        let places: Box<[Place]> = places.into_iter().map(|(_, place)| place).collect();
        (!places.is_empty()).then_some(Self { bits, keys, places })
    }

    fn of(&self, key: u32) -> &[Place] {
        let (start, count) = self.keys.get(&key).copied().unwrap_or_default();
        self.places.get(start as usize..(start + count) as usize).unwrap_or_default()
    }
}

/// Up to four bytes as a number, as if zeros followed.
fn number(bytes: &[u8]) -> u32 {
    bytes.iter().take(GRAM).rev().fold(0, |n, b| n << 8 | u32::from(*b))
}

/// The first three of four bytes.
const THREE: u32 = 0x00FF_FFFF;

/// About how often grams occur in all literals: what shares a place is counted together.
struct Counts(Vec<u32>);

impl Counts {
    fn new(grams: usize) -> Self {
        Self(vec![0; (grams * 2).next_power_of_two().clamp(1 << 8, 1 << 16)])
    }

    fn place(&self, gram: u32) -> usize {
        (gram.wrapping_mul(0x9E37_79B1) >> 16) as usize & (self.0.len() - 1)
    }

    fn add(&mut self, gram: u32) {
        let place = self.place(gram);
        if let Some(count) = self.0.get_mut(place) {
            *count += 1;
        }
    }

    fn get(&self, gram: u32) -> u32 {
        self.0.get(self.place(gram)).copied().unwrap_or(0)
    }
}

/// Literals that are sorted by the tables that find them.
#[derive(Default)]
struct Sorted {
    long: Vec<(u32, Place)>,
    middle: Vec<(u32, Place)>,
    short: Vec<(u32, Place)>,
    few: Vec<(Id, Box<str>)>,
    pairs: Vec<(u32, Place)>,
    single: Vec<(u8, Id)>,
}

impl Grams {
    /// For `literals`, which are numbered in their order; empty ones are never found.
    pub(crate) fn new(literals: &[Box<str>]) -> Self {
        let count = |sizes: std::ops::Range<usize>| literals.iter().filter(|l| sizes.contains(&l.len())).count();
        // Up to this length literals are searched with vectors.
        let vectors = match (count(SHORT..LONG), count(SHORT..MIDDLE)) {
            (..=VECTORS, _) => LONG,
            (_, ..=VECTORS) => MIDDLE,
            _ => 0,
        };
        let mut sorted = Sorted::of(literals, vectors);
        let few = if sorted.few.is_empty() { Some([].into()) } else { Few::of(std::mem::take(&mut sorted.few)) };
        let few = few.unwrap_or_else(|| {
            sorted = Sorted::of(literals, 0);
            [].into()
        });
        Self {
            literals: literals.into(),
            long: Table::new(sorted.long),
            middle: Table::new(sorted.middle),
            short: Table::new(sorted.short),
            few,
            pairs: Table::new(sorted.pairs),
            single: sorted.single.into(),
        }
    }

    /// The literals.
    pub(crate) fn literals(&self) -> impl Iterator<Item = &str> {
        self.literals.iter().map(|l| &**l)
    }

    /// Whether one of the literals stands in `text`.
    pub(crate) fn finds(&self, text: &str) -> bool {
        self.few.iter().any(|few| few.finds(text))
            || self.search(text.as_bytes(), &mut |_| ControlFlow::Break(())).is_break()
    }

    /// Calls `found` for every literal that stands in `text`, maybe more than once.
    pub(crate) fn scan(&self, text: &str, found: &mut impl FnMut(Id)) {
        self.few.iter().for_each(|few| few.scan(text, found));
        let _ = self.search(text.as_bytes(), &mut |id| {
            found(id);
            ControlFlow::Continue(())
        });
    }

    /// All but the few.
    fn search(&self, text: &[u8], found: &mut impl FnMut(Id) -> ControlFlow<()>) -> ControlFlow<()> {
        if !self.single.is_empty() {
            let mut there = [0_u64; 4];
            for byte in text {
                if let Some(word) = there.get_mut(usize::from(byte >> 6)) {
                    *word |= 1 << (byte & 63);
                }
            }
            for (byte, id) in &self.single {
                if there.get(usize::from(byte >> 6)).is_some_and(|word| word >> (byte & 63) & 1 == 1) {
                    found(*id)?;
                }
            }
        }
        if let Some(pairs) = &self.pairs {
            for (at, pair) in text.windows(2).map(|w| w.first_chunk().map_or(0, |w| u16::from_le_bytes(*w))).enumerate()
            {
                if pairs.bits.get(pair.into()) {
                    self.compare(pairs, pair.into(), text, at, found)?;
                }
            }
        }
        let gram = |bytes: &[u8]| bytes.first_chunk().map_or(0, |g| u32::from_le_bytes(*g));
        if let Some(long) = &self.long {
            for (n, gram) in text.chunks_exact(STEP).map(gram).enumerate() {
                if long.bits.get(gram) {
                    self.compare(long, gram, text, n * STEP, found)?;
                }
            }
        }
        if let Some(middle) = &self.middle {
            for (n, gram) in text.windows(GRAM).step_by(STRIDE).map(gram).enumerate() {
                if middle.bits.get(gram) {
                    self.compare(middle, gram, text, n * STRIDE, found)?;
                }
            }
        }
        let Some(short) = &self.short else { return ControlFlow::Continue(()) };
        for (at, gram) in text.windows(GRAM).map(gram).enumerate() {
            if short.bits.get(gram & THREE) {
                self.compare(short, gram & THREE, text, at, found)?;
            }
        }
        // The last three bytes are in no window of four.
        match text.len().checked_sub(SHORT).and_then(|at| Some((at, text.get(at..)?))) {
            Some((at, last)) => self.compare(short, number(last), text, at, found),
            None => ControlFlow::Continue(()),
        }
    }

    /// Compares the literals that may stand where `key` was read.
    #[inline(never)]
    fn compare(
        &self,
        table: &Table,
        key: u32,
        text: &[u8],
        at: usize,
        found: &mut impl FnMut(Id) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        for place in table.of(key) {
            let there = at.checked_sub(place.before as usize).and_then(|start| text.get(start..));
            let literal = self.literals.get(place.id as usize);
            if there.zip(literal).is_some_and(|(rest, literal)| rest.starts_with(literal.as_bytes())) {
                found(place.id)?;
            }
        }
        ControlFlow::Continue(())
    }
}

impl Sorted {
    /// Literals of three bytes and more that are shorter than `vectors` are put aside for vectors.
    fn of(literals: &[Box<str>], vectors: usize) -> Self {
        let size_of = |bytes: &[u8]| if bytes.len() < MIDDLE { SHORT } else { GRAM };
        let mut shared = Counts::new(literals.iter().map(|l| l.len()).sum());
        for bytes in literals.iter().map(|l| l.as_bytes()) {
            bytes.windows(size_of(bytes)).for_each(|gram| shared.add(number(gram)));
        }
        let mut counts = Vec::new();
        let mut sorted = Self::default();
        for (id, text) in (0..).zip(literals) {
            let bytes = text.as_bytes();
            let (stretch, size, table) = match (bytes, bytes.len()) {
                ([], _) => continue,
                ([byte], _) => {
                    sorted.single.push((*byte, id));
                    continue;
                }
                (_, 2) => (2, 2, &mut sorted.pairs),
                (_, length) if length < vectors => {
                    sorted.few.push((id, text.clone()));
                    continue;
                }
                (_, ..MIDDLE) => (SHORT, SHORT, &mut sorted.short),
                (_, ..LONG) => (MIDDLE, GRAM, &mut sorted.middle),
                _ => (LONG, GRAM, &mut sorted.long),
            };
            // Of equally rare stretches the last: endings tell more than beginnings.
            counts.clear();
            counts.extend(bytes.windows(size).map(|gram| shared.get(number(gram))));
            let rarest = counts.windows(stretch + 1 - size).map(|c| c.iter().sum::<u32>()).enumerate().rev();
            let Some((at, _)) = rarest.min_by_key(|(_, common)| *common) else { continue };
            let stretch = bytes.get(at..at + stretch).unwrap_or_default();
            for (gram, before) in stretch.windows(size).zip(at..) {
                let before = u32::try_from(before).unwrap_or(u32::MAX);
                table.push((number(gram), Place { id, before }));
            }
        }
        sorted
    }
}
