//! The pipeline: from the journal through parsing and detection to the desk and the lake.
//!
//! One task reads the journal in order. A batch is parsed and matched on all cores, correlated in
//! order, and committed to the desk together with the checkpoint; its events go on to the lake in
//! bigger pieces. What a crash interrupts is read again from the journal
//! (`docs/decisions/0010-exactly-once-from-the-journal.md`).

pub(crate) mod board;
mod convert;
mod lake_writer;
mod over_time;
mod tuning;
mod workers;

use crate::serve::stopped;
use area_desk::model::NewDetection;
use area_rules::book::{Active, RuleBook};
use area_rules::model::{BatchFigures, SourceFigure};
use area_rules::ops::keep_memory::{Memory, Packed};
use async_trait::async_trait;
use base_core::{SharedClock, Timestamp};
use board::Board;
use convert::Snapshots;
use engine_detect::indicators::{IndicatorStore, WatchTally};
use engine_detect::{Detection, Matcher, Tally};
use engine_event::{Event, EventId};
use engine_journal::{Batch, Journal, JournalReader};
use engine_lake::Lake;
use engine_parse::Catalog;
use lake_writer::LakeWriter;
use over_time::OverTime;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;
use tuning::Judged;
use workers::{Done, Looks, Matched, Workers};

/// Most entries of a batch: enough to keep all cores busy, few enough for a quick commit.
const BATCH_ENTRIES: usize = 8_192;
/// Most bytes of a batch.
const BATCH_BYTES: usize = 8 * 1024 * 1024;
/// Pause before the pipeline is started again after a failure.
const RESTART_AFTER: Duration = Duration::from_secs(2);
/// The longest a commit may take to be tried again while the database is away.
const COMMIT_RETRY: Duration = Duration::from_secs(2);

/// Events per log source are written at most this often: a transaction for each batch would be dear.
const SOURCES_AFTER: Duration = Duration::from_secs(2);
/// Fields are told anew so often, in microseconds, so that one that stopped coming shows.
const FIELDS_ANEW: i64 = 20 * 3_600 * 1_000_000;
/// What correlations and behaviours hold in memory is told so often, in microseconds.
const HOLDINGS_EVERY: i64 = 30 * 1_000_000;
/// The longest the pipeline waits at the start for lists of indicators.
const LISTS_WITHIN: Duration = Duration::from_secs(120);
/// While no event comes, behaviours are told so often that time goes by.
const IDLE_AFTER: Duration = Duration::from_secs(15);

/// Where reading goes on after a restart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Checkpoint {
    /// Next number whose detections are not committed.
    pub next: u64,
    /// Oldest number that correlations and behaviours still need; at most `next`.
    pub warm: u64,
}

/// What a batch brings to the records, in one transaction.
#[derive(Debug)]
pub(crate) struct Results<'a> {
    /// Detections for the desk.
    pub detections: &'a [NewDetection],
    /// The events of the batch that were not counted before.
    pub events: &'a [&'a Event],
    /// Hits of rules, and what filters hid.
    pub figures: &'a BatchFigures,
    /// What behaviours remember, when it is time to store it.
    pub memory: Option<&'a Packed>,
    /// Where reading goes on.
    pub checkpoint: Checkpoint,
}

/// The records, as the pipeline needs them.
#[async_trait]
pub(crate) trait Records: Send + Sync {
    /// Where reading goes on. `instance` is the journal's: numbers of another journal mean nothing.
    async fn checkpoint(&self, instance: u64) -> base_core::Result<Checkpoint>;

    /// What behaviours remembered when it was last stored.
    async fn memory(&self) -> base_core::Result<Option<Memory>>;

