//! What bodies on their way in hold together.

use crate::Origin;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// A body below this is never sent away because of others: what many small ones hold is bounded by the
/// number of connections.
const SMALL: usize = 64 * 1024;

/// Bytes of all bodies being received, and of those of each source.
#[derive(Debug, Default)]
pub(crate) struct Held(Mutex<(usize, HashMap<Origin, usize>)>);

impl Held {
    /// A share of what may be held, for one body.
    pub(crate) fn share(self: &Arc<Self>, of: &Origin, most: usize) -> Share {
        Share { held: Arc::clone(self), of: of.clone(), bytes: 0, most }
    }

    fn change(&self, of: &Origin, change: impl Fn(usize) -> usize) -> (usize, usize) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.0 = change(held.0);
        let own = change(held.1.get(of).copied().unwrap_or(0));
        if own == 0 {
            held.1.remove(of);
        } else {
            held.1.insert(of.clone(), own);
        }
        (held.0, own)
    }
}

/// What one body holds; given back when dropped.
#[derive(Debug)]
pub(crate) struct Share {
    held: Arc<Held>,
    of: Origin,
    bytes: usize,
    /// Most that all bodies together may hold. Those of one source may hold a quarter of it.
    most: usize,
}

impl Share {
    /// Takes more; `false` when all, or those of this source, hold too much.
    pub(crate) fn grow(&mut self, more: usize) -> bool {
        let (all, own) = self.held.change(&self.of, |n| n + more);
        self.bytes += more;
        self.bytes <= SMALL || (all <= self.most && own <= self.most / 4)
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let bytes = self.bytes;
        self.held.change(&self.of, |n| n.saturating_sub(bytes));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_source_cannot_take_the_room_of_the_others() {
        let held = Arc::new(Held::default());
        let of = |n: u8| Origin::Address(std::net::IpAddr::from([192, 0, 2, n]));
        let (mut first, mut second) = (held.share(&of(1), 1_000_000), held.share(&of(1), 1_000_000));
        assert!(first.grow(200_000) && !second.grow(100_000));
        assert!(held.share(&of(2), 1_000_000).grow(200_000));
        drop(second);
        assert!(first.grow(50_000) && !first.grow(1));
        drop(first);
        assert_eq!(held.0.lock().expect("lock").1.len(), 0);
        assert_eq!(held.0.lock().expect("lock").0, 0);
    }
}
