//! The reading of one record: which format, which source, which decoder.

use crate::catalog::{Catalog, Decoder, Source};
use crate::decode::json::scan_object;
use crate::decode::syslog::{self, Envelope};
use crate::decode::windows::JsonFields;
use crate::decode::{audit, cef, delimited, kv, web, xml};
use crate::parser::Parser;
use base_core::Timestamp;
use engine_event::{Kind, Record};
use rustc_hash::FxHashSet;
use std::borrow::Cow;

/// Begins the name of a member of the wrapping document that the record inside has a field of, too.
const RELAYED: &str = "relay.";

/// What decoding found out beside the fields.
#[derive(Default)]
pub(crate) struct Found {
    pub source: Option<usize>,
    pub time: Option<Timestamp>,
    pub host: Option<String>,
    pub broken: bool,
}

/// The work on one record.
pub(crate) struct Reading<'w> {
    pub parser: &'w mut Parser,
    pub catalog: &'w Catalog,
    pub hint: Option<usize>,
    pub received: Timestamp,
    pub record: &'w mut Record,
    pub found: &'w mut Found,
    /// What is read came inside another document: a second one inside it is left alone.
    pub within: bool,
}

impl Reading<'_> {
    /// Reads the record.
    pub(crate) fn record(&mut self, text: &str) {
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
        self.found.host.clone_from(&host);
        self.carrier_time(source);
        if relay.whole {
            return self.whole_record(&relay.message, &message);
        }
        for (name, value) in [("syslog.host", &host), ("syslog.program", &program), ("syslog.pid", &pid)] {
            if let Some(value) = value {
                self.record.push_text(name, value);
            }
        }
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

    /// Reads a record inside JSON as if it had come alone, in whatever format. When a definition knows it, the event
    /// is its, and the members of the wrapping document stand behind its fields.
    fn whole_record(&mut self, member: &str, text: &str) {
        if self.within {
            return;
        }
        let (outer, carrier) = (std::mem::take(self.record), std::mem::take(self.found));
        self.within = true;
        self.record(text.trim_matches(['\0', '\n', '\r', ' ', '\t']));
        self.within = false;
        let index = &self.catalog.index;
        // Any text may begin like a syslog header of the old kind; only a priority says that it is one.
        let vague = [index.any_json, carrier.source].contains(&self.found.source)
            || (self.found.source == index.any_syslog && !text.trim_start().starts_with('<'));
        if vague || self.found.source.is_none() {
            (*self.record, *self.found) = (outer, carrier);
            return;
        }
        self.found.broken |= carrier.broken;
        self.found.time = self.found.time.or(carrier.time);
        self.found.host = self.found.host.take().or(carrier.host);
        let taken: FxHashSet<u32> = self.record.iter_hashed().map(|(hash, _)| hash).collect();
        for (hash, field) in outer.iter_hashed().filter(|(_, field)| field.name != member) {
            let name = if taken.contains(&hash) {
                Cow::Owned(format!("{RELAYED}{}", field.name))
            } else {
                Cow::Borrowed(field.name)
            };
            if field.in_list {
                self.record.push_element(&name, field.text, field.kind);
            } else {
                self.record.push(&name, field.text, field.kind);
            }
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
        let hint = self.hint;
        // A tag that a definition claims says more than the sender, who may relay many programs.
        if program.is_some_and(|program| self.by_program(program, text)) {
            return true;
        }
        if hint.is_some_and(|at| self.attempt(at, text, program.is_some())) {
            return true;
        }
        let catalog = self.catalog;
        for (at, test) in catalog.index.texts() {
            let fits = catalog.source(at).and_then(|s| s.texts.get(test)).is_some_and(|t| t.holds(text));
            if fits && self.attempt(at, text, false) {
                return true;
            }
        }
        hint.is_some_and(|at| self.attempt(at, text, true))
    }

    /// Reads `text` as a message of a program that a definition claims; the sender's own kind goes first.
    fn by_program(&mut self, program: &str, text: &str) -> bool {
        let catalog = self.catalog;
        let mut scratch = std::mem::take(&mut self.parser.name);
        let mut claims: Vec<_> = catalog.index.program(program, &mut scratch).collect();
        self.parser.name = scratch;
        let hint = self.hint;
        claims.sort_by_key(|(at, _)| Some(*at) != hint);
        claims.into_iter().any(|(at, test)| {
            let fits = catalog.source(at).and_then(|s| s.texts.get(test)).is_some_and(|t| t.holds(text));
            fits && self.attempt(at, text, true)
        })
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
