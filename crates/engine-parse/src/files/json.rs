//! JSON values one after the other: lists, printed over several lines, or joined without newlines.

use super::window::Window;
use super::{Fault, Place, RawRecord, Records};
use crate::parser::Transport;

/// Cuts out objects by counting brackets outside strings.
pub(crate) struct Values {
    window: Window,
    max: usize,
    /// A list inside an object (`{"Records":[…]}`): its closing brackets are no mistake.
    wrapped: bool,
    fault: Option<Fault>,
}

/// Where the scan of one object is.
#[derive(Default)]
struct Scan {
    at: usize,
    depth: usize,
    quoted: bool,
    escaped: bool,
}

impl Scan {
    /// Goes on over `bytes`; the length of the object when its end was found.
    fn run(&mut self, bytes: &[u8]) -> Option<usize> {
        for byte in bytes.get(self.at..).unwrap_or_default() {
            self.at += 1;
            if self.quoted {
                match byte {
                    _ if self.escaped => self.escaped = false,
                    b'\\' => self.escaped = true,
                    b'"' => self.quoted = false,
                    _ => {}
                }
                continue;
            }
            match byte {
                b'"' => self.quoted = true,
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' => {
                    self.depth = self.depth.saturating_sub(1);
                    if self.depth == 0 {
                        return Some(self.at);
                    }
                }
                _ => {}
            }
        }
        None
    }
}

impl Values {
    pub(crate) fn new(window: Window, max: usize, wrapped: bool) -> Self {
        Self { window, max, wrapped, fault: None }
    }

    /// Passes over what stands between objects; `false` at the end of the input.
    fn find_object(&mut self) -> bool {
        let mut rubbish: Option<(u64, u64)> = None;
        loop {
            let bytes = self.window.bytes();
            let wrapped = self.wrapped;
            let between =
                |b: &u8| b.is_ascii_whitespace() || matches!(b, b',' | b'[' | b']') || (wrapped && *b == b'}');
            let skip = bytes.iter().take_while(|b| between(b)).count();
            match bytes.get(skip) {
                Some(b'{') => {
                    self.window.consume(skip);
                    break;
                }
                Some(_) => {
                    let next = bytes.get(skip..).and_then(|b| memchr::memchr(b'{', b)).unwrap_or(bytes.len() - skip);
                    let from = self.window.offset() + skip as u64;
                    let entry = rubbish.get_or_insert((from, 0));
                    entry.1 += next as u64;
                    self.window.consume(skip + next);
                }
                None => {
                    let all = bytes.len();
                    self.window.consume(all);
                    if !self.window.fill() {
                        self.tell_rubbish(rubbish);
                        return false;
                    }
                }
            }
        }
        self.tell_rubbish(rubbish);
        true
    }

    fn tell_rubbish(&mut self, rubbish: Option<(u64, u64)>) {
        // The names and scalars of a wrapping object are no records.
        if let Some((from, count)) = rubbish.filter(|_| !self.wrapped) {
            self.fault = Some(Fault {
                place: Place::Byte(from),
                reason: format!("{count} bytes between JSON objects are not JSON"),
                remedy: "check how the file was written; the objects around them were read",
                lost: None,
            });
        }
    }
}

impl Records for Values {
    fn next(&mut self) -> Option<Result<RawRecord, Fault>> {
        if let Some(fault) = self.fault.take() {
            return Some(Err(fault));
        }
        let more = self.find_object();
        if let Some(fault) = self.fault.take() {
            return Some(Err(fault));
        }
        if !more {
            return self.window.fault().map(Err);
        }
        let start = self.window.offset();
        let place = Place::Byte(start);
        let mut scan = Scan::default();
        loop {
            if let Some(length) = scan.run(self.window.bytes()) {
                let kept = length.min(self.max + 1);
                let bytes = self.window.bytes().get(..kept).unwrap_or_default().to_vec();
                self.window.consume(length);
                let truncated = length > self.max;
                if truncated {
                    self.fault = Some(self.too_long(place, (length - kept) as u64));
                }
                return Some(Ok(RawRecord { bytes, place, transport: Transport::File, truncated }));
            }
            if self.window.bytes().len() > self.max {
                return Some(Ok(self.cut(scan, place)));
            }
            if !self.window.fill() {
                let length = self.window.bytes().len();
                self.window.consume(length);
                return Some(Err(self.window.fault().unwrap_or(Fault {
                    place,
                    reason: "the input ends inside this JSON object".to_owned(),
                    remedy: "copy the file again from its source: its end is missing",
                    lost: Some(1),
                })));
            }
        }
    }
}

impl Values {
    /// Keeps the start of an over-long object and passes over the rest of it.
    fn cut(&mut self, mut scan: Scan, place: Place) -> RawRecord {
        let bytes = self.window.bytes().get(..=self.max).unwrap_or_default().to_vec();
        let mut rest = 0_u64;
        loop {
            if let Some(length) = scan.run(self.window.bytes()) {
                rest += length as u64;
                self.window.consume(length);
                break;
            }
            let length = self.window.bytes().len();
            rest += length as u64;
            self.window.consume(length);
            scan.at = 0;
            if !self.window.fill() {
                break;
            }
        }
        self.fault = Some(self.too_long(place, rest.saturating_sub(bytes.len() as u64)));
        RawRecord { bytes, place, transport: Transport::File, truncated: true }
    }

    fn too_long(&self, place: Place, cut: u64) -> Fault {
        Fault {
            place,
            reason: format!("the JSON object is longer than {} bytes; {cut} bytes were cut off", self.max),
            remedy: "if the object is one record, raise the record limit; otherwise check the file's format",
            lost: Some(0),
        }
    }
}
