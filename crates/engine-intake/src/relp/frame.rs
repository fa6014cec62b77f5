//! RELP frames: `TXNR SP COMMAND SP DATALEN [SP DATA] LF`.

use bytes::{Buf, Bytes, BytesMut};

/// Digits of a number (`NUMBER = 1*9DIGIT`).
const NUMBER_DIGITS: usize = 9;
/// Letters of a command (`COMMAND = 1*32ALPHA`).
const COMMAND_LETTERS: usize = 32;
/// Longest header: two numbers, a command, three spaces.
const HEADER_BYTES: usize = 2 * NUMBER_DIGITS + COMMAND_LETTERS + 3;
/// Longest data of a command that is no message; offers are some hundred bytes.
const MAX_CONTROL_BYTES: usize = 16 * 1024;
/// The numbers after which the specification starts again at 1.
pub const LAST_TXNR: u32 = 999_999_999;

/// What a frame asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Begins the session, with offers.
    Open,
    /// Carries a message.
    Syslog,
    /// Ends the session.
    Close,
    /// Anything else.
    Other(String),
}

/// One frame of a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelpFrame {
    /// Its transaction number; 0 marks a hint, which is not answered.
    pub txnr: u32,
    /// What it asks for.
    pub command: Command,
    /// Its data.
    pub data: Bytes,
    /// Only the beginning of its data.
    pub truncated: bool,
}

/// A frame that is none. The specification (error handling) asks to close the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// It does not begin with a transaction number.
    #[error("a frame does not begin with a transaction number")]
    Number,
    /// No command of letters follows.
    #[error("no command of 1 to 32 letters stands behind the transaction number")]
    Command,
    /// No length follows.
    #[error("no length stands behind the command")]
    Length,
    /// A command that is no message has far too much data.
    #[error("a command that is no message carries more than 16 KiB")]
    LongControl,
    /// The line feed at its end is missing.
    #[error("the line feed at the end of a frame is missing")]
    Trailer,
    /// TLS on a port without.
    #[error("the sender speaks TLS, this port does not")]
    Tls,
}

/// A header, and how many bytes it has.
#[derive(Clone, Debug)]
struct Header {
    txnr: u32,
    command: Command,
    length: usize,
    bytes: usize,
}

/// Cuts a connection's bytes into frames; holds at most one frame's beginning.
#[derive(Debug)]
pub struct Decoder {
    buffer: BytesMut,
    max_record_bytes: usize,
    /// Bytes of a message beyond the limit that are still to be thrown away.
    skip: usize,
    /// A line feed is due before the next frame: that of a message whose rest is thrown away.
    trailer: bool,
}

impl Decoder {
    /// For one connection; of longer messages the beginning is kept.
    #[must_use]
    pub fn new(max_record_bytes: usize) -> Self {
        Self { buffer: BytesMut::new(), max_record_bytes: max_record_bytes.max(16), skip: 0, trailer: false }
    }

    /// Where arriving bytes are to be appended.
    pub const fn buffer(&mut self) -> &mut BytesMut {
        &mut self.buffer
    }

    /// Bytes held of a frame whose end has not come.
    #[must_use]
    pub fn held(&self) -> usize {
        self.buffer.len()
    }

    /// Whether a frame is begun and not ended.
    #[must_use]
    pub fn is_amid_frame(&self) -> bool {
        !self.buffer.is_empty() || self.skip > 0 || self.trailer
    }

    /// The next whole frame; `None` when more bytes are needed.
    ///
    /// # Errors
    /// [`FrameError`]; what follows cannot be told apart, so the connection is to be closed.
    pub fn next_frame(&mut self) -> Result<Option<RelpFrame>, FrameError> {
        let gone = self.skip.min(self.buffer.len());
        self.buffer.advance(gone);
        self.skip -= gone;
        if self.skip > 0 || self.buffer.is_empty() {
            return Ok(None);
        }
        if self.trailer {
            if self.buffer.get_u8() != b'\n' {
                return Err(FrameError::Trailer);
            }
            self.trailer = false;
        }
        let Some(header) = header(&self.buffer)? else { return Ok(None) };
        let control = header.command != Command::Syslog;
        if control && header.length > MAX_CONTROL_BYTES {
            return Err(FrameError::LongControl);
        }
        if header.length == 0 {
            return self.without_data(header);
        }
        // The header's last byte is the space before the data.
        let kept = if control { header.length } else { header.length.min(self.max_record_bytes) };
        let whole = kept == header.length;
        if self.buffer.len() < header.bytes + kept + usize::from(whole) {
            return Ok(None);
        }
        self.buffer.advance(header.bytes);
        let data = self.buffer.split_to(kept).freeze();
        if !whole {
            self.skip = header.length - kept;
            self.trailer = true;
        } else if self.buffer.get_u8() != b'\n' {
            return Err(FrameError::Trailer);
        }
        Ok(Some(RelpFrame { txnr: header.txnr, command: header.command, data, truncated: !whole }))
    }