    /// Commits a batch: alerts, counters, machines seen, checkpoint; all or nothing.
    async fn commit(&self, instance: u64, results: &Results<'_>) -> base_core::Result<()>;

    /// Writes what came of log sources: a little later than the batch, and not bound to it.
    async fn sources(&self, figure: &SourceFigure) -> base_core::Result<()>;
}

/// Everything the pipeline works with.
#[derive(Clone)]
pub(crate) struct Parts {
    /// Received records.
    pub journal: Arc<Journal>,
    /// Where events are kept.
    pub lake: Arc<dyn Lake>,
    /// Alerts and counters.
    pub records: Arc<dyn Records>,
    /// Source definitions.
    pub catalog: Arc<Catalog>,
    /// The rules that run, what runs beside them, and what is tuned.
    pub book: Arc<RuleBook>,
    /// Lists of indicators in force.
    pub indicators: Arc<IndicatorStore>,
    /// Live figures.
    pub board: Arc<Board>,
    /// Time.
    pub clock: SharedClock,
    /// Threads for parsing and matching.
    pub threads: usize,
}

/// Runs the pipeline until `stop` turns true, starting it again after failures.
pub(crate) async fn run(parts: Parts, mut stop: watch::Receiver<bool>) {
    if let Some(lists) = &parts.book.beside().lists {
        // Meanwhile the journal takes in; nothing passes the lists unseen while they load.
        tokio::select! {
            () = stopped(&mut stop) => {}
            waited = tokio::time::timeout(LISTS_WITHIN, lists.ready()) => if waited.is_err() {
                tracing::warn!("the lists of indicators still load; until then events are not held against them");
            },
        }
    }
    while !*stop.borrow() {
        let result = match Pipeline::start(parts.clone()).await {
            Ok(pipeline) => pipeline.run(stop.clone()).await,
            Err(error) => Err(error),
        };
        if let Err(error) = result {
            tracing::error!(error = format!("{error:#}"), "the pipeline stopped; it starts again from the journal");
            let _ = tokio::time::timeout(RESTART_AFTER, stopped(&mut stop)).await;
        }
    }
}

struct Pipeline {
    parts: Parts,
    reader: JournalReader,
    /// Taken while a batch is on the worker threads.
    workers: Option<(Workers, OverTime)>,
    snapshots: Snapshots,
    lake: LakeWriter,
    /// Detections and counts below are committed.
    committed: u64,
    /// The rules this run works with.
    active: Arc<Active>,
    /// Wakes when other rules were switched on.
    changed: watch::Receiver<u64>,
    /// What came of log sources and is not written yet.
    sources: SourceFigure,
    /// When it is to be written.
    sources_due: Option<Instant>,
    /// When fields were last told anew, and holdings last told.
    fields_at: Timestamp,
    holdings_at: Timestamp,
    /// When behaviours are told that time goes by although no event came.
    idle_due: Instant,
}

/// A batch on its way to the records.
struct Commit<'a> {
    matched: &'a [Matched],
    found: Vec<Detection>,
    tally: &'a Tally,
    watched: &'a WatchTally,
    memory: Option<Packed>,
    checkpoint: Checkpoint,
}

impl Pipeline {
    async fn start(parts: Parts) -> anyhow::Result<Self> {
        // Listen before looking, so that no switch in between is missed.
        let changed = parts.book.changed();
        let active = parts.book.active();
        let instance = parts.journal.instance();
        let checkpoint = parts.records.checkpoint(instance).await?;
        let lake_next = parts.lake.committed().await?;
        let memory = parts.records.memory().await?;
        let over_time = OverTime::restore(&active, &parts.book, instance, checkpoint.next, memory);
        let needed = checkpoint.warm.min(checkpoint.next).min(over_time.seen());
        let from = needed.min(lake_next).max(parts.journal.start());
        tracing::debug!(from, detected = checkpoint.next, lake = lake_next, "pipeline starts");
        let looks = Looks {
            matcher: Matcher::new(Arc::clone(&active.pack)),
            behaviours: Arc::clone(&parts.book.beside().behaviours),
            indicators: Arc::clone(&parts.indicators),
        };
        let workers = Workers::new(&parts.catalog, looks, parts.threads, instance);
        let mut lake = LakeWriter::new(Arc::clone(&parts.lake), lake_next);
        if from > lake_next {
            // The journal no longer has these numbers (it was damaged or replaced): step over them.
            lake.add(from, Vec::new());
        }
        parts.board.position.store(checkpoint.next, Ordering::Relaxed);
        Ok(Self {
            reader: parts.journal.reader(from),
            workers: Some((workers, over_time)),
            snapshots: Snapshots::default(),
            lake,
            committed: checkpoint.next,
            active,
            changed,
            sources: SourceFigure::default(),
            sources_due: None,
            fields_at: parts.clock.now(),
            holdings_at: Timestamp::EPOCH,
            idle_due: Instant::now() + IDLE_AFTER,
            parts,
        })
    }

