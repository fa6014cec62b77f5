//! The pipeline: from the journal through parsing and detection to the desk and the lake.
//!
//! One task reads the journal in order. A batch is parsed and matched on all cores, correlated in
//! order, and committed to the desk together with the checkpoint; its events go on to the lake in
//! bigger pieces. What a crash interrupts is read again from the journal
//! (`docs/decisions/0010-exactly-once-from-the-journal.md`).

pub(crate) mod board;
mod convert;
mod lake_writer;
mod workers;

use crate::serve::stopped;
use area_desk::model::NewDetection;
use async_trait::async_trait;
use base_core::SharedClock;
use board::Board;
use convert::Snapshots;
use engine_detect::{Correlator, CorrelatorOptions, Detection, Matcher, RulePack};
use engine_event::{Event, EventId};
use engine_journal::{Batch, Journal, JournalReader};
use engine_lake::Lake;
use engine_parse::Catalog;
use lake_writer::LakeWriter;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::watch;
use workers::{Matched, Workers};

/// Most entries of a batch: enough to keep all cores busy, few enough for a quick commit.
const BATCH_ENTRIES: usize = 8_192;
/// Most bytes of a batch.
const BATCH_BYTES: usize = 8 * 1024 * 1024;
/// Pause before the pipeline is started again after a failure.
const RESTART_AFTER: Duration = Duration::from_secs(2);
/// The longest a commit may take to be tried again while the database is away.
const COMMIT_RETRY: Duration = Duration::from_secs(2);

/// Where reading goes on after a restart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Checkpoint {
    /// Next number whose detections are not committed.
    pub next: u64,
    /// Oldest number that correlations still need; at most `next`.
    pub warm: u64,
}

/// What a batch brings to the records, in one transaction.
#[derive(Debug)]
pub(crate) struct Results<'a> {
    /// Detections for the desk.
    pub detections: &'a [NewDetection],
    /// The events of the batch that were not counted before.
    pub events: &'a [&'a Event],
    /// Where reading goes on.
    pub checkpoint: Checkpoint,
}

/// The records, as the pipeline needs them.
#[async_trait]
pub(crate) trait Records: Send + Sync {
    /// Where reading goes on. `instance` is the journal's: numbers of another journal mean nothing.
    async fn checkpoint(&self, instance: u64) -> base_core::Result<Checkpoint>;

    /// Commits a batch: alerts, counters, machines seen, checkpoint; all or nothing.
    async fn commit(&self, instance: u64, results: &Results<'_>) -> base_core::Result<()>;
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
    /// Rules.
    pub pack: Arc<RulePack>,
    /// Live figures.
    pub board: Arc<Board>,
    /// Time.
    pub clock: SharedClock,
    /// Threads for parsing and matching.
    pub threads: usize,
}

/// Runs the pipeline until `stop` turns true, starting it again after failures.
pub(crate) async fn run(parts: Parts, mut stop: watch::Receiver<bool>) {
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
    workers: Option<(Workers, Correlator)>,
    snapshots: Snapshots,
    lake: LakeWriter,
    /// Detections and counts below are committed.
    committed: u64,
}

impl Pipeline {
    async fn start(parts: Parts) -> anyhow::Result<Self> {
        let instance = parts.journal.instance();
        let checkpoint = parts.records.checkpoint(instance).await?;
        let lake_next = parts.lake.committed().await?;
        let from = checkpoint.warm.min(checkpoint.next).min(lake_next).max(parts.journal.start());
        tracing::debug!(from, detected = checkpoint.next, lake = lake_next, "pipeline starts");
        let matcher = Matcher::new(Arc::clone(&parts.pack));
        let correlator = Correlator::new(Arc::clone(&parts.pack), CorrelatorOptions::default());
        let workers = Workers::new(&parts.catalog, matcher, parts.threads, instance);
        let mut lake = LakeWriter::new(Arc::clone(&parts.lake), lake_next);
        if from > lake_next {
            // The journal no longer has these numbers (it was damaged or replaced): step over them.
            lake.add(from, Vec::new());
        }
        Ok(Self {
            reader: parts.journal.reader(from),
            workers: Some((workers, correlator)),
            snapshots: Snapshots::default(),
            lake,
            committed: checkpoint.next,
            parts,
        })
    }

