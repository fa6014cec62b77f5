//! Figures and quotas by source, for a bounded number of sources.

use crate::quota::{Bucket, Quota};
use crate::received::Origin;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Most sources kept apart. Addresses of datagrams can be invented; a table of them must not grow.
const MOST: usize = 4096;

/// Figures of one source since it was first seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceCounts {
    /// Who; `None` for all those who were forgotten because too many others came.
    pub origin: Option<Origin>,
    /// Records that arrived.
    pub received: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Records lost because the sink was too slow (UDP only).
    pub dropped: u64,
    /// Records lost because of the quota (UDP only).
    pub dropped_quota: u64,
    /// Times it was made to wait because of its quota.
    pub slowed: u64,
}

impl SourceCounts {
    const fn add(&mut self, other: &Self) {
        self.received += other.received;
        self.bytes += other.bytes;
        self.dropped += other.dropped;
        self.dropped_quota += other.dropped_quota;
        self.slowed += other.slowed;
    }
}

#[derive(Debug)]
struct Entry {
    counts: SourceCounts,
    bucket: Bucket,
    seen: Instant,
}

#[derive(Debug, Default)]
struct Table {
    entries: HashMap<Origin, Entry>,
    forgotten: SourceCounts,
}

/// The table of sources of one input.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    quota: Quota,
    table: Mutex<Table>,
}

impl Sources {
    pub(crate) fn new(quota: Quota) -> Self {
        Self { quota, table: Mutex::default() }
    }

    fn with<T>(&self, origin: &Origin, now: Instant, act: impl FnOnce(&mut Entry) -> T) -> T {
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = table.entries.get_mut(origin) {
            entry.seen = now;
            return act(entry);
        }
        if table.entries.len() >= MOST {
            table.forget_quarter();
        }
        let counts = SourceCounts { origin: Some(origin.clone()), ..SourceCounts::default() };
        let fresh = Entry { counts, bucket: Bucket::new(self.quota, now), seen: now };
        act(table.entries.entry(origin.clone()).or_insert(fresh))
    }

    pub(crate) fn charge(&self, origin: &Origin, events: usize, bytes: usize, now: Instant) -> Duration {
        self.with(origin, now, |entry| {
            entry.counts.received += events as u64;
            entry.counts.bytes += bytes as u64;
            let wait = entry.bucket.charge(events, bytes, now);
            entry.counts.slowed += u64::from(wait > Duration::ZERO);
            wait
        })
    }

    pub(crate) fn admit(&self, origin: &Origin, bytes: usize, now: Instant) -> bool {
        self.with(origin, now, |entry| {
            entry.counts.received += 1;
            entry.counts.bytes += bytes as u64;
            let admitted = entry.bucket.admit(bytes, now);
            entry.counts.dropped_quota += u64::from(!admitted);
            admitted
        })
    }

    /// Charges without asking to wait now: the debt is asked for before the next time.
    pub(crate) fn took(&self, origin: &Origin, events: usize, bytes: usize, now: Instant) {
        self.with(origin, now, |entry| {
            entry.counts.received += events as u64;
            entry.counts.bytes += bytes as u64;
            entry.bucket.charge(events, bytes, now);
        });
    }

    /// How long a source has to wait for what it took before; for those who can be told to come again.
    pub(crate) fn debt(&self, origin: &Origin, now: Instant) -> Duration {
        self.with(origin, now, |entry| {
            let wait = entry.bucket.charge(0, 0, now);
            entry.counts.slowed += u64::from(wait > Duration::ZERO);
            wait
        })
    }

    pub(crate) fn drop_one(&self, origin: &Origin, now: Instant) {
        self.with(origin, now, |entry| entry.counts.dropped += 1);
    }

    pub(crate) fn list(&self) -> Vec<SourceCounts> {
        let table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        let mut list: Vec<SourceCounts> = table.entries.values().map(|e| e.counts.clone()).collect();
        list.sort_by_key(|counts| std::cmp::Reverse(counts.received));
        if table.forgotten != SourceCounts::default() {
            list.push(table.forgotten.clone());
        }
        list
    }
}

impl Table {
    /// Many at once, so that a flood of invented addresses does not cost a search for each.
    fn forget_quarter(&mut self) {
        let mut seen: Vec<Instant> = self.entries.values().map(|e| e.seen).collect();
        let quarter = seen.len() / 4;
        let (_, limit, _) = seen.select_nth_unstable(quarter);
        let limit = *limit;
        let mut room = quarter + 1;
        let forgotten = &mut self.forgotten;
        self.entries.retain(|_, entry| {
            let goes = room > 0 && entry.seen <= limit;
            if goes {
                room -= 1;
                forgotten.add(&entry.counts);
            }
            !goes
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{IpAddr, Ipv4Addr};

    #[test]
    fn sources_are_kept_apart_and_their_number_is_bounded() {
        let (sources, start) = (Sources::default(), Instant::now());
        let address = |n: u32| Origin::Address(IpAddr::V4(Ipv4Addr::from(n)));
        for n in 0..20_000_u32 {
            sources.charge(&address(n % 10_000), 1, 10, start + Duration::from_millis(u64::from(n)));
            sources.charge(&address(1), 1, 10, start + Duration::from_millis(u64::from(n)));
        }
        let list = sources.list();
        assert!(list.len() <= MOST + 1);
        assert_eq!(list.iter().map(|c| c.received).sum::<u64>(), 40_000);
        let busy = list.iter().find(|c| c.origin == Some(address(1))).expect("never forgotten: seen all the time");
        assert!(busy.received >= 20_000, "{busy:?}");
    }
}
