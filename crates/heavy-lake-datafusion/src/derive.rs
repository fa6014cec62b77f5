//! Finding the shape of a record: which of its fields stand in its raw bytes, and where.
//!
//! Nothing here knows formats or parsers. A field is looked for among the values of the JSON
//! document in the record, then as a piece of text; what is found is only used after reading it
//! back has given exactly the record. Shapes that fitted before are tried first, so that records
//! of one structure share one shape and cost little time.

use crate::fields;
use crate::leaves::{self, Leaf};
use crate::record::{Source, document, gives};
use crate::shape::{Shape, Step, find_span};
use engine_event::{Field, Record};
use rustc_hash::FxHashMap;
use std::hash::BuildHasher;
use std::sync::Arc;

/// Shapes tried for records that look alike.
const MAX_TRIED: usize = 8;
/// Kinds of look remembered.
const MAX_LOOKS: usize = 4096;
/// Comparisons of one record with values of its document; what is beyond is kept as it is.
const MAX_COMPARISONS: usize = 200_000;
/// Longest text in front of a piece by which it is found, in bytes.
const MAX_BEFORE: usize = 48;
/// Fields that a piece is looked for in, newest first.
const MAX_BASES: usize = 4;

/// Finds shapes; one per writing thread.
#[derive(Debug, Default)]
pub(crate) struct Shaper {
    leaves: Vec<Leaf>,
    tried: FxHashMap<(usize, u64, u64), Vec<Arc<Shape>>>,
    /// The member a field was taken from before: keeps shapes the same when values are equal by chance.
    homes: FxHashMap<u64, Box<str>>,
    kept: String,
}

/// What is stored instead of all fields.
#[derive(Debug)]
pub(crate) struct Shaped<'a> {
    pub(crate) shape: Option<Arc<Shape>>,
    /// The column `fields`, when there is something to keep.
    pub(crate) fields: Option<&'a str>,
}

impl Shaper {
    /// The shape of a record, and what it leaves to be kept.
    pub(crate) fn shape(&mut self, raw: &[u8], record: &Record) -> Shaped<'_> {
        let shape = std::str::from_utf8(raw).ok().and_then(|raw| self.find(raw, record));
        let Some(shape) = shape else {
            fields::encode(record, &mut self.kept);
            return Shaped { shape: None, fields: Some(&self.kept) };
        };
        let fields = keep(&shape, record, &mut self.kept).then_some(self.kept.as_str());
        Shaped { shape: Some(shape), fields }
    }

    fn find(&mut self, raw: &str, record: &Record) -> Option<Arc<Shape>> {
        let document = document(raw);
        if document.is_empty() || !leaves::scan(document, &mut self.leaves) {
            self.leaves.clear();
        }
        let hash = |at: usize| record.at(at).map_or(0, |field| hash_of(field.name));
        let look = (record.len(), hash(0), hash(record.len().saturating_sub(1)));
        let known = self.tried.get(&look).map(Vec::as_slice).unwrap_or_default();
        for (at, shape) in known.iter().enumerate() {
            keep(shape, record, &mut self.kept);
            let source = Source { raw, document, leaves: &self.leaves, kept: &self.kept };
            if gives(shape, &source, record) {
                let shape = shape.clone();
                if at > 0
                    && let Some(known) = self.tried.get_mut(&look)
                {
                    known.swap(0, at);
                }
                return Some(shape);
            }
        }
        let build = Build {
            raw,
            document,
            leaves: &self.leaves,
            homes: &mut self.homes,
            record,
            steps: Vec::new(),
            next: 0,
            budget: MAX_COMPARISONS,
            base: None,
            from: 0,
        };
        let shape = Shape::of(build.steps());
        keep(&shape, record, &mut self.kept);
        let source = Source { raw, document, leaves: &self.leaves, kept: &self.kept };
        let useful = shape.steps.iter().any(|step| *step != Step::Kept) || record.is_empty();
        if !useful || !gives(&shape, &source, record) {
            return None;
        }
        if self.tried.len() >= MAX_LOOKS {
            self.tried.clear();
        }
        let shape = Arc::new(shape);
        let known = self.tried.entry(look).or_default();
        known.insert(0, shape.clone());
        known.truncate(MAX_TRIED);
        Some(shape)
    }
}

fn hash_of(name: &str) -> u64 {
    rustc_hash::FxBuildHasher.hash_one(name)
}

/// Writes the fields that the shape leaves to be kept; `false` when there are none.
fn keep(shape: &Shape, record: &Record, out: &mut String) -> bool {
    let mut at = 0;
    let mut numbers = Vec::new();
    for step in &shape.steps {
        match step {
            Step::Run(count) => at += count,
            Step::Within(_) => {}
            Step::Kept => {
                numbers.push(at);
                at += 1;
            }
            Step::Leaf { .. } | Step::Span { .. } | Step::Is { .. } => at += 1,
        }
    }
    fields::encode_fields(numbers.iter().filter_map(|number| record.at(*number)), out);
    !numbers.is_empty()
}

