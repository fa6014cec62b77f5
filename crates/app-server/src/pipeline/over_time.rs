//! The ordered half of detection: correlations and behaviours, event by event in journal order.
//!
//! Correlations look back minutes, so after a restart the events they need are read again.
//! Behaviours look back weeks: their memory is stored with the checkpoint. Writing it costs more
//! the more there is, so it is not stored with every batch; the events since it was stored are
//! read again too, silently. Either way every detection is made once, from the same memory.

use super::workers::{Done, Matched};
use area_rules::book::{Active, RuleBook};
use area_rules::model::Holding;
use area_rules::ops::keep_memory::{self, Memory, Packed};
use base_core::Timestamp;
use engine_detect::behaviours::{BehaviourDetector, Restored};
use engine_detect::{Correlator, CorrelatorOptions, Detection};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// The memory of behaviours is stored at most so often.
const STORE_AFTER: Duration = Duration::from_secs(5);
/// And so rarely that it takes at most one part in this many of the time.
const STORE_SHARE: u32 = 50;

/// See the module.
pub(super) struct OverTime {
    pub(super) correlator: Correlator,
    pub(super) behaviours: BehaviourDetector,
    /// Behaviours have seen every event below.
    seen: u64,
    /// The stored memory has seen every event below; `None` before anything was stored.
    stored: Option<u64>,
    /// When it is to be stored again.
    due: Instant,
    /// Something changed since it was stored.
    changed: bool,
    instance: u64,
}

impl OverTime {
    /// Goes on from a stored memory; `committed` is the first number whose detections are not
    /// committed. A memory that cannot be used is told, and behaviours learn anew.
    pub(super) fn restore(
        active: &Active,
        book: &RuleBook,
        instance: u64,
        committed: u64,
        memory: Option<Memory>,
    ) -> Self {
        let mut behaviours = BehaviourDetector::new(Arc::clone(&book.beside().behaviours));
        let mut stored = None;
        if let Some(memory) = memory {
            match behaviours.restore(&memory.checkpoint) {
                Ok(restored) => {
                    tell(&restored);
                    // Numbers of another journal mean nothing; what was learnt stays.
                    stored = Some(if memory.instance == instance { memory.next.min(committed) } else { committed });
                }
                Err(error) => {
                    tracing::error!(%error, "the memory of behaviours");
                    book.set_trouble(&format!("the memory of behaviours {error}"));
                }
            }
        }
        Self {
            correlator: Correlator::new(Arc::clone(&active.pack), CorrelatorOptions::default()),
            behaviours,
            seen: stored.unwrap_or(committed),
            stored,
            due: Instant::now(),
            changed: false,
            instance,
        }
    }

    /// The first number that behaviours have not seen: reading goes on no later than here.
    pub(super) fn seen(&self) -> u64 {
        self.seen
    }

    /// The oldest number that a restart would need, of `end` at most.
    pub(super) fn warm(&mut self, end: u64) -> u64 {
        let correlations = self.correlator.oldest_needed().unwrap_or(end);
        correlations.min(self.stored.unwrap_or(end)).min(end)
    }

    /// Correlates a batch in order, up to the number `end`; committed events are only remembered.
    pub(super) fn observe(&mut self, matched: &mut [Matched], end: u64, before: Done) -> Vec<Detection> {
        let (mut detections, mut unheard) = (Vec::new(), Vec::new());
        for m in matched.iter_mut() {
            let fresh = m.seq >= before.committed;
            let found = std::mem::take(&mut m.detections);
            if fresh {
                detections.extend(found);
            }
            let out = if fresh { &mut detections } else { &mut unheard };
            if let Some(observation) = m.observation.take() {
                self.correlator.observe(observation, out);
            }
            if let Some(observation) = m.behaviour.take() {
                self.behaviours.observe(&observation, out);
                self.changed = true;
            }
        }
        if let Some(last) = matched.iter().filter(|m| m.seq >= before.remembered).map(|m| m.event.received).max() {
            let out = if end > before.committed { &mut detections } else { &mut unheard };
            self.behaviours.advance(last, out);
        }
        self.seen = self.seen.max(end);
        detections
    }

    /// What fell due although no event came: everything received before `now` has been seen.
    pub(super) fn pass_time(&mut self, now: Timestamp) -> Vec<Detection> {
        let mut detections = Vec::new();
        self.behaviours.advance(now, &mut detections);
        detections
    }

    /// The memory to be stored with a commit, when it is time; `now` at any time there is something new.
    pub(super) fn memory(&mut self, now: bool) -> Option<Packed> {
        let behaviours = self.behaviours.behaviours();
        // The first commit stores one, so that a restart knows from where on to read.
        let wanted = self.stored.is_none() || (self.changed && (now || self.due <= Instant::now()));
        if behaviours.is_empty() || !wanted {
            return None;
        }
        let begun = Instant::now();
        let memory = Memory { instance: self.instance, next: self.seen, checkpoint: self.behaviours.checkpoint() };
        let packed = match keep_memory::pack(&memory) {
            Ok(packed) => packed,
            Err(error) => {
                tracing::error!(%error, "the memory of behaviours cannot be stored; it is tried again");
                return None;
            }
        };
        self.due = Instant::now() + STORE_AFTER.max(begun.elapsed() * STORE_SHARE);
        self.stored = Some(self.seen);
        self.changed = false;
        Some(packed)
    }

    /// What correlations and behaviours hold in memory, for the console.
    pub(super) fn tell(&self, active: &Active, book: &RuleBook) {
        let pack = &active.pack;
        let told = (0..pack.rules().correlations().len()).filter_map(|n| {
            let stats = self.correlator.rule_stats(n)?;
            let rule = Arc::clone(&pack.correlation_info(n)?.id);
            Some(Holding { rule, groups: stats.groups, entries: stats.entries, evicted: stats.evicted })
        });
        book.set_holdings(told.collect());
        book.set_behaviour_stats(self.behaviours.stats());
    }
}

fn tell(restored: &Restored) {
    if !restored.changed.is_empty() || !restored.gone.is_empty() {
        let (changed, gone) = (restored.changed.join(", "), restored.gone.join(", "));
        tracing::info!(changed, gone, "behaviours whose settings changed learn anew; the others go on");
    }
}
