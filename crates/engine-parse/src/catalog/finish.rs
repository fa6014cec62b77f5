//! What happens to a decoded record: aliases, log source, common columns, time.
//!
//! All of it is compiled to numbered slots: one pass over the record finds every field that
//! any step asks for, and the steps then look at slots, not at names.

use super::extract::{Extract, Slots, Take, UNSET, slot_text};
use super::spec::{CaseSpec, LogSourceSpec, OneOrMany, SourceSpec};
use engine_event::record::name_hash;
use engine_event::{Common, CommonField, Kind, LogSource, Record};
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The field's slot, and the cases for each of its values.
type CaseTable = (u16, FxHashMap<Box<str>, Vec<usize>>);

/// Compiled steps of one source.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    slots: FxHashMap<u32, Vec<(Box<str>, u16)>>,
    /// Names asked for by their end (`*.name`): what stands behind the star, and the slot.
    ends: Vec<(Box<str>, u16)>,
    count: usize,
    base: Arc<LogSource>,
    steps: Steps,
    cases: Vec<Case>,
    /// Cases by the value of one field, for the usual dispatch on an event id.
    table: Option<CaseTable>,
    /// Cases outside the table.
    others: Vec<usize>,
    time: Vec<Vec<u16>>,
}

#[derive(Debug, Default)]
struct Steps {
    alias: Vec<(Box<str>, u16, Vec<Extract>)>,
    common: Vec<(CommonField, Vec<Extract>)>,
}

#[derive(Debug)]
struct Case {
    when: Vec<(u16, Vec<Test>)>,
    source: Option<Arc<LogSource>>,
    steps: Steps,
}

#[derive(Debug)]
enum Test {
    Equals(Box<str>),
    StartsWith(Box<str>),
    EndsWith(Box<str>),
    Contains(Box<str>),
}

impl Plan {
    /// Compiles the steps; mistakes are told as text.
    pub(crate) fn compile(spec: &SourceSpec) -> Result<Self, String> {
        let mut plan = Plan { base: Arc::new(overlay(&LogSource::default(), &spec.source)), ..Plan::default() };
        plan.steps = plan.steps_of(&spec.alias, &spec.common)?;
        for case in &spec.case {
            let compiled = plan.case(case)?;
            plan.cases.push(compiled);
        }
        plan.tabulate(&spec.case);
        for names in &spec.time.fields {
            let slots = names.split('+').map(|name| plan.slot(name.trim())).collect();
            plan.time.push(slots);
        }
        Ok(plan)
    }

    /// The log source before any case.
    pub(crate) fn base(&self) -> &Arc<LogSource> {
        &self.base
    }

    fn slot(&mut self, name: &str) -> u16 {
        if let Some(end) = name.strip_prefix('*').filter(|end| end.starts_with('.')) {
            if let Some((_, slot)) = self.ends.iter().find(|(known, _)| **known == *end) {
                return *slot;
            }
            let slot = u16::try_from(self.count).unwrap_or(u16::MAX);
            self.ends.push((end.into(), slot));
            self.count += 1;
            return slot;
        }
        let list = self.slots.entry(name_hash(name)).or_default();
        if let Some((_, slot)) = list.iter().find(|(known, _)| &**known == name) {
            return *slot;
        }
        // A source with more than 65 535 names would not fit in a content file.
        let slot = u16::try_from(self.count).unwrap_or(u16::MAX);
        list.push((Box::from(name), slot));
        self.count += 1;
        slot
    }

    fn steps_of(
        &mut self,
        alias: &BTreeMap<String, OneOrMany>,
        common: &BTreeMap<String, OneOrMany>,
    ) -> Result<Steps, String> {
        let mut steps = Steps::default();
        for (name, from) in alias {
            let extracts = self.extracts(from)?;
            let slot = self.slot(name);
            steps.alias.push((Box::from(name.as_str()), slot, extracts));
        }
        for (name, from) in common {
            let field = CommonField::from_name(name).ok_or_else(|| format!("`{name}` is not a common column"))?;
            steps.common.push((field, self.extracts(from)?));
        }
        Ok(steps)
    }

