//! Events as files: NDJSON and CSV. Parquet comes from the lake ([`engine_lake::LakeTables::parquet`]).
//! The console's downloads and the command line write by these.

use base_core::{SourceId, Timestamp, UnitId};
use base_web::Csv;
use engine_event::{Common, CommonField, Event, EventId, LogSource, Marks, Record};
use engine_lake::{EventWriter, LakeError};
use serde::Serialize;
use serde_json::Value;
use std::borrow::Cow;
use utoipa::ToSchema;

/// An event with everything known of it, as programs are given it.
#[derive(Debug, Serialize, ToSchema)]
pub struct WholeEvent<'e> {
    /// Its id: it stays the same wherever the event is stored.
    #[schema(value_type = String)]
    id: &'e EventId,
    /// When it happened, RFC 3339 in UTC.
    #[schema(format = DateTime)]
    time: String,
    /// When it came, RFC 3339 in UTC.
    #[schema(format = DateTime)]
    received: String,
    /// Unit that owns the source.
    #[schema(value_type = Option<String>)]
    unit: Option<&'e UnitId>,
    /// Source it came from.
    #[schema(value_type = Option<String>)]
    source: Option<&'e SourceId>,
    /// Definition by which it was read, such as `windows.sysmon`.
    kind: &'e str,
    /// Sigma log source: `product`, `category`, `service`, as far as known.
    #[schema(value_type = Object)]
    logsource: &'e LogSource,
    /// Common columns with ECS names (`host.name`, `source.ip`), as far as the event has them.
    #[schema(value_type = Object)]
    common: &'e Common,
    /// Fields of the record with the names the sender gave them.
    #[schema(value_type = Object)]
    fields: &'e Record,
    /// What is odd about it: truncated, not understood, not UTF-8, without a time.
    #[schema(value_type = Object)]
    marks: Marks,
    /// The record as it was received; what is no UTF-8 is replaced.
    raw: Cow<'e, str>,
}

impl<'e> From<&'e Event> for WholeEvent<'e> {
    fn from(e: &'e Event) -> Self {
        Self {
            id: &e.id,
            time: e.time.to_string(),
            received: e.received.to_string(),
            unit: e.unit.as_ref(),
            source: e.source.as_ref(),
            kind: &e.kind,
            logsource: &e.logsource,
            common: &e.common,
            fields: &e.record,
            marks: e.marks,
            raw: e.raw_text(),
        }
    }
}

/// An event as one JSON object; see [`WholeEvent`].
#[must_use]
pub fn whole(e: &Event) -> Value {
    // Texts and numbers under texts: nothing of it can fail.
    serde_json::to_value(WholeEvent::from(e)).unwrap_or_default()
}

/// One JSON object per line and event, as [`whole`] gives it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ndjson;

impl EventWriter for Ndjson {
    fn push(&mut self, events: &[Event]) -> Result<Vec<u8>, LakeError> {
        Ok(events.iter().map(|e| format!("{}\n", whole(e))).collect::<String>().into_bytes())
    }

    fn finish(self: Box<Self>) -> Result<Vec<u8>, LakeError> {
        Ok(Vec::new())
    }
}

type TimeText = Box<dyn Fn(Timestamp) -> String + Send>;
type UnitText = Box<dyn Fn(&UnitId) -> String + Send>;

/// Common columns and the raw record as comma-separated values, safe to open in a spreadsheet.
pub struct CsvRows {
    csv: Csv,
    time: TimeText,
    unit: UnitText,
}

impl std::fmt::Debug for CsvRows {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CsvRows").finish_non_exhaustive()
    }
}

/// Headings beside those of the common columns: time, received, unit, source, kind, raw, id.
pub type Headings = [String; 7];

impl CsvRows {
    /// With these headings; times and units as the functions write them.
    #[must_use]
    pub fn new(headings: &Headings, time: TimeText, unit: UnitText) -> Self {
        let (before, after) = headings.split_at(5);
        let common = CommonField::ALL.iter().map(|field| field.name());
        let head: Vec<&str> =
            before.iter().map(String::as_str).chain(common).chain(after.iter().map(String::as_str)).collect();
        Self { csv: Csv::new(&head), time, unit }
    }

    /// For programs: headings as in queries, times as RFC 3339 in UTC, units by id.
    #[must_use]
    pub fn plain() -> Self {
        let headings = ["time", "received", "unit", "source", "kind", "raw", "id"].map(str::to_owned);
        Self::new(&headings, Box::new(|time| time.to_string()), Box::new(ToString::to_string))
    }

    fn row(&mut self, e: &Event) {
        let unit = e.unit.as_ref().map(&self.unit).unwrap_or_default();
        let mut cells = vec![(self.time)(e.time), (self.time)(e.received), unit];
        cells.extend([e.source.as_ref().map(ToString::to_string).unwrap_or_default(), e.kind.to_string()]);
        cells.extend(CommonField::ALL.iter().map(|f| e.common.get(*f).unwrap_or_default().to_owned()));
        cells.extend([e.raw_text().into_owned(), e.id.to_string()]);
        self.csv.row(&cells.iter().map(String::as_str).collect::<Vec<_>>());
    }
}

impl EventWriter for CsvRows {
    fn push(&mut self, events: &[Event]) -> Result<Vec<u8>, LakeError> {
        events.iter().for_each(|event| self.row(event));
        Ok(self.csv.take().into_bytes())
    }

    fn finish(mut self: Box<Self>) -> Result<Vec<u8>, LakeError> {
        // The headings, when there was no event.
        Ok(self.csv.take().into_bytes())
    }
}
