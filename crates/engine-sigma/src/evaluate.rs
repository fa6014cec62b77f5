//! Holding the rules against an event.
//!
//! 1. Each value of a field that rules of the event's class name becomes a *verdict*: which
//!    questions about the field it answers with yes. Verdicts of values seen before are
//!    remembered; for others the tables of the field ([`crate::lens`]) are asked.
//! 2. The verdicts of an event decide which rules match. That, too, is remembered: most events
//!    have the same verdicts as an earlier one, though their values differ.
//! 3. Rules that the tables leave open are evaluated exactly ([`crate::exact`]).

use crate::cache::{Flags, LONGEST, LONGEST_KEY, NOTHING, Outcomes, Sign, ValueKey, Values, VerdictId, Verdicts};
use crate::exact::{Exact, Memory};
use crate::expr::Known;
use crate::fold::fold_into;
use crate::leaf::{Ask, LeafId, Seen};
use crate::program::{Keywords, Program, RuleNumber, Slot};
use crate::rule_set::{RuleIdx, RuleSet};
use engine_event::{Field, Kind, LogSource, Record};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// Memory that evaluation uses again and again; one per thread. Once warm, an event costs no
/// allocation. A scratch may be used with another rule set; it then starts afresh.
#[derive(Debug)]
pub struct Scratch {
    /// Identity of the rule set the numbers below belong to.
    token: Option<Arc<()>>,
    sources: FxHashMap<LogSource, u32>,
    /// The source of the last event: the next one is mostly of the same.
    last: Option<(LogSource, u32)>,
    classes: Vec<Class>,
    values: Values,
    verdicts: Verdicts,
    outcomes: Outcomes,
    signs: Vec<Sign>,
    work: Work,
    exact: Memory,
    /// Rules that an event with open rules matches.
    matched: Vec<RuleNumber>,
    effort: Effort,
}

/// What a [`Scratch`] remembered, and what it had to find out. Counts since it was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Effort {
    /// Values whose verdict was remembered.
    pub values_known: u64,
    /// Values that were held against the tables of their field.
    pub values_looked_at: u64,
    /// Events whose outcome was remembered.
    pub events_known: u64,
    /// Events whose outcome was decided from their verdicts.
    pub events_decided: u64,
    /// Rules that were evaluated on an event itself.
    pub rules_evaluated: u64,
}

/// A program, and where the keys of its values start.
#[derive(Debug)]
struct Class {
    program: Arc<Program>,
    base: u32,
}

/// Room for work within one event.
#[derive(Debug, Default)]
struct Work {
    folded: String,
    found: Vec<LeafId>,
    /// Leaves that hold for one value or another.
    all: Vec<LeafId>,
    /// Stands for "this event" in the stamps below; never 0, fits in 30 bits.
    stamp: u32,
    /// By leaf: stamp of the last event in which it held.
    holds: Vec<u32>,
    /// By field: stamp × 4 + value × 2 + present.
    fields: Vec<u32>,
    candidates: Vec<RuleNumber>,
    matched: Vec<RuleNumber>,
    open: Vec<RuleNumber>,
}

/// Most distinct log sources before the scratch starts over.
const MAX_SOURCES: usize = 4_096;
/// Most kinds of values told apart before the scratch starts over: a key has two more bits.
const MAX_KEYS: u32 = 1 << 29;
/// Bytes for what is remembered, unless told otherwise.
const BUDGET: usize = 32 << 20;

impl Default for Scratch {
    fn default() -> Self {
        Self::with_budget(BUDGET)
    }
}

impl Scratch {
    /// An empty scratch.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty scratch that remembers values and verdicts in about `bytes` bytes. The
    /// answers do not depend on it, only the time they take.
    #[must_use]
    pub fn with_budget(bytes: usize) -> Self {
        Self {
            token: None,
            sources: FxHashMap::default(),
            last: None,
            classes: Vec::new(),
            values: Values::new(bytes / 4 * 3),
            verdicts: Verdicts::new(),
            outcomes: Outcomes::new(bytes / 4),
            signs: Vec::new(),
            work: Work::default(),
            exact: Memory::default(),
            matched: Vec::new(),
            effort: Effort::default(),
        }
    }

    /// What was remembered, and what had to be found out.
    #[must_use]
    pub fn effort(&self) -> Effort {
        self.effort
    }

    fn begin(&mut self, set: &RuleSet) {
        if !self.token.as_ref().is_some_and(|t| Arc::ptr_eq(t, set.token())) {
            self.token = Some(Arc::clone(set.token()));
            self.work = Work::default();
            self.work.holds.resize(set.leaves().len(), 0);
            self.work.fields.resize(set.fields().len(), 0);
            self.forget();
        }
        if self.verdicts.full() || self.sources.len() >= MAX_SOURCES {
            self.forget();
        }
        self.signs.clear();
    }

