//! The record's fields as JSON text, losslessly.
//!
//! A flat object in field order, readable by any JSON tool: list elements that are neighbours
//! become an array, repeated names stay repeated keys, numbers keep their digits. A number
//! that JSON cannot write (`1e`, `0x7f`) becomes `{"n":"0x7f"}`. Only what [`encode`] writes is
//! read by [`walk`]; anything else is reported as malformed.

use engine_event::{Field, Kind, Record};
use std::borrow::Cow;
use std::ops::ControlFlow;

/// The record as JSON text.
pub(crate) fn encode(record: &Record, out: &mut String) {
    encode_fields(record.iter(), out);
}

/// Fields as JSON text.
pub(crate) fn encode_fields<'a>(fields: impl Iterator<Item = Field<'a>>, out: &mut String) {
    out.clear();
    out.push('{');
    let mut fields = fields.peekable();
    let mut first = true;
    while let Some(field) = fields.next() {
        if !std::mem::take(&mut first) {
            out.push(',');
        }
        push_string(field.name, out);
        out.push(':');
        if !field.in_list {
            push_value(&field, out);
            continue;
        }
        out.push('[');
        push_value(&field, out);
        while let Some(next) = fields.next_if(|next| next.in_list && next.name == field.name) {
            out.push(',');
            push_value(&next, out);
        }
        out.push(']');
    }
    out.push('}');
}

fn push_value(field: &Field<'_>, out: &mut String) {
    match field.kind {
        Kind::Null => out.push_str("null"),
        Kind::Bool if matches!(field.text, "true" | "false") => out.push_str(field.text),
        Kind::Number if is_json_number(field.text) => out.push_str(field.text),
        Kind::Bool | Kind::Number => {
            out.push_str(if field.kind == Kind::Bool { "{\"b\":" } else { "{\"n\":" });
            push_string(field.text, out);
            out.push('}');
        }
        Kind::Text => push_string(field.text, out),
    }
}

/// Appends `text` as a JSON string.
pub(crate) fn push_string(text: &str, out: &mut String) {
    out.push('"');
    push_escaped(text, out);
    out.push('"');
}

/// Appends `text` as it stands between the quotes of a JSON string.
pub(crate) fn push_escaped(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c < ' ' => {
                let code = u32::from(c);
                out.push_str("\\u00");
                out.extend([code >> 4, code & 15].into_iter().filter_map(|digit| char::from_digit(digit, 16)));
            }
            c => out.push(c),
        }
    }
}

/// RFC 8259 section 6.
fn is_json_number(text: &str) -> bool {
    let digits = |s: &str| s.bytes().take_while(u8::is_ascii_digit).count();
    let rest = text.strip_prefix('-').unwrap_or(text);
    let whole = digits(rest);
    if whole == 0 || (whole > 1 && rest.starts_with('0')) {
        return false;
    }
    let mut rest = rest.get(whole..).unwrap_or_default();
    if let Some(fraction) = rest.strip_prefix('.') {
        let count = digits(fraction);
        if count == 0 {
            return false;
        }
        rest = fraction.get(count..).unwrap_or_default();
    }
    if let Some(exponent) = rest.strip_prefix(['e', 'E']) {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        let count = digits(exponent);
        return count > 0 && count == exponent.len();
    }
    rest.is_empty()
}

/// The text is not what [`encode`] writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

