//! The questions that matter for one class of events, by field.

use crate::expr::{Fields, Leaves};
use crate::leaf::{Ask, FieldId, Leaf, LeafId};
use crate::lens::{Lens, Lenses};
use crate::rule_set::Rule;
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::Arc;

/// Number of a rule in its set.
pub(crate) type RuleNumber = u32;

/// What to ask events of one class, and which rules each answer makes worth evaluating.
#[derive(Debug)]
pub(crate) struct Program {
    /// How many rules apply to the class.
    pub(crate) rules: usize,
    /// Rules of the class without needs.
    pub(crate) always: Box<[RuleNumber]>,
    /// Leaves that the tables leave undecided for a value.
    open: FxHashSet<LeafId>,
    /// Rules that a leaf makes worth evaluating.
    wake: FxHashMap<LeafId, Box<[RuleNumber]>>,
    slots: Box<[Slot]>,
    /// By the low bits of the hash of a field's name, open addressing: hash and slot.
    table: Box<[Option<(u32, u32)>]>,
    /// Questions about all values at once.
    pub(crate) keywords: Option<Keywords>,
}

/// A field that rules of the class name.
#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) field: FieldId,
    name: Box<str>,
    pub(crate) lens: Arc<Lens>,
    /// Leaves that hold when the field is there, whatever its value.
    pub(crate) present: Box<[LeafId]>,
    /// Whether it matters that the field is there or has a value.
    pub(crate) watched: bool,
    /// Rules worth evaluating when the field has a value, because a leaf they need is open.
    pub(crate) open: Box<[RuleNumber]>,
}

/// Questions about all values at once.
#[derive(Debug)]
pub(crate) struct Keywords {
    /// All of them.
    pub(crate) lens: Arc<Lens>,
    /// Those without which no rule of the class can match because of a keyword.
    needed: Arc<Lens>,
}

impl Keywords {
    /// Whether the keywords of an event can make a difference; `folded` is its values in a row.
    pub(crate) fn may_stand_in(&self, folded: &str) -> bool {
        self.needed.may_fit_in(folded)
    }
}

#[derive(Default)]
struct Gathered {
    asked: Vec<LeafId>,
    present: Vec<LeafId>,
    watched: bool,
    open: Vec<RuleNumber>,
}

impl Program {
    /// Makes the program of `rules`.
    pub(crate) fn build<'a>(
        rules: impl Iterator<Item = (RuleNumber, &'a Rule)>,
        leaves: &Leaves,
        fields: &Fields,
        lenses: &Lenses,
    ) -> Self {
        let (mut always, mut count) = (Vec::new(), 0);
        let mut wake: FxHashMap<LeafId, Vec<RuleNumber>> = FxHashMap::default();
        let mut known: FxHashSet<LeafId> = FxHashSet::default();
        let mut keywords: FxHashSet<LeafId> = FxHashSet::default();
        let is_keyword = |id: &LeafId| leaves.get(*id).is_some_and(|l| l.field.is_none());
        for (number, rule) in rules {
            count += 1;
            // A rule that needs a keyword to match asks for its others only where that one stands.
            let by_keyword = rule.needs.as_ref().is_some_and(|needs| needs.iter().all(is_keyword));
            rule.expr.for_each_leaf(&mut |id| {
                known.insert(id);
                if !by_keyword && is_keyword(&id) {
                    keywords.insert(id);
                }
            });
            if by_keyword {
                keywords.extend(rule.needs.iter().flatten());
            }
            match &rule.needs {
                None => always.push(number),
                Some(needs) => needs.iter().for_each(|id| wake.entry(*id).or_default().push(number)),
            }
        }
        // A regular expression that a rule needs would be tested for every event anyway, so it is
        // tested once per value. The others mostly need not be: the rest of their rule says no.
        let tested = |id: LeafId| wake.contains_key(&id);
        let is_open = |id: &LeafId| leaves.get(*id).is_some_and(|l| l.is_open() && (l.is_reference() || !tested(*id)));
        let open: FxHashSet<LeafId> = known.iter().copied().filter(is_open).collect();
        let mut gathered: FxHashMap<Option<FieldId>, Gathered> = FxHashMap::default();
        for id in known {
            let Some(leaf) = leaves.get(id) else { continue };
            let of_field = gathered.entry(leaf.field).or_default();
            of_field.gather(id, leaf);
            if open.contains(&id) {
                of_field.watched = true;
                of_field.open.extend(wake.get(&id).into_iter().flatten());
            }
        }
        let keywords = gathered.remove(&None).map(|all| Keywords {
            lens: lenses.get(all.asked, leaves, |_| true),
            needed: lenses.get(keywords.into_iter().collect(), leaves, |_| true),
        });
        let slots: Vec<Slot> = gathered
            .into_iter()
            .filter_map(|(field, g)| {
                let field = field?;
                Some(Slot {
                    field,
                    name: fields.name(field).into(),
                    lens: lenses.get(g.asked, leaves, tested),
                    present: g.present.into(),
                    watched: g.watched,
                    open: g.open.into(),
                })
            })
            .collect();
        let table = table(slots.iter().map(|s| fields.hash(s.field)));
        let wake = wake.into_iter().map(|(leaf, rules)| (leaf, rules.into())).collect();
        Self { rules: count, always: always.into(), open, wake, slots: slots.into(), table, keywords }
    }

