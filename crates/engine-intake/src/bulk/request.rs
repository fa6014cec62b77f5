//! The body of a bulk request: action lines, each followed by its document.

use serde::Deserialize;
use serde::de::IgnoredAny;
use std::collections::HashMap;

/// Longest action line; names of indices have at most 255 bytes, ids 512.
const MAX_ACTION_BYTES: usize = 4096;

/// Limits of one request.
#[derive(Clone, Copy, Debug)]
pub struct BulkLimits {
    /// Most items.
    pub max_items: usize,
    /// Longest document in bytes; of a longer one the beginning is kept.
    pub max_record_bytes: usize,
}

impl Default for BulkLimits {
    fn default() -> Self {
        Self { max_items: 50_000, max_record_bytes: 1024 * 1024 }
    }
}

/// What an item asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Store.
    Index,
    /// Store, as data streams want it.
    Create,
    /// Change; refused.
    Update,
    /// Remove; refused.
    Delete,
}

impl Action {
    /// Its name in requests and answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Index => "index",
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }

    fn parse(name: &str) -> Option<Self> {
        [Self::Index, Self::Create, Self::Update, Self::Delete].into_iter().find(|a| a.as_str() == name)
    }
}

/// Why one item cannot be stored, whatever the others are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// It asks to change or remove what is stored.
    AppendOnly,
    /// Its document is no JSON object.
    NoObject,
    /// It names no index, and the request neither.
    NoIndex,
}

/// One item of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item<'a> {
    /// What it asks for.
    pub action: Action,
    /// The index or data stream it names, or the request does.
    pub index: String,
    /// The id that the sender gave it.
    pub id: Option<String>,
    /// Its document as it was sent, or the beginning of it.
    pub source: &'a [u8],
    /// Only the beginning.
    pub truncated: bool,
    /// Why it is not stored.
    pub problem: Option<Problem>,
}

impl Item<'_> {
    /// Without its document, when that is in safety and only the answer is left to make.
    #[must_use]
    pub fn without_source(self) -> Item<'static> {
        let Self { action, index, id, truncated, problem, .. } = self;
        Item { action, index, id, source: &[], truncated, problem }
    }
}

/// A request that is answered with 400 (413 for too many items), none of it being taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BulkError {
    /// There is nothing in it.
    #[error("Validation Failed: 1: no requests added;")]
    Empty,
    /// An action line is none.
    #[error("Malformed action/metadata line [{line}], expected an object with one of index, create, update or delete")]
    Action {
        /// Line in the body, from 1.
        line: usize,
    },
    /// The document of the last action is missing.
    #[error(
        "the document of the action in line [{line}] is missing; the bulk request must be terminated by a newline [\\n]"
    )]
    NoDocument {
        /// Line of the action.
        line: usize,
    },
    /// More items than the limit.
    #[error("more than {max} items in one bulk request; have the sender write smaller ones (bulk_max_size)")]
    TooMany {
        /// The limit.
        max: usize,
    },
}

/// What stands behind the action's name; other settings (routing, pipeline) mean nothing here.
#[derive(Debug, Default, Deserialize)]
struct Meta {
    #[serde(rename = "_index")]
    index: Option<String>,
    #[serde(rename = "_id")]
    id: Option<String>,
}

/// Cuts the body (NDJSON) into items. `index` is the one in the request's path.
///
/// # Errors
/// [`BulkError`] when the lines cannot be told apart; one bad document is a matter of its item.
pub fn parse<'a>(body: &'a [u8], index: Option<&str>, limits: BulkLimits) -> Result<Vec<Item<'a>>, BulkError> {
    let mut items = Vec::new();
    let mut lines = body.split(|b| *b == b'\n').enumerate();
    while let Some((number, line)) = lines.next() {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            continue;
        }
        if items.len() >= limits.max_items {
            return Err(BulkError::TooMany { max: limits.max_items });
        }
        let (action, meta) = action_of(line).ok_or(BulkError::Action { line: number + 1 })?;
        let source = match action {
            Action::Delete => &[][..],
            _ => match lines.next() {
                Some((_, source)) if !source.is_empty() => source.strip_suffix(b"\r").unwrap_or(source),
                _ => return Err(BulkError::NoDocument { line: number + 1 }),
            },
        };
        let index = meta.index.or_else(|| index.map(str::to_owned)).unwrap_or_default();
        let problem = match action {
            Action::Update | Action::Delete => Some(Problem::AppendOnly),
            _ if index.is_empty() => Some(Problem::NoIndex),
            _ if !is_object(source) => Some(Problem::NoObject),
            _ => None,
        };
        let kept = source.get(..limits.max_record_bytes).unwrap_or(source);
        let truncated = kept.len() < source.len();
        items.push(Item { action, index, id: meta.id, source: kept, truncated, problem });
    }
    if items.is_empty() { Err(BulkError::Empty) } else { Ok(items) }
}

