//! JSON text to flat fields in one pass, without a tree in between.
//!
//! The scanner is bounded in depth and in number of fields, keeps numbers as they are
//! written, and on a mistake leaves what it read so far: of a record that was cut at the
//! size limit the fields before the cut still reach detection.

use engine_event::Kind;
use memchr::memchr2;

/// Receives the scalar values of a document in order.
pub trait Sink {
    /// One value. `path` is dotted; `in_list` says that it is, or lies in, an element of a list.
    ///
    /// Returns `false` to take no more values.
    fn value(&mut self, path: &str, text: &str, kind: Kind, in_list: bool) -> bool;
}

/// How a scan ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The document was well formed to its end.
    pub valid: bool,
    /// Nothing was left out for depth or number of fields.
    pub whole: bool,
    /// Where the value ended, or where the mistake is, in bytes.
    pub end: usize,
}

/// Reusable memory of the scanner.
#[derive(Debug, Default)]
pub struct Scratch {
    path: String,
    /// The string being read, when it holds escapes.
    text: Vec<u8>,
}

/// Deepest nesting that is read; what lies deeper is skipped.
pub const MAX_DEPTH: usize = 32;

/// Scans the object at the start of `text` and hands every scalar to `sink`.
pub fn scan_object(text: &str, scratch: &mut Scratch, sink: &mut dyn Sink) -> Outcome {
    scratch.path.clear();
    let mut scan = Scan { text, bytes: text.as_bytes(), pos: 0, whole: true, open: true, scratch, sink };
    scan.space();
    let read = match scan.peek() {
        Some(b'{') => scan.object(MAX_DEPTH, false),
        _ => Err(()),
    };
    scan.space();
    Outcome { valid: read.is_ok(), whole: scan.whole, end: scan.pos }
}

struct Scan<'t, 's> {
    text: &'t str,
    bytes: &'t [u8],
    pos: usize,
    whole: bool,
    open: bool,
    scratch: &'s mut Scratch,
    sink: &'s mut dyn Sink,
}

/// A mistake; its place is the scanner's position.
type Read = Result<(), ()>;