/// A shape in the making.
struct Build<'a> {
    raw: &'a str,
    document: &'a str,
    leaves: &'a [Leaf],
    homes: &'a mut FxHashMap<u64, Box<str>>,
    record: &'a Record,
    steps: Vec<Step>,
    /// The value that comes next when the record follows the document.
    next: usize,
    budget: usize,
    /// The field that pieces are taken from; `None` for the raw record.
    base: Option<usize>,
    from: usize,
}

impl<'a> Build<'a> {
    fn steps(mut self) -> Vec<Step> {
        for (number, field) in self.record.iter().enumerate() {
            if self.leaf(&field) {
                continue;
            }
            let text = || Box::from(field.text);
            if field.text.is_empty() {
                self.steps.push(Step::Is {
                    name: field.name.into(),
                    text: text(),
                    kind: field.kind,
                    in_list: field.in_list,
                });
            } else if !self.span(number, &field) {
                self.steps.push(Step::Kept);
            }
        }
        self.steps
    }

    fn fits(&mut self, at: usize, field: &Field<'_>) -> bool {
        let Some(leaf) = self.leaves.get(at).filter(|_| self.budget > 0) else { return false };
        self.budget -= 1;
        leaf.kind == field.kind && leaf.in_list == field.in_list && leaf.is(self.document, field.text)
    }

    /// Takes the field from the document.
    fn leaf(&mut self, field: &Field<'_>) -> bool {
        let next = self.next;
        let own =
            |at: usize, build: &Self| build.leaves.get(at).is_some_and(|leaf| leaf.key(build.document) == field.name);
        if own(next, self) && self.fits(next, field) {
            match self.steps.last_mut() {
                Some(Step::Run(count)) => *count += 1,
                _ => self.steps.push(Step::Run(1)),
            }
            self.next += 1;
            return true;
        }
        let hash = hash_of(field.name);
        let home = self.homes.get(&hash).cloned();
        let home = home.as_deref().unwrap_or(field.name);
        // Where it came from before; the next ones; then anywhere. Equal short values say little.
        let at_home = (0..self.leaves.len()).find(|at| {
            self.leaves.get(*at).is_some_and(|leaf| leaf.key(self.document) == home) && self.fits(*at, field)
        });
        let near = || (next..(next + 8).min(self.leaves.len())).chain(0..self.leaves.len());
        let found = at_home.or_else(|| near().find(|at| self.fits(*at, field)));
        let Some(at) = found else { return false };
        if let Some(leaf) = self.leaves.get(at)
            && self.homes.len() < MAX_LOOKS
        {
            self.homes.entry(hash).or_insert_with(|| leaf.key(self.document).into());
        }
        self.steps.push(Step::Leaf { at, name: field.name.into() });
        self.next = self.next.max(at + 1);
        true
    }

    /// Takes the field from a text: the one in use, the raw record, or a long field before it.
    fn span(&mut self, number: usize, field: &Field<'_>) -> bool {
        if self.span_in(self.base, self.from, field) {
            return true;
        }
        let long = |at: &usize| self.record.at(*at).is_some_and(|base| base.text.len() > field.text.len());
        let bases: Vec<usize> = (0..number).rev().filter(long).take(MAX_BASES).collect();
        for base in bases {
            self.steps.push(Step::Within(base));
            if self.span_in(Some(base), 0, field) {
                return true;
            }
            self.steps.pop();
        }
        false
    }

    fn span_in(&mut self, base: Option<usize>, from: usize, field: &Field<'_>) -> bool {
        // In a record that is a document, pieces are those of its values.
        if base.is_none() && !self.leaves.is_empty() {
            return false;
        }
        let text = match base {
            None => self.raw,
            Some(number) => match self.record.at(number) {
                Some(base) => base.text,
                None => return false,
            },
        };
        let Some((before, stop)) = marks_of(text, from, field.text) else { return false };
        let Some((_, end)) = find_span(text, from, before, stop) else { return false };
        self.steps.push(Step::Span {
            before: before.into(),
            stop: stop.map(Box::from),
            name: field.name.into(),
            kind: field.kind,
            in_list: field.in_list,
        });
        (self.base, self.from) = (base, end);
        true
    }
}

/// The texts before and behind the first piece equal to `wanted` by which it can be found.
fn marks_of<'t>(text: &'t str, from: usize, wanted: &str) -> Option<(&'t str, Option<&'t str>)> {
    let rest = text.get(from..)?;
    let mut searched = 0;
    // The first occurrences may lie within other words.
    for _ in 0..4 {
        let start = searched + rest.get(searched..)?.find(wanted)?;
        let end = start + wanted.len();
        if let Some(marks) = marks_at(rest, start, end, wanted) {
            return Some(marks);
        }
        searched = start + rest.get(start..)?.chars().next()?.len_utf8();
    }
    None
}