fn action_of(line: &[u8]) -> Option<(Action, Meta)> {
    if line.len() > MAX_ACTION_BYTES {
        return None;
    }
    let parsed: HashMap<String, Option<Meta>> = serde_json::from_slice(line).ok()?;
    let mut parsed = parsed.into_iter();
    let (name, meta) = parsed.next().filter(|_| parsed.len() == 0)?;
    Some((Action::parse(&name)?, meta.unwrap_or_default()))
}

fn is_object(source: &[u8]) -> bool {
    source.trim_ascii_start().starts_with(b"{") && serde_json::from_slice::<IgnoredAny>(source).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn items_are_cut_with_their_documents() {
        let body = b"{\"create\":{\"_index\":\"filebeat-8\"}}\n{\"message\":\"a\"}\n\r\n{ \"index\" : { \"_id\": \"7\", \"pipeline\": \"x\" } }\r\n{\"message\":\"b\"}\r\n{\"delete\":{\"_id\":\"9\"}}\n{\"create\":{}}\nno json\n{\"update\":{\"_id\":\"1\"}}\n{\"doc\":{}}\n";
        let items = parse(body, Some("logs"), BulkLimits::default()).expect("parses");
        let shown: Vec<_> =
            items.iter().map(|i| (i.action.as_str(), i.index.as_str(), i.id.as_deref(), i.problem)).collect();
        assert_eq!(
            shown,
            [
                ("create", "filebeat-8", None, None),
                ("index", "logs", Some("7"), None),
                ("delete", "logs", Some("9"), Some(Problem::AppendOnly)),
                ("create", "logs", None, Some(Problem::NoObject)),
                ("update", "logs", Some("1"), Some(Problem::AppendOnly)),
            ]
        );
        assert_eq!((items[0].source, items[1].source), (&b"{\"message\":\"a\"}"[..], &b"{\"message\":\"b\"}"[..]));
        let items = parse(b"{\"create\":{}}\n{\"a\":1}\n", None, BulkLimits::default()).expect("parses");
        assert_eq!(items[0].problem, Some(Problem::NoIndex));
    }

    #[test]
    fn what_cannot_be_told_apart_is_refused_with_its_line() {
        let parse = |body: &'static [u8]| parse(body, Some("i"), BulkLimits { max_items: 2, max_record_bytes: 8 });
        assert_eq!(parse(b""), Err(BulkError::Empty));
        assert_eq!(parse(b"\n\r\n"), Err(BulkError::Empty));
        for bad in [
            &b"7\n"[..],
            b"{\"a\":1}\n{}\n",
            b"{}\n",
            b"{\"index\":{},\"create\":{}}\n{}\n",
            b"{\"index\":7}\n{}\n",
            b"{\"index\"\n",
        ] {
            assert_eq!(parse(bad), Err(BulkError::Action { line: 1 }), "{}", String::from_utf8_lossy(bad));
        }
        assert_eq!(parse(b"{\"index\":{}}\n{}\n{\"index\":{}}\n"), Err(BulkError::NoDocument { line: 3 }));
        assert_eq!(parse(b"{\"index\":{}}"), Err(BulkError::NoDocument { line: 1 }));
        let three = b"{\"index\":{}}\n{}\n{\"index\":{}}\n{}\n{\"index\":{}}\n{}\n";
        assert_eq!(parse(three), Err(BulkError::TooMany { max: 2 }));
        let long = parse(b"{\"index\":null}\n{\"message\":\"long\"}\n").expect("parses");
        assert_eq!((long[0].source, long[0].truncated, long[0].problem), (&b"{\"messag"[..], true, None));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_fail(lines in proptest::collection::vec(prop_oneof![
            Just("{\"create\":{}}".to_owned()), Just("{\"a\":[{}]}".to_owned()), Just(String::new()), ".{0,40}"], 0..20)) {
            if let Ok(items) = parse(lines.join("\n").as_bytes(), Some("i"), BulkLimits::default()) {
                prop_assert!(items.len() <= lines.len());
            }
        }
    }
}
