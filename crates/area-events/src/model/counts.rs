//! What is counted per source while events pass through.

use base_core::{SourceId, Timestamp};
use engine_event::Event;
use std::collections::BTreeMap;
use std::sync::Arc;

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

/// Counts of one source in one hour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HourCounts {
    /// Events, their bytes, and those no definition could read.
    pub of_minute: MinuteCounts,
    /// Events that carry a time.
    pub timed: i64,
    /// Sum of their lags, in milliseconds.
    pub lag_sum: i64,
    /// Longest lag, in milliseconds.
    pub lag_most: i64,
    /// Events whose time lies more than [`AHEAD_MS`] after their receipt: a clock that is wrong.
    pub ahead: i64,
}

/// How far a sender's clock may be ahead, in milliseconds.
pub const AHEAD_MS: i64 = 60_000;
/// Records that could not be read, kept of each source.
pub const UNREAD_SLOTS: i64 = 5;
/// Longest part of such a record that is kept, in bytes.
const UNREAD_BYTES: usize = 2_000;
/// Events of a source and kind whose fields are looked at in one batch; names repeat.
const LOOKED_AT: u32 = 32;
/// Names of fields of one source that are remembered in one batch.
const MOST_NAMES: usize = 500;

/// A record that no definition could read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// When it was received.
    pub at: Timestamp,
    /// What it was taken for.
    pub kind: String,
    /// Its beginning.
    pub raw: String,
}

/// How many events were looked at, and the names found, each with its first receipt.
type Names = (u32, BTreeMap<String, Timestamp>);

/// Counts of a batch on its way through the pipeline.
#[derive(Clone, Debug, Default)]
pub struct BatchCounts {
    pub(crate) hours: BTreeMap<(SourceId, i64), HourCounts>,
    pub(crate) unread: BTreeMap<SourceId, Vec<Unread>>,
    /// Names of fields by source and kind, and when they were first received in the batch.
    pub(crate) fields: BTreeMap<(SourceId, Arc<str>), Names>,
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
        self.add_hour(source, event, bytes);
        self.add_samples(source, event);
    }

    fn add_hour(&mut self, source: &SourceId, event: &Event, bytes: i64) {
        let h = self.hours.entry((source.clone(), minute_of(event.received).div_euclid(60))).or_default();
        h.of_minute.events += 1;
        h.of_minute.bytes = h.of_minute.bytes.saturating_add(bytes);
        h.of_minute.unparsed += i64::from(event.marks.unparsed);
        if event.marks.no_time {
            return;
        }
        let lag = event.received.micros_since(event.time).div_euclid(1_000);
        h.timed += 1;
        h.ahead += i64::from(lag < -AHEAD_MS);
        h.lag_sum = h.lag_sum.saturating_add(lag.max(0));
        h.lag_most = h.lag_most.max(lag);
    }

    /// Records that could not be read, and names of fields: some of each batch are enough.
    fn add_samples(&mut self, source: &SourceId, event: &Event) {
        if event.marks.unparsed {
            let kept = self.unread.entry(source.clone()).or_default();
            if i64::try_from(kept.len()).is_ok_and(|n| n < UNREAD_SLOTS) {
                let text = event.raw_text();
                let end = text.floor_char_boundary(UNREAD_BYTES.min(text.len()));
                let raw = text.get(..end).unwrap_or_default().to_owned();
                kept.push(Unread { at: event.received, kind: event.kind.to_string(), raw });
            }
            return;
        }
        let (looked, names) = self.fields.entry((source.clone(), Arc::clone(&event.kind))).or_default();
        if *looked >= LOOKED_AT {
            return;
        }
        *looked += 1;
        for field in event.record.iter() {
            if names.len() < MOST_NAMES && !names.contains_key(field.name) {
                names.insert(field.name.to_owned(), event.received);
            }
        }
    }

    /// Whether nothing was counted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.totals.is_empty()
    }
}
