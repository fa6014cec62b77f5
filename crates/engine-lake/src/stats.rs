//! What a lake holds, in figures.

use base_core::Timestamp;

/// Figures of a lake.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LakeStats {
    /// Next journal sequence number the lake wants.
    pub committed: u64,
    /// Events kept.
    pub events: u64,
    /// Bytes they take where they are kept.
    pub stored_bytes: u64,
    /// Bytes of their raw records.
    pub raw_bytes: u64,
    /// Files (or other pieces) they are kept in.
    pub files: u64,
    /// Time of the oldest event.
    pub oldest: Option<Timestamp>,
    /// Time of the newest event.
    pub newest: Option<Timestamp>,
    /// Per UTC day, oldest first.
    pub days: Vec<DayStats>,
    /// Of the files, those of the second folder.
    pub cold_files: u64,
    /// Their bytes.
    pub cold_bytes: u64,
}

/// Events that are kept and cannot be read at the moment: searches leave them out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutOfReach {
    /// Their UTC days, oldest first, as in [`DayStats::day`].
    pub days: Vec<String>,
    /// Why, and what to do.
    pub reason: String,
}

/// Figures of one UTC day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DayStats {
    /// `2026-11-22`, or `unknown` for times no calendar knows.
    pub day: String,
    /// Events.
    pub events: u64,
    /// Bytes they take.
    pub stored_bytes: u64,
    /// Files they are in.
    pub files: u64,
}

impl LakeStats {
    /// Stored bytes per event; `None` for an empty lake.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    pub fn bytes_per_event(&self) -> Option<f64> {
        (self.events > 0).then(|| self.stored_bytes as f64 / self.events as f64)
    }
}