/// Calls `each` for every field in order, until it breaks off. `true` when it did.
pub(crate) fn walk(text: &str, mut each: impl FnMut(Field<'_>) -> ControlFlow<()>) -> Result<bool, Malformed> {
    let mut fields = Fields::new(text)?;
    while let Some(KeptField { name, text, kind, in_list }) = fields.next()? {
        if each(Field { name: &name, text: &text, kind, in_list }).is_break() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A field as it stands in the column `fields`.
pub(crate) struct KeptField<'a> {
    pub(crate) name: Cow<'a, str>,
    pub(crate) text: Cow<'a, str>,
    pub(crate) kind: Kind,
    pub(crate) in_list: bool,
}

/// The fields of a text one after the other.
pub(crate) struct Fields<'a> {
    reader: Reader<'a>,
    /// The name of the list whose elements come next.
    list: Option<Cow<'a, str>>,
    first: bool,
    done: bool,
}

impl<'a> Fields<'a> {
    /// Fields of what [`encode`] wrote.
    pub(crate) fn new(text: &'a str) -> Result<Self, Malformed> {
        let mut reader = Reader { rest: text };
        reader.expect('{')?;
        Ok(Self { reader, list: None, first: true, done: false })
    }

    /// The next field; `None` at the end.
    pub(crate) fn next(&mut self) -> Result<Option<KeptField<'a>>, Malformed> {
        if self.done {
            return Ok(None);
        }
        if let Some(name) = self.list.take() {
            if self.reader.take(',') {
                let (kind, text) = self.reader.value()?;
                self.list = Some(name.clone());
                return Ok(Some(KeptField { name, text, kind, in_list: true }));
            }
            self.reader.expect(']')?;
        }
        let first = std::mem::take(&mut self.first);
        if self.reader.take('}') {
            self.reader.end()?;
            self.done = true;
            return Ok(None);
        }
        if !first {
            self.reader.expect(',')?;
        }
        let name = self.reader.string()?;
        self.reader.expect(':')?;
        let in_list = self.reader.take('[');
        let (kind, text) = self.reader.value()?;
        if in_list {
            self.list = Some(name.clone());
        }
        Ok(Some(KeptField { name, text, kind, in_list }))
    }
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn take(&mut self, c: char) -> bool {
        match self.rest.strip_prefix(c) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn expect(&mut self, c: char) -> Result<(), Malformed> {
        if self.take(c) { Ok(()) } else { Err(Malformed) }
    }

    const fn end(&self) -> Result<bool, Malformed> {
        if self.rest.is_empty() { Ok(false) } else { Err(Malformed) }
    }

    fn value(&mut self) -> Result<(Kind, Cow<'a, str>), Malformed> {
        match self.rest.as_bytes().first() {
            Some(b'"') => Ok((Kind::Text, self.string()?)),
            Some(b'{') => {
                let kind = if self.rest.starts_with("{\"b\":") { Kind::Bool } else { Kind::Number };
                self.expect('{')?;
                self.string()?;
                self.expect(':')?;
                let text = self.string()?;
                self.expect('}')?;
                Ok((kind, text))
            }
            _ => {
                let end = self.rest.find([',', '}', ']']).ok_or(Malformed)?;
                let (word, rest) = self.rest.split_at(end);
                self.rest = rest;
                match word {
                    "null" => Ok((Kind::Null, Cow::Borrowed(""))),
                    "true" | "false" => Ok((Kind::Bool, Cow::Borrowed(word))),
                    number if is_json_number(number) => Ok((Kind::Number, Cow::Borrowed(number))),
                    _ => Err(Malformed),
                }
            }
        }
    }

    fn string(&mut self) -> Result<Cow<'a, str>, Malformed> {
        self.expect('"')?;
        let end = self.rest.find(['"', '\\']).ok_or(Malformed)?;
        let (plain, rest) = self.rest.split_at(end);
        if let Some(rest) = rest.strip_prefix('"') {
            self.rest = rest;
            return Ok(Cow::Borrowed(plain));
        }
        let mut text = plain.to_owned();
        self.rest = rest;
        loop {
            let end = self.rest.find(['"', '\\']).ok_or(Malformed)?;
            let (plain, rest) = self.rest.split_at(end);
            text.push_str(plain);
            self.rest = rest;
            if self.take('"') {
                return Ok(Cow::Owned(text));
            }
            self.expect('\\')?;
            text.push(self.escape()?);
        }
    }

    fn escape(&mut self) -> Result<char, Malformed> {
        let mut chars = self.rest.chars();
        let c = match chars.next().ok_or(Malformed)? {
            c @ ('"' | '\\') => c,
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let code = self.rest.get(1..5).and_then(|hex| u32::from_str_radix(hex, 16).ok()).ok_or(Malformed)?;
                self.rest = self.rest.get(5..).ok_or(Malformed)?;
                return char::from_u32(code).ok_or(Malformed);
            }
            _ => return Err(Malformed),
        };
        self.rest = chars.as_str();
        Ok(c)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The record again.
    fn decode(text: &str) -> Result<Record, Malformed> {
        let mut record = Record::new();
        walk(text, |field| {
            if field.in_list {
                record.push_element(field.name, field.text, field.kind);
            } else {
                record.push(field.name, field.text, field.kind);
            }
            ControlFlow::Continue(())
        })?;
        Ok(record)
    }

    fn text_of(record: &Record) -> String {
        let mut text = String::new();
        encode(record, &mut text);
        text
    }

    #[test]
    fn odd_records_read_back_exactly() {
        let mut record = Record::new();
        assert_eq!(decode(&text_of(&record)), Ok(record.clone()));
        for text in ["", "a\"b\\c", "\u{0}\u{1f}\n\r\t", "tường lửa 🐋", "{\"n\":1}", "[]"] {
            record.push_text(text, text);
            record.push_text("same", text);
            record.push_element("list", text, Kind::Text);
            record.push_element("list", "", Kind::Null);
        }
        for number in ["0", "-1.50e+10", "123456789012345678901234567890.5", "007", "1e", "", "0x7f", "-", "NaN"] {
            record.push("number", number, Kind::Number);
            record.push_element("numbers", number, Kind::Number);
        }
        record.push("flag", "true", Kind::Bool);
        record.push("flag", "Yes", Kind::Bool);
        let text = text_of(&record);
        assert_eq!(decode(&text), Ok(record));
        assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok(), "any JSON tool reads it: {text}");
    }

    #[test]
    fn malformed_text_is_refused_at_every_cut() {
        let mut record = Record::new();
        record.push_text("a\\b", "c\nd");
        record.push_element("l", "1", Kind::Number);
        record.push("n", "x", Kind::Number);
        let text = text_of(&record);
        for cut in (0..text.len()).filter(|cut| text.is_char_boundary(*cut)) {
            assert_eq!(decode(&text[..cut]), Err(Malformed), "{cut}");
        }
        for bad in
            ["", "[]", "{\"a\":}", "{\"a\" :1}", "{\"a\":1}}", "{\"a\":\"\\q\"}", "{\"a\":\"\\u12\"}", "{\"a\":tru}"]
        {
            assert_eq!(decode(bad), Err(Malformed), "{bad}");
        }
    }
}
