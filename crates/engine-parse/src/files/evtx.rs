//! EVTX files, chunk by chunk.
//!
//! The library renders a record straight from its binary form to JSON; those bytes are the
//! raw record, and the parser's one pass over them makes the fields. (The library's
//! `serde_json::Value` is itself parsed from that JSON, so taking it would be one pass more.)

use super::window::Window;
use super::{Fault, Place, RawRecord, Records};
use crate::parser::Transport;
use evtx::{EvtxChunkData, ParserSettings};
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

const HEADER: usize = 4096;
const CHUNK: usize = 65_536;
const REMEDY: &str = "export the log again from its machine if the lost records matter; the other records were read";

/// Reads chunks in the order of the file.
pub(crate) struct Chunks {
    window: Window,
    settings: Arc<ParserSettings>,
    max: usize,
    number: u64,
    started: bool,
    ready: VecDeque<Result<RawRecord, Fault>>,
}

impl Chunks {
    pub(crate) fn new(window: Window, max: usize) -> Self {
        let settings = Arc::new(ParserSettings::new().indent(false));
        Self { window, settings, max, number: 0, started: false, ready: VecDeque::new() }
    }

    /// Reads one chunk into `ready`; `false` at the end of the file.
    fn chunk(&mut self) -> bool {
        self.window.fill_to(CHUNK);
        let bytes = self.window.bytes();
        let length = bytes.len().min(CHUNK);
        if length == 0 {
            return false;
        }
        let mut data = bytes.get(..length).unwrap_or_default().to_vec();
        self.window.consume(length);
        let number = self.number;
        self.number += 1;
        // Unused chunks are zero; so is the padding behind the last one.
        if data.iter().all(|b| *b == 0) {
            return true;
        }
        if length < CHUNK {
            self.fault(
                Place::Chunk(number),
                format!("the file ends {} bytes before the end of this chunk", CHUNK - length),
                None,
            );
            data.resize(CHUNK, 0);
        }
        // The library is written without panics; should one slip through, it costs one chunk.
        let before = self.ready.len();
        if catch_unwind(AssertUnwindSafe(|| self.records(data, number))).is_err() {
            let got = self.ready.len() - before;
            self.fault(
                Place::Chunk(number),
                format!("the chunk could not be read beyond its first {got} records"),
                None,
            );
        }
        true
    }

    fn records(&mut self, data: Vec<u8>, number: u64) {
        let mut data = match EvtxChunkData::new(data, false) {
            Ok(data) => data,
            Err(e) => return self.fault(Place::Chunk(number), format!("the chunk's header is damaged: {e}"), None),
        };
        let expected = data
            .header
            .last_event_record_id
            .checked_sub(data.header.first_event_record_id)
            .map(|n| n.saturating_add(1));
        let settings = Arc::clone(&self.settings);
        let mut chunk = match data.parse(settings) {
            Ok(chunk) => chunk,
            // A range that no chunk can hold says nothing.
            Err(e) => {
                let lost = expected.filter(|n| *n <= 4096);
                return self.fault(Place::Chunk(number), format!("the chunk is damaged: {e}"), lost);
            }
        };
        for record in chunk.iter() {
            match record.and_then(evtx::EvtxRecord::into_json_bytes) {
                Ok(record) => {
                    let mut bytes = record.data;
                    let truncated = bytes.len() > self.max;
                    bytes.truncate(self.max + 1);
                    let place = Place::Record(record.event_record_id);
                    self.ready.push_back(Ok(RawRecord { bytes, place, transport: Transport::Evtx, truncated }));
                }
                Err(e) => self.fault(Place::Chunk(number), format!("a record is damaged: {e}"), Some(1)),
            }
        }
    }

    fn fault(&mut self, place: Place, reason: String, lost: Option<u64>) {
        self.ready.push_back(Err(Fault { place, reason, remedy: REMEDY, lost }));
    }
}

impl Records for Chunks {
    fn next(&mut self) -> Option<Result<RawRecord, Fault>> {
        if !self.started {
            self.started = true;
            self.window.fill_to(HEADER);
            self.window.consume(HEADER);
        }
        loop {
            if let Some(item) = self.ready.pop_front() {
                return Some(item);
            }
            if !self.chunk() {
                return self.window.fault().map(Err);
            }
        }
    }
}
