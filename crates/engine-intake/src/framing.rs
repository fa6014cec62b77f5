//! Cutting a byte stream into records (RFC 6587 for syslog over TCP).
//!
//! Two framings are in use, and a sender does not say which: *octet counting*
//! (`27 <13>Mar  1 08:00:00 host x`) and *non-transparent* (each record ends with a line feed).
//! The first bytes of a connection decide. When octet counting breaks down later, the rest is
//! read line by line, so that nothing is thrown away.

use bytes::{Buf, Bytes, BytesMut};

/// Digits of the longest length that is believed (99 999 999 bytes).
const MAX_LENGTH_DIGITS: usize = 8;

/// How records are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Framing {
    Undecided,
    Lines,
    Counted,
}

/// What remains to be thrown away of a record that was too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Skip {
    Nothing,
    ToLineEnd,
    Bytes(usize),
}

/// A record cut from the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The record without line end or length.
    pub bytes: Bytes,
    /// Only its beginning.
    pub truncated: bool,
}

/// Cuts one connection's bytes into records; holds at most one record's beginning.
#[derive(Debug)]
pub struct Framer {
    buffer: BytesMut,
    framing: Framing,
    skip: Skip,
    max_record_bytes: usize,
    /// Bytes at the front of the buffer known to hold no line feed.
    searched: usize,
    errors: usize,
}

impl Framer {
    /// A framer for one connection.
    #[must_use]
    pub fn new(max_record_bytes: usize) -> Self {
        let max_record_bytes = max_record_bytes.max(16);
        Self {
            buffer: BytesMut::new(),
            framing: Framing::Undecided,
            skip: Skip::Nothing,
            max_record_bytes,
            searched: 0,
            errors: 0,
        }
    }

    /// Where arriving bytes are to be appended.
    pub const fn buffer(&mut self) -> &mut BytesMut {
        &mut self.buffer
    }

    /// Bytes held of a record whose end has not come.
    #[must_use]
    pub fn held(&self) -> usize {
        self.buffer.len()
    }

    /// Whether a record is begun and not ended, be it kept or skipped.
    #[must_use]
    pub fn is_amid_record(&self) -> bool {
        !self.buffer.is_empty() || self.skip != Skip::Nothing
    }

    /// Gives out the beginning of the unfinished record, marked as truncated; the rest of it will be
    /// skipped. For when all connections together hold too much.
    pub fn cut_now(&mut self) -> Option<Frame> {
        self.skip_rest();
        let digits = self.buffer.iter().take_while(|b| b.is_ascii_digit()).count();
        let length = self.buffer.get(..digits).and_then(|d| std::str::from_utf8(d).ok()?.parse::<usize>().ok());
        let bytes = match length {
            Some(length) if self.framing == Framing::Counted && self.buffer.get(digits) == Some(&b' ') => {
                self.buffer.advance(digits + 1);
                let bytes = self.buffer.split_to(length.min(self.buffer.len())).freeze();
                self.skip = if length > bytes.len() { Skip::Bytes(length - bytes.len()) } else { Skip::Nothing };
                bytes
            }
            // A length that is not there yet tells nothing about what to skip.
            _ if self.framing == Framing::Counted => return None,
            _ if self.buffer.is_empty() => return None,
            _ => {
                (self.framing, self.skip, self.searched) = (Framing::Lines, Skip::ToLineEnd, 0);
                self.buffer.split().freeze()
            }
        };
        (!bytes.is_empty()).then_some(Frame { bytes, truncated: true })
    }

    /// How often the sender broke its framing since the last call.
    pub const fn take_errors(&mut self) -> usize {
        std::mem::replace(&mut self.errors, 0)
    }

    /// The next whole record; `None` when more bytes are needed. Empty lines are left out.
    pub fn next_frame(&mut self) -> Option<Frame> {
        loop {
            self.skip_rest();
            if self.buffer.is_empty() {
                return None;
            }
            if self.framing == Framing::Undecided {
                self.framing = decide(&self.buffer)?;
            }
            let frame = match self.framing {
                Framing::Counted => self.counted()?,
                _ => self.line()?,
            };
            if let Some(frame) = frame {
                return Some(frame);
            }
        }
    }