    fn forget(&mut self) {
        self.sources.clear();
        self.last = None;
        self.classes.clear();
        self.values.clear();
        self.verdicts.clear();
        self.outcomes.clear();
    }

    /// The number of the class of events from `source`.
    fn class(&mut self, set: &RuleSet, source: &LogSource) -> u32 {
        if let Some((last, class)) = &self.last
            && last == source
        {
            return *class;
        }
        let class = match self.sources.get(source) {
            Some(class) => *class,
            None => {
                let class = self.add_class(set.program(source));
                self.sources.insert(source.clone(), class);
                class
            }
        };
        self.last = Some((source.clone(), class));
        class
    }

    fn add_class(&mut self, program: Arc<Program>) -> u32 {
        if let Some(known) = self.classes.iter().position(|c| Arc::ptr_eq(&c.program, &program)) {
            return u32::try_from(known).unwrap_or(0);
        }
        let mut base = self.classes.last().map_or(0, |c| c.base + c.program.width());
        if base + program.width() > MAX_KEYS {
            self.forget();
            base = 0;
        }
        self.classes.push(Class { program, base });
        u32::try_from(self.classes.len() - 1).unwrap_or(0)
    }
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
        let number = scratch.class(self, source);
        let Scratch { classes, values, verdicts, outcomes, signs, work, exact, matched, effort, .. } = scratch;
        let Some(Class { program, base }) = classes.get(number as usize).filter(|c| c.program.rules > 0) else {
            return;
        };
        let event = Exact { set: self, record, raw, memory: exact };
        let mut reading = Reading { program, base: *base, event, values, verdicts, signs, work, effort };
        reading.fields();
        if let Some(keywords) = &program.keywords {
            reading.keywords(keywords);
        }
        let Reading { mut event, verdicts, signs, work, effort, .. } = reading;

        let hash = outcomes.hash(number, signs);
        let known = outcomes.find(hash, number, signs);
        effort.events_known += u64::from(known.is_some());
        let known = known.or_else(|| {
            effort.events_decided += 1;
            work.decide(self, program, verdicts, signs);
            let short = signs.len() <= LONGEST_KEY;
            short.then(|| outcomes.insert(hash, number, signs, &work.matched, &work.open))
        });
        let (sure, open) = known.map_or((&*work.matched, &*work.open), |outcome| outcomes.rules(outcome));
        if open.is_empty() {
            sure.iter().for_each(|rule| hit(RuleIdx(*rule)));
            return;
        }
        effort.rules_evaluated += open.len() as u64;
        event.memory.begin(self.leaves().len());
        matched.clear();
        matched.extend_from_slice(sure);
        matched.extend(open.iter().filter(|r| self.expr(**r).is_some_and(|e| e.holds(&mut |leaf| event.leaf(leaf)))));
        matched.sort_unstable();
        matched.iter().for_each(|rule| hit(RuleIdx(*rule)));
    }
}

/// An event on its way to verdicts.
struct Reading<'a> {
    program: &'a Program,
    base: u32,
    event: Exact<'a>,
    values: &'a mut Values,
    verdicts: &'a mut Verdicts,
    signs: &'a mut Vec<Sign>,
    work: &'a mut Work,
    effort: &'a mut Effort,
}

