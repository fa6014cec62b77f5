//! Answering the leaves of one event exactly, one after the other.
//!
//! Used for what the tables leave open (regular expressions, comparisons of two fields) and for
//! keywords that may stand in the event. An answer is kept for the rest of the event.

use crate::fold::fold_into;
use crate::leaf::{Alternatives, Ask, FieldId, How, Leaf, LeafId, Seen};
use crate::rule_set::RuleSet;
use engine_event::{Field, Kind, Record};
use rustc_hash::FxHashSet;

/// Reusable memory.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    /// Stands for "this event" in the stamps below; never 0, fits in 31 bits.
    stamp: u32,
    /// By leaf: stamp × 2 + answer.
    answers: Vec<u32>,
    /// By place in the record: stamp, and where the folded text is.
    folds: Vec<(u32, Span)>,
    folded: String,
}

#[derive(Clone, Copy, Debug, Default)]
struct Span {
    at: usize,
    len: usize,
}

impl Memory {
    /// Prepares for an event.
    pub(crate) fn begin(&mut self, leaves: usize) {
        self.stamp += 1;
        if self.stamp >= u32::MAX / 2 || self.answers.len() != leaves {
            self.stamp = 1;
            self.answers.clear();
            self.answers.resize(leaves, 0);
            self.folds.clear();
        }
        self.folded.clear();
    }
}

/// An event and the memory of what is known of it.
pub(crate) struct Exact<'a> {
    pub(crate) set: &'a RuleSet,
    pub(crate) record: &'a Record,
    pub(crate) raw: Option<&'a str>,
    pub(crate) memory: &'a mut Memory,
}

impl Exact<'_> {
    /// Whether a leaf holds.
    pub(crate) fn leaf(&mut self, id: LeafId) -> bool {
        let stamp = self.memory.stamp;
        match self.memory.answers.get(id as usize) {
            Some(answer) if answer >> 1 == stamp => return answer & 1 == 1,
            _ => {}
        }
        let answer = self.set.leaves().get(id).is_some_and(|leaf| self.ask(leaf));
        if let Some(slot) = self.memory.answers.get_mut(id as usize) {
            *slot = stamp << 1 | u32::from(answer);
        }
        answer
    }

    fn ask(&mut self, leaf: &Leaf) -> bool {
        let Some(field) = leaf.field else {
            return match &leaf.ask {
                Ask::Any(alternatives) => self.keyword(alternatives),
                _ => false,
            };
        };
        match &leaf.ask {
            Ask::Exists(wanted) => self.places(field).next().is_some() == *wanted,
            Ask::Null => self.places(field).all(|(_, f)| f.kind == Kind::Null),
            Ask::Any(alternatives) => self.any_value(field, &mut |seen| alternatives.matches(seen)),
            Ask::Reference { other, how, cased } => self.refers(field, *other, *how, *cased),
        }
    }

    /// The values of a field with their places, null ones too.
    fn places(&self, field: FieldId) -> impl Iterator<Item = (usize, Field<'_>)> + '_ {
        let (hash, name) = (self.set.fields().hash(field), self.set.fields().name(field));
        self.record
            .iter_hashed()
            .enumerate()
            .filter(move |(_, (h, f))| *h == hash && f.name == name)
            .map(|(at, (_, f))| (at, f))
    }

    /// The folded form of the value at a place, made once.
    fn fold(&mut self, place: usize, text: &str) -> Span {
        let memory = &mut *self.memory;
        if memory.folds.len() <= place {
            memory.folds.resize(self.record.len().max(place + 1), (0, Span::default()));
        }
        if let Some((stamp, span)) = memory.folds.get(place)
            && *stamp == memory.stamp
        {
            return *span;
        }
        let at = memory.folded.len();
        fold_into(text, &mut memory.folded);
        let span = Span { at, len: memory.folded.len() - at };
        if let Some(slot) = memory.folds.get_mut(place) {
            *slot = (memory.stamp, span);
        }
        span
    }

    fn folded(&self, span: Span) -> &str {
        self.memory.folded.get(span.at..span.at + span.len).unwrap_or_default()
    }

    /// Whether `test` says yes to one value of the field; null values are not shown to it.
    fn any_value(&mut self, field: FieldId, test: &mut dyn FnMut(Seen<'_>) -> bool) -> bool {
        let record = self.record;
        let (hash, name) = (self.set.fields().hash(field), self.set.fields().name(field));
        for (place, (h, value)) in record.iter_hashed().enumerate() {
            if h != hash || value.kind == Kind::Null || value.name != name {
                continue;
            }
            let span = self.fold(place, value.text);
            if test(Seen { text: value.text, folded: self.folded(span), kind: value.kind }) {
                return true;
            }
        }
        false
    }

    /// Whether a value of `field` lies to a value of `other` as asked.
    fn refers(&mut self, field: FieldId, other: FieldId, how: How, cased: bool) -> bool {
        let record = self.record;
        let mut texts = [Vec::new(), Vec::new()];
        for (texts, field) in texts.iter_mut().zip([field, other]) {
            let (hash, name) = (self.set.fields().hash(field), self.set.fields().name(field));
            for (place, (h, value)) in record.iter_hashed().enumerate() {
                if h == hash && value.kind != Kind::Null && value.name == name {
                    let span = if cased { Span::default() } else { self.fold(place, value.text) };
                    texts.push((value.text, span));
                }
            }
        }
        let [these, others] = texts;
        let text = |(text, span): &(_, Span)| if cased { *text } else { self.folded(*span) };
        if how == How::Equals && others.len() > 8 {
            // Two long lists must not cost their product.
            let others: FxHashSet<&str> = others.iter().map(text).collect();
            return these.iter().any(|this| others.contains(text(this)));
        }
        these.iter().any(|this| others.iter().any(|other| how.holds(text(this), text(other))))
    }

    /// Whether one of the alternatives fits a value of any field, or the raw message.
    fn keyword(&mut self, alternatives: &Alternatives) -> bool {
        let record = self.record;
        for (place, value) in record.iter().enumerate().filter(|(_, v)| v.kind != Kind::Null) {
            let span = self.fold(place, value.text);
            if alternatives.matches(Seen { text: value.text, folded: self.folded(span), kind: value.kind }) {
                return true;
            }
        }
        self.raw.is_some_and(|text| {
            let span = self.fold(record.len(), text);
            alternatives.matches(Seen { text, folded: self.folded(span), kind: Kind::Text })
        })
    }
}
