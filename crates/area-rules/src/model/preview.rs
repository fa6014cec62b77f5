//! What a new pack would have changed over the last days.

use base_core::Timestamp;
use serde::{Deserialize, Serialize};

/// The outcome of holding both packs against the stored events.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    /// Begin of the events replayed.
    pub from: Timestamp,
    /// End of the events replayed.
    pub until: Timestamp,
    /// Whether older events of the span were left out because there were too many.
    pub shortened: bool,
    /// Events replayed.
    pub events: u64,
    /// Detections of the rules that differ, now and with the new pack.
    pub before: u64,
    /// See `before`.
    pub after: u64,
    /// By rule, most changed first; only rules whose number differs.
    pub rules: Vec<RuleDelta>,
    /// When it was done.
    pub at: Timestamp,
}

/// What changes for one rule.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleDelta {
    /// Id.
    pub rule: String,
    /// Title.
    pub title: String,
    /// Detections with the rules that run now.
    pub before: u64,
    /// Detections with the new pack.
    pub after: u64,
}

/// Rules listed in a preview.
pub const MAX_DELTAS: usize = 200;

impl RuleDelta {
    /// How far the numbers lie apart.
    #[must_use]
    pub fn distance(&self) -> u64 {
        self.before.abs_diff(self.after)
    }
}
