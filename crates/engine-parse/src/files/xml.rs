//! Windows events as XML: each `<Event>…</Event>` is a record.

use super::window::Window;
use super::{Fault, Place, RawRecord, Records};
use crate::parser::Transport;
use memchr::memmem;

/// Cuts out `Event` elements.
pub(crate) struct Events {
    window: Window,
    max: usize,
}

impl Events {
    pub(crate) fn new(window: Window, max: usize) -> Self {
        Self { window, max }
    }
}

impl Records for Events {
    fn next(&mut self) -> Option<Result<RawRecord, Fault>> {
        // To the next start tag; a tag may lie across the edge of the window.
        loop {
            let bytes = self.window.bytes();
            let start = memmem::find_iter(bytes, b"<Event")
                .find(|at| bytes.get(at + 6).is_some_and(|b| b.is_ascii_whitespace() || *b == b'>'));
            if let Some(at) = start {
                self.window.consume(at);
                break;
            }
            let pass = bytes.len().saturating_sub(8);
            self.window.consume(pass);
            if !self.window.fill() {
                return self.window.fault().map(Err);
            }
        }
        let place = Place::Byte(self.window.offset());
        let mut seen = 0;
        loop {
            let bytes = self.window.bytes();
            if let Some(at) = bytes.get(seen..).and_then(|b| memmem::find(b, b"</Event>")).map(|at| at + seen) {
                let length = at + b"</Event>".len();
                let truncated = length > self.max;
                let record = bytes.get(..length.min(self.max + 1)).unwrap_or_default().to_vec();
                self.window.consume(length);
                return Some(Ok(RawRecord { bytes: record, place, transport: Transport::File, truncated }));
            }
            if bytes.len() > self.max {
                let record = bytes.get(..=self.max).unwrap_or_default().to_vec();
                self.window.consume(self.max);
                return Some(Ok(RawRecord { bytes: record, place, transport: Transport::File, truncated: true }));
            }
            seen = bytes.len().saturating_sub(8);
            if !self.window.fill() {
                let length = self.window.bytes().len();
                self.window.consume(length);
                return Some(Err(self.window.fault().unwrap_or(Fault {
                    place,
                    reason: "the input ends inside this event".to_owned(),
                    remedy: "copy the file again from its source: its end is missing",
                    lost: Some(1),
                })));
            }
        }
    }
}
