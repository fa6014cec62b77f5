//! Matching and correlating together, for one stream of events.

use crate::correlator::{Correlator, CorrelatorOptions};
use crate::detection::Detection;
use crate::matcher::{Hit, MatchScratch, Matcher};
use crate::pack::RulePack;
use crate::tally::Tally;
use engine_event::Event;
use std::sync::Arc;

/// Detection over one stream of events.
///
/// # After a crash
/// Store [`Detector::oldest_needed`] with the checkpoint. On restart give the events from that
/// position up to the checkpoint to [`Detector::warm`], which makes no detections, and go on
/// with [`Detector::observe_at`]. Every detection then has the key it had, or would have had.
#[derive(Debug)]
pub struct Detector {
    matcher: Matcher,
    correlator: Correlator,
    scratch: MatchScratch,
    hits: Vec<Hit>,
    next: u64,
}

impl Detector {
    /// A detector without memory of earlier events.
    #[must_use]
    pub fn new(pack: Arc<RulePack>) -> Self {
        Self::with_options(pack, CorrelatorOptions::default())
    }

    /// With other bounds of the correlator's memory.
    #[must_use]
    pub fn with_options(pack: Arc<RulePack>, options: CorrelatorOptions) -> Self {
        Self {
            correlator: Correlator::new(Arc::clone(&pack), options),
            matcher: Matcher::new(pack),
            scratch: MatchScratch::new(),
            hits: Vec::new(),
            next: 0,
        }
    }

    /// Appends the detections of an event; positions are counted by the detector.
    pub fn observe(&mut self, event: &Event, out: &mut Vec<Detection>) {
        self.observe_at(event, self.next, out);
    }

    /// Appends the detections of the event at `position` of the stream (such as its sequence
    /// in the journal; rising).
    pub fn observe_at(&mut self, event: &Event, position: u64, out: &mut Vec<Detection>) {
        self.match_event(event, position);
        out.extend(self.hits.iter().filter(|h| h.standalone).filter_map(|h| self.matcher.detection(event, *h)));
        if let Some(observation) = self.correlator.extract(event, &self.hits, position) {
            self.correlator.observe(observation, out);
        }
    }

    /// Lets correlations see an event without making detections: for replaying what was
    /// already processed before a restart.
    pub fn warm(&mut self, event: &Event, position: u64) {
        self.match_event(event, position);
        if let Some(observation) = self.correlator.extract(event, &self.hits, position) {
            self.correlator.observe(observation, &mut Vec::new());
        }
    }

    fn match_event(&mut self, event: &Event, position: u64) {
        self.hits.clear();
        self.matcher.hits(event, &mut self.scratch, &mut self.hits);
        self.next = position.wrapping_add(1);
    }

    /// The oldest position whose event correlations still need; `None` when they need none.
    pub fn oldest_needed(&mut self) -> Option<u64> {
        self.correlator.oldest_needed()
    }

    /// The stateful half, for its counters.
    #[must_use]
    pub fn correlator(&self) -> &Correlator {
        &self.correlator
    }

    /// The stateless half.
    #[must_use]
    pub fn matcher(&self) -> &Matcher {
        &self.matcher
    }

    /// What was counted since the last call.
    pub fn take_tally(&mut self) -> Tally {
        self.scratch.take_tally()
    }
}