    /// Runs until `stop` turns true or other rules were switched on. For those the caller starts
    /// a new pipeline, which reads again what correlations need: no event is missed.
    async fn run(mut self, mut stop: watch::Receiver<bool>) -> anyhow::Result<()> {
        loop {
            let due = [self.lake.due(), self.sources_due, Some(self.idle_due)].into_iter().flatten().min();
            let full = self.lake.is_full();
            let batch = tokio::select! {
                biased;
                () = stopped(&mut stop) => break,
                Ok(()) = self.changed.changed() => {
                    tracing::info!("other rules were switched on; the pipeline goes over to them");
                    break;
                }
                () = sleep_until(due) => None,
                batch = self.reader.next_batch(BATCH_ENTRIES, BATCH_BYTES), if !full => Some(batch?),
            };
            if let Some(batch) = batch {
                self.handle(batch).await?;
            }
            self.turn_lake().await?;
            if self.sources_due.is_some_and(|due| due <= Instant::now()) {
                self.write_sources().await;
            }
            if self.idle_due <= Instant::now() {
                self.idle(false).await;
            }
        }
        self.idle(true).await;
        self.write_sources().await;
        self.lake.finish().await?;
        self.release();
        Ok(())
    }

    /// Writes what came of log sources, and tells what correlations hold.
    async fn write_sources(&mut self) {
        self.sources_due = None;
        if let Err(error) = self.parts.records.sources(&self.sources).await {
            tracing::warn!(%error, "events per log source could not be counted; it is tried again");
            self.sources_due = Some(Instant::now() + COMMIT_RETRY);
            return;
        }
        self.sources = SourceFigure::default();
        let now = self.parts.clock.now();
        let Some((workers, over_time)) = &mut self.workers else { return };
        if now.micros_since(self.fields_at) > FIELDS_ANEW {
            self.fields_at = now;
            workers.forget_fields();
        }
        if now.micros_since(self.holdings_at) > HOLDINGS_EVERY {
            self.holdings_at = now;
            over_time.tell(&self.active, &self.parts.book);
        }
    }

    /// Commits what fell due without an event, and what behaviours learnt since it was stored;
    /// `last` before the pipeline ends.
    async fn idle(&mut self, last: bool) {
        self.idle_due = Instant::now() + IDLE_AFTER;
        // Only who has seen all that was received may say that something did not happen.
        if self.committed < self.parts.journal.end() {
            return;
        }
        let Some((workers, mut over_time)) = self.workers.take() else { return };
        let whole = over_time.seen() >= self.committed;
        let found = if last || !whole { Vec::new() } else { over_time.pass_time(self.parts.clock.now()) };
        // With what fired goes the memory of having fired.
        let memory = over_time.memory(last || !found.is_empty());
        let end = self.committed;
        let checkpoint = Checkpoint { next: end, warm: over_time.warm(end) };
        self.workers = Some((workers, over_time));
        if memory.is_some() || !found.is_empty() {
            let (tally, watched) = (Tally::default(), WatchTally::default());
            self.commit(Commit { matched: &[], found, tally: &tally, watched: &watched, memory, checkpoint }).await;
        }
    }

    async fn turn_lake(&mut self) -> anyhow::Result<()> {
        match self.lake.turn().await {
            Ok(()) => self.release(),
            Err(error) if self.lake.is_broken() => return Err(error.into()),
            Err(error) => tracing::warn!(%error, "the lake did not take the events; they are tried again"),
        }
        Ok(())
    }

