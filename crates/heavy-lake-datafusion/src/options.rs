//! Sizes and limits of a lake.

use crate::cold::ColdTier;
use crate::upkeep::{Keep, Retention};
use base_core::{SharedClock, SystemClock};
use std::sync::Arc;

/// How a lake is opened. `Default` suits a server of a few cores.
#[derive(Clone, Debug)]
pub struct LakeOptions {
    /// Most memory searches together may use for sorting and collecting, in bytes.
    pub memory_bytes: usize,
    /// Parallel parts of a search.
    pub threads: usize,
    /// Compression level of fresh files (zstd).
    pub fresh_zstd: i32,
    /// Compression level of files merged for the time being (zstd).
    pub merge_zstd: i32,
    /// Compression level of large files (zstd).
    pub compact_zstd: i32,
    /// Files of so many raw bytes count as large: they are compressed hard and get a text index.
    pub index_from_raw_bytes: u64,
    /// Compaction does not touch files from this size on, in bytes.
    pub target_bytes: u64,
    /// Nor from so many events on: making a file takes memory by its rows.
    pub target_events: u64,
    /// So many files of about one size are merged into one.
    pub merge_files: usize,
    /// How long events are kept.
    pub retention: Arc<dyn Retention>,
    /// Time, for seals and records of deletions.
    pub clock: SharedClock,
    /// Secret for seals; without one none are made.
    pub seal_key: Option<[u8; 32]>,
    /// The second folder, for closed days.
    pub cold: Option<ColdTier>,
    /// Write to the disk itself before a write counts as done. Only tests and benches of the
    /// processor's share turn it off.
    pub sync: bool,
}

impl Default for LakeOptions {
    fn default() -> Self {
        Self {
            memory_bytes: 512 * 1024 * 1024,
            threads: std::thread::available_parallelism().map_or(2, std::num::NonZero::get).min(16),
            fresh_zstd: 1,
            merge_zstd: 3,
            compact_zstd: 9,
            index_from_raw_bytes: 32 * 1024 * 1024,
            target_bytes: 64 * 1024 * 1024,
            target_events: 1 << 20,
            merge_files: 8,
            retention: Arc::new(Keep::default()),
            clock: Arc::new(SystemClock),
            seal_key: None,
            cold: None,
            sync: true,
        }
    }
}
