//! The scalar values of a JSON document inside a raw record, by their places.
//!
//! The record of an event is mostly a rearrangement of these values, so they need not be kept
//! twice: [`crate::shape`] says which value went where. Whatever this scanner does not
//! understand is no loss: the fields are then kept as they are.

use engine_event::Kind;
use memchr::memchr2;
use std::borrow::Cow;

/// Deepest nesting that is read.
const MAX_DEPTH: usize = 32;
/// Most values of one document; a record of more keeps its fields as they are.
const MAX_LEAVES: usize = 8192;

/// One scalar value: places in the text it was found in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Leaf {
    /// The innermost member name, between its quotes.
    key: (u32, u32),
    /// The value; of text what stands between the quotes.
    value: (u32, u32),
    pub(crate) kind: Kind,
    /// Whether it is, or lies in, an element of a list.
    pub(crate) in_list: bool,
    escaped: bool,
}

/// What stands before the document in a record without having a meaning.
pub(crate) fn trimmed(text: &str) -> &str {
    text.trim_start_matches('\u{feff}').trim_matches(['\0', '\n', '\r', ' ', '\t'])
}

impl Leaf {
    /// The member name as it is written.
    pub(crate) fn key<'t>(&self, text: &'t str) -> &'t str {
        text.get(self.key.0 as usize..self.key.1 as usize).unwrap_or_default()
    }

    /// The value; `None` for an escape that stands for no text.
    pub(crate) fn text<'t>(&self, text: &'t str) -> Option<Cow<'t, str>> {
        if self.kind == Kind::Null {
            return Some(Cow::Borrowed(""));
        }
        let written = text.get(self.value.0 as usize..self.value.1 as usize)?;
        if self.escaped { unescape(written).map(Cow::Owned) } else { Some(Cow::Borrowed(written)) }
    }

    /// Whether the value equals `wanted`, mostly without unescaping it.
    pub(crate) fn is(&self, text: &str, wanted: &str) -> bool {
        let (from, to) = (self.value.0 as usize, self.value.1 as usize);
        if !self.escaped && self.kind != Kind::Null {
            return text.get(from..to) == Some(wanted);
        }
        // Each escape is longer than what it stands for.
        (self.kind == Kind::Null || wanted.len() < to - from) && self.text(text).as_deref() == Some(wanted)
    }
}

/// Finds the values of the object that is all of `text`. `false` when it is not one, or too large.
pub(crate) fn scan(text: &str, out: &mut Vec<Leaf>) -> bool {
    out.clear();
    if u32::try_from(text.len()).is_err() {
        return false;
    }
    let mut scan = Scan { bytes: text.as_bytes(), at: 0, out };
    scan.space();
    let read = scan.object(MAX_DEPTH, false);
    scan.space();
    read.is_some() && scan.at == scan.bytes.len()
}

struct Scan<'t, 'o> {
    bytes: &'t [u8],
    at: usize,
    out: &'o mut Vec<Leaf>,
}

impl Scan<'_, '_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    /// A string: the place between its quotes, and whether it holds escapes.
    #[expect(clippy::cast_possible_truncation, reason = "`scan` has seen that places fit in 32 bits")]
    fn string(&mut self) -> Option<((u32, u32), bool)> {
        self.take(b'"')?;
        let start = self.at;
        let mut escaped = false;
        loop {
            let stop = memchr2(b'"', b'\\', self.bytes.get(self.at..)?)?;
            self.at += stop;
            if self.peek()? == b'"' {
                self.at += 1;
                return Some(((start as u32, (self.at - 1) as u32), escaped));
            }
            escaped = true;
            self.at += 2;
        }
    }

    fn object(&mut self, depth: usize, in_list: bool) -> Option<()> {
        self.take(b'{')?;
        self.space();
        if self.take(b'}').is_some() {
            return Some(());
        }
        loop {
            self.space();
            let (key, _) = self.string()?;
            self.space();
            self.take(b':')?;
            self.value(key, depth, in_list)?;
            self.space();
            if self.take(b',').is_none() {
                return self.take(b'}');
            }
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "`scan` has seen that places fit in 32 bits")]
    fn value(&mut self, key: (u32, u32), depth: usize, in_list: bool) -> Option<()> {
        self.space();
        let start = self.at;
        let (value, kind, escaped) = match self.peek()? {
            b'"' => {
                let (value, escaped) = self.string()?;
                (value, Kind::Text, escaped)
            }
            b'{' => return self.object(depth.checked_sub(1)?, in_list),
            b'[' => return self.list(key, depth.checked_sub(1)?),
            _ => {
                while let Some(b'0'..=b'9' | b'a'..=b'z' | b'E' | b'+' | b'-' | b'.') = self.peek() {
                    self.at += 1;
                }
                let kind = match self.bytes.get(start..self.at)? {
                    b"true" | b"false" => Kind::Bool,
                    b"null" => Kind::Null,
                    [b'0'..=b'9' | b'-', ..] => Kind::Number,
                    _ => return None,
                };
                ((start as u32, self.at as u32), kind, false)
            }
        };
        if self.out.len() >= MAX_LEAVES {
            return None;
        }
        self.out.push(Leaf { key, value, kind, in_list, escaped });
        Some(())
    }

    fn list(&mut self, key: (u32, u32), depth: usize) -> Option<()> {
        self.take(b'[')?;
        self.space();
        if self.take(b']').is_some() {
            return Some(());
        }
        loop {
            self.value(key, depth, true)?;
            self.space();
            if self.take(b',').is_none() {
                return self.take(b']');
            }
        }
    }
}