impl Reading<'_> {
    /// The verdicts of the values of all fields that rules name.
    fn fields(&mut self) {
        for (hash, field) in self.event.record.iter_hashed() {
            let Some((place, slot)) = self.program.slot(hash, field.name) else { continue };
            let verdict = self.remembered(place, field.text, field.kind, |this| this.look(slot, field));
            if verdict != NOTHING {
                self.signs.push((place, verdict));
            }
        }
    }

    /// A verdict that is remembered, or found by `look`.
    fn remembered(
        &mut self,
        place: u32,
        text: &str,
        kind: Kind,
        look: impl FnOnce(&mut Self) -> VerdictId,
    ) -> VerdictId {
        if text.len() > LONGEST {
            return look(self);
        }
        // What a value answers depends on its text, on being a number, and on being null.
        let kind = match kind {
            Kind::Text | Kind::Bool => 0,
            Kind::Number => 1,
            Kind::Null => 2,
        };
        let key = ValueKey((self.base + place) << 2 | kind);
        let hash = self.values.hash(key, text.as_bytes());
        if let Some(known) = self.values.find(hash, key, text.as_bytes()) {
            self.effort.values_known += 1;
            return known;
        }
        let verdict = look(self);
        self.values.insert(hash, key, text.as_bytes(), verdict);
        verdict
    }

    /// The verdict of a value by the tables of its field.
    fn look(&mut self, slot: &Slot, field: Field<'_>) -> VerdictId {
        self.effort.values_looked_at += 1;
        let work = &mut *self.work;
        let value = field.kind != Kind::Null;
        work.found.clear();
        work.found.extend_from_slice(&slot.present);
        if value && !slot.lens.is_blind() {
            work.folded.clear();
            fold_into(field.text, &mut work.folded);
            let seen = Seen { text: field.text, folded: &work.folded, kind: field.kind };
            slot.lens.look(seen, self.event.set.leaves(), &mut work.found);
            work.found.sort_unstable();
            work.found.dedup();
        }
        let flags = Flags { present: slot.watched, value: slot.watched && value };
        self.verdicts.intern(flags, &work.found)
    }

    /// The verdict of the whole event on questions without a field.
    fn keywords(&mut self, keywords: &Keywords) {
        let (record, raw) = (self.event.record, self.event.raw);
        let work = &mut *self.work;
        work.folded.clear();
        fold_into(record.all_text(), &mut work.folded);
        let mut maybe = keywords.may_stand_in(&work.folded);
        if let (false, Some(raw)) = (maybe, raw) {
            work.folded.clear();
            fold_into(raw, &mut work.folded);
            maybe = keywords.may_stand_in(&work.folded);
        }
        if !maybe {
            return;
        }
        let place = self.program.width() - 1;
        let mut all = std::mem::take(&mut self.work.all);
        all.clear();
        let values = record.iter().filter(|f| f.kind != Kind::Null).map(|f| (f.text, f.kind));
        for (text, kind) in values.chain(raw.map(|raw| (raw, Kind::Text))) {
            let verdict = self.remembered(place, text, kind, |this| this.look_everywhere(keywords, text, kind));
            all.extend_from_slice(self.verdicts.get(verdict).1);
        }
        all.sort_unstable();
        all.dedup();
        let verdict = self.verdicts.intern(Flags::default(), &all);
        self.work.all = all;
        if verdict != NOTHING {
            self.signs.push((place, verdict));
        }
    }

    fn look_everywhere(&mut self, keywords: &Keywords, text: &str, kind: Kind) -> VerdictId {
        self.effort.values_looked_at += 1;
        let work = &mut *self.work;
        work.found.clear();
        work.folded.clear();
        fold_into(text, &mut work.folded);
        keywords.lens.look(Seen { text, folded: &work.folded, kind }, self.event.set.leaves(), &mut work.found);
        work.found.sort_unstable();
        work.found.dedup();
        self.verdicts.intern(Flags::default(), &work.found)
    }
}

impl Work {
    /// Which rules the verdicts of an event decide (`matched`), and which they leave `open`.
    fn decide(&mut self, set: &RuleSet, program: &Program, verdicts: &Verdicts, signs: &[Sign]) {
        self.stamp += 1;
        if self.stamp >= u32::MAX / 4 {
            self.stamp = 1;
            self.holds.fill(0);
            self.fields.fill(0);
        }
        let stamp = self.stamp;
        self.candidates.clear();
        self.candidates.extend_from_slice(&program.always);
        for (place, verdict) in signs {
            let (flags, leaves) = verdicts.get(*verdict);
            for leaf in leaves {
                if let Some(held) = self.holds.get_mut(*leaf as usize) {
                    *held = stamp;
                }
                self.candidates.extend_from_slice(program.woken_by(*leaf));
            }
            let Some(slot) = program.slot_at(*place).filter(|_| flags.present) else { continue };
            if let Some(known) = self.fields.get_mut(slot.field as usize) {
                let before = if *known >> 2 == stamp { *known & 3 } else { 0 };
                *known = stamp << 2 | before | u32::from(flags.value) << 1 | 1;
            }
            if flags.value {
                self.candidates.extend_from_slice(&slot.open);
            }
        }
        self.candidates.sort_unstable();
        self.candidates.dedup();
        self.matched.clear();
        self.open.clear();
        for rule in &self.candidates {
            let Some(expr) = set.expr(*rule) else { continue };
            match expr.decide(&|leaf| self.known(set, program, leaf)) {
                Known::Yes => self.matched.push(*rule),
                Known::Open => self.open.push(*rule),
                Known::No => {}
            }
        }
    }

    /// What the verdicts say of a leaf.
    fn known(&self, set: &RuleSet, program: &Program, id: LeafId) -> Known {
        let yes_if = |yes: bool| if yes { Known::Yes } else { Known::No };
        if self.holds.get(id as usize) == Some(&self.stamp) {
            return Known::Yes;
        }
        let Some(leaf) = set.leaves().get(id) else { return Known::No };
        let flags = leaf.field.and_then(|f| self.fields.get(f as usize)).copied().unwrap_or(0);
        let (present, value) = if flags >> 2 == self.stamp { (flags & 1 == 1, flags & 2 == 2) } else { (false, false) };
        match &leaf.ask {
            Ask::Null => yes_if(!value),
            Ask::Exists(false) => yes_if(!present),
            Ask::Exists(true) => Known::No,
            Ask::Reference { .. } | Ask::Any(_) => {
                if value && program.is_open(id) {
                    Known::Open
                } else {
                    Known::No
                }
            }
        }
    }
}
