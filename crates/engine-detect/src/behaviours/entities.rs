//! What one behaviour remembers, per entity, within a budget.

use super::codec::{Reader, Writer};
use super::kinds::State;
use rustc_hash::FxHashMap;

/// Memory of an entity beside its state: key, place in the map, counters.
const OVERHEAD: usize = 64;

#[derive(Debug)]
struct Slot<S> {
    state: S,
    /// When it was last touched, in touches.
    touched: u64,
    bytes: usize,
}

/// States by entity. When they take more than the budget, the tenth that was quiet longest is forgotten.
#[derive(Debug)]
pub(super) struct Entities<S> {
    map: FxHashMap<u128, Slot<S>>,
    touches: u64,
    bytes: usize,
    budget: usize,
    evicted: u64,
}

impl<S: State> Entities<S> {
    pub(super) fn new(budget: usize) -> Self {
        Self { map: FxHashMap::default(), touches: 0, bytes: 0, budget, evicted: 0 }
    }

    /// Lets `act` work on the state of an entity, which is made if it is new.
    pub(super) fn with<R>(&mut self, key: u128, act: impl FnOnce(&mut S) -> R) -> R {
        self.touches += 1;
        let slot = self.map.entry(key).or_insert_with(|| Slot { state: S::default(), touched: 0, bytes: 0 });
        slot.touched = self.touches;
        let result = act(&mut slot.state);
        let mut now = slot.state.bytes() + OVERHEAD;
        // A state that fills half the budget alone gives way itself, before others do.
        while now > self.budget / 2 {
            let given = slot.state.shrink();
            if given == 0 {
                break;
            }
            self.evicted += given;
            now = slot.state.bytes() + OVERHEAD;
        }
        self.bytes = self.bytes + now - slot.bytes;
        slot.bytes = now;
        if self.bytes > self.budget {
            self.evict();
        }
        result
    }

    fn evict(&mut self) {
        while self.bytes > self.budget && self.map.len() > 1 {
            let mut touched: Vec<u64> = self.map.values().map(|s| s.touched).collect();
            let tenth = touched.len() / 10;
            // The one just touched has the highest number and stays.
            let (_, &mut limit, _) = touched.select_nth_unstable(tenth);
            let limit = limit.min(self.touches - 1);
            let before = self.map.len();
            self.map.retain(|_, slot| slot.touched > limit);
            self.evicted += (before - self.map.len()) as u64;
            self.bytes = self.map.values().map(|s| s.bytes).sum();
        }
    }

    /// Lets `act` work on every state, in the order of their keys, which is the same after a restart.
    pub(super) fn each(&mut self, mut act: impl FnMut(&mut S)) {
        let mut all: Vec<_> = self.map.iter_mut().collect();
        all.sort_unstable_by_key(|(key, _)| **key);
        for (_, slot) in all {
            act(&mut slot.state);
            let now = slot.state.bytes() + OVERHEAD;
            self.bytes = self.bytes + now - slot.bytes;
            slot.bytes = now;
        }
    }

    pub(super) fn len(&self) -> usize {
        self.map.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn evicted(&self) -> u64 {
        self.evicted
    }

    pub(super) fn budget(&self) -> usize {
        self.budget
    }

    pub(super) fn states(&self) -> impl Iterator<Item = &S> {
        self.map.values().map(|s| &s.state)
    }

    pub(super) fn write(&self, out: &mut Writer) {
        out.u64(self.touches);
        out.u64(self.evicted);
        out.count(self.map.len());
        let mut all: Vec<_> = self.map.iter().collect();
        all.sort_unstable_by_key(|(key, _)| **key);
        for (key, slot) in all {
            out.u128(*key);
            out.u64(slot.touched);
            slot.state.write(out);
        }
    }

    pub(super) fn read(&mut self, input: &mut Reader<'_>) -> Option<()> {
        self.touches = input.u64()?;
        self.evicted = input.u64()?;
        for _ in 0..input.count(24)? {
            let (key, touched) = (input.u128()?, input.u64()?);
            let state = S::read(input)?;
            let bytes = state.bytes() + OVERHEAD;
            self.bytes += bytes;
            self.map.insert(key, Slot { state, touched, bytes });
        }
        Some(())
    }
}
