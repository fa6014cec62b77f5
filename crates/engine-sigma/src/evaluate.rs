//! Holding the rules against an event.

use crate::fold::fold_into;
use crate::leaf::{Alternatives, Ask, FieldId, Leaf, LeafId, Seen};
use crate::program::{Program, RuleNumber};
use crate::rule_set::{RuleIdx, RuleSet};
use engine_event::{Kind, LogSource, Record};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// Memory that evaluation uses again and again; one per thread. Once warm, an event costs no
/// allocation. A scratch may be used with another rule set; it then starts afresh.
#[derive(Debug, Default)]
pub struct Scratch {
    /// Identity of the rule set the numbers below belong to.
    token: Option<Arc<()>>,
    programs: FxHashMap<LogSource, Arc<Program>>,
    /// Stands for "this event" in the stamps below; never 0, fits in 31 bits.
    generation: u32,
    /// By field: the first and last of its values, if the stamp is this generation.
    heads: Vec<Head>,
    values: Vec<Value>,
    /// Every value, when a keyword asks for it.
    everything: Vec<Value>,
    everything_ready: bool,
    folded: String,
    /// By leaf: generation × 2 + answer.
    answers: Vec<u32>,
    /// By rule: generation in which it became a candidate.
    marks: Vec<u32>,
    candidates: Vec<RuleNumber>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Head {
    generation: u32,
    first: u32,
    last: u32,
}

#[derive(Clone, Copy, Debug)]
struct Value {
    /// Place in the record; [`RAW`] for the raw message.
    entry: u32,
    next: u32,
    fold_at: u32,
    fold_len: u32,
}

const NONE: u32 = u32::MAX;
const RAW: u32 = u32::MAX;
/// Most distinct log sources a scratch remembers programs for.
const MAX_SOURCES: usize = 4_096;

impl Scratch {
    /// An empty scratch.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn begin(&mut self, set: &RuleSet) {
        if !self.token.as_ref().is_some_and(|t| Arc::ptr_eq(t, set.token())) {
            *self = Self { token: Some(Arc::clone(set.token())), ..Self::default() };
            self.heads.resize(set.fields().len(), Head::default());
            self.answers.resize(set.leaves().len(), 0);
            self.marks.resize(set.len(), 0);
        }
        self.generation += 1;
        if self.generation >= u32::MAX / 2 {
            self.generation = 1;
            self.heads.fill(Head::default());
            self.answers.fill(0);
            self.marks.fill(0);
        }
        self.values.clear();
        self.everything.clear();
        self.everything_ready = false;
        self.folded.clear();
        self.candidates.clear();
    }

    fn program(&mut self, set: &RuleSet, source: &LogSource) -> Arc<Program> {
        if let Some(program) = self.programs.get(source) {
            return Arc::clone(program);
        }
        if self.programs.len() >= MAX_SOURCES {
            self.programs.clear();
        }
        let program = set.program(source);
        self.programs.insert(source.clone(), Arc::clone(&program));
        program
    }

    fn fold(&mut self, text: &str) -> (u32, u32) {
        let at = self.folded.len();
        fold_into(text, &mut self.folded);
        // An event is far smaller than 4 GiB; beyond it the value is taken as empty.
        match (u32::try_from(at), u32::try_from(self.folded.len() - at)) {
            (Ok(at), Ok(len)) => (at, len),
            _ => (0, 0),
        }
    }

    fn folded(&self, value: Value) -> &str {
        let at = value.fold_at as usize;
        self.folded.get(at..at + value.fold_len as usize).unwrap_or_default()
    }
}

/// An event under evaluation.
struct Evaluation<'a> {
    set: &'a RuleSet,
    record: &'a Record,
    raw: Option<&'a str>,
    scratch: &'a mut Scratch,
}

impl RuleSet {
    /// Calls `hit` with every rule that matches the event, in the order of their numbers.
    ///
    /// Keywords search the values of the record; see [`RuleSet::evaluate_with_raw`].
    pub fn evaluate(&self, source: &LogSource, record: &Record, scratch: &mut Scratch, hit: &mut dyn FnMut(RuleIdx)) {
        self.evaluate_with_raw(source, record, None, scratch, hit);
    }

    /// Like [`RuleSet::evaluate`], where keywords also search `raw`, the message as received.
    /// Give it for sources whose message is text; for structured ones (JSON, XML) the values
    /// of the record are the message, and names of members would be found by mistake.
    pub fn evaluate_with_raw(
        &self,
        source: &LogSource,
        record: &Record,
        raw: Option<&str>,
        scratch: &mut Scratch,
        hit: &mut dyn FnMut(RuleIdx),
    ) {
        scratch.begin(self);
        let program = scratch.program(self, source);
        if program.rules == 0 {
            return;
        }
        let mut evaluation = Evaluation { set: self, record, raw, scratch };
        evaluation.prefilter(&program);
        let mut candidates = std::mem::take(&mut evaluation.scratch.candidates);
        candidates.sort_unstable();
        for rule in &candidates {
            let matched = self.expr(*rule).is_some_and(|e| e.holds(&mut |leaf| evaluation.leaf(leaf)));
            if matched {
                hit(RuleIdx(*rule));
            }
        }
        evaluation.scratch.candidates = candidates;
    }
}