    async fn handle(&mut self, batch: Batch) -> anyhow::Result<()> {
        let end = batch.range().end;
        let Some((mut workers, mut over_time)) = self.workers.take() else {
            anyhow::bail!("the worker threads were lost");
        };
        self.idle_due = Instant::now() + IDLE_AFTER;
        let committed = self.committed;
        let (workers, over_time, matched, done) = tokio::task::spawn_blocking(move || {
            let before = Done { committed, remembered: over_time.seen() };
            let mut matched = workers.run(batch, &over_time.correlator, before);
            let found = over_time.observe(&mut matched, end, before);
            let memory = if end > committed { over_time.memory(false) } else { None };
            let warm = over_time.warm(end);
            let tallies = (workers.take_tally(), workers.take_watch_tally());
            (workers, over_time, matched, (found, tallies, memory, warm))
        })
        .await?;
        self.workers = Some((workers, over_time));
        let (found, (tally, watched), memory, warm) = done;
        if end > self.committed {
            let checkpoint = Checkpoint { next: end, warm };
            let commit = Commit { matched: &matched, found, tally: &tally, watched: &watched, memory, checkpoint };
            self.commit(commit).await;
        }
        let wanted = self.lake.next();
        let events = matched.into_iter().filter(|m| m.seq >= wanted).map(|m| m.event).collect();
        self.lake.add(end, events);
        self.parts.board.position.store(end, Ordering::Relaxed);
        Ok(())
    }

    /// Commits the batch, trying again as long as the database is away.
    async fn commit(&mut self, commit: Commit<'_>) {
        let Commit { matched, found, tally, watched, memory, checkpoint } = commit;
        let by_id: HashMap<EventId, &Event> =
            if found.is_empty() { HashMap::new() } else { matched.iter().map(|m| (m.event.id, &m.event)).collect() };
        let mut figures = BatchFigures::new(&self.active.pack, tally, &found);
        figures.add_lists(watched);
        let Judged { kept: detections, hidden } = tuning::judge(&self.parts.book.tuning(), found, &by_id);
        figures.hidden = hidden;
        let new: Vec<NewDetection> = detections
            .iter()
            .map(|d| self.snapshots.new_detection(d, d.events.last().and_then(|id| by_id.get(id).copied())))
            .collect();
        let fresh: Vec<&Event> = matched.iter().filter(|m| m.seq >= self.committed).map(|m| &m.event).collect();
        let memory = memory.as_ref();
        let results = Results { detections: &new, events: &fresh, figures: &figures, memory, checkpoint };
        let instance = self.parts.journal.instance();
        while let Err(error) = self.parts.records.commit(instance, &results).await {
            tracing::warn!(%error, "the batch could not be committed; it is tried again");
            tokio::time::sleep(COMMIT_RETRY).await;
        }
        self.committed = checkpoint.next;
        self.sources.add(tally);
        if !self.sources.is_empty() {
            self.sources_due.get_or_insert_with(|| Instant::now() + SOURCES_AFTER);
        }
        self.parts.book.offer(&fresh);
        self.count(&fresh, &detections);
    }

    fn count(&self, events: &[&Event], detections: &[Detection]) {
        let now = self.parts.clock.now();
        let board = &self.parts.board;
        board.add_events(now, events.len() as u64);
        let marked = |f: fn(&Event) -> bool| events.iter().filter(|e| f(e)).count() as u64;
        board.unparsed.fetch_add(marked(|e| e.marks.unparsed), Ordering::Relaxed);
        board.truncated.fetch_add(marked(|e| e.marks.truncated), Ordering::Relaxed);
        board.detections.fetch_add(detections.len() as u64, Ordering::Relaxed);
        if let Some(oldest) = detections.iter().map(|d| d.received).min() {
            board.saw_latency(now.micros_since(oldest));
        }
    }

    /// Lets the journal drop what neither lake, desk, correlations nor behaviours need any more.
    fn release(&mut self) {
        let Some((_, over_time)) = &mut self.workers else { return };
        let warm = over_time.warm(u64::MAX);
        let before = self.lake.committed().min(self.committed).min(warm);
        self.parts.journal.release(before);
    }
}

async fn sleep_until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => std::future::pending().await,
    }
}