    /// What is left when the connection ends: the beginning of a record whose end never came.
    /// A last line without line feed is a whole record.
    pub fn finish(&mut self) -> Option<Frame> {
        self.skip_rest();
        if self.skip != Skip::Nothing {
            self.buffer.clear();
            return None;
        }
        // Too short to decide about its framing, or a length whose record never came.
        let counted = self.framing == Framing::Counted;
        let rest = self.buffer.split();
        let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
        let start = if counted && rest.get(digits) == Some(&b' ') { digits + 1 } else { 0 };
        let bytes = trim_line(rest.freeze().slice(start..));
        (!bytes.is_empty()).then_some(Frame { bytes, truncated: counted })
    }

    fn skip_rest(&mut self) {
        match self.skip {
            Skip::Nothing => {}
            Skip::Bytes(count) => {
                let gone = count.min(self.buffer.len());
                self.buffer.advance(gone);
                self.skip = if gone == count { Skip::Nothing } else { Skip::Bytes(count - gone) };
            }
            Skip::ToLineEnd => match memchr::memchr(b'\n', &self.buffer) {
                Some(end) => {
                    self.buffer.advance(end + 1);
                    self.skip = Skip::Nothing;
                }
                None => self.buffer.clear(),
            },
        }
    }

    /// `None`: more bytes are needed; `Some(None)`: go on (an empty line was passed).
    #[expect(clippy::option_option, reason = "outer: enough bytes, inner: a record worth keeping")]
    fn line(&mut self) -> Option<Option<Frame>> {
        let rest = self.buffer.get(self.searched..).unwrap_or_default();
        match memchr::memchr(b'\n', rest) {
            Some(end) if self.searched + end <= self.max_record_bytes => {
                let line = self.buffer.split_to(self.searched + end).freeze();
                self.buffer.advance(1);
                self.searched = 0;
                let bytes = trim_line(line);
                Some((!bytes.is_empty()).then_some(Frame { bytes, truncated: false }))
            }
            None if self.buffer.len() <= self.max_record_bytes => {
                self.searched = self.buffer.len();
                None
            }
            _ => {
                let bytes = self.buffer.split_to(self.max_record_bytes).freeze();
                self.searched = 0;
                self.skip = Skip::ToLineEnd;
                Some(Some(Frame { bytes, truncated: true }))
            }
        }
    }

    #[expect(clippy::option_option, reason = "outer: enough bytes, inner: a record worth keeping")]
    fn counted(&mut self) -> Option<Option<Frame>> {
        // Some senders put a line feed behind each counted record.
        if matches!(self.buffer.first(), Some(b'\n' | b'\r')) {
            self.buffer.advance(1);
            return Some(None);
        }
        let digits = self.buffer.iter().take(MAX_LENGTH_DIGITS + 1).take_while(|b| b.is_ascii_digit()).count();
        let behind = self.buffer.get(digits);
        if behind.is_none() && digits <= MAX_LENGTH_DIGITS {
            return None;
        }
        let length = self.buffer.get(..digits).and_then(|d| std::str::from_utf8(d).ok()?.parse::<usize>().ok());
        let Some(length) = length.filter(|_| behind == Some(&b' ') && digits <= MAX_LENGTH_DIGITS) else {
            self.errors += 1;
            self.framing = Framing::Lines;
            return Some(None);
        };
        let kept = length.min(self.max_record_bytes);
        if self.buffer.len() < digits + 1 + kept {
            return None;
        }
        self.buffer.advance(digits + 1);
        let bytes = trim_line(self.buffer.split_to(kept).freeze());
        if length > kept {
            self.skip = Skip::Bytes(length - kept);
        }
        Some((!bytes.is_empty()).then_some(Frame { bytes, truncated: length > kept }))
    }
}

/// Octet counting begins with a length, a space and the `<` of the priority; anything else is
/// lines. `None` while it cannot be said yet.
fn decide(buffer: &[u8]) -> Option<Framing> {
    if !matches!(buffer.first(), Some(b'1'..=b'9')) {
        return Some(Framing::Lines);
    }
    let digits = buffer.iter().take_while(|b| b.is_ascii_digit()).count();
    match (buffer.get(digits), buffer.get(digits + 1)) {
        _ if digits > MAX_LENGTH_DIGITS => Some(Framing::Lines),
        (None, _) | (Some(b' '), None) => None,
        (Some(b' '), Some(b'<')) => Some(Framing::Counted),
        _ => Some(Framing::Lines),
    }
}

