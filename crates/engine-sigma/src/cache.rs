//! Bounded memory of what was found before.
//!
//! Logs repeat themselves: the same programs start with the same command lines, the same
//! services write the same words. So two things are remembered, both exactly (the bytes
//! are kept and compared, never only a hash):
//!
//! * [`Values`]: a value of a field → which questions about it are answered yes,
//!   as the number of a *verdict*;
//! * [`Outcomes`]: the verdicts of an event → the rules it matches.
//!
//! Both are refilled from nothing at any time without changing an answer. Their memory has a
//! fixed bound; a stream that never repeats itself costs the lookups and nothing else.

use crate::leaf::LeafId;
use crate::program::RuleNumber;
use foldhash::quality::RandomState;
use hashbrown::HashTable;
use std::hash::{BuildHasher, Hash, Hasher};

/// Values longer than this are looked at every time.
pub(crate) const LONGEST: usize = 64 << 10;
/// Values longer than this are kept apart, so that a few of them do not push out many short ones.
const LONG: usize = 512;
/// How many long values are known to have come once.
const ONCE: usize = 4_096;
/// Bytes that one remembered value costs beside its text.
const ENTRY_BYTES: usize = 40;
/// Verdicts with this many yes answers or more in one event are not remembered together.
pub(crate) const LONGEST_KEY: usize = 256;

/// Number of a verdict; [`NOTHING`] means that no question is answered yes.
pub(crate) type VerdictId = u32;

/// The verdict without any yes.
pub(crate) const NOTHING: VerdictId = 0;

/// What is known of a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Flags {
    /// The field is there.
    pub(crate) present: bool,
    /// It has a value that is not null.
    pub(crate) value: bool,
}

/// The key of a value: what it is a value of, and how it is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ValueKey(pub(crate) u32);

#[derive(Clone, Copy, Debug)]
struct ValueEntry {
    hash: u64,
    key: ValueKey,
    at: u32,
    len: u32,
    verdict: VerdictId,
}

#[derive(Debug, Default)]
struct Generation {
    table: HashTable<ValueEntry>,
    bytes: Vec<u8>,
}

impl Generation {
    fn find(&self, hash: u64, key: ValueKey, text: &[u8]) -> Option<VerdictId> {
        let same = |e: &ValueEntry| {
            e.hash == hash
                && e.key == key
                && self.bytes.get(e.at as usize..e.at as usize + e.len as usize) == Some(text)
        };
        self.table.find(hash, same).map(|e| e.verdict)
    }

    fn cost(&self) -> usize {
        self.bytes.len() + self.table.len() * ENTRY_BYTES
    }

    fn clear(&mut self) {
        self.table.clear();
        self.bytes.clear();
    }
}

/// Verdicts of values seen before.
#[derive(Debug)]
pub(crate) struct Values {
    state: RandomState,
    short: Store,
    long: Store,
    /// Parts of the hashes of long values that came lately: most never come again, and
    /// copying those would cost more than it saves.
    once: Box<[u32]>,
}

/// Two generations: what is asked for again moves to the young one, and when that is full, the
/// old one is forgotten.
#[derive(Debug)]
struct Store {
    young: Generation,
    old: Generation,
    /// Bytes of one generation.
    budget: usize,
}

impl Values {
    pub(crate) fn new(budget: usize) -> Self {
        let (short, long) = (Store::new(budget / 2), Store::new(budget / 2));
        Self { state: RandomState::default(), short, long, once: vec![0; ONCE].into() }
    }

    /// The hash under which a value is kept.
    pub(crate) fn hash(&self, key: ValueKey, text: &[u8]) -> u64 {
        let mut hasher = self.state.build_hasher();
        hasher.write_u32(key.0);
        hasher.write(text);
        hasher.finish()
    }

    /// The verdict of a value, if it is remembered.
    pub(crate) fn find(&mut self, hash: u64, key: ValueKey, text: &[u8]) -> Option<VerdictId> {
        let store = if text.len() > LONG { &mut self.long } else { &mut self.short };
        store.find(hash, key, text)
    }

    /// Remembers a verdict; that of a long value when it comes the second time.
    pub(crate) fn insert(&mut self, hash: u64, key: ValueKey, text: &[u8], verdict: VerdictId) {
        if text.len() <= LONG {
            self.short.insert(hash, key, text, verdict);
            return;
        }
        let (place, part) = (usize::try_from(hash).unwrap_or(0) % ONCE, u32::try_from(hash >> 32).unwrap_or(0));
        match self.once.get_mut(place) {
            Some(once) if *once != part => *once = part,
            _ => self.long.insert(hash, key, text, verdict),
        }
    }

    pub(crate) fn clear(&mut self) {
        self.short.clear();
        self.long.clear();
    }
}

