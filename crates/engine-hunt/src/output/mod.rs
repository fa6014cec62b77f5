//! Forms a hunt's result leaves in: streams while it runs, pages when it is done.
//!
//! `jsonl` and `csv` write each detection as it is found; `json` is one document with the
//! detections and the summary; `html` and `table` are made from the [`Report`] at the end.

pub mod csv;
pub mod html;
pub mod json;

use crate::finding::Finding;
use crate::report::Report;
use std::io;

/// The forms of output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputFormat {
    /// Summary tables for a terminal (drawn by the program, not here).
    Table,
    /// One JSON document.
    Json,
    /// One JSON object per line and detection.
    JsonLines,
    /// Comma-separated values with a heading.
    Csv,
    /// One self-contained page.
    Html,
}

impl OutputFormat {
    /// Whether detections carry the event's fields in this form.
    #[must_use]
    pub const fn wants_event(self) -> bool {
        matches!(self, OutputFormat::Json | OutputFormat::JsonLines)
    }

    /// Whether detections are written while the hunt runs.
    #[must_use]
    pub const fn streams(self) -> bool {
        !matches!(self, OutputFormat::Table | OutputFormat::Html)
    }
}

/// Takes the detections of a run in order, then the report.
pub trait Sink: Send {
    /// One detection.
    ///
    /// # Errors
    /// When it cannot be written; the hunt then stops.
    fn finding(&mut self, finding: &Finding) -> io::Result<()>;

    /// The end of the run.
    ///
    /// # Errors
    /// When it cannot be written.
    fn finish(&mut self, report: &Report) -> io::Result<()>;
}

/// Takes detections and writes nothing: for the forms made from the report.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoStream;

impl Sink for NoStream {
    fn finding(&mut self, _: &Finding) -> io::Result<()> {
        Ok(())
    }

    fn finish(&mut self, _: &Report) -> io::Result<()> {
        Ok(())
    }
}
