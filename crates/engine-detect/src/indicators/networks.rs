//! Networks as a forest: every stretch of addresses knows the innermost network that covers it,
//! every network the next larger one.
//!
//! A look-up is one search among the stretches that begin with the same 16 bits, then a walk up.

/// An address as a number.
pub(super) trait Bits: Copy + Ord + std::fmt::Debug {
    /// The first 16 bits.
    fn top(self) -> usize;
    /// The last address of the network of `length` bits that begins here.
    fn last(self, length: u8) -> Self;
    /// The next address; `None` after the last.
    fn next(self) -> Option<Self>;
}

impl Bits for u32 {
    fn top(self) -> usize {
        (self >> 16) as usize
    }
    fn last(self, length: u8) -> Self {
        self | u32::MAX.checked_shr(u32::from(length)).unwrap_or(0)
    }
    fn next(self) -> Option<Self> {
        self.checked_add(1)
    }
}

impl Bits for u128 {
    fn top(self) -> usize {
        (self >> 112) as usize
    }
    fn last(self, length: u8) -> Self {
        self | u128::MAX.checked_shr(u32::from(length)).unwrap_or(0)
    }
    fn next(self) -> Option<Self> {
        self.checked_add(1)
    }
}

/// A network: its lowest address, the length of its prefix, and what belongs to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Network<T> {
    pub(super) start: T,
    pub(super) length: u8,
    pub(super) meta: u32,
}

/// No network.
const NONE: u32 = u32::MAX;

/// Networks that can be looked up by address.
#[derive(Debug)]
pub(super) struct Networks<T> {
    /// Where a stretch begins, ascending; it ends before the next one.
    starts: Vec<T>,
    /// Its innermost network, or [`NONE`].
    inner: Vec<u32>,
    /// By the first 16 bits: how many stretches begin below them.
    directory: Vec<u32>,
    entries: Vec<Network<T>>,
    /// The next larger network of each.
    parents: Vec<u32>,
}

impl<T: Bits> Default for Networks<T> {
    fn default() -> Self {
        Self::build(Vec::new(), &mut |_, _| None)
    }
}

impl<T: Bits> Networks<T> {
    /// Orders networks. Of equal ones those for which `merge` gives metadata become one.
    pub(super) fn build(mut all: Vec<Network<T>>, merge: &mut dyn FnMut(u32, u32) -> Option<u32>) -> Self {
        all.sort_unstable_by_key(|n| (n.start, n.length, n.meta));
        all.dedup_by(|next, kept| {
            let same = next.start == kept.start && next.length == kept.length;
            let merged = same.then(|| merge(kept.meta, next.meta)).flatten();
            merged.inspect(|meta| kept.meta = *meta).is_some()
        });
        let mut made = Networks {
            starts: Vec::new(),
            inner: Vec::new(),
            directory: Vec::new(),
            parents: Vec::with_capacity(all.len()),
            entries: all,
        };
        made.sweep();
        made.directory = (0..=0x1_0000_usize)
            .map(|top| u32::try_from(made.starts.partition_point(|s| s.top() < top)).unwrap_or(NONE))
            .collect();
        made
    }

    /// From the lowest address to the highest: which network is innermost from where on.
    fn sweep(&mut self) {
        let mut open: Vec<(u32, T)> = Vec::new();
        for (n, network) in (0_u32..).zip(self.entries.clone()) {
            self.close_before(Some(network.start), &mut open);
            self.parents.push(open.last().map_or(NONE, |(outer, _)| *outer));
            self.begin(network.start, n);
            open.push((n, network.start.last(network.length)));
        }
        self.close_before(None, &mut open);
    }

    fn close_before(&mut self, start: Option<T>, open: &mut Vec<(u32, T)>) {
        while let Some((_, end)) = open.last().copied().filter(|(_, end)| start.is_none_or(|s| *end < s)) {
            open.pop();
            if let Some(after) = end.next() {
                self.begin(after, open.last().map_or(NONE, |(outer, _)| *outer));
            }
        }
    }

    fn begin(&mut self, at: T, inner: u32) {
        if self.starts.last() == Some(&at)
            && let Some(last) = self.inner.last_mut()
        {
            *last = inner;
            return;
        }
        self.starts.push(at);
        self.inner.push(inner);
    }

    /// The places of every network around an address, the innermost first.
    pub(super) fn places(&self, address: T) -> impl Iterator<Item = usize> {
        let mut at = self.innermost(address);
        std::iter::from_fn(move || {
            let n = at? as usize;
            at = self.parents.get(n).copied().filter(|p| *p != NONE);
            Some(n)
        })
    }

    fn innermost(&self, address: T) -> Option<u32> {
        let top = address.top();
        let (from, to) = (*self.directory.get(top)? as usize, *self.directory.get(top + 1)? as usize);
        let within = self.starts.get(from..to)?.partition_point(|s| *s <= address);
        let stretch = (from + within).checked_sub(1)?;
        self.inner.get(stretch).copied().filter(|n| *n != NONE)
    }

    pub(super) fn entries(&self) -> &[Network<T>] {
        &self.entries
    }

    pub(super) fn bytes(&self) -> usize {
        self.starts.capacity() * size_of::<T>()
            + 4 * (self.inner.capacity() + self.directory.capacity() + self.parents.capacity())
            + self.entries.capacity() * size_of::<Network<T>>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn around<T: Bits>(built: &Networks<T>, address: T) -> Vec<Network<T>> {
        built.places(address).filter_map(|n| built.entries().get(n).copied()).collect()
    }

    proptest! {
        #[test]
        fn all_networks_around_an_address_are_found(
            nets in proptest::collection::vec((any::<u16>(), 8_u8..=32), 0..60),
            probes in proptest::collection::vec(any::<u16>(), 0..60),
        ) {
            // Few addresses, so that networks nest and touch.
            let spread = |n: u16| (u32::from(n & 0x0F0F) << 16) | u32::from(n >> 4);
            let all: Vec<Network<u32>> = (0..).zip(&nets).map(|(meta, (n, length))| {
                let mask = u32::MAX.checked_shl(32 - u32::from(*length)).unwrap_or(0);
                Network { start: spread(*n) & mask, length: *length, meta }
            }).collect();
            let built = Networks::build(all.clone(), &mut |_, _| None);
            for address in probes.iter().map(|n| spread(*n)).chain(all.iter().map(|n| n.start)).chain([0, u32::MAX]) {
                let mut wanted: Vec<u32> = all.iter()
                    .filter(|n| n.start <= address && address <= n.start.last(n.length)).map(|n| n.meta).collect();
                let mut found: Vec<(u8, u32)> = around(&built, address).iter().map(|n| (n.length, n.meta)).collect();
                prop_assert!(found.is_sorted_by(|a, b| a.0 >= b.0), "innermost first: {found:?}");
                found.sort_unstable_by_key(|f| f.1);
                wanted.sort_unstable();
                prop_assert_eq!(found.iter().map(|f| f.1).collect::<Vec<_>>(), wanted);
            }
        }
    }

    #[test]
    fn the_ends_of_the_address_space() {
        let net = |start, length, meta| Network { start, length, meta };
        let built: Networks<u128> =
            Networks::build(vec![net(0, 16, 1), net(u128::MAX << 112, 16, 2), net(0, 17, 3)], &mut |_, _| None);
        let metas = |a| around(&built, a).iter().map(|n| n.meta).collect::<Vec<_>>();
        assert_eq!(metas(0), [3, 1]);
        assert_eq!(metas(u128::MAX), [2]);
        assert_eq!(metas(1 << 120), [] as [u32; 0]);
    }
}
