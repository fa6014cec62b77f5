//! Units over time: what a list looked like on a day.
//!
//! What is stored is how units began and the changes since ([`Event`]). [`Timeline::replay`] goes through them in the
//! order of their dates and refuses what cannot have been; so the rules are checked in one place, for a change of
//! today as for one of last year or next year, and again for everything that comes after it.

use super::{Block, Change, Event, Unit};
use base_core::{Timestamp, UnitId};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Deepest tree: province, department, sub-department, office … Bounds the walk to the root.
const MAX_DEPTH: usize = 12;

/// What a unit is called and where it stands, from `since` on until its next form or its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    /// First moment; `None` = since before records began.
    pub since: Option<Timestamp>,
    /// Full name.
    pub name: Arc<str>,
    /// Short name.
    pub short: Arc<str>,
    /// The unit it stands below.
    pub parent: Option<UnitId>,
}

/// One unit over time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Life {
    /// Id.
    pub id: UnitId,
    /// Code.
    pub code: Arc<str>,
    /// Block.
    pub block: Block,
    /// Place in the official list.
    pub position: i64,
    /// First moment it existed; `None` = since before records began.
    pub from: Option<Timestamp>,
    /// First moment it no longer existed.
    pub to: Option<Timestamp>,
    /// Its forms, oldest first; never empty, their beginnings rise.
    pub forms: Vec<Form>,
    /// Who took over from it, with the moment; also of a unit that goes on after others were split off.
    pub successors: Vec<(UnitId, Timestamp)>,
}

impl Life {
    /// Whether it exists at `at`.
    #[must_use]
    pub fn exists_at(&self, at: Timestamp) -> bool {
        self.from.is_none_or(|t| t <= at) && self.to.is_none_or(|t| at < t)
    }

    /// Its form at `at`: the first one before its beginning, the last one after its end.
    #[must_use]
    pub fn form_at(&self, at: Timestamp) -> Option<&Form> {
        let later = self.forms.partition_point(|f| f.since.is_none_or(|s| s <= at));
        self.forms.get(later.saturating_sub(1))
    }

    /// Whether it has stood below different units.
    #[must_use]
    pub fn has_moved(&self) -> bool {
        self.forms.windows(2).any(|pair| matches!(pair, [one, next] if one.parent != next.parent))
    }

    /// Whether it is to begin after `now`.
    #[must_use]
    pub fn is_planned(&self, now: Timestamp) -> bool {
        self.from.is_some_and(|t| now < t)
    }
}

/// Why a change cannot have been.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A unit is not known.
    UnitUnknown,
    /// A unit did not exist yet.
    NotYet,
    /// A unit existed no longer.
    Ended,
    /// A unit would take over from itself, or stand below itself.
    Itself,
    /// A unit would stand below one of those below it.
    Circle,
    /// The tree would be deeper than twelve.
    TooDeep,
    /// The same unit is named twice.
    Twice,
    /// The unit is called so already, or stands there already.
    NothingNew,
}

impl Fault {
    /// The code of `org-error-…`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Fault::UnitUnknown => "unit-unknown",
            Fault::NotYet => "unit-not-yet",
            Fault::Ended => "unit-ended",
            Fault::Itself => "unit-itself",
            Fault::Circle => "tree-circle",
            Fault::TooDeep => "tree-deep",
            Fault::Twice => "unit-twice",
            Fault::NothingNew => "nothing-new",
        }
    }
}

/// What is wrong, where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Id of the change; `None` when it is how a unit begins.
    pub event: Option<String>,
    /// The unit.
    pub unit: UnitId,
    /// Why.
    pub fault: Fault,
}

/// Every unit over time.
#[derive(Clone, Debug, Default)]
pub struct Timeline {
    lives: Vec<Life>,
    at: HashMap<UnitId, usize>,
}

