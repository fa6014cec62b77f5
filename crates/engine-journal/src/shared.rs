//! What the writer, the readers and the owner of a journal have in common.

use crate::frame::Seal;
use crate::meta;
use crate::segment;
use std::collections::BTreeMap;
use std::ops::Bound::{Excluded, Unbounded};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// Where the acknowledged entries end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tail {
    /// Sequence number after the last acknowledged entry.
    pub(crate) end: u64,
    /// No more will come.
    pub(crate) closed: bool,
}

/// Figures of a journal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JournalStats {
    /// First sequence number that is still kept.
    pub start: u64,
    /// Next sequence number.
    pub end: u64,
    /// Segment files.
    pub segments: usize,
    /// Their bytes.
    pub bytes: u64,
    /// Entries that readers stepped over because of damage, since the start of the program.
    pub lost: u64,
    /// Syncs to disk since the start of the program; appends ÷ syncs is the gain of group commit.
    pub syncs: u64,
}

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) dir: PathBuf,
    pub(crate) seal: Seal,
    /// First sequence number → bytes of the segment.
    segments: Mutex<BTreeMap<u64, u64>>,
    /// Whole segments that are kept although they are released.
    spare_segments: usize,
    pub(crate) tail: watch::Sender<Tail>,
    pub(crate) lost: AtomicU64,
    pub(crate) syncs: AtomicU64,
}

/// A segment as a reader sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// First sequence number: its name.
    pub(crate) first: u64,
    /// First sequence number of the next segment.
    pub(crate) next: Option<u64>,
}

impl Shared {
    pub(crate) fn new(dir: PathBuf, seal: Seal, segments: BTreeMap<u64, u64>, end: u64, spare_segments: usize) -> Self {
        let tail = watch::Sender::new(Tail { end, closed: false });
        let (lost, syncs) = (AtomicU64::new(0), AtomicU64::new(0));
        Self { dir, seal, segments: Mutex::new(segments), spare_segments, tail, lost, syncs }
    }

    fn segments(&self) -> MutexGuard<'_, BTreeMap<u64, u64>> {
        self.segments.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that the segment has so many bytes (a new one, or one that has grown).
    pub(crate) fn set_bytes(&self, first: u64, bytes: u64) {
        self.segments().insert(first, bytes);
    }

    /// The segment that holds `sequence`, or else the first one behind it.
    pub(crate) fn place(&self, sequence: u64) -> Option<Place> {
        let segments = self.segments();
        let (&first, _) = segments.range(..=sequence).next_back().or_else(|| segments.range(sequence..).next())?;
        let next = segments.range((Excluded(first), Unbounded)).next().map(|(&next, _)| next);
        Some(Place { first, next })
    }

    /// First sequence number that is kept.
    pub(crate) fn start(&self) -> u64 {
        let end = self.tail.borrow().end;
        self.segments().keys().next().copied().unwrap_or(end)
    }

    /// Removes the segments that lie wholly below `before`, but for the spare ones; the last one always
    /// stays, because its name keeps the numbering. Gives their count.
    pub(crate) fn release(&self, before: u64) -> usize {
        let mut removed = 0;
        loop {
            let first = {
                let mut segments = self.segments();
                let mut keys = segments.keys();
                let (first, next) = (keys.next().copied(), keys.next().copied());
                // The last one is being written to; whole ones stand before it.
                let spare = segments.len().saturating_sub(1) <= self.spare_segments;
                match (first, next) {
                    (Some(first), Some(next)) if next <= before && !spare => segments.remove(&first).map(|_| first),
                    _ => None,
                }
            };
            let Some(first) = first else { break };
            let path = segment::path_of(&self.dir, first);
            if let Err(error) = std::fs::remove_file(&path) {
                tracing::warn!(file.path = %path.display(), %error, "a journal segment that is no longer needed cannot be removed");
            }
            removed += 1;
        }
        if removed > 0
            && let Err(error) = meta::sync_dir(&self.dir)
        {
            tracing::warn!(%error, "removed journal segments may come back after a power cut; that does no harm");
        }
        removed
    }

    pub(crate) fn stats(&self) -> JournalStats {
        let end = self.tail.borrow().end;
        let segments = self.segments();
        JournalStats {
            start: segments.keys().next().copied().unwrap_or(end),
            end,
            segments: segments.len(),
            bytes: segments.values().sum(),
            lost: self.lost.load(Ordering::Relaxed),
            syncs: self.syncs.load(Ordering::Relaxed),
        }
    }
}
