//! Values taken from fields: for aliases, common columns and conditions.

use engine_event::{Kind, Record};

/// A slot whose field the record does not have.
pub(crate) const UNSET: u32 = u32::MAX;

/// One way to fill a column: a field with an operation on its text, or a constant.
#[derive(Debug)]
pub(crate) enum Extract {
    Constant(Box<str>),
    Field(u16, Take),
}

/// An operation on the text of a field.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Take {
    Whole,
    LongestHash,
    Ip,
    Port,
    UrlHost,
    UrlPath,
    Lower,
    LastWord,
    UnlessNumber,
    /// The middle of `GET /path HTTP/1.1`.
    Target,
    /// All elements of a list, with spaces between.
    Joined,
}

/// Reusable memory: where in the record each slot's field stands.
#[derive(Debug, Default)]
pub(crate) struct Slots {
    pub at: Vec<u32>,
    pub text: String,
}

/// The text of a slot's field.
pub(crate) fn slot_text<'r>(record: &'r Record, slots: &Slots, slot: u16) -> Option<&'r str> {
    let at = *slots.at.get(usize::from(slot))?;
    if at == UNSET {
        return None;
    }
    record.at(usize::try_from(at).ok()?).map(|f| f.text)
}

impl Extract {
    /// Appends the value to `into` and tells its kind; `None` when there is none.
    pub(crate) fn kind_and_text(&self, record: &Record, slots: &Slots, into: &mut String) -> Option<Kind> {
        match self {
            Self::Constant(text) => {
                into.push_str(text);
                Some(Kind::Text)
            }
            Self::Field(slot, take) => {
                let at = *slots.at.get(usize::from(*slot))?;
                let field = (at != UNSET).then(|| record.at(usize::try_from(at).unwrap_or(usize::MAX))).flatten()?;
                if matches!(take, Take::Joined) {
                    into.push_str(&joined(record, at));
                    return Some(Kind::Text);
                }
                let taken = take.apply(field.text)?;
                into.push_str(&taken);
                Some(if matches!(take, Take::Whole) { field.kind } else { Kind::Text })
            }
        }
    }

    /// The value for a common column.
    pub(crate) fn column_text<'r>(&'r self, record: &'r Record, slots: &Slots) -> Option<std::borrow::Cow<'r, str>> {
        match self {
            Self::Constant(text) => Some((&**text).into()),
            Self::Field(slot, Take::Joined) => {
                slots.at.get(usize::from(*slot)).filter(|at| **at != UNSET).map(|at| joined(record, *at).into())
            }
            // A hyphen is how most logs write "none", others `N/A`.
            Self::Field(slot, take) => {
                slot_text(record, slots, *slot).filter(|t| !matches!(*t, "" | "-" | "N/A")).and_then(|t| take.apply(t))
            }
        }
    }
}

/// The list whose first element stands at `at`, with spaces between the elements.
fn joined(record: &Record, at: u32) -> String {
    let at = usize::try_from(at).unwrap_or(usize::MAX);
    let Some(first) = record.at(at) else { return String::new() };
    let mut text = first.text.to_owned();
    let mut next = at + 1;
    while let Some(field) = record.at(next).filter(|f| first.in_list && f.in_list && f.name == first.name) {
        text.push(' ');
        text.push_str(field.text);
        next += 1;
    }
    text
}

impl Take {
    /// The operation after `|`; nothing stands for the whole text.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "" => Self::Whole,
            "hash" => Self::LongestHash,
            "ip" => Self::Ip,
            "port" => Self::Port,
            "url-host" => Self::UrlHost,
            "url-path" => Self::UrlPath,
            "lower" => Self::Lower,
            "last-word" => Self::LastWord,
            "unless-number" => Self::UnlessNumber,
            "target" => Self::Target,
            "joined" => Self::Joined,
            _ => return None,
        })
    }

    fn apply(self, text: &str) -> Option<std::borrow::Cow<'_, str>> {
        let taken = match self {
            Self::Whole => text,
            Self::LongestHash => return longest_hash(text).map(Into::into),
            Self::Ip => super::address::ip_of(text)?,
            Self::Port => super::address::port_of(text)?,
            Self::UrlHost => super::address::url_host(text)?,
            Self::UrlPath => super::address::url_path(text)?,
            Self::Lower => return Some(text.to_lowercase().into()),
            Self::LastWord => text.rsplit([' ', '\t']).find(|w| !w.is_empty())?,
            Self::Target => text.split(' ').nth(1)?,
            Self::Joined => text,
            Self::UnlessNumber => Some(text).filter(|t| !t.bytes().all(|b| b.is_ascii_digit()))?,
        };
        Some(taken.into())
    }
}

/// Of `SHA1=…,MD5=…,SHA256=…,IMPHASH=…` the longest, in lower case; import hashes do not
/// name a file and are left out.
fn longest_hash(text: &str) -> Option<String> {
    text.split([',', ';', ' '])
        .filter_map(|part| match part.split_once(['=', ':']) {
            Some((name, _)) if name.eq_ignore_ascii_case("imphash") => None,
            Some((_, value)) => Some(value),
            None => Some(part),
        })
        .filter(|v| v.len() >= 32 && v.bytes().all(|b| b.is_ascii_hexdigit()) && !v.bytes().all(|b| b == b'0'))
        .max_by_key(|v| v.len())
        .map(str::to_ascii_lowercase)
}
