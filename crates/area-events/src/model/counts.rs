//! What is counted per source while events pass through.

use base_core::{SourceId, Timestamp};
use engine_event::Event;
use std::collections::BTreeMap;

/// Where a consumer of the journal goes on after a restart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Checkpoint {
    /// Next number whose results are not committed.
    pub next: u64,
    /// Oldest number that is still needed to warm up (correlations); at most `next`.
    pub warm: u64,
}

/// Counts since the source was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Receipt of the first event.
    pub first_seen: Timestamp,
    /// Receipt of the last event.
    pub last_seen: Timestamp,
    /// Events.
    pub events: i64,
    /// Bytes of their raw records.
    pub bytes: i64,
    /// Events no definition could read.
    pub unparsed: i64,
    /// Events that were cut because of their length.
    pub truncated: i64,
    /// Events with bytes that are not UTF-8.
    pub not_utf8: i64,
    /// Events without a believable time.
    pub no_time: i64,
}

/// Counts of one source in one minute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MinuteCounts {
    /// Events.
    pub events: i64,
    /// Bytes.
    pub bytes: i64,
    /// Events no definition could read.
    pub unparsed: i64,
}

/// Counts of a batch on its way through the pipeline.
#[derive(Clone, Debug, Default)]
pub struct BatchCounts {
    pub(crate) totals: BTreeMap<SourceId, Totals>,
    pub(crate) minutes: BTreeMap<(SourceId, i64), MinuteCounts>,
}

/// The minute since 1970 that `at` lies in.
#[must_use]
pub const fn minute_of(at: Timestamp) -> i64 {
    at.as_secs().div_euclid(60)
}

impl BatchCounts {
    /// Counts an event; events without a source are not counted.
    pub fn add(&mut self, event: &Event) {
        let Some(source) = &event.source else { return };
        let bytes = i64::try_from(event.raw.len()).unwrap_or(i64::MAX);
        let one = |marked: bool| i64::from(marked);
        let new = Totals { first_seen: event.received, last_seen: event.received, ..Totals::default() };
        let t = self.totals.entry(source.clone()).or_insert(new);
        t.first_seen = t.first_seen.min(event.received);
        t.last_seen = t.last_seen.max(event.received);
        t.events += 1;
        t.bytes = t.bytes.saturating_add(bytes);
        t.unparsed += one(event.marks.unparsed);
        t.truncated += one(event.marks.truncated);
        t.not_utf8 += one(event.marks.not_utf8);
        t.no_time += one(event.marks.no_time);
        let m = self.minutes.entry((source.clone(), minute_of(event.received))).or_default();
        m.events += 1;
        m.bytes = m.bytes.saturating_add(bytes);
        m.unparsed += one(event.marks.unparsed);
    }

    /// Whether nothing was counted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.totals.is_empty()
    }
}