impl<'t> Scan<'t, '_> {
    #[inline]
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.pos).copied()
    }

    #[inline]
    fn space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.pos += 1;
        }
    }

    fn expect(&mut self, byte: u8) -> Read {
        if self.peek() == Some(byte) {
            self.pos += 1;
            Ok(())
        } else {
            Err(())
        }
    }

    fn emit(&mut self, text: &str, kind: Kind, in_list: bool) {
        if self.open {
            self.open = self.sink.value(&self.scratch.path, text, kind, in_list);
            self.whole &= self.open;
        }
    }

    fn object(&mut self, depth: usize, in_list: bool) -> Read {
        self.expect(b'{')?;
        let base = self.scratch.path.len();
        self.space();
        if self.peek() == Some(b'}') {
            self.pos += 1;
            return Ok(());
        }
        loop {
            self.space();
            self.member_name(base)?;
            self.space();
            self.expect(b':')?;
            self.value(depth - 1, in_list)?;
            self.scratch.path.truncate(base);
            self.space();
            match self.peek() {
                Some(b',') => self.pos += 1,
                Some(b'}') => {
                    self.pos += 1;
                    return Ok(());
                }
                _ => return Err(()),
            }
        }
    }

    fn member_name(&mut self, base: usize) -> Read {
        let plain = self.string()?;
        if base > 0 {
            self.scratch.path.push('.');
        }
        match plain {
            Some(name) => self.scratch.path.push_str(name),
            None => {
                let Scratch { path, text } = &mut *self.scratch;
                path.push_str(std::str::from_utf8(text).map_err(|_| ())?);
            }
        }
        Ok(())
    }

    fn value(&mut self, depth: usize, in_list: bool) -> Read {
        self.space();
        match self.peek().ok_or(())? {
            b'"' => {
                if let Some(plain) = self.string()? {
                    self.emit(plain, Kind::Text, in_list);
                } else {
                    let text = std::mem::take(&mut self.scratch.text);
                    // Whole characters were put together: this holds.
                    self.emit(std::str::from_utf8(&text).map_err(|_| ())?, Kind::Text, in_list);
                    self.scratch.text = text;
                }
                Ok(())
            }
            b'{' | b'[' if depth == 0 => {
                self.whole = false;
                self.skip_nested()
            }
            b'{' => self.object(depth, in_list),
            b'[' => self.list(depth),
            b't' => self.word("true", Kind::Bool, in_list),
            b'f' => self.word("false", Kind::Bool, in_list),
            b'n' => self.word("null", Kind::Null, in_list),
            _ => self.number(in_list),
        }
    }

    fn list(&mut self, depth: usize) -> Read {
        self.expect(b'[')?;
        self.space();
        if self.peek() == Some(b']') {
            self.pos += 1;
            return Ok(());
        }
        loop {
            self.value(depth - 1, true)?;
            self.space();
            match self.peek() {
                Some(b',') => self.pos += 1,
                Some(b']') => {
                    self.pos += 1;
                    return Ok(());
                }
                _ => return Err(()),
            }
        }
    }

    fn word(&mut self, word: &'static str, kind: Kind, in_list: bool) -> Read {
        if !self.bytes.get(self.pos..).is_some_and(|rest| rest.starts_with(word.as_bytes())) {
            return Err(());
        }
        self.pos += word.len();
        self.emit(if kind == Kind::Null { "" } else { word }, kind, in_list);
        Ok(())
    }

    fn number(&mut self, in_list: bool) -> Read {
        let start = self.pos;
        while let Some(b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E') = self.peek() {
            self.pos += 1;
        }
        let text = self.text;
        let number = text.get(start..self.pos).unwrap_or_default();
        let digits = number.strip_prefix('-').unwrap_or(number);
        if !digits.starts_with(|c: char| c.is_ascii_digit()) {
            self.pos = start;
            return Err(());
        }
        self.emit(number, Kind::Number, in_list);
        Ok(())
    }

    /// Reads a string. `Some` when it stands in the input as it is, else it is in `scratch.text`.
    fn string(&mut self) -> Result<Option<&'t str>, ()> {
        self.expect(b'"')?;
        let (text, bytes) = (self.text, self.bytes);
        let start = self.pos;
        let rest = bytes.get(start..).ok_or(())?;
        let stop = string_end(rest).ok_or(())?;
        if rest.get(stop) == Some(&b'"') {
            self.pos = start + stop + 1;
            return text.get(start..start + stop).map(Some).ok_or(());
        }
        self.scratch.text.clear();
        self.escaped(start, start + stop)?;
        Ok(None)
    }

    /// The rest of a string that holds escapes: `from` is where its unread part starts,
    /// `at` the next backslash.
    fn escaped(&mut self, from: usize, at: usize) -> Read {
        self.scratch.text.extend_from_slice(self.bytes.get(from..at).ok_or(())?);
        self.pos = at + 1;
        loop {
            let code = self.peek().ok_or(())?;
            self.pos += 1;
            let plain = match code {
                b'"' | b'\\' | b'/' => code,
                b'b' => 8,
                b'f' => 12,
                b'n' => b'\n',
                b'r' => b'\r',
                b't' => b'\t',
                b'u' => {
                    self.unicode()?;
                    0
                }
                // Senders that forget to double the backslash of a path: kept as written.
                other if other.is_ascii() => {
                    self.scratch.text.push(b'\\');
                    other
                }
                _ => return Err(()),
            };
            if code != b'u' {
                self.scratch.text.push(plain);
            }
            let run = copy_run(self.bytes.get(self.pos..).ok_or(())?, &mut self.scratch.text).ok_or(())?;
            self.pos += run + 1;
            if self.bytes.get(self.pos - 1) == Some(&b'"') {
                return Ok(());
            }
        }
    }

    fn unicode(&mut self) -> Read {
        let first = self.hex4()?;
        let code = if (0xd800..0xdc00).contains(&first) && self.peek() == Some(b'\\') {
            let back = self.pos;
            self.pos += 1;
            if self.peek() == Some(b'u') {
                self.pos += 1;
                let second = self.hex4()?;
                if (0xdc00..0xe000).contains(&second) {
                    0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00)
                } else {
                    self.pos = back;
                    first
                }
            } else {
                self.pos = back;
                first
            }
        } else {
            first
        };
        // A lone half of a pair has no character.
        let char = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
        self.scratch.text.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
        Ok(())
    }

    fn hex4(&mut self) -> Result<u32, ()> {
        let digits = self.text.get(self.pos..self.pos + 4).ok_or(())?;
        let code = u32::from_str_radix(digits, 16).map_err(|_| ())?;
        self.pos += 4;
        Ok(code)
    }

    /// Passes over an object or list by counting brackets, without recursion.
    fn skip_nested(&mut self) -> Read {
        let mut open = 0_usize;
        loop {
            match self.peek().ok_or(())? {
                b'"' => {
                    self.string()?;
                    continue;
                }
                b'{' | b'[' => open += 1,
                b'}' | b']' => open -= 1,
                _ => {}
            }
            self.pos += 1;
            if open == 0 {
                return Ok(());
            }
        }
    }
}

/// Where in eight bytes the first quotation mark or backslash stands.
#[inline]
fn mark_in(word: u64) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    const QUOTES: u64 = 0x2222_2222_2222_2222;
    const SLASHES: u64 = 0x5C5C_5C5C_5C5C_5C5C;
    // The lowest high bit set tells the first byte that is zero.
    let zero = |v: u64| v.wrapping_sub(ONES) & !v & HIGH;
    let found = zero(word ^ QUOTES) | zero(word ^ SLASHES);
    (found != 0).then(|| found.trailing_zeros() as usize / 8)
}

/// Eights of bytes that are looked at before a search with long vectors begins: most strings are
/// names and short values, which are over before.
const EIGHTS: usize = 4;