/// Text as it stood between the quotes (RFC 8259 section 7), without its escapes.
fn unescape(written: &str) -> Option<String> {
    let mut text = String::with_capacity(written.len());
    let mut rest = written;
    while let Some(at) = rest.find('\\') {
        text.push_str(rest.get(..at)?);
        let code = rest.get(at + 1..)?.chars().next()?;
        rest = rest.get(at + 1 + code.len_utf8()..)?;
        match code {
            '"' | '\\' | '/' => text.push(code),
            'b' => text.push('\u{8}'),
            'f' => text.push('\u{c}'),
            'n' => text.push('\n'),
            'r' => text.push('\r'),
            't' => text.push('\t'),
            'u' => {
                let high = hex(rest)?;
                rest = rest.get(4..)?;
                if !(0xd800..0xdc00).contains(&high) {
                    text.push(char::from_u32(high)?);
                    continue;
                }
                let low = hex(rest.strip_prefix("\\u")?)?;
                rest = rest.get(6..)?;
                let low = low.checked_sub(0xdc00).filter(|low| *low < 0x400)?;
                text.push(char::from_u32(0x10000 + ((high - 0xd800) << 10) + low)?);
            }
            _ => return None,
        }
    }
    text.push_str(rest);
    Some(text)
}

fn hex(text: &str) -> Option<u32> {
    let digits = text.get(..4)?;
    digits.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn values(text: &str) -> Option<Vec<(String, String, Kind, bool)>> {
        let mut leaves = Vec::new();
        scan(text, &mut leaves).then_some(())?;
        leaves.iter().map(|l| Some((l.key(text).to_owned(), l.text(text)?.into_owned(), l.kind, l.in_list))).collect()
    }

    #[test]
    fn values_come_with_name_kind_and_text() {
        let text = r#" {"a":{"b":"x\\y\u0111\ud83d\udc0b"},"l":[1,[true,null]],"e":{},"n":-1.5e+3} "#;
        let found = values(text).expect("an object");
        let found: Vec<_> = found.iter().map(|(k, t, kind, l)| (k.as_str(), t.as_str(), *kind, *l)).collect();
        let expected = [
            ("b", "x\\yđ🐋", Kind::Text, false),
            ("l", "1", Kind::Number, true),
            ("l", "true", Kind::Bool, true),
            ("l", "", Kind::Null, true),
            ("n", "-1.5e+3", Kind::Number, false),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn what_is_no_object_is_refused() {
        for text in ["", "[]", "{", "{}x", r#"{"a"}"#, r#"{"a":1,}"#, r#"{"a":"\"#, r#"{"a":tru}"#, r#"{"a":"x}"#] {
            assert_eq!(values(text), None, "{text}");
        }
        assert_eq!(values(&format!("{}1{}", "{\"a\":".repeat(40), "}".repeat(40))), None);
    }

    proptest! {
        #[test]
        fn agrees_with_a_json_library(text in "\\PC{0,12}", number: i64) {
            let document = serde_json::json!({ "t": text, "n": number, "u": "\u{1}\u{7f}" }).to_string();
            let found = values(&document).expect("an object");
            prop_assert_eq!(&found[0].1, &text);
            prop_assert_eq!(&found[1].1, &number.to_string());
            prop_assert_eq!(&found[2].1, "\u{1}\u{7f}");
        }

        #[test]
        fn any_text_is_handled_without_panic(text: String) {
            let _ = values(&text);
            let _ = values(&format!("{{\"a\":\"{text}\"}}"));
        }
    }
}