fn marks_at<'t>(rest: &'t str, start: usize, end: usize, wanted: &str) -> Option<(&'t str, Option<&'t str>)> {
    let (head, tail) = (rest.get(..start)?, rest.get(end..)?);
    let stop = match tail.chars().next() {
        None => None,
        Some(c) => {
            let one = tail.get(..c.len_utf8())?;
            let two = tail.chars().nth(1).and_then(|d| tail.get(..c.len_utf8() + d.len_utf8()));
            Some([Some(one), two].into_iter().flatten().find(|stop| !wanted.contains(stop))?)
        }
    };
    let word_of = |head: &str| {
        let marks = head.trim_end_matches(|c: char| !c.is_alphanumeric()).len();
        let word =
            head.get(..marks).unwrap_or_default().trim_end_matches(|c: char| c.is_alphabetic() || c == '_').len();
        (marks, word)
    };
    let (marks, word) = word_of(head);
    // The marks alone, the word before them, all of it: the first by which the place is found.
    for begin in [marks, word, 0] {
        let before = head.get(begin..)?;
        let finds = before.len() <= MAX_BEFORE && find_span(rest, 0, before, stop) == Some((start, end));
        if finds && (begin != 0 || !before.contains(|c: char| c.is_ascii_digit()) || before.starts_with('<')) {
            return Some((before, stop));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Row, RowReader};
    use engine_event::Kind;
    use proptest::prelude::*;

    fn back(raw: &[u8], record: &Record, shaper: &mut Shaper) -> (Record, Option<String>, Option<String>) {
        let Shaped { shape, fields } = shaper.shape(raw, record);
        let (shape, fields) = (shape.map(|s| s.text.to_string()), fields.map(str::to_owned));
        let row = Row { raw, shape: shape.as_deref(), fields: fields.as_deref() };
        (RowReader::default().record(row).expect("reads back"), shape, fields)
    }

    fn record(fields: &[(&str, &str, Kind)]) -> Record {
        let mut record = Record::new();
        for (name, text, kind) in fields {
            record.push(name, text, *kind);
        }
        record
    }

    #[test]
    fn fields_of_a_document_are_not_kept_again() {
        let raw =
            br#"{"Event":{"System":{"EventID":4688,"x":null},"EventData":{"NewProcessName":"C:\\a.exe","User":"an"}}}"#;
        let record = record(&[
            ("EventID", "4688", Kind::Number),
            ("NewProcessName", "C:\\a.exe", Kind::Text),
            ("User", "an", Kind::Text),
            ("Image", "C:\\a.exe", Kind::Text),
            ("Made.up", "by the parser", Kind::Text),
            ("None", "", Kind::Null),
        ]);
        let (found, shape, fields) = back(raw, &record, &mut Shaper::default());
        assert_eq!(found, record);
        assert_eq!(fields.as_deref(), Some(r#"{"Made.up":"by the parser"}"#), "{shape:?}");
    }

    #[test]
    fn records_of_one_structure_share_a_shape() {
        let mut shaper = Shaper::default();
        let mut shapes = std::collections::BTreeSet::new();
        for (user, pid) in [("an", "1"), ("binh", "23"), ("an", "4711")] {
            let raw = format!("<13>Jun 24 04:05:35 app03 su[{pid}]: session closed for user {user}");
            let message = format!("session closed for user {user}");
            let record = record(&[
                ("host", "app03", Kind::Text),
                ("program", "su", Kind::Text),
                ("pid", pid, Kind::Number),
                ("message", &message, Kind::Text),
                ("user", user, Kind::Text),
            ]);
            let (found, shape, fields) = back(raw.as_bytes(), &record, &mut shaper);
            assert_eq!((found, fields), (record, None), "{shape:?}");
            shapes.insert(shape);
        }
        assert_eq!(shapes.len(), 1, "{shapes:?}");
    }

    proptest! {
        #[test]
        fn whatever_the_fields_they_read_back(raw in "[ab:=\"{}\\\\ ,0-9]{0,40}", texts in proptest::collection::vec("[ab:=\"\\\\ 0-9]{0,6}", 0..8)) {
            let mut record = Record::new();
            for (n, text) in texts.iter().enumerate() {
                let name = format!("f{}", n % 3);
                if n % 4 == 3 { record.push_element(&name, text, Kind::Text) } else { record.push(&name, text, Kind::Number) };
            }
            let mut shaper = Shaper::default();
            prop_assert_eq!(&back(raw.as_bytes(), &record, &mut shaper).0, &record);
            let document = serde_json::json!({ "a": raw, "b": texts }).to_string();
            prop_assert_eq!(&back(document.as_bytes(), &record, &mut shaper).0, &record);
            prop_assert_eq!(&back(b"\xff{", &record, &mut shaper).0, &record);
        }
    }
}