/// The first quotation mark or backslash.
#[inline]
fn string_end(rest: &[u8]) -> Option<usize> {
    let mut at = 0;
    for chunk in rest.chunks_exact(8).take(EIGHTS) {
        let word = chunk.first_chunk().map(|c| u64::from_le_bytes(*c))?;
        if let Some(found) = mark_in(word) {
            return Some(at + found);
        }
        at += 8;
    }
    memchr2(b'"', b'\\', rest.get(at..)?).map(|found| at + found)
}

/// Appends what stands before the first quotation mark or backslash, and tells how long it is.
/// Between the escapes of a path stand a few bytes, too few to call for a copy.
#[inline]
fn copy_run(rest: &[u8], text: &mut Vec<u8>) -> Option<usize> {
    let before = text.len();
    for chunk in rest.chunks_exact(8).take(EIGHTS) {
        let eight: &[u8; 8] = chunk.first_chunk()?;
        text.extend_from_slice(eight);
        if let Some(found) = mark_in(u64::from_le_bytes(*eight)) {
            text.truncate(text.len() - 8 + found);
            return Some(text.len() - before);
        }
    }
    let rest = rest.get(text.len() - before..)?;
    text.extend_from_slice(rest.get(..memchr2(b'"', b'\\', rest)?)?);
    Some(text.len() - before)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_end_at_the_first_mark() {
        for length in 0..80_usize {
            for (at, mark) in [(length / 3, b'"'), (length / 2, b'\\'), (length.saturating_sub(1), b'"')] {
                let mut text = vec![0xA2_u8; length];
                let expected = memchr2(b'"', b'\\', &text);
                assert_eq!(string_end(&text), expected);
                if let Some(byte) = text.get_mut(at) {
                    *byte = mark;
                    assert_eq!(string_end(&text), Some(at), "{length} {at}");
                }
            }
        }
    }

    #[derive(Default)]
    struct Seen(Vec<(String, String, Kind, bool)>);
    impl Sink for Seen {
        fn value(&mut self, path: &str, text: &str, kind: Kind, in_list: bool) -> bool {
            self.0.push((path.to_owned(), text.to_owned(), kind, in_list));
            true
        }
    }

    fn scan(text: &str) -> (Outcome, Vec<(String, String, Kind, bool)>) {
        let mut seen = Seen::default();
        let outcome = scan_object(text, &mut Scratch::default(), &mut seen);
        (outcome, seen.0)
    }

    #[test]
    fn flattens_like_the_event_crate() {
        let (outcome, got) =
            scan(r#" {"a":1.50,"b":{"c":[true,"x\n\"y"],"d":null},"e":"\u1ed1\ud83d\ude00","p":"C:\\W"} "#);
        assert!(outcome.valid && outcome.whole);
        let flat: Vec<_> = got.iter().map(|(p, t, _, l)| (p.as_str(), t.as_str(), *l)).collect();
        assert_eq!(
            flat,
            [
                ("a", "1.50", false),
                ("b.c", "true", true),
                ("b.c", "x\n\"y", true),
                ("b.d", "", false),
                ("e", "ố😀", false),
                ("p", "C:\\W", false)
            ]
        );
    }

    proptest::proptest! {
        /// Strings of any length with escapes anywhere are read as the common library reads them.
        #[test]
        fn strings_are_those_of_the_common_library(text in r#"([a-z\\"/\n\tố😀]|[a-z]{9,60}){0,40}"#, name in r#"[a\\"]{1,4}"#) {
            let json = serde_json::json!({ (&name): (&text) }).to_string();
            let (outcome, got) = scan(&json);
            proptest::prop_assert!(outcome.valid);
            proptest::prop_assert_eq!(got, vec![(name, text, Kind::Text, false)]);
        }
    }

    #[test]
    fn what_was_read_before_a_cut_is_kept() {
        let (outcome, got) = scan(r#"{"EventID":4688,"CommandLine":"power"#);
        assert!(!outcome.valid);
        assert_eq!(got.len(), 1);
        assert_eq!(got[0].1, "4688");
    }

    #[test]
    fn deep_documents_are_skipped_below_the_limit() {
        let deep = format!("{}1{}", "{\"k\":".repeat(100_000), "}".repeat(100_000));
        let (outcome, got) = scan(&deep);
        assert!(outcome.valid && !outcome.whole && got.is_empty());
        let (outcome, _) = scan(&"{\"k\":".repeat(100_000));
        assert!(!outcome.valid);
        let (outcome, _) = scan(&format!("{{\"k\":{}", "[".repeat(100_000)));
        assert!(!outcome.valid);
    }

    #[test]
    fn broken_documents_are_told() {
        for bad in ["", "[]", "{", "{\"a\"", "{\"a\":}", "{\"a\":tru}", "{\"a\":1,}", "{\"a\":\"\\u12\"}", "{\"a\":-}"]
        {
            assert!(!scan(bad).0.valid, "{bad}");
        }
    }
}
