//! What each sender has waiting in a queue that all share.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

/// Records and their bytes.
type Load = (usize, usize);

/// Lets a record wait while there is room, and while its sender has not taken half of the queue: a flood must leave
/// room for the others.
#[derive(Debug)]
pub(crate) struct Waiting {
    most: Load,
    /// All, and by sender; nobody is kept who has nothing waiting.
    load: Mutex<(Load, HashMap<IpAddr, Load>)>,
}

impl Waiting {
    pub(crate) fn new(records: usize, bytes: usize) -> Self {
        Self { most: (records.max(1), bytes), load: Mutex::default() }
    }

    /// Whether a record may wait; then it does.
    pub(crate) fn enter(&self, sender: IpAddr, bytes: usize) -> bool {
        let mut load = self.load.lock().unwrap_or_else(PoisonError::into_inner);
        let (all, senders) = &mut *load;
        let own = senders.get(&sender).copied().unwrap_or_default();
        let (all_now, own_now) = ((all.0 + 1, all.1 + bytes), (own.0 + 1, own.1 + bytes));
        let fits = |now: Load, most: Load| now.0 <= most.0.max(1) && now.1 <= most.1;
        // One record always may, however long: half of a small queue may be less.
        let share = own.0 == 0 || fits(own_now, (self.most.0 / 2, self.most.1 / 2));
        if !share || !fits(all_now, self.most) {
            return false;
        }
        *all = all_now;
        senders.insert(sender, own_now);
        true
    }

    /// A record waits no longer.
    pub(crate) fn leave(&self, sender: IpAddr, bytes: usize) {
        let mut load = self.load.lock().unwrap_or_else(PoisonError::into_inner);
        let (all, senders) = &mut *load;
        *all = (all.0.saturating_sub(1), all.1.saturating_sub(bytes));
        if let Some(own) = senders.get_mut(&sender) {
            *own = (own.0.saturating_sub(1), own.1.saturating_sub(bytes));
            if own.0 == 0 {
                senders.remove(&sender);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_leaves_half_of_the_queue_to_others() {
        let (waiting, of) = (Waiting::new(10, 1_000), |n: u8| IpAddr::from([192, 0, 2, n]));
        assert_eq!((0..20).filter(|_| waiting.enter(of(1), 10)).count(), 5);
        assert_eq!((0..20).filter(|_| waiting.enter(of(2), 120)).count(), 4, "bytes count as well");
        assert!(waiting.enter(of(3), 400) && !waiting.enter(of(4), 1), "ten wait");
        (0..5).for_each(|_| waiting.leave(of(1), 10));
        assert!(!waiting.enter(of(4), 200) && waiting.enter(of(4), 50));
        assert_eq!(waiting.load.lock().expect("lock").1.len(), 3, "who has nothing waiting is not kept");
    }
}