/// Without the carriage return, line feed or zero byte at its end.
pub(crate) fn trim_line(mut line: Bytes) -> Bytes {
    while matches!(line.last(), Some(b'\r' | b'\n' | 0)) {
        line.truncate(line.len() - 1);
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Feeds `input` in pieces of `step` bytes.
    fn cut(input: &[u8], step: usize, max: usize) -> (Vec<(String, bool)>, usize) {
        let mut framer = Framer::new(max);
        let mut frames = Vec::new();
        for piece in input.chunks(step.max(1)) {
            framer.buffer().extend_from_slice(piece);
            while let Some(frame) = framer.next_frame() {
                frames.push(frame);
            }
            assert!(framer.buffer.len() <= max + 16 + step, "memory is bounded");
        }
        frames.extend(framer.finish());
        let text = |f: Frame| (String::from_utf8_lossy(&f.bytes).into_owned(), f.truncated);
        (frames.into_iter().map(text).collect(), framer.take_errors())
    }

    fn whole(texts: &[&str]) -> Vec<(String, bool)> {
        texts.iter().map(|t| ((*t).to_owned(), false)).collect()
    }

    #[test]
    fn lines_and_counted_records_are_told_apart_at_any_split() {
        for step in 1..40 {
            assert_eq!(
                cut(b"<13>one\r\n\n<14>two\n<15>three", step, 64),
                (whole(&["<13>one", "<14>two", "<15>three"]), 0)
            );
            assert_eq!(cut(b"7 <13>one9 <14>two\n\n3 <1>", step, 64), (whole(&["<13>one", "<14>two", "<1>"]), 0));
            assert_eq!(cut(b"2026-11-22 10:00 plain\nnext\n", step, 64).0, whole(&["2026-11-22 10:00 plain", "next"]));
            assert_eq!(cut(b"12 monkeys\n", step, 64).0, whole(&["12 monkeys"]));
            assert_eq!(cut(b"7", step, 64).0, whole(&["7"]));
        }
    }

    #[test]
    fn long_records_are_cut_and_the_next_one_is_found() {
        let long = "x".repeat(1000);
        for step in [1, 7, 4096] {
            let expected = vec![("<1>".to_owned() + &"x".repeat(17), true), ("<2>ok".to_owned(), false)];
            assert_eq!(cut(format!("<1>{long}\n<2>ok\n").as_bytes(), step, 20).0, expected);
            assert_eq!(cut(format!("1003 <1>{long}5 <2>ok").as_bytes(), step, 20).0, expected);
        }
    }

    #[test]
    fn a_record_cut_early_ends_where_it_would_have_ended() {
        for (input, rest) in [("<1>begun", "more\n<2>ok\n"), ("15 <1>begun", "moremor5 <2>ok")] {
            let mut framer = Framer::new(64);
            framer.buffer().extend_from_slice(input.as_bytes());
            assert_eq!(framer.next_frame(), None);
            let cut = framer.cut_now().expect("something was held");
            assert_eq!((&cut.bytes[..], cut.truncated), (&b"<1>begun"[..], true));
            assert!(framer.is_amid_record() && framer.held() == 0);
            framer.buffer().extend_from_slice(rest.as_bytes());
            assert_eq!(framer.next_frame().map(|f| f.bytes), Some(Bytes::from_static(b"<2>ok")));
            assert!(!framer.is_amid_record());
        }
    }

    #[test]
    fn broken_counting_goes_on_by_lines() {
        let (frames, errors) = cut(b"5 <1>ab\nrubbish here\nmore\n", 3, 64);
        assert_eq!((frames, errors), (whole(&["<1>ab", "rubbish here", "more"]), 1));
        let (frames, errors) = cut(b"5 <1>ab99999999999999 x\n", 3, 64);
        assert_eq!((frames, errors), (whole(&["<1>ab", "99999999999999 x"]), 1));
        assert_eq!(cut(b"100 <1>never whole", 5, 64).0, [("<1>never whole".to_owned(), true)]);
    }

    proptest! {
        #[test]
        fn any_bytes_are_cut_the_same_at_any_split(input in proptest::collection::vec(
            prop_oneof![Just(b'\n'), Just(b' '), Just(b'<'), Just(b'1'), Just(b'9'), any::<u8>()], 0..200), step in 1_usize..50) {
            prop_assert_eq!(cut(&input, step, 24), cut(&input, 1, 24));
        }
    }
}