    /// The slot of a field and its place, by the hash of the field's name and the name.
    pub(crate) fn slot(&self, hash: u32, name: &str) -> Option<(u32, &Slot)> {
        let mask = self.table.len().wrapping_sub(1);
        let mut at = hash as usize & mask;
        // Ends: the table is never full.
        while let Some(Some((known, slot))) = self.table.get(at) {
            if *known == hash
                && let Some(found) = self.slots.get(*slot as usize).filter(|s| *s.name == *name)
            {
                return Some((*slot, found));
            }
            at = (at + 1) & mask;
        }
        None
    }

    /// The slot at a place.
    pub(crate) fn slot_at(&self, place: u32) -> Option<&Slot> {
        self.slots.get(place as usize)
    }

    /// How many kinds of values are told apart: one for each field that rules name, and the
    /// last for all values together.
    pub(crate) fn width(&self) -> u32 {
        u32::try_from(self.slots.len()).unwrap_or(u32::MAX - 1) + 1
    }

    /// Whether the tables leave a leaf undecided for a value.
    pub(crate) fn is_open(&self, leaf: LeafId) -> bool {
        self.open.contains(&leaf)
    }

    /// Rules worth evaluating when `leaf` holds.
    pub(crate) fn woken_by(&self, leaf: LeafId) -> &[RuleNumber] {
        self.wake.get(&leaf).map_or(&[], |rules| rules)
    }
}

impl Gathered {
    /// Notes what a leaf wants to know of its field.
    fn gather(&mut self, id: LeafId, leaf: &Leaf) {
        match &leaf.ask {
            Ask::Any(_) => self.asked.push(id),
            Ask::Exists(true) => self.present.push(id),
            Ask::Null | Ask::Exists(false) => self.watched = true,
            Ask::Reference { .. } => {}
        }
    }
}

fn table(hashes: impl ExactSizeIterator<Item = u32>) -> Box<[Option<(u32, u32)>]> {
    let size = (hashes.len() * 2 + 1).next_power_of_two();
    let mut table = vec![None; size];
    for (hash, slot) in hashes.zip(0_u32..) {
        let mut at = hash as usize & (size - 1);
        while table.get(at).is_some_and(Option::is_some) {
            at = (at + 1) & (size - 1);
        }
        if let Some(place) = table.get_mut(at) {
            *place = Some((hash, slot));
        }
    }
    table.into()
}
