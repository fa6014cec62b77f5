//! A compact exact table: values in the order of their fingerprints, found through a directory.
//!
//! Per value: 4 bytes of fingerprint, 4 of metadata, about 1 of directory, the value itself, and
//! 4 more for where it ends when values differ in length.

/// Values before they are ordered.
#[derive(Debug, Default)]
pub(super) struct Pile {
    width: Option<usize>,
    bytes: Vec<u8>,
    /// End of each value in `bytes`; empty for values of one width.
    ends: Vec<u32>,
    metas: Vec<u32>,
}

impl Pile {
    /// For values of one width in bytes, or of any (`None`).
    pub(super) fn new(width: Option<usize>) -> Self {
        Self { width, ..Self::default() }
    }

    /// Adds a value; `false` when the pile is full (4 GiB of text).
    pub(super) fn push(&mut self, value: &[u8], meta: u32) -> bool {
        match self.width {
            Some(width) if value.len() != width => return false,
            Some(_) => self.bytes.extend_from_slice(value),
            None => {
                let Ok(end) = u32::try_from(self.bytes.len() + value.len()) else { return false };
                self.bytes.extend_from_slice(value);
                self.ends.push(end);
            }
        }
        self.metas.push(meta);
        true
    }

    pub(super) fn len(&self) -> usize {
        self.metas.len()
    }

    /// Some of its bytes, from the end.
    pub(super) fn sample(&self) -> &[u8] {
        self.bytes.get(self.bytes.len().saturating_sub(65_536)..).unwrap_or_default()
    }

    fn value(&self, at: usize) -> &[u8] {
        cut(self.width, &self.bytes, &self.ends, at)
    }

    fn meta(&self, at: usize) -> u32 {
        self.metas.get(at).copied().unwrap_or_default()
    }
}

fn cut<'a>(width: Option<usize>, bytes: &'a [u8], ends: &[u32], at: usize) -> &'a [u8] {
    let (from, to) = match width {
        Some(width) => (at * width, (at + 1) * width),
        None => {
            let from = at.checked_sub(1).and_then(|n| ends.get(n)).copied().unwrap_or_default();
            (from as usize, ends.get(at).copied().unwrap_or_default() as usize)
        }
    };
    bytes.get(from..to).unwrap_or_default()
}

/// Values that can be looked up.
#[derive(Debug, Default)]
pub(super) struct Table {
    width: Option<usize>,
    /// Bits of the fingerprint by which the directory is entered.
    bits: u32,
    /// First entry of each part, and one past the last.
    directory: Vec<u32>,
    /// Lower half of the fingerprint.
    tags: Vec<u32>,
    metas: Vec<u32>,
    bytes: Vec<u8>,
    ends: Vec<u32>,
}

/// Average number of entries per part of the directory (as a shift): four.
const PART_SHIFT: u32 = 2;

impl Table {
    /// Orders a pile. Of equal values those for which `merge` gives metadata become one.
    pub(super) fn build(
        pile: Pile,
        fingerprint: impl Fn(&[u8]) -> u64,
        merge: &mut dyn FnMut(u32, u32) -> Option<u32>,
    ) -> Table {
        let count = pile.len();
        let mut order: Vec<(u64, u32)> =
            (0..).take(count).zip(0..count).map(|(n, at)| (fingerprint(pile.value(at)), n)).collect();
        order.sort_unstable();
        let bits = (count.max(2).ilog2() + 1).saturating_sub(PART_SHIFT).clamp(1, 31);
        let mut table = Table {
            width: pile.width,
            bits,
            directory: Vec::with_capacity((1 << bits) + 1),
            tags: Vec::with_capacity(count),
            metas: Vec::with_capacity(count),
            bytes: Vec::with_capacity(pile.bytes.len()),
            ends: Vec::with_capacity(pile.ends.len()),
        };
        let mut run = 0; // first entry with the present fingerprint
        let mut last = None;
        for (print, n) in order {
            if last != Some(print) {
                (run, last) = (table.tags.len(), Some(print));
            }
            table.take(print, pile.value(n as usize), pile.meta(n as usize), run, merge);
        }
        table.close(1 << bits);
        // Before memory for the next kind is taken.
        drop(pile);
        table.shrink();
        table
    }

