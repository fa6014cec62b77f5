//! Sizes and limits of a journal.

/// How a journal is opened. `Default` suits a server of a few cores.
#[derive(Clone, Debug)]
pub struct JournalOptions {
    /// A segment that has reached this size is closed and a new one begun, in bytes.
    pub segment_bytes: u64,
    /// Longest raw record taken, in bytes.
    pub max_raw_bytes: usize,
    /// Most bytes waiting for the disk; further appends wait (back-pressure).
    pub queue_bytes: usize,
    /// Most bytes written with one sync.
    pub group_bytes: usize,
    /// The first new entry gets at least this sequence number.
    ///
    /// Give what the reader side has already committed: should the journal's files have been
    /// lost or cut below it, new entries would otherwise repeat numbers already used.
    pub at_least: u64,
    /// Whole segments that are kept although nobody needs them any more, for who looks back after a restart.
    pub spare_segments: usize,
    /// Instance number for a new journal; random when `None`.
    pub new_instance: Option<u64>,
}

impl Default for JournalOptions {
    fn default() -> Self {
        Self {
            segment_bytes: 64 * 1024 * 1024,
            max_raw_bytes: 16 * 1024 * 1024,
            queue_bytes: 64 * 1024 * 1024,
            group_bytes: 8 * 1024 * 1024,
            at_least: 0,
            spare_segments: 0,
            new_instance: None,
        }
    }
}