impl Store {
    fn new(budget: usize) -> Self {
        Self { young: Generation::default(), old: Generation::default(), budget: budget / 2 }
    }

    fn find(&mut self, hash: u64, key: ValueKey, text: &[u8]) -> Option<VerdictId> {
        if let Some(found) = self.young.find(hash, key, text) {
            return Some(found);
        }
        let found = self.old.find(hash, key, text)?;
        self.insert(hash, key, text, found);
        Some(found)
    }

    fn insert(&mut self, hash: u64, key: ValueKey, text: &[u8], verdict: VerdictId) {
        let cost = text.len() + ENTRY_BYTES;
        if cost > self.budget {
            return;
        }
        if self.young.cost() + cost > self.budget {
            std::mem::swap(&mut self.young, &mut self.old);
            self.young.clear();
        }
        let (Ok(at), Ok(len)) = (u32::try_from(self.young.bytes.len()), u32::try_from(text.len())) else { return };
        self.young.bytes.extend_from_slice(text);
        self.young.table.insert_unique(hash, ValueEntry { hash, key, at, len, verdict }, |e| e.hash);
    }

    fn clear(&mut self) {
        self.young.clear();
        self.old.clear();
    }
}

#[derive(Clone, Copy, Debug)]
struct Verdict {
    at: u32,
    len: u32,
    flags: Flags,
}

/// Every distinct set of yes answers about one value, numbered.
#[derive(Debug)]
pub(crate) struct Verdicts {
    list: Vec<Verdict>,
    leaves: Vec<LeafId>,
    table: HashTable<VerdictId>,
    state: RandomState,
}

/// Answers kept in [`Verdicts`] before everything starts over.
const MOST_ANSWERS: usize = 1 << 20;

impl Verdicts {
    pub(crate) fn new() -> Self {
        let mut made =
            Self { list: Vec::new(), leaves: Vec::new(), table: HashTable::new(), state: RandomState::default() };
        made.clear();
        made
    }

    /// Whether so much is kept that the numbers should be given anew.
    pub(crate) fn full(&self) -> bool {
        self.leaves.len() + self.list.len() * 4 > MOST_ANSWERS
    }

    pub(crate) fn clear(&mut self) {
        self.list.clear();
        self.leaves.clear();
        self.table.clear();
        // Its number is `NOTHING`.
        self.intern(Flags::default(), &[]);
    }

    /// The number of a verdict; `leaves` is sorted and without doubles.
    pub(crate) fn intern(&mut self, flags: Flags, leaves: &[LeafId]) -> VerdictId {
        let hash = self.state.hash_one((flags, leaves));
        let (list, kept) = (&self.list, &self.leaves);
        let of = |v: &Verdict| kept.get(v.at as usize..v.at as usize + v.len as usize).unwrap_or_default();
        let same = |id: &VerdictId| list.get(*id as usize).is_some_and(|v| v.flags == flags && of(v) == leaves);
        if let Some(id) = self.table.find(hash, same) {
            return *id;
        }
        let id = VerdictId::try_from(list.len()).unwrap_or(NOTHING);
        let (at, len) = (u32::try_from(kept.len()).unwrap_or(0), u32::try_from(leaves.len()).unwrap_or(0));
        self.leaves.extend_from_slice(leaves);
        self.list.push(Verdict { at, len, flags });
        let (list, kept, state) = (&self.list, &self.leaves, &self.state);
        let rehash = |id: &VerdictId| {
            let v = list.get(*id as usize).copied().unwrap_or(Verdict { at: 0, len: 0, flags });
            state.hash_one((v.flags, kept.get(v.at as usize..v.at as usize + v.len as usize).unwrap_or_default()))
        };
        self.table.insert_unique(hash, id, rehash);
        id
    }

    /// What a verdict says: flags and the leaves that hold.
    pub(crate) fn get(&self, id: VerdictId) -> (Flags, &[LeafId]) {
        let Some(v) = self.list.get(id as usize) else { return (Flags::default(), &[]) };
        (v.flags, self.leaves.get(v.at as usize..v.at as usize + v.len as usize).unwrap_or_default())
    }
}

/// The verdict of one value of an event: the place of its field in the program, and the number.
pub(crate) type Sign = (u32, VerdictId);

#[derive(Clone, Copy, Debug)]
struct OutcomeEntry {
    hash: u64,
    class: u32,
    at: u32,
    len: u32,
    outcome: Outcome,
}

/// Rules of an event, as places in [`Outcomes`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outcome {
    at: u32,
    matched: u32,
    open: u32,
}

/// The rules that events with the same verdicts match, and those still to be evaluated.
#[derive(Debug)]
pub(crate) struct Outcomes {
    table: HashTable<OutcomeEntry>,
    signs: Vec<Sign>,
    rules: Vec<RuleNumber>,
    state: RandomState,
    budget: usize,
}

