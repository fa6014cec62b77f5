//! Quick answers of "not listed": a blocked Bloom filter over all fingerprints, and a small cache
//! of what it said.
//!
//! Of the values of real events hardly any is listed and most repeat. So the usual question ends
//! in the cache, which stays in the processor's own memory, the next in one line of the filter.

/// Bits per fingerprint; with seven probes in one line about one answer in 200 is a needless "maybe".
const BITS: usize = 12;
const PROBES: u32 = 7;

/// Eight words, one line of processor cache.
#[derive(Clone, Copy, Debug, Default)]
#[repr(align(64))]
struct Line([u64; 8]);

/// Which fingerprints may be listed.
#[derive(Debug, Default)]
pub(super) struct Filter {
    lines: Vec<Line>,
}

impl Filter {
    /// Room for `count` fingerprints.
    pub(super) fn with_room(count: usize) -> Self {
        Self { lines: vec![Line::default(); (count * BITS).div_ceil(512).max(1)] }
    }

    #[expect(clippy::cast_possible_truncation, reason = "the upper half of a product is below the number of lines")]
    fn line(&self, fingerprint: u64) -> usize {
        ((u128::from(fingerprint) * self.lines.len() as u128) >> 64) as usize
    }

    /// Words and masks within the line.
    fn probes(fingerprint: u64) -> impl Iterator<Item = (usize, u64)> {
        // The line is chosen by the upper bits; these come from all of them.
        let mut bits = fingerprint.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        bits ^= bits >> 29;
        (0..PROBES).map(move |n| {
            let nine = (bits >> (n * 9)) & 511;
            let word = (nine >> 6) as usize;
            (word, 1 << (nine & 63))
        })
    }

    pub(super) fn insert(&mut self, fingerprint: u64) {
        let line = self.line(fingerprint);
        let Some(line) = self.lines.get_mut(line) else { return };
        for (word, mask) in Self::probes(fingerprint) {
            if let Some(word) = line.0.get_mut(word) {
                *word |= mask;
            }
        }
    }

    pub(super) fn may_have(&self, fingerprint: u64) -> bool {
        let Some(line) = self.lines.get(self.line(fingerprint)) else { return false };
        Self::probes(fingerprint).all(|(word, mask)| line.0.get(word).is_some_and(|w| w & mask != 0))
    }

    pub(super) fn bytes(&self) -> usize {
        self.lines.len() * size_of::<Line>()
    }
}

/// Slots of the cache (a power of two): 64 KiB, which fits beside the rest in the second-level cache.
const SLOTS: usize = 8_192;

/// Fingerprints of which the filter said that they are not listed. One per thread; it holds for
/// one set of lists and is emptied when that changes.
///
/// Exact: what is remembered is that no value with this very fingerprint is listed.
#[derive(Debug)]
pub(super) struct Absent {
    slots: Box<[u64]>,
}

impl Absent {
    pub(super) fn new() -> Self {
        Self { slots: vec![0; SLOTS].into_boxed_slice() }
    }

    pub(super) fn clear(&mut self) {
        self.slots.fill(0);
    }

    /// Whether a fingerprint may be listed.
    pub(super) fn may_have(&mut self, filter: &Filter, fingerprint: u64) -> bool {
        let slot = (fingerprint >> 51) as usize;
        // Nought marks an empty slot; such a fingerprint is asked anew every time.
        let Some(slot) = self.slots.get_mut(slot) else { return true };
        if *slot == fingerprint && fingerprint != 0 {
            return false;
        }
        let may = filter.may_have(fingerprint);
        if !may {
            *slot = fingerprint;
        }
        may
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_inserted_is_found_and_little_else() {
        let value = |n: u64| n.wrapping_mul(0xD6E8_FEB8_6659_FD93) ^ (n << 40);
        let mut filter = Filter::with_room(10_000);
        (0..10_000).for_each(|n| filter.insert(value(n)));
        assert!((0..10_000).all(|n| filter.may_have(value(n))));
        let wrong = (10_000..110_000).filter(|n| filter.may_have(value(*n))).count();
        assert!(wrong < 2_000, "{wrong} of 100000");
        let mut absent = Absent::new();
        for _ in 0..2 {
            assert!((0..10_000).all(|n| absent.may_have(&filter, value(n))));
            (10_000..20_000).for_each(|n| assert_eq!(absent.may_have(&filter, value(n)), filter.may_have(value(n))));
        }
    }
}
