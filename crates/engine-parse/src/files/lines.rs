//! One record per line.

use super::window::Window;
use super::{Fault, Place, RawRecord, Records};
use crate::parser::Transport;
use memchr::memchr;

/// Cuts at newlines; empty lines are left out.
pub(crate) struct Lines {
    window: Window,
    max: usize,
    line: u64,
    /// Bytes of an over-long line that were passed over, told after its record.
    cut: Option<(u64, u64)>,
}

impl Lines {
    pub(crate) fn new(window: Window, max: usize) -> Self {
        Self { window, max, line: 0, cut: None }
    }

    /// Passes over the rest of a line; returns how many bytes that were.
    fn discard_line(&mut self) -> u64 {
        let mut count = 0;
        loop {
            let bytes = self.window.bytes();
            if let Some(at) = memchr(b'\n', bytes) {
                self.window.consume(at + 1);
                return count + at as u64;
            }
            let length = bytes.len();
            count += length as u64;
            self.window.consume(length);
            if !self.window.fill() {
                return count;
            }
        }
    }

    fn record(&self, bytes: &[u8], truncated: bool) -> RawRecord {
        RawRecord { bytes: bytes.to_vec(), place: Place::Line(self.line), transport: Transport::File, truncated }
    }
}

impl Records for Lines {
    fn next(&mut self) -> Option<Result<RawRecord, Fault>> {
        if let Some((line, bytes)) = self.cut.take() {
            return Some(Err(Fault {
                place: Place::Line(line),
                reason: format!("the line is longer than {} bytes; its last {bytes} bytes were cut off", self.max),
                remedy: "if the line is one record, raise the record limit; otherwise check the file's format",
                lost: Some(0),
            }));
        }
        let mut seen = 0;
        loop {
            let bytes = self.window.bytes();
            if let Some(at) = bytes.get(seen..).and_then(|b| memchr(b'\n', b)).map(|at| at + seen) {
                self.line += 1;
                let line = bytes.get(..at).unwrap_or_default();
                let line = line.strip_suffix(b"\r").unwrap_or(line);
                if line.len() <= self.max {
                    let record = (!line.iter().all(u8::is_ascii_whitespace)).then(|| self.record(line, false));
                    self.window.consume(at + 1);
                    match record {
                        Some(record) => return Some(Ok(record)),
                        None => {
                            seen = 0;
                            continue;
                        }
                    }
                }
                return Some(Ok(self.cut_line()));
            }
            if bytes.len() > self.max {
                self.line += 1;
                return Some(Ok(self.cut_line()));
            }
            seen = bytes.len();
            if !self.window.fill() {
                break;
            }
        }
        if let Some(fault) = self.window.fault() {
            // The last line is not whole: it is handed out next, then the end.
            return Some(Err(fault));
        }
        let rest = self.window.bytes();
        if rest.iter().all(u8::is_ascii_whitespace) {
            return None;
        }
        self.line += 1;
        let record = self.record(rest, false);
        let length = record.bytes.len();
        self.window.consume(length);
        Some(Ok(record))
    }
}

impl Lines {
    fn cut_line(&mut self) -> RawRecord {
        let keep = self.max + 1;
        let record = self.record(self.window.bytes().get(..keep).unwrap_or_default(), true);
        self.window.consume(keep);
        let rest = self.discard_line();
        self.cut = Some((self.line, rest));
        record
    }
}
