//! A window over a stream: what has been read and not yet cut into records.

use super::{Fault, Place};
use std::io::Read;

const STEP: usize = 256 * 1024;

/// A growing and sliding window. A read error ends the stream and is kept to be told.
pub(crate) struct Window {
    source: Box<dyn Read + Send>,
    buf: Vec<u8>,
    start: usize,
    end: usize,
    /// Bytes consumed so far.
    offset: u64,
    done: bool,
    error: Option<std::io::Error>,
}

impl Window {
    pub(crate) fn new(source: Box<dyn Read + Send>) -> Self {
        Self { source, buf: Vec::new(), start: 0, end: 0, offset: 0, done: false, error: None }
    }

    /// What can be looked at now.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.buf.get(self.start..self.end).unwrap_or_default()
    }

    /// Bytes consumed so far.
    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    pub(crate) fn consume(&mut self, count: usize) {
        let count = count.min(self.end - self.start);
        self.start += count;
        self.offset += count as u64;
    }

    /// Reads more; `false` when there is no more.
    pub(crate) fn fill(&mut self) -> bool {
        if self.done {
            return false;
        }
        if self.start > 0 && (self.start == self.end || self.start >= STEP) {
            self.buf.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        if self.buf.len() < self.end + STEP {
            self.buf.resize(self.end + STEP, 0);
        }
        loop {
            let Some(space) = self.buf.get_mut(self.end..) else { return false };
            match self.source.read(space) {
                Ok(0) => {
                    self.done = true;
                    return false;
                }
                Ok(count) => {
                    self.end += count;
                    return true;
                }
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
                Err(e) => {
                    self.done = true;
                    self.error = Some(e);
                    return false;
                }
            }
        }
    }

    /// Reads until at least `count` bytes are there or the stream ends.
    pub(crate) fn fill_to(&mut self, count: usize) {
        while self.bytes().len() < count && self.fill() {}
    }

    /// The read error that ended the stream, once.
    pub(crate) fn fault(&mut self) -> Option<Fault> {
        let error = self.error.take()?;
        let remedy = match error.kind() {
            std::io::ErrorKind::UnexpectedEof => "copy the file again from its source: its end is missing",
            std::io::ErrorKind::InvalidData | std::io::ErrorKind::InvalidInput | std::io::ErrorKind::Other => {
                "copy the file again from its source: its compressed data is damaged here; what came before was read"
            }
            _ => "check the disk and the permissions, then read the file again",
        };
        Some(Fault { place: Place::Byte(self.offset), reason: format!("reading stopped: {error}"), remedy, lost: None })
    }
}