impl Evaluation<'_> {
    /// Notes where the fields are and which rules are worth evaluating.
    fn prefilter(&mut self, program: &Program) {
        let generation = self.scratch.generation;
        let Scratch { marks, candidates, .. } = &mut *self.scratch;
        mark_all(&program.always, generation, marks, candidates);
        for (entry, (hash, field)) in (0_u32..).zip(self.record.iter_hashed()) {
            let Some(slot) = program.slot(hash, field.name) else { continue };
            let mut value = Value { entry, next: NONE, fold_at: NONE, fold_len: 0 };
            if let (Some(probe), false) = (&slot.probe, field.kind == Kind::Null) {
                (value.fold_at, value.fold_len) = self.scratch.fold(field.text);
                let Scratch { marks, candidates, folded, .. } = &mut *self.scratch;
                let at = value.fold_at as usize;
                let folded = folded.get(at..).unwrap_or_default();
                probe.scan(folded, field, &mut |rules| mark_all(rules, generation, marks, candidates));
            }
            let Scratch { marks, candidates, .. } = &mut *self.scratch;
            mark_all(&slot.present, generation, marks, candidates);
            self.link(slot.field, value);
        }
        if let Some(probe) = &program.anywhere {
            self.everything();
            let Scratch { marks, candidates, folded, everything, .. } = &mut *self.scratch;
            for value in everything.iter() {
                let at = value.fold_at as usize;
                let text = folded.get(at..at + value.fold_len as usize).unwrap_or_default();
                let Some(field) = field_at(self.record, self.raw, value.entry) else { continue };
                probe.scan(text, field, &mut |rules| mark_all(rules, generation, marks, candidates));
            }
        }
    }

    /// Appends a value to the list of its field, keeping source order.
    fn link(&mut self, field: FieldId, value: Value) {
        let scratch = &mut *self.scratch;
        let Ok(place) = u32::try_from(scratch.values.len()) else { return };
        scratch.values.push(value);
        let Some(head) = scratch.heads.get_mut(field as usize) else { return };
        if head.generation == scratch.generation {
            if let Some(earlier) = scratch.values.get_mut(head.last as usize) {
                earlier.next = place;
            }
            head.last = place;
        } else {
            *head = Head { generation: scratch.generation, first: place, last: place };
        }
    }

    /// Folds every value of the record and the raw message, once.
    fn everything(&mut self) {
        if self.scratch.everything_ready {
            return;
        }
        self.scratch.everything_ready = true;
        for (entry, field) in (0_u32..).zip(self.record.iter()) {
            if field.kind != Kind::Null {
                let (fold_at, fold_len) = self.scratch.fold(field.text);
                self.scratch.everything.push(Value { entry, next: NONE, fold_at, fold_len });
            }
        }
        if let Some(raw) = self.raw {
            let (fold_at, fold_len) = self.scratch.fold(raw);
            self.scratch.everything.push(Value { entry: RAW, next: NONE, fold_at, fold_len });
        }
    }

    fn leaf(&mut self, id: LeafId) -> bool {
        let generation = self.scratch.generation;
        match self.scratch.answers.get(id as usize) {
            Some(answer) if answer >> 1 == generation => return answer & 1 == 1,
            _ => {}
        }
        let answer = self.set.leaves().get(id).is_some_and(|leaf| self.ask(leaf));
        if let Some(slot) = self.scratch.answers.get_mut(id as usize) {
            *slot = generation << 1 | u32::from(answer);
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
            Ask::Exists(wanted) => (self.first(field) != NONE) == *wanted,
            Ask::Null => !self.any_value(field, &mut |_| true),
            Ask::Any(alternatives) => self.any_value(field, &mut |seen| alternatives.matches(seen)),
            Ask::Reference { other, how, cased } => {
                // Collected first, because both fields' values live in the same scratch. Rare.
                let mut others: Vec<String> = Vec::new();
                self.any_value(*other, &mut |seen| {
                    others.push(if *cased { seen.text.to_owned() } else { seen.folded.to_owned() });
                    false
                });
                self.any_value(field, &mut |seen| {
                    let this = if *cased { seen.text } else { seen.folded };
                    others.iter().any(|other| how.holds(this, other))
                })
            }
        }
    }

    fn first(&self, field: FieldId) -> u32 {
        match self.scratch.heads.get(field as usize) {
            Some(head) if head.generation == self.scratch.generation => head.first,
            _ => NONE,
        }
    }

    /// Whether `test` says yes to one value of the field; null values are not shown to it.
    fn any_value(&mut self, field: FieldId, test: &mut dyn FnMut(Seen<'_>) -> bool) -> bool {
        let mut at = self.first(field);
        while let Some(mut value) = self.scratch.values.get(at as usize).copied() {
            if let Some(found) = self.record.at(value.entry as usize).filter(|f| f.kind != Kind::Null) {
                if value.fold_at == NONE {
                    (value.fold_at, value.fold_len) = self.scratch.fold(found.text);
                    if let Some(kept) = self.scratch.values.get_mut(at as usize) {
                        *kept = value;
                    }
                }
                if test(Seen { text: found.text, folded: self.scratch.folded(value), kind: found.kind }) {
                    return true;
                }
            }
            at = value.next;
        }
        false
    }

    fn keyword(&mut self, alternatives: &Alternatives) -> bool {
        self.everything();
        let scratch = &*self.scratch;
        scratch.everything.iter().any(|value| {
            field_at(self.record, self.raw, value.entry).is_some_and(|field| {
                alternatives.matches(Seen { text: field.text, folded: scratch.folded(*value), kind: field.kind })
            })
        })
    }
}

fn field_at<'a>(record: &'a Record, raw: Option<&'a str>, entry: u32) -> Option<engine_event::Field<'a>> {
    if entry == RAW {
        return raw.map(|text| engine_event::Field { name: "", text, kind: Kind::Text, in_list: false });
    }
    record.at(entry as usize)
}

fn mark_all(rules: &[RuleNumber], generation: u32, marks: &mut [u32], candidates: &mut Vec<RuleNumber>) {
    for rule in rules {
        if let Some(mark) = marks.get_mut(*rule as usize)
            && *mark != generation
        {
            *mark = generation;
            candidates.push(*rule);
        }
    }
}
