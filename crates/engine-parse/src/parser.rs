//! One record to one event.

use crate::catalog::finish::Slots;
use crate::catalog::{Catalog, Decoder, Source};
use crate::decode::json::{Scratch, scan_object};
use crate::decode::syslog::{self, Envelope};
use crate::decode::windows::JsonFields;
use crate::decode::{audit, cef, delimited, kv, web, xml};
use crate::time::TimeReader;
use base_core::Timestamp;
use engine_event::{Common, CommonField, Event, EventId, Kind, LogSource, Marks, Record};
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
    times: TimeReader,
    json: Scratch,
    name: String,
    slots: Slots,
    spare: Vec<Record>,
    unknown: Arc<str>,
    no_source: Arc<LogSource>,
}

/// What decoding found out beside the fields.
#[derive(Default)]
struct Found {
    source: Option<usize>,
    time: Option<Timestamp>,
    host: Option<String>,
    broken: bool,
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
            Work {
                parser: self,
                catalog: &catalog,
                hint,
                received: raw.received,
                record: &mut record,
                found: &mut found,
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

/// The work on one record.
struct Work<'w> {
    parser: &'w mut Parser,
    catalog: &'w Catalog,
    hint: Option<usize>,
    received: Timestamp,
    record: &'w mut Record,
    found: &'w mut Found,
}

impl Work<'_> {
    fn record(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        if self.structured(text) {
            return;
        }
        let times = self.hint.and_then(|at| self.catalog.source(at)).and_then(|s| s.times.as_ref());
        let envelope = syslog::envelope(text, times.unwrap_or(&self.parser.times), self.received);
        let Some(envelope) = envelope else {
            if !self.body(text, None) {
                self.record.push_text("message", text);
            }
            return;
        };
        // `2026-11-22 10:00:00 word …` may be a header, and more often is a format of its own.
        let dated = text.as_bytes().get(10) == Some(&b' ') && envelope.priority.is_none() && envelope.program.is_none();
        if dated && self.body(text, None) {
            return;
        }
        self.envelope(&envelope);
        if self.structured(envelope.message) || self.body(envelope.message, envelope.program) {
            return;
        }
        // A line may start like a header and still be of a format of its own.
        if envelope.priority.is_none() && envelope.program.is_none() && self.body(text, None) {
            return;
        }
        let index = &self.catalog.index;
        let rest = if envelope.program.is_some() { index.any_program.or(index.any_syslog) } else { index.any_syslog };
        self.found.source = rest;
        self.record.push_text("message", envelope.message);
    }

    /// Adds the fields of a syslog header.
    fn envelope(&mut self, envelope: &Envelope<'_>) {
        self.found.time = envelope.time;
        self.found.host = envelope.host.map(str::to_owned);
        let mut add = |name: &str, value: Option<&str>| {
            if let Some(value) = value {
                self.record.push_text(name, value);
            }
        };
        add("syslog.host", envelope.host);
        add("syslog.program", envelope.program);
        add("syslog.pid", envelope.pid);
        add("syslog.message_id", envelope.message_id);
        if let Some(priority) = envelope.priority {
            self.record.push("syslog.facility", &(priority >> 3).to_string(), Kind::Number);
            self.record.push("syslog.severity", &(priority & 7).to_string(), Kind::Number);
        }
        if let Some(data) = envelope.structured {
            let record = &mut *self.record;
            syslog::structured_params(data, &mut |name, value| {
                record.push_text(name, value);
            });
        }
    }

    /// Formats that say what they are: JSON, XML, CEF, LEEF, audit.
    fn structured(&mut self, text: &str) -> bool {
        let text = text.strip_prefix("@cee:").map_or(text, str::trim_start);
        match text.as_bytes().first() {
            Some(b'{') => self.json(text),
            Some(b'<') if text.starts_with("<Event") || text.starts_with("<?xml") => self.xml(text),
            Some(b't' | b'n' | b'a') if audit::head(text).is_some() => {
                audit::decode(text, self.record);
                self.found.source = self.catalog.index.audit;
                self.found.source.is_some()
            }
            Some(b'C') if text.starts_with("CEF:") => self.cef(text),
            Some(b'L') if text.starts_with("LEEF:") => self.leef(text),
            _ => false,
        }
    }

    fn cef(&mut self, text: &str) -> bool {
        if !cef::decode_cef(text, self.record) {
            return false;
        }
        self.found.source = self.catalog.index.cef(self.record);
        self.found.source.is_some()
    }

    fn leef(&mut self, text: &str) -> bool {
        if !cef::decode_leef(text, self.record) {
            return false;
        }
        self.found.source = self.catalog.index.leef(self.record);
        self.found.source.is_some()
    }

    fn xml(&mut self, text: &str) -> bool {
        let scratch = std::mem::take(&mut self.parser.name);
        let mut fields = JsonFields::new(self.record, scratch);
        self.found.broken = !xml::decode(text, &mut fields);
        let windows = fields.is_windows();
        self.parser.name = fields.into_scratch();
        windows && self.windows()
    }