    /// A frame of length 0 ends right behind the length; some senders put the space there all the same.
    fn without_data(&mut self, header: Header) -> Result<Option<RelpFrame>, FrameError> {
        let end = match self.buffer.get(header.bytes - 1) {
            Some(b'\n') => header.bytes,
            _ => match self.buffer.get(header.bytes) {
                None => return Ok(None),
                Some(b'\n') => header.bytes + 1,
                Some(_) => return Err(FrameError::Trailer),
            },
        };
        self.buffer.advance(end);
        Ok(Some(RelpFrame { txnr: header.txnr, command: header.command, data: Bytes::new(), truncated: false }))
    }
}

/// A number of 1 to 9 digits, and how many; `Ok(None)` when more bytes are needed.
fn number(bytes: &[u8], error: FrameError) -> Result<Option<(u32, usize)>, FrameError> {
    let digits = bytes.iter().take(NUMBER_DIGITS + 1).take_while(|b| b.is_ascii_digit()).count();
    if digits > NUMBER_DIGITS || (digits == 0 && !bytes.is_empty()) {
        return Err(error);
    }
    if digits == bytes.len() {
        return Ok(None);
    }
    let value = bytes.iter().take(digits).fold(0_u32, |n, d| n * 10 + u32::from(d - b'0'));
    Ok(Some((value, digits)))
}

/// Reads a header with the byte behind its length, which is a space or a line feed.
fn header(buffer: &[u8]) -> Result<Option<Header>, FrameError> {
    if buffer.starts_with(&[0x16, 3]) {
        return Err(FrameError::Tls);
    }
    let head = buffer.get(..buffer.len().min(HEADER_BYTES + 1)).unwrap_or_default();
    let Some((txnr, at)) = number(head, FrameError::Number)? else { return Ok(None) };
    let Some((b' ', rest)) = head.get(at..).and_then(<[u8]>::split_first).map(|(b, r)| (*b, r)) else {
        return Err(FrameError::Number);
    };
    let letters = rest.iter().take_while(|b| b.is_ascii_alphabetic()).count();
    if letters > COMMAND_LETTERS || (letters == 0 && !rest.is_empty()) {
        return Err(FrameError::Command);
    }
    let (word, rest) = rest.split_at(letters);
    let Some((space, rest)) = rest.split_first() else { return Ok(None) };
    if *space != b' ' {
        return Err(FrameError::Command);
    }
    let Some((length, digits)) = number(rest, FrameError::Length)? else { return Ok(None) };
    if !matches!(rest.get(digits), Some(b' ' | b'\n')) || (length > 0 && rest.get(digits) == Some(&b'\n')) {
        return Err(FrameError::Length);
    }
    let command = match word {
        b"open" => Command::Open,
        b"syslog" => Command::Syslog,
        b"close" => Command::Close,
        other => Command::Other(String::from_utf8_lossy(other).into_owned()),
    };
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    Ok(Some(Header { txnr, command, length, bytes: at + 1 + letters + 1 + digits + 1 }))
}

