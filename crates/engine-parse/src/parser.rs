//! One record to one event.

use crate::catalog::extract::Slots;
use crate::catalog::{Catalog, Source};
use crate::decode::json::Scratch;
use crate::reading::{Found, Reading};
use crate::time::TimeReader;
use base_core::Timestamp;
use engine_event::{Common, CommonField, Event, EventId, LogSource, Marks, Record};
use jiff::tz::TimeZone;
use std::borrow::Cow;
use std::sync::Arc;

/// How a record came in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Transport {
    /// Syslog over UDP or TCP.
    Syslog,
    /// `POST /api/v1/events`.
    Http,
    /// A file: uploaded, or read offline.
    #[default]
    File,
    /// A record of an EVTX file, as JSON.
    Evtx,
}

impl Transport {
    /// A number for the journal.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Syslog => 1,
            Self::Http => 2,
            Self::File => 3,
            Self::Evtx => 4,
        }
    }

    /// From the journal's number; unknown ones count as files.
    #[must_use]
    pub const fn from_code(code: u8) -> Self {
        match code {
            1 => Self::Syslog,
            2 => Self::Http,
            4 => Self::Evtx,
            _ => Self::File,
        }
    }
}

/// A record as received.
#[derive(Clone, Copy, Debug)]
pub struct Raw<'a> {
    /// Its bytes.
    pub bytes: &'a [u8],
    /// When it was received.
    pub received: Timestamp,
    /// Id of the source kind, if the sender is known.
    pub hint: Option<&'a str>,
    /// Address or name of the sender.
    pub peer: Option<&'a str>,
    /// How it came in.
    pub transport: Transport,
}

/// Settings of a [`Parser`].
#[derive(Clone, Debug)]
pub struct ParserOptions {
    /// Longest record; what is longer is cut and marked.
    pub max_record_bytes: usize,
    /// Zone of times that do not say theirs.
    pub default_tz: TimeZone,
}

impl Default for ParserOptions {
    fn default() -> Self {
        let default_tz = TimeZone::get("Asia/Ho_Chi_Minh").unwrap_or(TimeZone::UTC);
        Self { max_record_bytes: crate::files::MAX_RECORD_BYTES, default_tz }
    }
}

/// Makes events of records. One per thread: it holds reusable memory.
#[derive(Debug)]
pub struct Parser {
    catalog: Arc<Catalog>,
    max_record_bytes: usize,
    pub(crate) times: TimeReader,
    pub(crate) json: Scratch,
    pub(crate) name: String,
    pub(crate) slots: Slots,
    spare: Vec<Record>,
    unknown: Arc<str>,
    no_source: Arc<LogSource>,
}

impl Parser {
    /// A parser with the sources of `catalog`.
    #[must_use]
    pub fn new(catalog: Arc<Catalog>, options: ParserOptions) -> Self {
        Self {
            catalog,
            max_record_bytes: options.max_record_bytes.max(1),
            times: TimeReader::new(options.default_tz),
            json: Scratch::default(),
            name: String::new(),
            slots: Slots::default(),
            spare: Vec::new(),
            unknown: Arc::from("unknown"),
            no_source: Arc::default(),
        }
    }

    /// The catalogue it works with.
    #[must_use]
    pub fn catalog(&self) -> &Arc<Catalog> {
        &self.catalog
    }

    /// Reads one record. Never fails: what cannot be read is kept raw and marked.
    ///
    /// `unit` and `source` of the event are left for the caller.
    pub fn parse(&mut self, raw: &Raw<'_>, id: EventId) -> Event {
        let bytes = raw.bytes.get(..self.max_record_bytes).unwrap_or(raw.bytes);
        self.event(raw, bytes.into(), id)
    }

    /// As [`Parser::parse`] for bytes that the caller gives away, which saves a copy;
    /// `raw.bytes` is not looked at.
    pub fn parse_owned(&mut self, bytes: Vec<u8>, raw: &Raw<'_>, id: EventId) -> Event {
        let mut bytes = bytes;
        let long = bytes.len() > self.max_record_bytes;
        bytes.truncate(self.max_record_bytes);
        let mut event = self.event(&Raw { bytes: &[], ..*raw }, bytes.into_boxed_slice(), id);
        event.marks.truncated = long;
        event.marks.unparsed &= !long || &*event.kind == "unknown";
        event
    }

    /// Takes an event's memory back for the next ones.
    pub fn recycle(&mut self, event: Event) {
        if self.spare.len() < 64 && event.record.text_bytes() < 64 * 1024 {
            self.spare.push(event.record);
        }
    }

    fn event(&mut self, raw: &Raw<'_>, bytes: Box<[u8]>, id: EventId) -> Event {
        let mut marks = Marks { truncated: raw.bytes.len() > bytes.len(), ..Marks::default() };
        let mut record = self.spare.pop().unwrap_or_default();
        record.clear();
        let catalog = Arc::clone(&self.catalog);
        let hint = raw.hint.and_then(|id| catalog.index.by_id(id));
        let mut found = Found::default();
        {
            let text = match std::str::from_utf8(&bytes) {
                Ok(text) => Cow::Borrowed(text),
                Err(_) => {
                    marks.not_utf8 = true;
                    String::from_utf8_lossy(&bytes)
                }
            };
            let text = text.trim_start_matches('\u{feff}').trim_matches(['\0', '\n', '\r', ' ', '\t']);
            Reading {
                parser: self,
                catalog: &catalog,
                hint,
                received: raw.received,
                record: &mut record,
                found: &mut found,
                within: false,
            }
            .record(text);
        }
        let mut common = Common::default();
        let source = found.source.or(hint).and_then(|at| catalog.source(at));
        marks.unparsed = found.source.is_none() || (found.broken && !marks.truncated);
        let (kind, logsource) = match source {
            Some(source) => {
                let logsource = source.plan.apply(&mut record, &mut common, &mut self.slots);
                (Arc::clone(&source.kind.id), logsource)
            }
            None => (Arc::clone(&self.unknown), Arc::clone(&self.no_source)),
        };
        let time = self.time(source, &record, found.time, raw.received);
        marks.no_time = time.is_none();
        complete(&mut common, &record, found.host.as_deref(), raw);
        Event {
            id,
            time: time.unwrap_or(raw.received),
            received: raw.received,
            unit: None,
            source: None,
            kind,
            logsource,
            record,
            common,
            raw: bytes,
            marks,
        }
    }

    /// The record's own time, else that of its envelope, if it can be believed.
    fn time(
        &mut self,
        source: Option<&Source>,
        record: &Record,
        header: Option<Timestamp>,
        received: Timestamp,
    ) -> Option<Timestamp> {
        let mut time = None;
        if let Some(source) = source {
            let times = source.times.as_ref().unwrap_or(&self.times);
            source.plan.time(record, &mut self.slots, &mut |text| {
                time = times.read(text, received).filter(|t| TimeReader::believable(*t, received));
                time.is_some()
            });
        }
        time.or_else(|| header.filter(|t| TimeReader::believable(*t, received)))
    }
}

/// Columns that every source has, when its definition did not fill them.
fn complete(common: &mut Common, record: &Record, host: Option<&str>, raw: &Raw<'_>) {
    if common.host_name.is_none() {
        let peer = raw.peer.filter(|_| raw.transport == Transport::Syslog);
        if let Some(name) = host.or(peer) {
            common.set(CommonField::HostName, name);
        }
    }
    if common.message.is_none()
        && let Some(message) = record.text("message")
    {
        common.set(CommonField::Message, message);
    }
}
