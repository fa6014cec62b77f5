//! Linux audit logs: the records of one event, which share a serial, are joined to one.

use super::lines::Lines;
use super::{Fault, RawRecord, Records};
use crate::decode::audit;
use std::collections::VecDeque;

/// Events that may be open at a time; the kernel's records of one event lie close together.
const OPEN: usize = 32;

/// Joins lines by node, time and serial.
pub(crate) struct Joined {
    lines: Lines,
    max: usize,
    open: VecDeque<Open>,
    ready: VecDeque<RawRecord>,
    ended: bool,
}

struct Open {
    key: Vec<u8>,
    record: RawRecord,
}

impl Joined {
    pub(crate) fn new(lines: Lines, max: usize) -> Self {
        Self { lines, max, open: VecDeque::new(), ready: VecDeque::new(), ended: false }
    }

    fn take(&mut self, line: RawRecord) {
        let text = String::from_utf8_lossy(&line.bytes);
        let Some(head) = audit::head(&text) else {
            self.ready.push_back(line);
            return;
        };
        let key = [head.node.unwrap_or_default(), head.time, head.serial].join(":").into_bytes();
        let ends = head.kind == Some("EOE");
        drop(text);
        match self.open.iter().position(|o| o.key == key) {
            Some(at) => {
                if let Some(open) = self.open.get_mut(at).filter(|_| !ends) {
                    if open.record.bytes.len() + line.bytes.len() < self.max {
                        open.record.bytes.push(b'\n');
                        open.record.bytes.extend_from_slice(&line.bytes);
                    } else {
                        open.record.truncated = true;
                    }
                }
                if ends {
                    // Events leave in the order in which they began, as far as they are whole.
                    self.ready.extend(self.open.remove(at).map(|o| o.record));
                }
            }
            // The end mark of an event that was given out already.
            None if ends => {}
            None => self.open.push_back(Open { key, record: line }),
        }
        if self.open.len() > OPEN {
            self.ready.extend(self.open.pop_front().map(|o| o.record));
        }
    }
}

impl Records for Joined {
    fn next(&mut self) -> Option<Result<RawRecord, Fault>> {
        loop {
            if let Some(record) = self.ready.pop_front() {
                return Some(Ok(record));
            }
            if self.ended {
                return self.open.pop_front().map(|o| Ok(o.record));
            }
            match self.lines.next() {
                Some(Ok(line)) => self.take(line),
                Some(Err(fault)) => return Some(Err(fault)),
                None => self.ended = true,
            }
        }
    }
}
