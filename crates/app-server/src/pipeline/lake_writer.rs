//! Hands events to the lake in ranges big enough to be worth a file, one write at a time.
//!
//! The pipeline goes on detecting while a write is under way. Should the lake refuse (a full
//! disk), the events stay here and the write is tried again; once [`MAX_WAITING`] events
//! wait, the pipeline pauses, the journal takes over the waiting and nothing is lost.

use engine_event::Event;
use engine_lake::{Lake, LakeError};
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// Longest time an event waits before it is written, so that search sees it soon.
const FLUSH_AFTER: Duration = Duration::from_secs(2);
/// Events that are written at once without waiting.
const FLUSH_EVENTS: usize = 50_000;
/// Bytes of raw records that are written at once without waiting.
const FLUSH_BYTES: usize = 48 * 1024 * 1024;
/// Events that may wait before the pipeline pauses.
const MAX_WAITING: usize = 100_000;
/// Pause before a refused write is tried again.
const RETRY_AFTER: Duration = Duration::from_secs(2);

/// Events of a contiguous range of journal numbers.
#[derive(Debug, Default)]
struct Piece {
    range: Range<u64>,
    events: Vec<Event>,
    bytes: usize,
}

/// See the module.
pub(crate) struct LakeWriter {
    lake: Arc<dyn Lake>,
    /// Every number below is committed in the lake.
    committed: u64,
    waiting: Piece,
    due: Option<Instant>,
    writing: Option<JoinHandle<(Piece, Result<(), LakeError>)>>,
    broken: bool,
}

impl LakeWriter {
    /// A writer that goes on at number `committed`.
    #[must_use]
    pub(crate) fn new(lake: Arc<dyn Lake>, committed: u64) -> Self {
        let waiting = Piece { range: committed..committed, ..Piece::default() };
        Self { lake, committed, waiting, due: None, writing: None, broken: false }
    }

    /// Every number below this is in the lake for good.
    #[must_use]
    pub(crate) fn committed(&self) -> u64 {
        self.committed
    }

    /// Next number this writer wants; events below it are to be left out.
    #[must_use]
    pub(crate) fn next(&self) -> u64 {
        self.waiting.range.end
    }

    /// Takes the events of the numbers up to `end`. Numbers without an event were damaged or cut.
    pub(crate) fn add(&mut self, end: u64, events: Vec<Event>) {
        if end <= self.waiting.range.end {
            return;
        }
        self.waiting.bytes += events.iter().map(|e| e.raw.len()).sum::<usize>();
        self.waiting.events.extend(events);
        self.waiting.range.end = end;
        self.due.get_or_insert_with(|| Instant::now() + FLUSH_AFTER);
    }

    /// Whether the pipeline should wait for the disk before it reads on.
    #[must_use]
    pub(crate) fn is_full(&self) -> bool {
        self.waiting.events.len() >= MAX_WAITING
    }

    /// Whether a write broke off and took its events along: only a new start from the journal helps.
    #[must_use]
    pub(crate) fn is_broken(&self) -> bool {
        self.broken
    }

    /// When [`LakeWriter::turn`] has something to do without new events; `None` for never.
    #[must_use]
    pub(crate) fn due(&self) -> Option<Instant> {
        self.due
    }

    /// Starts a write if one is due and takes in the result of the last; never waits.
    ///
    /// # Errors
    /// The lake's refusal. The events are kept and tried again after a pause.
    pub(crate) async fn turn(&mut self) -> Result<(), LakeError> {
        if let Some(task) = self.writing.take_if(|task| task.is_finished()) {
            self.take_in(task.await)?;
        }
        let ripe = self.waiting.events.len() >= FLUSH_EVENTS
            || self.waiting.bytes >= FLUSH_BYTES
            || self.due.is_some_and(|due| due <= Instant::now());
        if ripe && self.writing.is_none() {
            self.start();
        } else if ripe {
            // A write is still under way: look again shortly.
            self.due = Some(Instant::now() + Duration::from_millis(20));
        }
        Ok(())
    }

    /// Writes all that waits and waits for it: at the end.
    ///
    /// # Errors
    /// The lake's refusal; the journal still has the events.
    pub(crate) async fn finish(&mut self) -> Result<(), LakeError> {
        while self.writing.is_some() || !self.waiting.range.is_empty() {
            if self.writing.is_none() {
                self.start();
            }
            if let Some(task) = self.writing.take() {
                self.take_in(task.await)?;
            }
        }
        Ok(())
    }

    fn start(&mut self) {
        let end = self.waiting.range.end;
        let piece = std::mem::replace(&mut self.waiting, Piece { range: end..end, ..Piece::default() });
        // While the write runs, look after it often enough for the journal to be released.
        self.due = Some(Instant::now() + Duration::from_millis(200));
        let lake = Arc::clone(&self.lake);
        self.writing = Some(tokio::spawn(async move {
            let done = lake.write(piece.range.clone(), &piece.events).await;
            (piece, done)
        }));
    }

    fn take_in(
        &mut self,
        joined: Result<(Piece, Result<(), LakeError>), tokio::task::JoinError>,
    ) -> Result<(), LakeError> {
        let (piece, done) = match joined {
            Ok(pair) => pair,
            Err(cause) => {
                self.broken = true;
                return Err(LakeError::engine("write events", cause));
            }
        };
        match done {
            Ok(()) => {
                self.committed = piece.range.end;
                self.due = (!self.waiting.range.is_empty()).then(|| Instant::now() + FLUSH_AFTER);
                Ok(())
            }
            Err(error) => {
                let later = std::mem::replace(&mut self.waiting, piece);
                self.waiting.range.end = later.range.end;
                self.waiting.events.extend(later.events);
                self.waiting.bytes += later.bytes;
                self.due = Some(Instant::now() + RETRY_AFTER);
                Err(error)
            }
        }
    }
}
