//! Reading lists of indicators. The caller opens files or downloads; here is no I/O of its own.
//!
//! Each reader takes what it can and reports the rest: a line that is no indicator with its number
//! and a remedy (the first [`MAX_MISTAKES`] in full, further ones counted), kinds of indicators
//! that Mangrove has no use for by name and number. Lines, documents and nesting are bounded.

mod csv;
mod lines;
mod misp;
mod ndjson;
mod row;
mod stix;
mod stix_pattern;
mod text;

use super::builder::Builder;
use super::index::ListId;
use super::kind::IndicatorKind;
use super::meta::Remarks;
use super::value::{Refusal, Value, read as read_value, read_as};
use base_core::{ContentError, Timestamp};
use std::collections::BTreeMap;
use std::io::{BufRead, Read};

/// How a list is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One indicator per line; `#` and `;` begin comments; what follows white space is left out.
    Text,
    /// With a header, separated by comma, semicolon or tab (RFC 4180 quoting).
    Csv,
    /// One JSON object per line, with the names of the CSV columns.
    Ndjson,
    /// A MISP event, or several as the MISP API returns them.
    Misp,
    /// A STIX 2.1 bundle (2.0 is read too).
    Stix,
}

impl Format {
    /// Every format.
    pub const ALL: [Format; 5] = [Format::Text, Format::Csv, Format::Ndjson, Format::Misp, Format::Stix];

    /// The stored word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Format::Text => "text",
            Format::Csv => "csv",
            Format::Ndjson => "ndjson",
            Format::Misp => "misp",
            Format::Stix => "stix",
        }
    }

    /// From the stored word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|f| f.as_str() == text)
    }

    /// From the first bytes of a list.
    #[must_use]
    pub fn guess(head: &[u8]) -> Format {
        let text = String::from_utf8_lossy(head.get(..4_096.min(head.len())).unwrap_or_default());
        let text = text.trim_start_matches('\u{feff}').trim_start();
        if text.starts_with(['{', '[']) {
            if text.contains("\"bundle\"") || text.contains("\"spec_version\"") {
                return Format::Stix;
            }
            let first = text.lines().next().unwrap_or_default();
            let whole = serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(first);
            return if whole.is_ok_and(|o| !o.contains_key("Event")) { Format::Ndjson } else { Format::Misp };
        }
        let header = text.lines().find(|l| !l.trim().is_empty() && !l.starts_with('#')).unwrap_or_default();
        if row::Columns::of(header).is_some() { Format::Csv } else { Format::Text }
    }
}

/// Most mistakes that are told in full.
pub const MAX_MISTAKES: usize = 1_000;
/// Mistakes within a JSON document of which the line is told.
const MAX_LOCATED: usize = 100;
/// Longest JSON document, in bytes; it takes several times as much memory while it is read.
const MAX_DOCUMENT: u64 = 128 * 1024 * 1024;
/// Longest line, in bytes.
const MAX_LINE: usize = 64 * 1024;

/// What came of reading a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoadReport {
    /// Indicators taken.
    pub added: u64,
    /// Left out on purpose: of too little confidence, revoked, deleted, or not meant for detection.
    pub unwanted: u64,
    /// Indicators of kinds that are not looked for (file names, registry keys …), by kind.
    pub other_kinds: BTreeMap<String, u64>,
    /// What is wrong, with file, line and remedy.
    pub mistakes: Vec<ContentError>,
    /// Further mistakes.
    pub further_mistakes: u64,
}

/// Reads a list into a builder. `name` is what mistakes call it; `now` is when it is loaded.
pub fn read(
    builder: &mut Builder,
    list: ListId,
    name: &str,
    format: Format,
    input: &mut dyn BufRead,
    now: Timestamp,
) -> LoadReport {
    let mut loader = Loader { builder, list, name, now, report: LoadReport::default() };
    match format {
        Format::Text => text::read(&mut loader, input),
        Format::Csv => csv::read(&mut loader, input),
        Format::Ndjson => ndjson::read(&mut loader, input),
        Format::Misp => misp::read(&mut loader, input),
        Format::Stix => stix::read(&mut loader, input),
    }
    loader.report
}

/// Where a reader puts what it finds.
struct Loader<'b> {
    builder: &'b mut Builder,
    list: ListId,
    name: &'b str,
    now: Timestamp,
    report: LoadReport,
}

/// What is said of values that other values follow.
const NOT_READABLE: &str = "give a readable file";