    fn take(
        &mut self,
        print: u64,
        value: &[u8],
        meta: u32,
        run: usize,
        merge: &mut dyn FnMut(u32, u32) -> Option<u32>,
    ) {
        for at in run..self.tags.len() {
            if self.value(at) != value {
                continue;
            }
            let merged = self.metas.get(at).and_then(|m| merge(*m, meta));
            if let (Some(merged), Some(slot)) = (merged, self.metas.get_mut(at)) {
                *slot = merged;
                return;
            }
        }
        self.close(self.part(print));
        self.tags.push(tag(print));
        self.metas.push(meta);
        self.bytes.extend_from_slice(value);
        if self.width.is_none() {
            // A pile refuses what would not fit.
            self.ends.push(u32::try_from(self.bytes.len()).unwrap_or(u32::MAX));
        }
    }

    /// Says of all parts up to `part` where they begin.
    fn close(&mut self, part: usize) {
        let at = u32::try_from(self.tags.len()).unwrap_or(u32::MAX);
        while self.directory.len() <= part {
            self.directory.push(at);
        }
    }

    fn shrink(&mut self) {
        self.tags.shrink_to_fit();
        self.metas.shrink_to_fit();
        self.bytes.shrink_to_fit();
        self.ends.shrink_to_fit();
    }

    #[expect(clippy::cast_possible_truncation, reason = "at most 31 bits")]
    fn part(&self, print: u64) -> usize {
        (print >> (64 - self.bits)) as usize
    }

    /// Calls `found` with every entry of this fingerprint whose value is `same`.
    pub(super) fn find(&self, print: u64, same: impl Fn(&[u8]) -> bool, mut found: impl FnMut(usize)) {
        if self.tags.is_empty() {
            return;
        }
        let part = self.part(print);
        let (Some(from), Some(to)) = (self.directory.get(part), self.directory.get(part + 1)) else { return };
        let (from, to, tag) = (*from as usize, *to as usize, tag(print));
        for (at, seen) in (from..to).zip(self.tags.get(from..to).unwrap_or_default()) {
            if *seen == tag && same(self.value(at)) {
                found(at);
            }
        }
    }

    pub(super) fn value(&self, at: usize) -> &[u8] {
        cut(self.width, &self.bytes, &self.ends, at)
    }

    pub(super) fn meta(&self, at: usize) -> u32 {
        self.metas.get(at).copied().unwrap_or_default()
    }

    pub(super) fn len(&self) -> usize {
        self.tags.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.tags.is_empty()
    }

    pub(super) fn bytes(&self) -> usize {
        4 * (self.directory.capacity() + self.tags.capacity() + self.metas.capacity() + self.ends.capacity())
            + self.bytes.capacity()
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the lower half is meant; the directory has used the upper")]
const fn tag(print: u64) -> u32 {
    print as u32
}

#[cfg(test)]
mod tests {
    use super::super::fingerprint::Key;
    use super::*;
    use proptest::prelude::*;

    fn found(table: &Table, key: Key, value: &[u8]) -> Vec<u32> {
        let mut metas = Vec::new();
        table.find(key.text(value), |v| v == value, |at| metas.push(table.meta(at)));
        metas.sort_unstable();
        metas
    }

    proptest! {
        #[test]
        fn a_table_is_a_multimap(values in proptest::collection::vec(("[a-d]{1,3}", 0_u32..3), 0..200)) {
            let key = Key::new(1);
            let mut pile = Pile::new(None);
            for (value, meta) in &values {
                prop_assert!(pile.push(value.as_bytes(), *meta));
            }
            // Equal values of equal metadata are one.
            let table = Table::build(pile, |v| key.text(v), &mut |a, b| (a == b).then_some(a));
            for (value, _) in &values {
                let mut wanted: Vec<u32> = values.iter().filter(|(v, _)| v == value).map(|(_, m)| *m).collect();
                wanted.sort_unstable();
                wanted.dedup();
                prop_assert_eq!(found(&table, key, value.as_bytes()), wanted);
            }
            prop_assert!(found(&table, key, b"zz").is_empty());
        }

        #[test]
        fn colliding_fingerprints_are_told_apart(values in proptest::collection::hash_set(any::<u32>(), 0..50)) {
            let mut pile = Pile::new(Some(4));
            for value in &values {
                prop_assert!(pile.push(&value.to_be_bytes(), *value));
            }
            let table = Table::build(pile, |_| 42, &mut |_, _| None);
            for value in &values {
                let mut metas = Vec::new();
                table.find(42, |v| v == value.to_be_bytes(), |at| metas.push(table.meta(at)));
                prop_assert_eq!(metas, vec![*value]);
            }
        }
    }
}