    fn extracts(&mut self, from: &OneOrMany) -> Result<Vec<Extract>, String> {
        let mut list = Vec::new();
        for text in from.texts() {
            if let Some(constant) = text.strip_prefix('=') {
                list.push(Extract::Constant(Box::from(constant)));
                continue;
            }
            let (name, operation) = text.split_once('|').unwrap_or((&text, ""));
            let take =
                Take::from_name(operation).ok_or_else(|| format!("`{operation}` after `|` is not an operation"))?;
            list.push(Extract::Field(self.slot(name), take));
        }
        Ok(list)
    }

    fn case(&mut self, spec: &CaseSpec) -> Result<Case, String> {
        let mut when = Vec::new();
        for (name, values) in &spec.when {
            let tests = values.texts().iter().map(|v| test(v)).collect();
            when.push((self.slot(name), tests));
        }
        if when.is_empty() {
            return Err("a case without `when`".to_owned());
        }
        let changes = spec.source.product.is_some() || spec.source.category.is_some() || spec.source.service.is_some();
        let source = changes.then(|| Arc::new(overlay(&self.base, &spec.source)));
        Ok(Case { when, source, steps: self.steps_of(&spec.alias, &spec.common)? })
    }

    /// Puts the cases that ask for plain values of the most usual field into a table.
    fn tabulate(&mut self, specs: &[CaseSpec]) {
        let mut uses: FxHashMap<&str, usize> = FxHashMap::default();
        for name in specs.iter().flat_map(|s| s.when.keys()) {
            *uses.entry(name).or_default() += 1;
        }
        let best = uses.into_iter().max_by_key(|(name, count)| (*count, std::cmp::Reverse(*name)));
        let Some((name, _)) = best.filter(|(_, count)| *count > 1) else {
            self.others = (0..self.cases.len()).collect();
            return;
        };
        let slot = self.slot(name);
        let mut table: FxHashMap<Box<str>, Vec<usize>> = FxHashMap::default();
        for (index, case) in self.cases.iter().enumerate() {
            let keys =
                case.when.iter().find(|(s, _)| *s == slot).map(|(_, tests)| tests.as_slice()).unwrap_or_default();
            if keys.is_empty() || !keys.iter().all(|t| matches!(t, Test::Equals(_))) {
                self.others.push(index);
                continue;
            }
            for key in keys {
                if let Test::Equals(text) = key {
                    table.entry(text.clone()).or_default().push(index);
                }
            }
        }
        self.table = Some((slot, table));
    }

    /// Applies every step and returns the log source.
    pub(crate) fn apply(&self, record: &mut Record, common: &mut Common, slots: &mut Slots) -> Arc<LogSource> {
        self.locate(record, slots);
        self.steps.alias(record, slots);
        let mut source = &self.base;
        let listed = self.table.as_ref().and_then(|(slot, table)| table.get(slot_text(record, slots, *slot)?));
        let mut listed = listed.map(Vec::as_slice).unwrap_or_default().iter().copied().peekable();
        let mut others = self.others.iter().copied().peekable();
        let mut matching: [usize; 8] = [usize::MAX; 8];
        let mut found = 0;
        // Both lists rise, so that merging them keeps the order of the file.
        loop {
            let index = match (listed.peek(), others.peek()) {
                (Some(a), Some(b)) if a <= b => listed.next(),
                (Some(_), None) => listed.next(),
                (_, Some(_)) => others.next(),
                (None, None) => break,
            };
            let Some((index, case)) = index.and_then(|i| self.cases.get(i).map(|c| (i, c))) else { continue };
            if !case.matches(record, slots) {
                continue;
            }
            if let Some(changed) = &case.source {
                source = changed;
            }
            case.steps.alias(record, slots);
            if let Some(place) = matching.get_mut(found) {
                *place = index;
                found += 1;
            }
        }
        // A case's column goes before the general one.
        for case in matching.iter().filter_map(|index| self.cases.get(*index)) {
            case.steps.common(record, common, slots);
        }
        self.steps.common(record, common, slots);
        Arc::clone(source)
    }

    /// As [`Plan::time`], for a record that no step was applied to.
    pub(crate) fn time_before(
        &self,
        record: &Record,
        slots: &mut Slots,
        try_time: &mut dyn FnMut(&str) -> bool,
    ) -> bool {
        self.locate(record, slots);
        self.time(record, slots, try_time)
    }