    async fn run(mut self, mut stop: watch::Receiver<bool>) -> anyhow::Result<()> {
        loop {
            let due = self.lake.due();
            let full = self.lake.is_full();
            let batch = tokio::select! {
                biased;
                () = stopped(&mut stop) => break,
                () = sleep_until(due) => None,
                batch = self.reader.next_batch(BATCH_ENTRIES, BATCH_BYTES), if !full => Some(batch?),
            };
            if let Some(batch) = batch {
                self.handle(batch).await?;
            }
            self.turn_lake().await?;
        }
        self.lake.finish().await?;
        self.release();
        Ok(())
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
        let Some((mut workers, mut correlator)) = self.workers.take() else {
            anyhow::bail!("the worker threads were lost");
        };
        let committed = self.committed;
        let (workers, correlator, matched, detections) = tokio::task::spawn_blocking(move || {
            let mut matched = workers.run(batch, &correlator);
            let detections = correlate(&mut matched, &mut correlator, committed);
            (workers, correlator, matched, detections)
        })
        .await?;
        let warm = {
            let mut correlator = correlator;
            let warm = correlator.oldest_needed().unwrap_or(end);
            self.workers = Some((workers, correlator));
            warm
        };
        if end > self.committed {
            self.commit(&matched, &detections, Checkpoint { next: end, warm: warm.min(end) }).await;
        }
        let wanted = self.lake.next();
        let events = matched.into_iter().filter(|m| m.seq >= wanted).map(|m| m.event).collect();
        self.lake.add(end, events);
        self.parts.board.position.store(end, Ordering::Relaxed);
        Ok(())
    }

    /// Commits the batch, trying again as long as the database is away.
    async fn commit(&mut self, matched: &[Matched], detections: &[Detection], checkpoint: Checkpoint) {
        let by_id: HashMap<EventId, &Event> = if detections.is_empty() {
            HashMap::new()
        } else {
            matched.iter().map(|m| (m.event.id, &m.event)).collect()
        };
        let new: Vec<NewDetection> = detections
            .iter()
            .map(|d| self.snapshots.new_detection(d, d.events.last().and_then(|id| by_id.get(id).copied())))
            .collect();
        let fresh: Vec<&Event> = matched.iter().filter(|m| m.seq >= self.committed).map(|m| &m.event).collect();
        let results = Results { detections: &new, events: &fresh, checkpoint };
        let instance = self.parts.journal.instance();
        while let Err(error) = self.parts.records.commit(instance, &results).await {
            tracing::warn!(%error, "the batch could not be committed; it is tried again");
            tokio::time::sleep(COMMIT_RETRY).await;
        }
        self.committed = checkpoint.next;
        self.count(&fresh, detections);
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

    /// Lets the journal drop what neither lake, desk nor correlations need any more.
    fn release(&mut self) {
        let Some((_, correlator)) = &mut self.workers else { return };
        let warm = correlator.oldest_needed().unwrap_or(u64::MAX);
        let before = self.lake.committed().min(self.committed).min(warm);
        self.parts.journal.release(before);
    }
}

/// Correlations in journal order; below `committed` they only remember.
fn correlate(matched: &mut [Matched], correlator: &mut Correlator, committed: u64) -> Vec<Detection> {
    let mut detections = Vec::new();
    let mut unheard = Vec::new();
    for m in matched {
        let fresh = m.seq >= committed;
        let found = std::mem::take(&mut m.detections);
        if fresh {
            detections.extend(found);
        }
        if let Some(observation) = m.observation.take() {
            correlator.observe(observation, if fresh { &mut detections } else { &mut unheard });
        }
    }
    detections
}

async fn sleep_until(due: Option<tokio::time::Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => std::future::pending().await,
    }
}
