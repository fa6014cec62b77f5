//! What rules say about themselves, as bytes.

use super::bytes::{Reader, Writer};
use crate::meta::{RuleLogSource, RuleMeta};
use base_core::{ContentFile, Severity};
use rustc_hash::FxHashMap;
use serde_json::{Map, Number, Value};
use std::sync::Arc;

/// The statuses, by number.
const STATUSES: [&str; 5] = ["stable", "test", "experimental", "deprecated", "unsupported"];
/// Deepest nesting of a `mangrove:` block.
const DEEPEST: usize = 200;

/// Where documents stand in the files.
pub(super) struct Places<'a> {
    files: &'a [ContentFile],
    by_path: FxHashMap<&'a str, Vec<usize>>,
}

impl<'a> Places<'a> {
    pub(super) fn new(files: &'a [ContentFile]) -> Self {
        let mut by_path: FxHashMap<&str, Vec<usize>> = FxHashMap::default();
        for (n, file) in files.iter().enumerate() {
            by_path.entry(&file.path).or_default().push(n);
        }
        Self { files, by_path }
    }

    /// File and byte at which the document of `meta` starts. Several files may have one path.
    fn find(&self, meta: &RuleMeta) -> Option<(usize, usize)> {
        let starts = |n: &usize| {
            let text = &self.files.get(*n)?.text;
            let mut lines = std::iter::once(0).chain(memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1));
            let start = lines.nth(meta.line.checked_sub(1)?)?;
            text.get(start..)?.starts_with(&*meta.source_text).then_some((*n, start))
        };
        self.by_path.get(&*meta.file)?.iter().find_map(starts)
    }
}

pub(super) fn write(meta: &RuleMeta, places: &Places<'_>, to: &mut Writer) {
    let texts = |w: &mut Writer, texts: &[String]| w.list(texts, |w, text| w.text(text));
    let maybe = |w: &mut Writer, text: &Option<String>| w.maybe(text.as_deref(), Writer::text);
    to.text(&meta.id);
    maybe(to, &meta.name);
    to.text(&meta.title);
    let status = meta.status.and_then(|status| STATUSES.iter().position(|s| *s == status));
    to.maybe(status, Writer::size);
    to.size(Severity::ALL.iter().position(|level| *level == meta.level).unwrap_or(0));
    [&meta.description, &meta.author, &meta.license, &meta.date, &meta.modified]
        .iter()
        .for_each(|text| maybe(to, text));
    [&meta.references, &meta.tags, &meta.falsepositives, &meta.fields].iter().for_each(|list| texts(to, list));
    let source = &meta.logsource;
    [&source.product, &source.category, &source.service, &source.definition].iter().for_each(|text| maybe(to, text));
    to.size(meta.line);
    let place = places.find(meta);
    to.flag(place.is_some());
    if let Some((file, start)) = place {
        [file, start, meta.source_text.len()].iter().for_each(|n| to.size(*n));
    } else {
        to.text(&meta.file);
        to.text(&meta.source_text);
    }
    write_value(&meta.custom, to);
}

/// Reads what rules say about themselves.
pub(super) struct Metas<'a> {
    files: &'a [ContentFile],
    /// By file: its path, and the document read last with its place there. The rules of one
    /// document share its text.
    shared: Vec<Option<Shared>>,
}

#[derive(Clone)]
struct Shared {
    path: Arc<str>,
    start: usize,
    text: Arc<str>,
}

impl<'a> Metas<'a> {
    pub(super) fn new(files: &'a [ContentFile]) -> Self {
        Self { files, shared: vec![None; files.len()] }
    }

    pub(super) fn read(&mut self, from: &mut Reader<'_>) -> Option<RuleMeta> {
        let texts = |r: &mut Reader<'_>| r.list(Reader::owned);
        let maybe = |r: &mut Reader<'_>| r.maybe(Reader::owned);
        let id: Arc<str> = from.text()?.into();
        let name = maybe(from)?;
        let title = from.owned()?;
        let status = from.maybe(Reader::size)?.map(|n| STATUSES.get(n).copied());
        let level = *Severity::ALL.get(from.size()?)?;
        let (description, author, license) = (maybe(from)?, maybe(from)?, maybe(from)?);
        let (date, modified) = (maybe(from)?, maybe(from)?);
        let (references, tags, falsepositives, fields) = (texts(from)?, texts(from)?, texts(from)?, texts(from)?);
        let (product, category, service, definition) = (maybe(from)?, maybe(from)?, maybe(from)?, maybe(from)?);
        let line = from.size()?;
        let (file, source_text) = self.source(from)?;
        Some(RuleMeta {
            id,
            name,
            title,
            // A number that stands for no status is refused.
            status: match status {
                Some(None) => return None,
                status => status.flatten(),
            },
            level,
            description,
            author,
            license,
            date,
            modified,
            references,
            tags,
            falsepositives,
            logsource: RuleLogSource { product, category, service, definition },
            fields,
            file,
            line,
            source_text,
            custom: read_value(from, 0)?,
        })
    }

    /// The path of a rule's file, and its document.
    fn source(&mut self, from: &mut Reader<'_>) -> Option<(Arc<str>, Arc<str>)> {
        if !from.flag()? {
            return Some((from.text()?.into(), from.text()?.into()));
        }
        let (number, start, size) = (from.size()?, from.size()?, from.size()?);
        let file = self.files.get(number)?;
        let text = file.text.get(start..start.checked_add(size)?)?;
        let last = self.shared.get_mut(number)?;
        match last {
            Some(last) if last.start == start && last.text.len() == size => {}
            Some(last) => (last.start, last.text) = (start, text.into()),
            None => *last = Some(Shared { path: file.path.as_str().into(), start, text: text.into() }),
        }
        last.as_ref().map(|last| (Arc::clone(&last.path), Arc::clone(&last.text)))
    }
}

fn write_value(value: &Value, to: &mut Writer) {
    match value {
        Value::Null => to.byte(0),
        Value::Bool(b) => {
            to.byte(1);
            to.flag(*b);
        }
        Value::Number(n) => match (n.as_u64(), n.as_i64()) {
            (Some(n), _) => {
                to.byte(2);
                to.number(n);
            }
            (None, Some(n)) => {
                to.byte(3);
                to.eight(n.to_le_bytes());
            }
            (None, None) => {
                to.byte(4);
                to.eight(n.as_f64().unwrap_or(f64::NAN).to_le_bytes());
            }
        },
        Value::String(text) => {
            to.byte(5);
            to.text(text);
        }
        Value::Array(items) => {
            to.byte(6);
            to.list(items, |w, item| write_value(item, w));
        }
        Value::Object(members) => {
            to.byte(7);
            to.size(members.len());
            for (name, member) in members {
                to.text(name);
                write_value(member, to);
            }
        }
    }
}

fn read_value(from: &mut Reader<'_>, depth: usize) -> Option<Value> {
    if depth > DEEPEST {
        return None;
    }
    Some(match from.byte()? {
        0 => Value::Null,
        1 => Value::Bool(from.flag()?),
        2 => Value::Number(from.number()?.into()),
        3 => Value::Number(i64::from_le_bytes(from.eight()?).into()),
        4 => Value::Number(Number::from_f64(from.decimal()?)?),
        5 => Value::String(from.owned()?),
        6 => Value::Array(from.list(|r| read_value(r, depth + 1))?),
        7 => {
            let members = from.list(|r| Some((r.owned()?, read_value(r, depth + 1)?)))?;
            Value::Object(members.into_iter().collect::<Map<_, _>>())
        }
        _ => return None,
    })
}