    fn json(&mut self, text: &str) -> bool {
        let scratch = std::mem::take(&mut self.parser.name);
        let mut fields = JsonFields::new(self.record, scratch);
        let outcome = scan_object(text, &mut self.parser.json, &mut fields);
        let windows = fields.is_windows();
        self.parser.name = fields.into_scratch();
        self.found.broken = !outcome.valid;
        // Text that merely starts with a brace is not JSON.
        if !outcome.valid && self.record.is_empty() {
            return false;
        }
        let flat = self.record.get("EventID").is_some()
            && (self.record.get("Channel").is_some() || self.record.get("Provider_Name").is_some());
        if (windows || flat) && self.windows() {
            return true;
        }
        let index = &self.catalog.index;
        let hinted = self.hint.filter(|at| {
            self.catalog.source(*at).is_some_and(|s| matches!(s.decoder, Decoder::Json | Decoder::Windows))
        });
        self.found.source = index.json(self.record).or(hinted).or(index.any_json);
        if let Some(source) = self.found.source.and_then(|at| self.catalog.source(at)) {
            self.relay(source);
        }
        self.found.source.is_some()
    }

    /// The source of a Windows event follows from its channel, whoever sent it.
    fn windows(&mut self) -> bool {
        let index = &self.catalog.index;
        let by_channel = self.record.text("Channel").and_then(|c| index.channel(c, &mut self.parser.name));
        let hinted =
            self.hint.filter(|at| self.catalog.source(*at).is_some_and(|s| matches!(s.decoder, Decoder::Windows)));
        // Exports that leave the channel out are known by the sender.
        let hinted = hinted.filter(|_| self.record.get("Channel").is_none());
        self.found.source = by_channel.or(hinted).or(index.any_windows);
        self.found.source.is_some()
    }

    /// A syslog message inside JSON belongs to the program that wrote it.
    fn relay(&mut self, source: &Source) {
        let Some(relay) = &source.relay else { return };
        let Some(message) = self.record.text(&relay.message).map(str::to_owned) else { return };
        let of = |name: &Option<Box<str>>| name.as_deref().and_then(|n| self.record.text(n)).map(str::to_owned);
        let (program, host, pid) = (of(&relay.program), of(&relay.host), of(&relay.pid));
        for (name, value) in [("syslog.host", &host), ("syslog.program", &program), ("syslog.pid", &pid)] {
            if let Some(value) = value {
                self.record.push_text(name, value);
            }
        }
        self.found.host = host;
        self.carrier_time(source);
        let carrier = self.found.source;
        // JSON inside JSON is left alone; a whole syslog line is read as one.
        let envelope =
            if program.is_none() { syslog::envelope(&message, &self.parser.times, self.received) } else { None };
        let known = match &envelope {
            Some(envelope) => {
                self.envelope(envelope);
                self.body(envelope.message, envelope.program)
            }
            None => {
                (audit::head(&message).is_some() && self.structured(&message))
                    || self.body(&message, program.as_deref())
            }
        };
        if !known {
            let index = &self.catalog.index;
            let any = if program.is_some() || envelope.as_ref().is_some_and(|e| e.program.is_some()) {
                index.any_program
            } else {
                None
            };
            self.found.source = any.or(carrier);
            self.record.push_text("message", envelope.map_or(&*message, |e| e.message));
        }
    }

    /// The time of the wrapping document, for a message that has none.
    fn carrier_time(&mut self, source: &Source) {
        let times = source.times.as_ref().unwrap_or(&self.parser.times);
        let (received, mut time) = (self.received, None);
        source.plan.time_before(self.record, &mut self.parser.slots, &mut |text| {
            time = times.read(text, received);
            time.is_some()
        });
        self.found.time = time;
    }

    /// Text that needs a definition: by the sender, by its tag, by its look.
    fn body(&mut self, text: &str, program: Option<&str>) -> bool {
        for (mark, leef) in [("CEF:", false), ("LEEF:", true)] {
            if let Some(part) = cef::start(text, mark).filter(|at| *at > 0).and_then(|at| text.get(at..))
                && if leef { self.leef(part) } else { self.cef(part) }
            {
                return true;
            }
        }
        if let Some(at) = self.hint
            && self.attempt(at, text, true)
        {
            return true;
        }
        let catalog = self.catalog;
        if let Some(program) = program {
            let mut scratch = std::mem::take(&mut self.parser.name);
            let claims = catalog.index.program(program, &mut scratch);
            let mut taken = false;
            for (at, test) in claims {
                let fits = catalog.source(at).and_then(|s| s.texts.get(test)).is_some_and(|t| t.holds(text));
                if fits && self.attempt(at, text, true) {
                    taken = true;
                    break;
                }
            }
            self.parser.name = scratch;
            if taken {
                return true;
            }
        }
        for (at, test) in catalog.index.texts() {
            let fits = catalog.source(at).and_then(|s| s.texts.get(test)).is_some_and(|t| t.holds(text));
            if fits && self.attempt(at, text, false) {
                return true;
            }
        }
        false
    }

    /// Reads `text` as a record of one source; adds nothing when it does not fit.
    ///
    /// With `known` the source is sure, and text that fits no pattern is still its own.
    fn attempt(&mut self, at: usize, text: &str, known: bool) -> bool {
        let Some(source) = self.catalog.source(at) else { return false };
        let fits = match &source.decoder {
            Decoder::Json | Decoder::Windows | Decoder::Audit | Decoder::Cef | Decoder::Leef => false,
            Decoder::Kv(options) => kv::decode(text, options, self.record) > 0,
            Decoder::Delimited(layout) => delimited::decode(text, layout, self.record),
            Decoder::Web => web::decode(text, self.record),
            Decoder::Patterns { list, must_match } => {
                let fits = list.iter().any(|p| p.decode(text, self.record));
                let own = fits || (known && !must_match);
                if own {
                    self.record.push_text("message", text);
                }
                own
            }
            Decoder::Text => {
                self.record.push_text("message", text);
                true
            }
        };
        if fits {
            self.found.source = Some(at);
        }
        fits
    }
}