    fn locate(&self, record: &Record, slots: &mut Slots) {
        slots.at.clear();
        slots.at.resize(self.count, UNSET);
        for (at, (hash, field)) in record.iter_hashed().enumerate() {
            let list = self.slots.get(&hash);
            if field.kind == Kind::Null || (list.is_none() && self.ends.is_empty()) {
                continue;
            }
            let exact = list.into_iter().flatten().filter(|(name, _)| **name == *field.name);
            let by_end = self.ends.iter().filter(|(end, _)| field.name.ends_with(&**end));
            for (_, slot) in exact.chain(by_end) {
                if let Some(place) = slots.at.get_mut(usize::from(*slot)).filter(|p| **p == UNSET) {
                    *place = u32::try_from(at).unwrap_or(UNSET);
                }
            }
        }
    }

    /// Calls `try_time` with each candidate time text until it accepts one.
    pub(crate) fn time(&self, record: &Record, slots: &mut Slots, try_time: &mut dyn FnMut(&str) -> bool) -> bool {
        for fields in &self.time {
            if let [one] = fields.as_slice() {
                if slot_text(record, slots, *one).is_some_and(&mut *try_time) {
                    return true;
                }
                continue;
            }
            let mut text = std::mem::take(&mut slots.text);
            text.clear();
            for slot in fields {
                if let Some(part) = slot_text(record, slots, *slot) {
                    if !text.is_empty() {
                        text.push(' ');
                    }
                    text.push_str(part);
                }
            }
            let read = !text.is_empty() && try_time(&text);
            slots.text = text;
            if read {
                return true;
            }
        }
        false
    }
}

fn overlay(base: &LogSource, over: &LogSourceSpec) -> LogSource {
    let pick = |over: &Option<String>, base: &Option<Arc<str>>| match over.as_deref() {
        Some("") => None,
        Some(text) => Some(Arc::from(text)),
        None => base.clone(),
    };
    LogSource {
        product: pick(&over.product, &base.product),
        category: pick(&over.category, &base.category),
        service: pick(&over.service, &base.service),
    }
}

fn test(text: &str) -> Test {
    match (text.strip_prefix('*'), text.strip_suffix('*')) {
        (Some(rest), Some(_)) => Test::Contains(Box::from(rest.strip_suffix('*').unwrap_or(rest))),
        (Some(rest), None) => Test::EndsWith(Box::from(rest)),
        (None, Some(rest)) => Test::StartsWith(Box::from(rest)),
        (None, None) => Test::Equals(Box::from(text)),
    }
}

impl Test {
    fn holds(&self, text: &str) -> bool {
        match self {
            Self::Equals(want) => text == &**want,
            Self::StartsWith(want) => text.get(..want.len()).is_some_and(|t| t.eq_ignore_ascii_case(want)),
            Self::EndsWith(want) => {
                text.len() >= want.len()
                    && text.get(text.len() - want.len()..).is_some_and(|t| t.eq_ignore_ascii_case(want))
            }
            Self::Contains(want) => text.contains(&**want),
        }
    }
}

impl Case {
    fn matches(&self, record: &Record, slots: &Slots) -> bool {
        self.when.iter().all(|(slot, tests)| {
            slot_text(record, slots, *slot).is_some_and(|text| tests.iter().any(|t| t.holds(text)))
        })
    }
}

impl Steps {
    fn alias(&self, record: &mut Record, slots: &mut Slots) {
        for (name, target, from) in &self.alias {
            if slots.at.get(usize::from(*target)).is_none_or(|at| *at != UNSET) {
                continue;
            }
            let mut text = std::mem::take(&mut slots.text);
            text.clear();
            let found = from.iter().find_map(|extract| extract.kind_and_text(record, slots, &mut text));
            if let Some(kind) = found {
                let at = u32::try_from(record.len()).unwrap_or(UNSET);
                if record.push(name, &text, kind)
                    && let Some(place) = slots.at.get_mut(usize::from(*target))
                {
                    *place = at;
                }
            }
            slots.text = text;
        }
    }

    fn common(&self, record: &Record, common: &mut Common, slots: &Slots) {
        for (column, from) in &self.common {
            if common.get(*column).is_some() {
                continue;
            }
            for extract in from {
                if let Some(text) = extract.column_text(record, slots) {
                    common.set(*column, &text);
                    break;
                }
            }
        }
    }
}