/// The answer to a command, appended to `out`: `TXNR rsp LENGTH DATA`.
pub fn respond(out: &mut Vec<u8>, txnr: u32, data: &str) {
    out.extend_from_slice(format!("{txnr} rsp {}", data.len()).as_bytes());
    if !data.is_empty() {
        out.push(b' ');
        out.extend_from_slice(data.as_bytes());
    }
    out.push(b'\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Number, command, data, and whether the data was cut.
    type Seen = (u32, String, String, bool);

    fn cut(input: &[u8], step: usize, max: usize) -> (Vec<Seen>, Option<FrameError>) {
        let (mut decoder, mut frames) = (Decoder::new(max), Vec::new());
        for piece in input.chunks(step.max(1)) {
            decoder.buffer().extend_from_slice(piece);
            loop {
                match decoder.next_frame() {
                    Ok(Some(f)) => frames.push((
                        f.txnr,
                        format!("{:?}", f.command),
                        String::from_utf8_lossy(&f.data).into_owned(),
                        f.truncated,
                    )),
                    Ok(None) => break,
                    Err(error) => return (frames, Some(error)),
                }
            }
            assert!(decoder.held() <= max.max(MAX_CONTROL_BYTES) + HEADER_BYTES + 2 + step, "memory is bounded");
        }
        (frames, None)
    }

    fn frame(txnr: u32, command: &str, data: &str) -> Seen {
        (txnr, command.to_owned(), data.to_owned(), false)
    }

    #[test]
    fn frames_are_cut_at_any_split() {
        let input = b"1 open 14 relp_version=0\n2 syslog 7 <13>a\nb\n3 syslog 0\n4 close 0 \n0 abc 2 hi\n";
        for step in 1..80 {
            let (frames, error) = cut(input, step, 64);
            assert_eq!(error, None);
            assert_eq!(
                frames,
                [
                    frame(1, "Open", "relp_version=0"),
                    frame(2, "Syslog", "<13>a\nb"),
                    frame(3, "Syslog", ""),
                    frame(4, "Close", ""),
                    frame(0, "Other(\"abc\")", "hi")
                ]
            );
        }
    }

    #[test]
    fn long_messages_are_cut_and_the_next_frame_is_found() {
        let input = format!("5 syslog 1000 {}\n6 syslog 2 ok\n", "x".repeat(1000));
        for step in [1, 7, 4096] {
            let (frames, error) = cut(input.as_bytes(), step, 20);
            assert_eq!(error, None);
            assert_eq!(frames, [(5, "Syslog".to_owned(), "x".repeat(20), true), frame(6, "Syslog", "ok")]);
        }
    }

    #[test]
    fn what_is_no_frame_is_named() {
        for (input, expected) in [
            (&b"<13>syslog on the wrong port\n"[..], FrameError::Number),
            (b"1234567890 open 0\n", FrameError::Number),
            (b"1open 0\n", FrameError::Number),
            (b"1 0 0\n", FrameError::Command),
            (b"1 abcdefghijabcdefghijabcdefghijabc 0\n", FrameError::Command),
            (b"1 syslog x\n", FrameError::Length),
            (b"1 syslog 5\nabcde\n", FrameError::Length),
            (b"1 syslog 9999999999 a\n", FrameError::Length),
            (b"1 syslog 2 abc\n", FrameError::Trailer),
            (b"1 syslog 0 x", FrameError::Trailer),
            (b"1 open 99999 a", FrameError::LongControl),
            (b"\x16\x03\x01\x02\x00", FrameError::Tls),
        ] {
            for step in [1, 3, 100] {
                let step = if expected == FrameError::Tls { 100 } else { step };
                assert_eq!(cut(input, step, 64).1, Some(expected), "{}", String::from_utf8_lossy(input));
            }
        }
        assert_eq!(cut(b"1 syslog 2222 abcdefghijklmnopqrstuvw", 3, 20).1, None);
    }

    #[test]
    fn answers_have_the_form_that_librelp_reads() {
        let mut out = Vec::new();
        respond(&mut out, 7, "200 OK");
        respond(&mut out, 8, "");
        assert_eq!(out, b"7 rsp 6 200 OK\n8 rsp 0\n");
    }

    proptest! {
        #[test]
        fn any_bytes_are_cut_the_same_at_any_split(input in proptest::collection::vec(
            prop_oneof![Just(b'\n'), Just(b' '), Just(b'1'), Just(b's'), Just(b'0'), any::<u8>()], 0..200), step in 1_usize..50) {
            let tls = input.starts_with(&[0x16]);
            prop_assume!(!tls);
            prop_assert_eq!(cut(&input, step, 24), cut(&input, 1, 24));
        }

        #[test]
        fn whole_sessions_are_read_back(messages in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..60), 0..20), step in 1_usize..70) {
            let mut input = Vec::new();
            for (n, message) in messages.iter().enumerate() {
                input.extend_from_slice(format!("{} syslog {}", n + 1, message.len()).as_bytes());
                if !message.is_empty() { input.push(b' '); }
                input.extend_from_slice(message);
                input.push(b'\n');
            }
            let (mut decoder, mut got) = (Decoder::new(64), Vec::new());
            for piece in input.chunks(step) {
                decoder.buffer().extend_from_slice(piece);
                while let Some(frame) = decoder.next_frame().expect("frames") { got.push(frame.data.to_vec()); }
            }
            prop_assert_eq!(got, messages);
        }
    }
}
