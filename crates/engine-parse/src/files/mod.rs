//! Files and streams to single records, recognised by content and never by name.
//!
//! Compression (gzip, zstd, also one in the other) is taken off, text in UTF-16 is turned
//! into UTF-8, and the rest is cut into records without holding more than a window of it.
//! What cannot be read is passed over and told as [`Skipped`]; what follows is read on.

mod audit;
mod evtx;
mod json;
mod lines;
mod open;
mod recognise;
mod window;
mod xml;

use crate::parser::{Raw, Transport};
use base_core::Timestamp;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

pub use recognise::FileFormat;

/// Longest record that is kept whole, in bytes.
pub const MAX_RECORD_BYTES: usize = 1024 * 1024;

/// Bounds of reading.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Longest record; what is longer is cut to one byte more, so that a parser with the
    /// same limit marks it, and the rest is passed over.
    pub max_record_bytes: usize,
    /// Largest zstd window, as a power of two: 27 is 128 MiB.
    pub zstd_window_log: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_record_bytes: MAX_RECORD_BYTES, zstd_window_log: 27 }
    }
}

/// Where in its input a record or a fault stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Line, from 1.
    Line(u64),
    /// Byte of the content (after decompression), from 0.
    Byte(u64),
    /// Record number of an EVTX file.
    Record(u64),
    /// Chunk of an EVTX file, from 0.
    Chunk(u64),
    /// The input as a whole.
    Whole,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(n) => write!(f, "line {n}"),
            Self::Byte(n) => write!(f, "byte {n}"),
            Self::Record(n) => write!(f, "record {n}"),
            Self::Chunk(n) => write!(f, "chunk {n}"),
            Self::Whole => f.write_str("whole input"),
        }
    }
}

/// One record as it stands in the file; of EVTX its JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawRecord {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Where it stands.
    pub place: Place,
    /// How it came in, for [`Raw`].
    pub transport: Transport,
    /// It was longer than the limit.
    pub truncated: bool,
}

impl RawRecord {
    /// As input of a [`crate::Parser`].
    #[must_use]
    pub fn as_raw<'a>(&'a self, received: Timestamp, hint: Option<&'a str>) -> Raw<'a> {
        Raw { bytes: &self.bytes, received, hint, peer: None, transport: self.transport }
    }
}

/// Something that was passed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// Name of the input.
    pub input: String,
    /// Where.
    pub place: Place,
    /// Why.
    pub reason: String,
    /// What to do about it.
    pub remedy: String,
    /// How many records were lost, where that can be told.
    pub records_lost_estimate: Option<u64>,
}

impl fmt::Display for Skipped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}; {}", self.input, self.place, self.reason, self.remedy)
    }
}

/// An input that cannot be read at all.
#[derive(Debug, thiserror::Error)]
#[error("{input}: {reason}; {remedy}")]
pub struct ReadError {
    /// Name of the input.
    pub input: String,
    /// Why.
    pub reason: String,
    /// What to do about it.
    pub remedy: String,
}

impl From<ReadError> for Skipped {
    fn from(e: ReadError) -> Self {
        Self { input: e.input, place: Place::Whole, reason: e.reason, remedy: e.remedy, records_lost_estimate: None }
    }
}

/// A fault in the input, before the name of the input is added.
#[derive(Debug)]
pub(crate) struct Fault {
    place: Place,
    reason: String,
    remedy: &'static str,
    lost: Option<u64>,
}

/// Cuts one format into records.
pub(crate) trait Records: Send {
    fn next(&mut self) -> Option<Result<RawRecord, Fault>>;
}

/// Reads one input record by record.
pub struct RecordReader {
    name: String,
    format: FileFormat,
    records: Box<dyn Records>,
    consumed: Arc<AtomicU64>,
    size: Option<u64>,
}

impl fmt::Debug for RecordReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordReader").field("name", &self.name).field("format", &self.format).finish_non_exhaustive()
    }
}

impl RecordReader {
    /// The format that was recognised.
    #[must_use]
    pub fn format(&self) -> FileFormat {
        self.format
    }

    /// Name of the input, for messages.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Bytes of the input read so far, before decompression.
    #[must_use]
    pub fn consumed(&self) -> u64 {
        self.consumed.load(Ordering::Relaxed)
    }

    /// Size of the input in bytes, where it is known.
    #[must_use]
    pub fn size(&self) -> Option<u64> {
        self.size
    }

    /// The next record, or what was passed over; `None` at the end.
    #[expect(clippy::should_implement_trait, reason = "the iterator is implemented below by this")]
    pub fn next(&mut self) -> Option<Result<RawRecord, Skipped>> {
        self.records.next().map(|item| {
            item.map_err(|fault| Skipped {
                input: self.name.clone(),
                place: fault.place,
                reason: fault.reason,
                remedy: fault.remedy.to_owned(),
                records_lost_estimate: fault.lost,
            })
        })
    }
}

impl Iterator for RecordReader {
    type Item = Result<RawRecord, Skipped>;

    fn next(&mut self) -> Option<Self::Item> {
        RecordReader::next(self)
    }
}
