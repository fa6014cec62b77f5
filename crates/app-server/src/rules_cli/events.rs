//! Events of files, for commands that hold rules against them.

use anyhow::{Result, bail};
use base_core::{Clock, SystemClock};
use engine_event::{Event, EventId};
use engine_hunt::input::{Inputs, Origin};
use engine_parse::files::{Limits, Place, RecordReader};
use engine_parse::{Catalog, Parser, ParserOptions};
use std::io::Write;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

/// What was read.
#[derive(Debug, Default)]
pub(super) struct Read {
    /// Events handed on.
    pub events: u64,
    /// Inputs or parts of them that were passed over; each was told on standard error.
    pub skipped: u64,
}

/// Hands every event of files and folders (`-`: standard input) to `each` with its place, until it
/// says to stop. What cannot be read is told on standard error.
///
/// # Errors
/// When not a single path can be read.
pub(super) fn each_event(
    paths: &[PathBuf],
    catalog: &Arc<Catalog>,
    mut each: impl FnMut(Event, &str, Place, u64) -> ControlFlow<()>,
) -> Result<Read> {
    let inputs = Inputs::gather(paths);
    let mut read = Read::default();
    for skip in &inputs.skips {
        read.skipped += 1;
        complain(&format!("{}: {}; {}", skip.input, skip.reason, skip.remedy));
    }
    if inputs.list.is_empty() {
        bail!("there is nothing to read; name files or folders of events, or - for standard input");
    }
    let now = SystemClock.now();
    let mut parser = Parser::new(Arc::clone(catalog), ParserOptions::default());
    for input in &inputs.list {
        let opened = match &input.origin {
            Origin::File(path) => RecordReader::open(path, Limits::default()),
            Origin::Stdin => RecordReader::from_read("-", Box::new(std::io::stdin()), Limits::default()),
        };
        let mut reader = match opened {
            Ok(reader) => reader,
            Err(error) => {
                read.skipped += 1;
                complain(&error.to_string());
                continue;
            }
        };
        while let Some(record) = reader.next() {
            let record = match record {
                Ok(record) => record,
                Err(skipped) => {
                    read.skipped += 1;
                    complain(&skipped.to_string());
                    continue;
                }
            };
            let event = parser.parse(&record.as_raw(now, None), EventId::from_journal(0, read.events));
            let flow = each(event, &input.name, record.place, read.events);
            read.events += 1;
            if flow.is_break() {
                return Ok(read);
            }
        }
    }
    Ok(read)
}

fn complain(text: &str) {
    // A closed standard error is no reason to stop.
    let _ = writeln!(std::io::stderr(), "{text}");
}
