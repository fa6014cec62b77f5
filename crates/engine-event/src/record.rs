//! The flat record of fields: one text buffer, one list of spans.

use serde::ser::{Serialize, SerializeMap, Serializer};
use std::hash::Hasher;

/// What a value was in its source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// No value (`null`). The text is empty.
    Null,
    /// `true` or `false`.
    Bool,
    /// A whole or decimal number; the text is as written in the source.
    Number,
    /// Text.
    Text,
}

/// One field of a record: a dotted name and a value as text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Field<'a> {
    /// Dotted name, e.g. `EventData.CommandLine` or `CommandLine`.
    pub name: &'a str,
    /// The value as text, whatever its kind.
    pub text: &'a str,
    /// What the value was.
    pub kind: Kind,
    /// Whether it is one element of a list; lists are neighbouring fields of one name.
    pub in_list: bool,
}

impl Field<'_> {
    /// The value as a whole number, if it is one (a text of digits counts too).
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        self.text.trim().parse().ok()
    }

    /// The value as a decimal number, if it is one.
    #[must_use]
    pub fn as_f64(&self) -> Option<f64> {
        self.text.trim().parse().ok()
    }
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    hash: u32,
    name_at: u32,
    text_at: u32,
    text_len: u32,
    name_len: u16,
    kind: Kind,
    in_list: bool,
}

/// Fields of one event, flat, in source order, in one buffer that can be reused:
/// once warm, filling a record allocates nothing.
///
/// Nested objects are flattened with dots; a list becomes neighbouring fields of the
/// same name with [`Field::in_list`] set. A record holds at most 4 GiB of text and names
/// of at most 65 535 bytes; [`Record::push`] refuses what does not fit and says so.
#[derive(Clone, Debug, Default)]
pub struct Record {
    buf: String,
    entries: Vec<Entry>,
}

/// A 32-bit hash of a field name, stable within a process, for quick comparison.
#[must_use]
pub fn name_hash(name: &str) -> u32 {
    let mut h = rustc_hash::FxHasher::default();
    h.write(name.as_bytes());
    let full = h.finish();
    #[expect(clippy::cast_possible_truncation, reason = "folding a hash to 32 bits is meant to drop bits")]
    {
        (full ^ (full >> 32)) as u32
    }
}

impl Record {
    /// An empty record.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Empties the record and keeps its memory.
    pub fn clear(&mut self) {
        self.buf.clear();
        self.entries.clear();
    }

    /// Adds a field. `false` when it does not fit (see the type's limits); nothing is added then.
    pub fn push(&mut self, name: &str, text: &str, kind: Kind) -> bool {
        self.push_entry(name, text, kind, false)
    }

    /// Adds a text field.
    pub fn push_text(&mut self, name: &str, text: &str) -> bool {
        self.push_entry(name, text, Kind::Text, false)
    }

    /// Adds one element of a list.
    pub fn push_element(&mut self, name: &str, text: &str, kind: Kind) -> bool {
        self.push_entry(name, text, kind, true)
    }

    fn push_entry(&mut self, name: &str, text: &str, kind: Kind, in_list: bool) -> bool {
        let (Ok(name_len), Ok(text_len)) = (u16::try_from(name.len()), u32::try_from(text.len())) else {
            return false;
        };
        let total = self.buf.len() + name.len() + text.len();
        if u32::try_from(total).is_err() {
            return false;
        }
        #[expect(clippy::cast_possible_truncation, reason = "the sum was checked to fit in 32 bits")]
        let (name_at, text_at) = (self.buf.len() as u32, (self.buf.len() + name.len()) as u32);
        self.buf.push_str(name);
        self.buf.push_str(text);
        self.entries.push(Entry { hash: name_hash(name), name_at, text_at, text_len, name_len, kind, in_list });
        true
    }

    fn field(&self, e: &Entry) -> Field<'_> {
        let (n, t) = (e.name_at as usize, e.text_at as usize);
        // The spans were made by `push_entry` from whole strings of this buffer.
        Field {
            name: self.buf.get(n..n + usize::from(e.name_len)).unwrap_or_default(),
            text: self.buf.get(t..t + e.text_len as usize).unwrap_or_default(),
            kind: e.kind,
            in_list: e.in_list,
        }
    }

    /// All fields in source order.
    pub fn iter(&self) -> impl Iterator<Item = Field<'_>> + '_ {
        self.entries.iter().map(|e| self.field(e))
    }

    /// All fields with the hash of their name ([`name_hash`]).
    pub fn iter_hashed(&self) -> impl Iterator<Item = (u32, Field<'_>)> + '_ {
        self.entries.iter().map(|e| (e.hash, self.field(e)))
    }

    /// Every value of the field named exactly `name` (several for a list or a repeated key).
    pub fn get_all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = Field<'a>> + 'a {
        let hash = name_hash(name);
        self.entries.iter().filter(move |e| e.hash == hash).map(|e| self.field(e)).filter(move |f| f.name == name)
    }

    /// The first value of the field named exactly `name`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Field<'_>> {
        let hash = name_hash(name);
        self.entries.iter().filter(|e| e.hash == hash).map(|e| self.field(e)).find(|f| f.name == name)
    }

    /// The first value as text; `None` when absent or null.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|f| f.kind != Kind::Null).map(|f| f.text)
    }

    /// The field at place `index` in source order.
    #[must_use]
    pub fn at(&self, index: usize) -> Option<Field<'_>> {
        self.entries.get(index).map(|e| self.field(e))
    }

    /// How many values.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Names and values in one row, as they are kept: what does not stand in it stands in no value.
    #[must_use]
    pub fn all_text(&self) -> &str {
        &self.buf
    }

    /// Bytes of names and values.
    #[must_use]
    pub fn text_bytes(&self) -> usize {
        self.buf.len()
    }
}

impl PartialEq for Record {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().eq(other.iter())
    }
}

impl Serialize for Record {
    /// A flat JSON object with dotted names; neighbouring list elements become an array.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let mut fields = self.iter().peekable();
        while let Some(first) = fields.next() {
            if !first.in_list {
                map.serialize_entry(first.name, &crate::json::value_of(&first))?;
                continue;
            }
            let mut list = vec![crate::json::value_of(&first)];
            while let Some(next) = fields.next_if(|f| f.in_list && f.name == first.name) {
                list.push(crate::json::value_of(&next));
            }
            map.serialize_entry(first.name, &list)?;
        }
        map.end()
    }
}
