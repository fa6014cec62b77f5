//! Ids that senders gave their records, remembered so that what is sent twice is kept once.
//!
//! A sender whose answer was lost sends the same again, and cannot know that the first was kept. It is known by the id
//! it gave; which one that is, the intake says ([`SentId`]). Remembered are the last ids of every source, in memory;
//! after a restart those of the records that the journal still holds (decision 0026).

use base_core::SourceId;
use engine_intake::SentId;
use engine_journal::{Entry, Journal, JournalError};
use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Ids remembered of one source: more than one request may hold.
const MOST_OF_SOURCE: usize = 65_536;
/// Ids remembered of all sources together, some 40 MB.
const MOST: usize = 524_288;
/// Records of the journal that are looked through at the start.
const RECALLED: u64 = 262_144;
/// Entries and bytes read from the journal at once.
const BATCH: (usize, usize) = (10_000, 8 << 20);

/// What an id is at this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Stored,
    /// On its way into the journal with this batch.
    UnderWay(u64),
}

/// Ids of one source, with the number under which each stands in `order`.
#[derive(Debug, Default)]
struct Ring {
    known: HashMap<SentId, (State, u64)>,
    /// Oldest first. An entry whose number is not that of its id any more is of no account.
    order: VecDeque<(SentId, u64)>,
}

impl Ring {
    fn put(&mut self, id: SentId, state: State, number: u64) {
        self.known.insert(id, (state, number));
        self.order.push_back((id, number));
    }

    fn forget_oldest(&mut self) {
        while let Some((id, number)) = self.order.pop_front() {
            if self.known.get(&id).is_some_and(|(_, current)| *current == number) {
                self.known.remove(&id);
                return;
            }
        }
    }

    /// Batches that failed leave entries behind.
    fn tidy(&mut self) {
        if self.order.len() > 2 * self.known.len() + 1_024 {
            let known = &self.known;
            self.order.retain(|(id, number)| known.get(id).is_some_and(|(_, current)| current == number));
        }
    }
}

#[derive(Debug, Default)]
struct Table {
    rings: HashMap<SourceId, Ring>,
    numbers: u64,
    all: usize,
}

impl Table {
    fn put(&mut self, source: &SourceId, id: SentId, state: State) {
        self.numbers += 1;
        let ring = self.rings.entry(source.clone()).or_default();
        self.all -= ring.known.len();
        ring.put(id, state, self.numbers);
        if ring.known.len() > MOST_OF_SOURCE {
            ring.forget_oldest();
        }
        self.all += ring.known.len();
        if self.all > MOST {
            self.make_room();
        }
    }

    /// Takes from the source that holds most, some at once, so that it need not be looked for with each id.
    fn make_room(&mut self) {
        let Some(largest) = self.rings.values_mut().max_by_key(|ring| ring.known.len()) else { return };
        for _ in 0..=largest.known.len() / 8 {
            largest.forget_oldest();
            self.all -= 1;
        }
    }
}

/// What an id says of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// It is new, and now reserved for its batch.
    New,
    /// It is stored, or comes twice in one batch.
    Again,
    /// Another batch is bringing it at this moment.
    UnderWay,
}

/// The remembered ids.
#[derive(Debug, Default)]
pub struct SentIds {
    table: Mutex<Table>,
    batches: AtomicU64,
}

impl SentIds {
    /// Remembers what the journal still holds. To be called before anybody sends.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub async fn recall(journal: &Journal) -> Result<Arc<Self>, JournalError> {
        let (ids, end) = (Self::default(), journal.end());
        let mut reader = journal.reader(journal.start().max(end.saturating_sub(RECALLED)));
        let mut at = journal.start();
        while at < end && journal.start() < end {
            let batch = reader.next_batch(BATCH.0, BATCH.1).await?;
            at = batch.range().end;
            ids.remember(&batch.entries);
        }
        Ok(Arc::new(ids))
    }

    fn remember(&self, entries: &[Entry]) {
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        for entry in entries {
            if let Some(tag) = entry.tag {
                table.put(&entry.source, SentId(tag), State::Stored);
            }
        }
    }

    /// Begins a batch.
    pub(crate) fn batch(self: &Arc<Self>) -> Reserved {
        let number = self.batches.fetch_add(1, Ordering::Relaxed);
        Reserved { ids: Arc::clone(self), number, taken: Vec::new() }
    }
}

