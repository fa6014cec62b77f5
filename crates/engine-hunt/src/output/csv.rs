//! Comma-separated values (RFC 4180), one line per detection, safe to open in a spreadsheet.

use super::Sink;
use crate::finding::Finding;
use crate::report::Report;
use std::borrow::Cow;
use std::io::{self, Write};

/// Heading of the table; names are fixed and English whatever the language.
pub const COLUMNS: [&str; 16] = [
    "time",
    "level",
    "rule",
    "what",
    "host",
    "user",
    "source_ip",
    "event_code",
    "tactics",
    "techniques",
    "matched",
    "events",
    "input",
    "place",
    "source_kind",
    "rule_id",
];

/// Writes detections as CSV.
pub struct Csv<W: Write> {
    out: csv::Writer<W>,
    headed: bool,
}

impl<W: Write> std::fmt::Debug for Csv<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Csv").field("headed", &self.headed).finish_non_exhaustive()
    }
}

impl<W: Write + Send> Csv<W> {
    /// Writes to `out`.
    pub fn new(out: W) -> Self {
        Self { out: csv::Writer::from_writer(out), headed: false }
    }

    fn head(&mut self) -> io::Result<()> {
        if !self.headed {
            self.headed = true;
            self.out.write_record(COLUMNS)?;
        }
        Ok(())
    }
}

/// A log may hold `=cmd|…`: a spreadsheet would run it as a formula. A leading apostrophe
/// makes it text (OWASP, "CSV Injection").
fn safe(text: &str) -> Cow<'_, str> {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

impl<W: Write + Send> Sink for Csv<W> {
    fn finding(&mut self, f: &Finding) -> io::Result<()> {
        self.head()?;
        let techniques: Vec<&str> = f.rule.attack.iter().map(|a| a.id.as_str()).collect();
        let matched: Vec<String> = f.matched.iter().map(|m| format!("{}={}", m.field, m.value)).collect();
        let events = f.events.to_string();
        let cells = [
            f.time.map_or_else(String::new, |t| t.to_string()).into(),
            Cow::Borrowed(f.rule.level.as_str()),
            safe(&f.rule.title),
            safe(&f.told.what),
            safe(f.host.as_deref().unwrap_or_default()),
            safe(f.user.as_deref().unwrap_or_default()),
            safe(f.source_ip.as_deref().unwrap_or_default()),
            safe(f.event_code.as_deref().unwrap_or_default()),
            f.rule.tactics.join(" ").into(),
            techniques.join(" ").into(),
            Cow::Owned(safe(&matched.join("; ")).into_owned()),
            events.into(),
            safe(&f.input),
            f.place.to_string().into(),
            safe(&f.kind),
            safe(&f.rule.id),
        ];
        self.out.write_record(cells.iter().map(|c| c.as_bytes()))?;
        Ok(())
    }

    fn finish(&mut self, _: &Report) -> io::Result<()> {
        self.head()?;
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::{card, finding};
    use base_core::{Severity, Timestamp};

    #[test]
    fn parses_back_and_holds_no_formula() {
        let rule = card("a", Severity::High, &["impact", "execution"]);
        let mut f = finding(&rule, Some("=cmd|' /C calc'!A0"), 0);
        f.told.what = "dấu \"phẩy\", và\nxuống dòng".to_owned();
        let mut bytes = Vec::new();
        {
            let mut sink = Csv::new(&mut bytes);
            sink.finding(&f).expect("written");
            sink.finish(&Report::new(Timestamp::EPOCH)).expect("written");
        }
        let mut reader = csv::Reader::from_reader(bytes.as_slice());
        assert_eq!(reader.headers().expect("heading").len(), COLUMNS.len());
        let row = reader.records().next().expect("one row").expect("parses");
        assert_eq!(&row[3], f.told.what);
        assert_eq!(&row[4], "'=cmd|' /C calc'!A0");
        assert_eq!(&row[8], "impact execution");
    }

    #[test]
    fn an_empty_run_still_has_its_heading() {
        let mut bytes = Vec::new();
        Csv::new(&mut bytes).finish(&Report::new(Timestamp::EPOCH)).expect("written");
        assert!(bytes.starts_with(b"time,level,rule,"));
    }
}