impl Loader<'_> {
    /// Adds a value of a kind that is known or not.
    fn add(&mut self, line: Option<usize>, text: &str, kind: Option<IndicatorKind>, remarks: &Remarks) {
        let value = match kind {
            Some(kind) => read_as(text, kind),
            None => read_value(text),
        };
        match value {
            Ok(value) => {
                self.add_value(line, text, &value, remarks);
                if !text.is_ascii() && value.kind() == IndicatorKind::Domain {
                    self.add_written(text, remarks);
                }
            }
            Err(refusal) => self.refused(line, text, refusal),
        }
    }

    /// Names are stored as DNS carries them; those with other letters also as people write them.
    fn add_written(&mut self, text: &str, remarks: &Remarks) {
        let written = Value::Domain(text.trim().trim_start_matches("*.").trim_matches('.').to_lowercase());
        // The same list took the name itself, so that there is nothing more to say.
        let _known = self.builder.add(self.list, &written, remarks, self.now);
    }

    fn add_value(&mut self, line: Option<usize>, text: &str, value: &Value, remarks: &Remarks) {
        match self.builder.add(self.list, value, remarks, self.now) {
            Ok(true) => self.report.added += 1,
            Ok(false) => self.report.unwanted += 1,
            Err(refusal) => self.refused(line, text, refusal),
        }
    }

    fn refused(&mut self, line: Option<usize>, text: &str, refusal: Refusal) {
        let shown: String = text.chars().take(120).map(|c| if c.is_control() { ' ' } else { c }).collect();
        self.mistake(line, format!("`{shown}` {}", refusal.reason), refusal.remedy);
    }

    fn mistake(&mut self, line: Option<usize>, message: String, remedy: &str) {
        if self.report.mistakes.len() >= MAX_MISTAKES {
            self.report.further_mistakes += 1;
            return;
        }
        let (file, remedy) = (self.name.to_owned(), remedy.to_owned());
        self.report.mistakes.push(ContentError { file, line, message, remedy });
    }

    fn other_kind(&mut self, kind: &str) {
        let kind: String = kind.chars().take(64).collect();
        if self.report.other_kinds.len() < 1_000 || self.report.other_kinds.contains_key(&kind) {
            *self.report.other_kinds.entry(kind).or_default() += 1;
        }
    }

    /// The whole of a JSON document as text.
    fn document(&mut self, input: &mut dyn BufRead) -> Option<String> {
        let mut text = String::new();
        let read = input.take(MAX_DOCUMENT + 1).read_to_string(&mut text);
        let message = match read {
            Ok(_) if text.len() as u64 <= MAX_DOCUMENT => return Some(text.trim_start_matches('\u{feff}').to_owned()),
            Ok(_) => "is longer than 128 MiB".to_owned(),
            Err(e) => format!("cannot be read: {e}"),
        };
        self.mistake(None, message, "give readable UTF-8 JSON of at most 128 MiB, larger lists as CSV or JSON lines");
        None
    }

    /// Gives the mistakes from `since` on the line of the document on which `needle` stands. Looked
    /// for only when there are any, and only for the first of a document that has many, since each
    /// look reads it from the beginning.
    fn locate(&mut self, since: usize, document: &str, needle: &str) {
        let Some(fresh) = self.report.mistakes.get_mut(since..).filter(|f| !f.is_empty() && since < MAX_LOCATED) else {
            return;
        };
        let at = document.find(needle).filter(|_| !needle.is_empty());
        let line = at.and_then(|at| document.get(..at)).map(|head| head.bytes().filter(|b| *b == b'\n').count() + 1);
        fresh.iter_mut().for_each(|mistake| mistake.line = line);
    }
}

/// A time as feeds write it: RFC 3339, a day, or seconds since 1970.
fn time(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Some(time) = Timestamp::parse_rfc3339(text) {
        return Some(time);
    }
    if let Ok(seconds) = text.parse::<i64>() {
        // Milliseconds from 2001 on are larger than seconds until the year 33 658.
        let in_range = (0..1_000_000_000_000).contains(&seconds);
        return (seconds > 0)
            .then(|| if in_range { Timestamp::from_secs(seconds) } else { Timestamp::from_millis(seconds) });
    }
    let (day, rest) = text.split_at_checked(10)?;
    let clock = rest.trim_start_matches(['T', ' ']).trim_end_matches([' ', 'Z', 'U', 'T', 'C']);
    let clock = if clock.is_empty() { "00:00:00" } else { clock };
    Timestamp::parse_rfc3339(&format!("{day}T{clock}Z"))
}
