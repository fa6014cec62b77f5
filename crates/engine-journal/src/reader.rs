//! Reading the journal from a place on, following its tail.

use crate::entry::Entry;
use crate::error::JournalError;
use crate::segment::{self, FIRST_FRAME, Step, Walker};
use crate::shared::{Place, Shared, Tail};
use std::fs::File;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tokio::sync::watch;

/// Neighbouring entries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// Sequence number of the first of `entries`; the others follow without a gap.
    pub first: u64,
    /// The entries. Empty only when nothing but damage was left to read.
    pub entries: Vec<Entry>,
    /// How many sequence numbers directly before `first` were stepped over, because they were
    /// damaged or had been released.
    pub skipped: u64,
}

impl Batch {
    /// Sequence number after the last entry.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.first + self.entries.len() as u64
    }

    /// Every sequence number this batch accounts for, those stepped over included: the range
    /// to commit downstream, contiguous from batch to batch.
    #[must_use]
    pub fn range(&self) -> Range<u64> {
        self.first - self.skipped..self.end()
    }
}

/// Where a reader stands; replaced only when a batch was handed out, so that dropping
/// [`JournalReader::next_batch`] half-way loses nothing.
#[derive(Clone, Debug)]
struct Position {
    next: u64,
    /// Segment that is open: first number, file, offset of the frame of `next`.
    open: Option<(u64, Arc<File>, u64)>,
}

/// A reader of the journal. Made by [`crate::Journal::reader`].
#[derive(Debug)]
pub struct JournalReader {
    shared: Arc<Shared>,
    tail: watch::Receiver<Tail>,
    position: Position,
}

impl JournalReader {
    pub(crate) fn new(shared: Arc<Shared>, from: u64) -> Self {
        let tail = shared.tail.subscribe();
        Self { shared, tail, position: Position { next: from, open: None } }
    }

    /// Sequence number the next batch begins with (or later, if entries are missing there).
    #[must_use]
    pub const fn next_sequence(&self) -> u64 {
        self.position.next
    }

    /// The next entries: waits until there is at least one, then gives up to `max_entries`
    /// and, beyond the first, up to `max_bytes` of stored bytes. Cancel-safe.
    ///
    /// # Errors
    /// [`JournalError::Closed`] when the journal was shut down and all was read;
    /// [`JournalError::Io`] when a file cannot be read.
    pub async fn next_batch(&mut self, max_entries: usize, max_bytes: usize) -> Result<Batch, JournalError> {
        let tail = loop {
            let tail = *self.tail.borrow_and_update();
            if self.position.next < tail.end {
                break tail;
            }
            if tail.closed || self.tail.changed().await.is_err() {
                return Err(JournalError::Closed);
            }
        };
        let (shared, mut position) = (self.shared.clone(), self.position.clone());
        let read = tokio::task::spawn_blocking(move || {
            let batch = read_batch(&shared, &mut position, tail.end, max_entries.max(1), max_bytes)?;
            Ok::<_, JournalError>((batch, position))
        });
        let (batch, position) = read.await.map_err(|_| JournalError::Closed)??;
        if batch.skipped > 0 {
            self.shared.lost.fetch_add(batch.skipped, Ordering::Relaxed);
            tracing::warn!(
                journal.entries = batch.skipped,
                journal.before = batch.first,
                "journal entries are missing and were stepped over"
            );
        }
        self.position = position;
        Ok(batch)
    }
}

fn read_batch(
    shared: &Shared,
    position: &mut Position,
    end: u64,
    max_entries: usize,
    max_bytes: usize,
) -> Result<Batch, JournalError> {
    let mut batch = Batch { first: position.next, entries: Vec::new(), skipped: 0 };
    let mut room = max_bytes;
    while batch.entries.is_empty() && position.next < end {
        let Some(place) = shared.place(position.next).filter(|p| p.first < end) else {
            skip_to(&mut batch, position, end);
            break;
        };
        if place.first > position.next {
            skip_to(&mut batch, position, place.first);
        }
        match open(shared, position, place) {
            Ok(mut walker) => {
                let bounds = Bounds { place, end, max_entries };
                read_segment(&mut walker, &mut batch, position, &bounds, &mut room)?;
            }
            // Released while we were on the way to it.
            Err(JournalError::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
                skip_to(&mut batch, position, place.next.unwrap_or(end).min(end));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(batch)
}

struct Bounds {
    place: Place,
    end: u64,
    max_entries: usize,
}

fn open(shared: &Shared, position: &mut Position, place: Place) -> Result<Walker, JournalError> {
    let path = segment::path_of(&shared.dir, place.first);
    let (file, offset) = match position.open.take() {
        Some((first, file, offset)) if first == place.first => (file, offset),
        _ => (Arc::new(File::open(&path).map_err(JournalError::io("open", &path))?), FIRST_FRAME),
    };
    let length = file.metadata().map_err(JournalError::io("ask the size of", &path))?.len();
    position.open = Some((place.first, file.clone(), offset));
    Ok(Walker::new(file, shared.seal, offset, length))
}

fn read_segment(
    walker: &mut Walker,
    batch: &mut Batch,
    position: &mut Position,
    bounds: &Bounds,
    room: &mut usize,
) -> Result<(), JournalError> {
    let limit = bounds.place.next.unwrap_or(u64::MAX).min(bounds.end);
    // From the start of a segment, entries before ours are sound and just passed over.
    let mut lowest = if walker.offset() == FIRST_FRAME { bounds.place.first } else { position.next };
    let path = || std::path::PathBuf::from(format!("{:020}.seg", bounds.place.first));
    loop {
        let before = walker.offset();
        if lowest >= limit {
            // What lies behind was not acknowledged yet, or is repeated by the next segment.
            keep_offset(position, before);
            return Ok(());
        }
        let step = walker.step(&(lowest..limit)).map_err(|e| JournalError::io("read", &path())(e))?;
        let (sequence, entry, bytes) = match step {
            Step::Frame { sequence, payload } => (sequence, Entry::decode(payload), payload.len()),
            Step::Damaged(_) => continue,
            Step::End(_) => {
                // A gap that ends a batch is told with the next one.
                if batch.entries.is_empty() {
                    skip_to(batch, position, limit);
                }
                keep_offset(position, before);
                return Ok(());
            }
        };
        lowest = sequence + 1;
        if sequence < position.next {
            continue;
        }
        let fits = batch.entries.is_empty() || (sequence == position.next && bytes <= *room);
        let Some(entry) = entry.filter(|_| fits) else {
            if fits {
                continue; // checksums right, contents not: as good as damaged
            }
            keep_offset(position, before);
            return Ok(());
        };
        if sequence > position.next {
            skip_to(batch, position, sequence);
        }
        *room = room.saturating_sub(bytes);
        batch.entries.push(entry);
        position.next = sequence + 1;
        if batch.entries.len() >= bounds.max_entries {
            keep_offset(position, walker.offset());
            return Ok(());
        }
    }
}

fn keep_offset(position: &mut Position, offset: u64) {
    if let Some((_, _, at)) = &mut position.open {
        *at = offset;
    }
}

/// Steps over missing numbers; only before the first entry of a batch.
fn skip_to(batch: &mut Batch, position: &mut Position, sequence: u64) {
    batch.skipped += sequence.saturating_sub(position.next);
    position.next = position.next.max(sequence);
    batch.first = position.next;
}