/// A step in the order of time: units that begin come before what happens on the same day.
enum Step<'a> {
    Begin(&'a Unit),
    Event(&'a Event),
}

impl Timeline {
    /// Goes through beginnings and changes by date. Of the units only how they began counts: their end comes from
    /// the changes.
    ///
    /// # Errors
    /// The first thing that cannot have been.
    pub fn replay(units: &[Unit], events: &[Event]) -> Result<Self, Mistake> {
        let mut line = Self::default();
        let mut steps: Vec<(Option<Timestamp>, u8, &str, Step<'_>)> = Vec::with_capacity(units.len() + events.len());
        steps.extend(units.iter().map(|u| (u.valid_from, 0, "", Step::Begin(u))));
        steps.extend(events.iter().map(|e| (Some(e.at), 1, e.id.as_str(), Step::Event(e))));
        // Stable, so that units of one day keep the order of the official list.
        steps.sort_by_key(|(at, order, id, _)| (*at, *order, *id));
        let mut began: Vec<&Unit> = Vec::new();
        for (at, _, _, step) in steps {
            if began.first().is_some_and(|b| b.valid_from != at || matches!(step, Step::Event(_))) {
                line.place(&began)?;
                began.clear();
            }
            match step {
                Step::Begin(unit) => {
                    line.begin(unit);
                    began.push(unit);
                }
                Step::Event(event) => {
                    let told = |(unit, fault): (UnitId, Fault)| Mistake { event: Some(event.id.clone()), unit, fault };
                    line.apply(event).map_err(told)?;
                }
            }
        }
        line.place(&began)?;
        line.lives.sort_by(|a, b| (a.position, &a.code).cmp(&(b.position, &b.code)));
        line.at = line.lives.iter().enumerate().map(|(n, life)| (life.id.clone(), n)).collect();
        Ok(line)
    }

    fn begin(&mut self, unit: &Unit) {
        self.at.insert(unit.id.clone(), self.lives.len());
        self.lives.push(Life {
            id: unit.id.clone(),
            code: unit.code.as_str().into(),
            block: unit.block,
            position: unit.position,
            from: unit.valid_from,
            to: None,
            forms: vec![Form {
                since: unit.valid_from,
                name: unit.name.as_str().into(),
                short: unit.short.as_str().into(),
                parent: unit.parent.clone(),
            }],
            successors: Vec::new(),
        });
    }

    /// Checks where units that begin together stand; any of them may stand below another.
    fn place(&self, began: &[&Unit]) -> Result<(), Mistake> {
        for unit in began {
            let Some(parent) = &unit.parent else { continue };
            let told = |fault| Mistake { event: None, unit: unit.id.clone(), fault };
            if *parent == unit.id {
                return Err(told(Fault::Itself));
            }
            let life = self.life(parent).ok_or_else(|| told(Fault::UnitUnknown))?;
            if life.to.is_some() {
                return Err(told(Fault::Ended));
            }
            self.rooted(&unit.id).map_err(told)?;
        }
        Ok(())
    }

    /// Walks from a unit to the root.
    fn rooted(&self, unit: &UnitId) -> Result<(), Fault> {
        let mut seen = unit;
        for _ in 0..MAX_DEPTH {
            match self.parent(seen) {
                None => return Ok(()),
                Some(parent) if parent == unit => return Err(Fault::Circle),
                Some(parent) => seen = parent,
            }
        }
        Err(Fault::TooDeep)
    }

    /// Where a unit stands by what was replayed so far.
    fn parent(&self, unit: &UnitId) -> Option<&UnitId> {
        self.life(unit)?.forms.last()?.parent.as_ref()
    }

    fn apply(&mut self, event: &Event) -> Result<(), (UnitId, Fault)> {
        let at = event.at;
        for unit in event.change.of().into_iter().chain(event.change.to()) {
            self.must_exist(unit)?;
        }
        match &event.change {
            Change::Rename { unit, name, short } => {
                let short = if short.trim().is_empty() { name.trim() } else { short.trim() };
                let old = self.life(unit).and_then(|l| l.forms.last());
                if old.is_some_and(|f| *f.name == *name.trim() && *f.short == *short) {
                    return Err((unit.clone(), Fault::NothingNew));
                }
                self.reform(unit, at, |form| {
                    form.name = name.trim().into();
                    form.short = short.into();
                });
            }
            Change::Move { unit, parent } => {
                if parent.as_ref() == Some(unit) {
                    return Err((unit.clone(), Fault::Itself));
                }
                if self.parent(unit) == parent.as_ref() {
                    return Err((unit.clone(), Fault::NothingNew));
                }
                self.reform(unit, at, |form| form.parent.clone_from(parent));
                self.rooted(unit).map_err(|fault| (unit.clone(), fault))?;
            }
            Change::Merge { from, into } => {
                distinct(from)?;
                if from.contains(into) {
                    return Err((into.clone(), Fault::Itself));
                }
                for unit in from {
                    self.end(unit, at, std::slice::from_ref(into))?;
                }
            }
            Change::Split { unit, into } => {
                distinct(into)?;
                let others: Vec<UnitId> = into.iter().filter(|u| *u != unit).cloned().collect();
                if others.len() == into.len() {
                    self.end(unit, at, &others)?;
                } else if let Some(life) = self.life_mut(unit) {
                    life.successors.extend(others.into_iter().map(|u| (u, at)));
                }
            }
            Change::Dissolve { unit, successor } => {
                if successor.as_ref() == Some(unit) {
                    return Err((unit.clone(), Fault::Itself));
                }
                let successors: Vec<UnitId> = successor.iter().cloned().collect();
                self.end(unit, at, &successors)?;
            }
        }
        Ok(())
    }

    fn must_exist(&self, unit: &UnitId) -> Result<(), (UnitId, Fault)> {
        match self.at.get(unit).and_then(|n| self.lives.get(*n)) {
            // Replayed in order, so whoever has not begun by now begins later, or never.
            None => Err((unit.clone(), Fault::NotYet)),
            Some(life) if life.to.is_some() => Err((unit.clone(), Fault::Ended)),
            Some(_) => Ok(()),
        }
    }

    /// Ends a unit. Those below it go to the only successor, else to where the unit itself stood.
    fn end(&mut self, unit: &UnitId, at: Timestamp, successors: &[UnitId]) -> Result<(), (UnitId, Fault)> {
        if self.life(unit).is_some_and(|l| l.from == Some(at)) {
            // It would have existed for no time at all.
            return Err((unit.clone(), Fault::NotYet));
        }
        let above = self.parent(unit).cloned();
        let heir = match successors {
            [only] => Some(only.clone()),
            _ => above.clone(),
        };
        // A successor that stands below it takes its place, lest it stand below itself.
        if let [only] = successors
            && self.stands_below(only, unit)
        {
            self.reform(only, at, |form| form.parent.clone_from(&above));
        }
        let below: Vec<UnitId> = self.children(unit).cloned().collect();
        for child in below.iter().filter(|c| Some(*c) != heir.as_ref()) {
            self.reform(child, at, |form| form.parent.clone_from(&heir));
            self.rooted(child).map_err(|fault| (child.clone(), fault))?;
        }
        if let Some(life) = self.life_mut(unit) {
            life.to = Some(at);
            life.successors.extend(successors.iter().map(|u| (u.clone(), at)));
        }
        Ok(())
    }

    fn children<'s>(&'s self, unit: &'s UnitId) -> impl Iterator<Item = &'s UnitId> {
        let stands = move |l: &&Life| l.to.is_none() && l.forms.last().is_some_and(|f| f.parent.as_ref() == Some(unit));
        self.lives.iter().filter(stands).map(|l| &l.id)
    }

    fn stands_below(&self, unit: &UnitId, above: &UnitId) -> bool {
        let mut seen = unit;
        for _ in 0..=MAX_DEPTH {
            match self.parent(seen) {
                None => return false,
                Some(parent) if parent == above => return true,
                Some(parent) => seen = parent,
            }
        }
        false
    }

    /// Gives a unit another form from `at` on.
    fn reform(&mut self, unit: &UnitId, at: Timestamp, change: impl FnOnce(&mut Form)) {
        let Some(life) = self.life_mut(unit) else { return };
        match life.forms.last_mut() {
            Some(last) if last.since == Some(at) => change(last),
            Some(last) => {
                let mut next = last.clone();
                next.since = Some(at);
                change(&mut next);
                life.forms.push(next);
            }
            None => {}
        }
    }

    fn life_mut(&mut self, unit: &UnitId) -> Option<&mut Life> {
        self.at.get(unit).copied().and_then(|n| self.lives.get_mut(n))
    }

    /// One unit over time.
    #[must_use]
    pub fn life(&self, unit: &UnitId) -> Option<&Life> {
        self.at.get(unit).and_then(|n| self.lives.get(*n))
    }

    /// Every unit that ever was or is planned, in the order of the official list.
    #[must_use]
    pub fn lives(&self) -> &[Life] {
        &self.lives
    }

    /// The units that existed at `at` with their form then, in the order of the official list.
    pub fn as_of(&self, at: Timestamp) -> impl Iterator<Item = (&Life, &Form)> {
        self.lives.iter().filter(move |l| l.exists_at(at)).filter_map(move |l| Some((l, l.form_at(at)?)))
    }

    /// What a unit is called at `at`.
    #[must_use]
    pub fn name_at(&self, unit: &UnitId, at: Timestamp) -> Option<&Arc<str>> {
        self.life(unit)?.form_at(at).map(|f| &f.name)
    }

    /// Who answers at `at` for what was a unit's: itself while it exists, else its successors, and theirs.
    #[must_use]
    pub fn heirs_at(&self, unit: &UnitId, at: Timestamp) -> Vec<UnitId> {
        let (mut heirs, mut open, mut seen) = (Vec::new(), vec![unit.clone()], Vec::new());
        while let Some(next) = open.pop() {
            if seen.contains(&next) {
                continue;
            }
            let Some(life) = self.life(&next) else { continue };
            if life.to.is_none_or(|to| at < to) {
                heirs.push(next.clone());
            } else {
                // Only those of its end: who was split off before has own tasks.
                let of_end = life.successors.iter().filter(|(_, t)| Some(*t) == life.to);
                open.extend(of_end.map(|(u, _)| u.clone()));
            }
            seen.push(next);
        }
        heirs.sort();
        heirs
    }

    /// From whom a unit took over, with the moment.
    #[must_use]
    pub fn predecessors(&self, unit: &UnitId) -> Vec<(UnitId, Timestamp)> {
        let took = |l: &Life| l.successors.iter().find(|(u, _)| u == unit).map(|(_, at)| (l.id.clone(), *at));
        self.lives.iter().filter_map(took).collect()
    }

    /// The next moment after `now` at which a unit begins, ends or changes.
    #[must_use]
    pub fn next_change(&self, now: Timestamp) -> Option<Timestamp> {
        let moments = |l: &Life| {
            let forms = l.forms.iter().filter_map(|f| f.since).find(|t| *t > now);
            [l.from, l.to, forms].into_iter().flatten().filter(|t| *t > now).min()
        };
        self.lives.iter().filter_map(moments).min()
    }

    /// The tree at `at`: units with their depth, each followed by those below it, in the order of the official list.
    #[must_use]
    pub fn tree(&self, at: Timestamp) -> Vec<(usize, &Life, &Form)> {
        let mut below: BTreeMap<Option<&UnitId>, Vec<(&Life, &Form)>> = BTreeMap::new();
        for (life, form) in self.as_of(at) {
            below.entry(form.parent.as_ref()).or_default().push((life, form));
        }
        let mut out = Vec::new();
        let mut open: Vec<(usize, &Life, &Form)> =
            below.get(&None).into_iter().flatten().rev().map(|(l, f)| (0, *l, *f)).collect();
        while let Some((depth, life, form)) = open.pop() {
            out.push((depth, life, form));
            let children = below.get(&Some(&life.id)).into_iter().flatten().rev();
            open.extend(children.map(|(l, f)| (depth + 1, *l, *f)));
        }
        out
    }
}

fn distinct(units: &[UnitId]) -> Result<(), (UnitId, Fault)> {
    let mut sorted: Vec<&UnitId> = units.iter().collect();
    sorted.sort();
    match sorted.windows(2).find(|w| w.first() == w.last()).and_then(|w| w.first()) {
        Some(twice) => Err(((*twice).clone(), Fault::Twice)),
        None => Ok(()),
    }
}