/// The ids of one batch. Unless they are said to be stored, they are free again when it is dropped.
#[derive(Debug)]
pub(crate) struct Reserved {
    ids: Arc<SentIds>,
    number: u64,
    taken: Vec<(SourceId, SentId)>,
}

impl Reserved {
    /// Says what an id is, and reserves it when it is new.
    pub(crate) fn see(&mut self, source: &SourceId, id: SentId) -> Seen {
        let mut table = self.ids.table.lock().unwrap_or_else(PoisonError::into_inner);
        match table.rings.get(source).and_then(|ring| ring.known.get(&id)).map(|(state, _)| *state) {
            Some(State::Stored) => Seen::Again,
            Some(State::UnderWay(batch)) if batch == self.number => Seen::Again,
            Some(_) => Seen::UnderWay,
            None => {
                table.put(source, id, State::UnderWay(self.number));
                self.taken.push((source.clone(), id));
                Seen::New
            }
        }
    }

    /// Whether nothing is reserved.
    pub(crate) const fn is_empty(&self) -> bool {
        self.taken.is_empty()
    }

    /// The batch is in the journal.
    pub(crate) fn stored(mut self) {
        let taken = std::mem::take(&mut self.taken);
        let mut table = self.ids.table.lock().unwrap_or_else(PoisonError::into_inner);
        for (source, id) in taken {
            if let Some((state, _)) = table.rings.get_mut(&source).and_then(|ring| ring.known.get_mut(&id)) {
                *state = State::Stored;
            }
        }
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        if self.taken.is_empty() {
            return;
        }
        let mut table = self.ids.table.lock().unwrap_or_else(PoisonError::into_inner);
        for (source, id) in self.taken.drain(..) {
            let Some(ring) = table.rings.get_mut(&source) else { continue };
            // Unless it was forgotten meanwhile and reserved by somebody else.
            if ring.known.get(&id).is_some_and(|(state, _)| *state == State::UnderWay(self.number)) {
                ring.known.remove(&id);
                ring.tidy();
                table.all -= 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: usize) -> SentId {
        SentId::of(&[&n.to_le_bytes()])
    }

    #[test]
    fn an_id_is_new_once_and_free_again_after_a_failure() {
        let (ids, source, other) = (Arc::new(SentIds::default()), SourceId::new("s"), SourceId::new("t"));
        let mut first = ids.batch();
        assert_eq!([first.see(&source, id(1)), first.see(&source, id(1))], [Seen::New, Seen::Again]);
        assert_eq!(first.see(&other, id(1)), Seen::New, "ids are a source's own");
        let mut second = ids.batch();
        assert_eq!(second.see(&source, id(1)), Seen::UnderWay);
        drop(first);
        assert_eq!(second.see(&source, id(1)), Seen::New);
        second.stored();
        let mut third = ids.batch();
        assert_eq!([third.see(&source, id(1)), third.see(&other, id(1))], [Seen::Again, Seen::New]);
    }

    #[test]
    fn what_is_remembered_is_bounded_and_fair() {
        let ids = Arc::new(SentIds::default());
        let source = |n: usize| SourceId::new(format!("s{n}"));
        let mut batch = ids.batch();
        assert_eq!(batch.see(&source(0), id(0)), Seen::New);
        batch.stored();
        for n in 0..12 {
            let mut batch = ids.batch();
            for k in 1..=MOST_OF_SOURCE + 10 {
                batch.see(&source(n + 1), id(k));
            }
            batch.stored();
        }
        for _ in 0..20 {
            let mut failed = ids.batch();
            for k in 0..10_000 {
                failed.see(&source(1), id(1_000_000 + k));
            }
        }
        let mut batch = ids.batch();
        assert_eq!(batch.see(&source(0), id(0)), Seen::Again, "a small sender is not pushed out by large ones");
        assert_eq!(batch.see(&source(12), id(MOST_OF_SOURCE + 10)), Seen::Again, "the last ones are remembered");
        assert_eq!(batch.see(&source(12), id(1)), Seen::New);
        let table = ids.table.lock().expect("lock");
        assert!(table.all <= MOST);
        assert_eq!(table.all, table.rings.values().map(|r| r.known.len()).sum::<usize>());
        assert!(table.rings.values().all(|r| r.known.len() <= MOST_OF_SOURCE && r.order.len() <= 3 * MOST_OF_SOURCE));
    }
}