impl Outcomes {
    pub(crate) fn new(budget: usize) -> Self {
        Self { table: HashTable::new(), signs: Vec::new(), rules: Vec::new(), state: RandomState::default(), budget }
    }

    pub(crate) fn clear(&mut self) {
        self.table.clear();
        self.signs.clear();
        self.rules.clear();
    }

    pub(crate) fn hash(&self, class: u32, signs: &[Sign]) -> u64 {
        let mut hasher = self.state.build_hasher();
        hasher.write_u32(class);
        for (slot, verdict) in signs {
            hasher.write_u64(u64::from(*slot) << 32 | u64::from(*verdict));
        }
        hasher.finish()
    }

    pub(crate) fn find(&self, hash: u64, class: u32, signs: &[Sign]) -> Option<Outcome> {
        let same = |e: &OutcomeEntry| {
            e.hash == hash
                && e.class == class
                && self.signs.get(e.at as usize..e.at as usize + e.len as usize) == Some(signs)
        };
        self.table.find(hash, same).map(|e| e.outcome)
    }

    /// Keeps an outcome: `matched` for sure, `open` to be evaluated each time.
    pub(crate) fn insert(
        &mut self,
        hash: u64,
        class: u32,
        signs: &[Sign],
        matched: &[RuleNumber],
        open: &[RuleNumber],
    ) -> Outcome {
        let kept = self.signs.len() * size_of::<Sign>() + self.rules.len() * 4 + self.table.len() * ENTRY_BYTES;
        if kept > self.budget {
            self.clear();
        }
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let outcome =
            Outcome { at: number(self.rules.len()), matched: number(matched.len()), open: number(open.len()) };
        self.rules.extend_from_slice(matched);
        self.rules.extend_from_slice(open);
        let entry = OutcomeEntry { hash, class, at: number(self.signs.len()), len: number(signs.len()), outcome };
        self.signs.extend_from_slice(signs);
        self.table.insert_unique(hash, entry, |e| e.hash);
        outcome
    }

    /// The rules that match for sure, and those to be evaluated.
    pub(crate) fn rules(&self, outcome: Outcome) -> (&[RuleNumber], &[RuleNumber]) {
        let (at, matched) = (outcome.at as usize, outcome.matched as usize);
        let rules = self.rules.get(at..at + matched + outcome.open as usize).unwrap_or_default();
        rules.split_at_checked(matched).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Whatever the budget: what is found is what was put in last for that key.
        #[test]
        fn values_are_exact(
            budget in 64_usize..4_000,
            asked in prop::collection::vec((0_u32..3, prop_oneof![9 => "[ab]{0,6}", 1 => "[ab]{511,516}"]), 1..400),
        ) {
            let mut values = Values::new(budget);
            let right = |key: u32, text: &str| key * 1_000 + u32::try_from(text.len()).expect("short") * 7
                + u32::try_from(text.matches('a').count()).expect("short");
            for (key, text) in asked {
                let hash = values.hash(ValueKey(key), text.as_bytes());
                match values.find(hash, ValueKey(key), text.as_bytes()) {
                    Some(found) => prop_assert_eq!(found, right(key, &text)),
                    None => values.insert(hash, ValueKey(key), text.as_bytes(), right(key, &text)),
                }
                prop_assert!(values.short.young.cost() <= budget);
            }
        }
    }

    #[test]
    fn verdicts_are_numbered_once() {
        let mut verdicts = Verdicts::new();
        let value = Flags { present: true, value: true };
        assert_eq!(verdicts.intern(Flags::default(), &[]), NOTHING);
        let a = verdicts.intern(value, &[1, 5]);
        assert_eq!(verdicts.intern(value, &[1, 5]), a);
        assert_ne!(verdicts.intern(Flags::default(), &[1, 5]), a);
        assert_eq!(verdicts.get(a), (value, [1, 5].as_slice()));
    }

    #[test]
    fn outcomes_forget_and_stay_right() {
        let mut outcomes = Outcomes::new(2_000);
        for n in 0..1_000_u32 {
            let signs = [(n % 7, n % 50), (9, n % 3)];
            let hash = outcomes.hash(1, &signs);
            let outcome = match outcomes.find(hash, 1, &signs) {
                Some(outcome) => outcome,
                None => outcomes.insert(hash, 1, &signs, &[n % 7], &[n % 50, n % 3]),
            };
            assert_eq!(outcomes.rules(outcome), ([n % 7].as_slice(), [n % 50, n % 3].as_slice()));
            assert!(outcomes.find(outcomes.hash(2, &signs), 2, &signs).is_none());
        }
    }
}
