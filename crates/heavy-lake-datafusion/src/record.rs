//! The record of a stored row: from its raw bytes by its shape, or from the column `fields`.
//!
//! This is the one place where rows become fields again; searching and decoding both use it.

use crate::fields::{self, Malformed};
use crate::leaves::{self, Leaf};
use crate::shape::{Shape, Step, find_span};
use engine_event::{Field, Record};
use rustc_hash::FxHashMap;
use std::borrow::Cow;
use std::ops::ControlFlow;
use std::sync::Arc;

/// Shapes remembered at once; hostile senders could make a new one with each record.
const MAX_SHAPES: usize = 4096;

/// The columns of one row that its record is made of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row<'a> {
    pub(crate) raw: &'a [u8],
    pub(crate) shape: Option<&'a str>,
    pub(crate) fields: Option<&'a str>,
}

/// Reads records; keeps the shapes it has met.
#[derive(Debug, Default)]
pub(crate) struct RowReader {
    shapes: FxHashMap<Box<str>, Arc<Shape>>,
    last: Option<Arc<Shape>>,
    leaves: Vec<Leaf>,
}

/// The JSON document inside a raw record.
pub(crate) fn document(raw: &str) -> &str {
    let text = leaves::trimmed(raw);
    text.find('{').and_then(|at| text.get(at..)).unwrap_or_default()
}

impl RowReader {
    /// The record.
    pub(crate) fn record(&mut self, row: Row<'_>) -> Result<Record, Malformed> {
        let mut record = Record::new();
        self.walk(row, |field| {
            if field.in_list {
                record.push_element(field.name, field.text, field.kind);
            } else {
                record.push(field.name, field.text, field.kind);
            }
            ControlFlow::Continue(())
        })?;
        Ok(record)
    }

    /// Calls `each` for every field in order, until it breaks off. `true` when it did.
    pub(crate) fn walk(
        &mut self,
        row: Row<'_>,
        each: impl FnMut(Field<'_>) -> ControlFlow<()>,
    ) -> Result<bool, Malformed> {
        let Some(shape) = row.shape else {
            return fields::walk(row.fields.unwrap_or("{}"), each);
        };
        let shape = self.shape(shape)?;
        let raw = std::str::from_utf8(row.raw).map_err(|_| Malformed)?;
        let document = document(raw);
        if shape.has_leaves && !leaves::scan(document, &mut self.leaves) {
            return Err(Malformed);
        }
        let leaves = if shape.has_leaves { self.leaves.as_slice() } else { &[] };
        walk_steps(&shape, &Source { raw, document, leaves, kept: row.fields.unwrap_or("{}") }, each)
    }

    fn shape(&mut self, text: &str) -> Result<Arc<Shape>, Malformed> {
        if let Some(last) = self.last.as_ref().filter(|last| *last.text == *text) {
            return Ok(last.clone());
        }
        let shape = match self.shapes.get(text) {
            Some(known) => known.clone(),
            None => {
                let fresh = Arc::new(Shape::parse(text)?);
                if self.shapes.len() >= MAX_SHAPES {
                    self.shapes.clear();
                }
                self.shapes.insert(Box::from(text), fresh.clone());
                fresh
            }
        };
        self.last = Some(shape.clone());
        Ok(shape)
    }
}

/// What the steps of a shape are applied to.
pub(crate) struct Source<'a> {
    pub(crate) raw: &'a str,
    pub(crate) document: &'a str,
    pub(crate) leaves: &'a [Leaf],
    pub(crate) kept: &'a str,
}

/// Goes through the steps.
fn walk_steps<'a>(
    shape: &'a Shape,
    source: &Source<'a>,
    mut each: impl FnMut(Field<'_>) -> ControlFlow<()>,
) -> Result<bool, Malformed> {
    let mut kept = fields::Fields::new(source.kept)?;
    let mut bases: Vec<(usize, Cow<'a, str>)> = Vec::new();
    let (mut next_leaf, mut number) = (0, 0);
    let (mut base, mut from): (Cow<'a, str>, usize) = (Cow::Borrowed(source.raw), 0);
    // Calls `each` and remembers the texts that later steps look into.
    let mut hand =
        |bases: &mut Vec<(usize, Cow<'a, str>)>, number: &mut usize, name: &str, text: Cow<'a, str>, kind, in_list| {
            let flow = each(Field { name, text: &text, kind, in_list });
            if shape.bases.contains(number) {
                bases.push((*number, text));
            }
            *number += 1;
            flow.is_break()
        };
    let leaf_text = |leaf: &Leaf| leaf.text(source.document).ok_or(Malformed);
    for step in &shape.steps {
        match step {
            Step::Run(count) => {
                for leaf in source.leaves.get(next_leaf..next_leaf + count).ok_or(Malformed)? {
                    let name = leaf.key(source.document);
                    if hand(&mut bases, &mut number, name, leaf_text(leaf)?, leaf.kind, leaf.in_list) {
                        return Ok(true);
                    }
                }
                next_leaf += count;
            }
            Step::Leaf { at, name } => {
                let leaf = source.leaves.get(*at).ok_or(Malformed)?;
                if hand(&mut bases, &mut number, name, leaf_text(leaf)?, leaf.kind, leaf.in_list) {
                    return Ok(true);
                }
                next_leaf = next_leaf.max(at + 1);
            }
            Step::Span { before, stop, name, kind, in_list } => {
                let (start, end) = find_span(&base, from, before, stop.as_deref()).ok_or(Malformed)?;
                let text = match &base {
                    Cow::Borrowed(base) => Cow::Borrowed(base.get(start..end).ok_or(Malformed)?),
                    Cow::Owned(base) => Cow::Owned(base.get(start..end).ok_or(Malformed)?.to_owned()),
                };
                from = end;
                if hand(&mut bases, &mut number, name, text, *kind, *in_list) {
                    return Ok(true);
                }
            }
            Step::Within(at) => {
                base = bases.iter().find(|(number, _)| number == at).map(|(_, text)| text.clone()).ok_or(Malformed)?;
                from = 0;
            }
            Step::Is { name, text, kind, in_list } => {
                if hand(&mut bases, &mut number, name, Cow::Borrowed(text), *kind, *in_list) {
                    return Ok(true);
                }
            }
            Step::Kept => {
                let field = kept.next()?.ok_or(Malformed)?;
                let (name, text, kind, in_list) = (field.name, field.text, field.kind, field.in_list);
                if hand(&mut bases, &mut number, &name, text, kind, in_list) {
                    return Ok(true);
                }
            }
        }
    }
    if kept.next()?.is_some() { Err(Malformed) } else { Ok(false) }
}

/// Whether the steps give exactly `record`; the kept fields are taken from it.
pub(crate) fn gives(shape: &Shape, source: &Source<'_>, record: &Record) -> bool {
    let mut at = 0;
    let same = walk_steps(shape, source, |field| {
        let same = record.at(at).is_some_and(|wanted| wanted == field);
        at += 1;
        if same { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    same == Ok(false) && at == record.len()
}
