//! Units over time against a simple oracle: whatever is accepted is what one gets by doing it by hand.

#![allow(clippy::indexing_slicing, reason = "tests")]
use area_org::model::{Block, Change, Event, NewUnit, Timeline, Unit};
use base_core::{Timestamp, UnitId};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

const DAYS: i64 = 12;
const UNITS: usize = 6;

fn day(n: i64) -> Timestamp {
    Timestamp::from_secs(n * 86_400)
}

fn id(n: usize) -> UnitId {
    UnitId::new(format!("U{n}"))
}

fn unit(n: usize, from: Option<i64>, parent: Option<usize>) -> Unit {
    let new = NewUnit::new(format!("U{n}"), format!("Đơn vị {n}"), Block::Department);
    Unit {
        id: id(n),
        short: new.name.clone(),
        code: new.code,
        name: new.name,
        block: new.block,
        position: i64::try_from(n).unwrap(),
        machines_declared: None,
        servers_declared: None,
        staff_declared: None,
        is_assumed: false,
        note: None,
        valid_from: from.map(day),
        valid_to: None,
        successor: None,
        version: 1,
        parent: parent.map(id),
        electronic_id: None,
        decision: None,
    }
}

fn event(n: usize, at: i64, change: Change) -> Event {
    Event {
        id: format!("{n:04}"),
        at: day(at),
        change,
        decision: String::new(),
        decided_on: None,
        note: None,
        made_at: day(0),
        made_by: String::new(),
    }
}

/// Name and parent of each unit there is.
type World = BTreeMap<UnitId, (String, Option<UnitId>)>;

/// The world of a day, done by hand; `None` when something on the way cannot be.
struct Oracle {
    world: World,
    began: BTreeMap<UnitId, Option<Timestamp>>,
}

impl Oracle {
    fn run(units: &[Unit], events: &[Event], until: Timestamp) -> Option<World> {
        let mut oracle = Oracle { world: World::new(), began: BTreeMap::new() };
        let mut moments: BTreeSet<Option<Timestamp>> = units.iter().map(|u| u.valid_from).collect();
        moments.extend(events.iter().map(|e| Some(e.at)));
        for moment in moments.into_iter().filter(|m| m.is_none_or(|t| t <= until)) {
            let begun: Vec<&Unit> = units.iter().filter(|u| u.valid_from == moment).collect();
            for unit in &begun {
                oracle.world.insert(unit.id.clone(), (unit.name.clone(), unit.parent.clone()));
                oracle.began.insert(unit.id.clone(), moment);
            }
            for unit in &begun {
                if unit.parent.as_ref().is_some_and(|p| !oracle.world.contains_key(p)) || !oracle.is_tree(&unit.id) {
                    return None;
                }
            }
            let mut today: Vec<&Event> = events.iter().filter(|e| Some(e.at) == moment).collect();
            today.sort_by_key(|e| &e.id);
            for event in today {
                oracle.step(event)?;
            }
        }
        Some(oracle.world)
    }

    fn is_tree(&self, unit: &UnitId) -> bool {
        let mut seen = unit.clone();
        for _ in 0..=UNITS {
            match &self.world[&seen].1 {
                None => return true,
                Some(parent) => seen = parent.clone(),
            }
        }
        false
    }

    fn above(&self, unit: &UnitId) -> Vec<UnitId> {
        let mut out = Vec::new();
        let mut seen = unit.clone();
        while let Some(parent) = self.world[&seen].1.clone() {
            out.push(parent.clone());
            seen = parent;
        }
        out
    }

    fn step(&mut self, event: &Event) -> Option<()> {
        let involved: Vec<UnitId> = event.change.of().into_iter().chain(event.change.to()).cloned().collect();
        if involved.iter().any(|u| !self.world.contains_key(u)) {
            return None;
        }
        match &event.change {
            Change::Rename { unit, name, .. } => {
                let entry = self.world.get_mut(unit)?;
                if entry.0 == *name {
                    return None;
                }
                entry.0.clone_from(name);
            }
            Change::Move { unit, parent } => {
                if parent.as_ref() == Some(unit) || self.world[unit].1 == *parent {
                    return None;
                }
                self.world.get_mut(unit)?.1.clone_from(parent);
                if !self.is_tree(unit) {
                    return None;
                }
            }
            Change::Merge { from, into } => {
                let distinct: BTreeSet<_> = from.iter().collect();
                if distinct.len() != from.len() || from.contains(into) {
                    return None;
                }
                for unit in from {
                    self.end(unit, event.at, Some(into))?;
                }
            }
            Change::Split { unit, into } => {
                let distinct: BTreeSet<_> = into.iter().collect();
                if distinct.len() != into.len() {
                    return None;
                }
                if !into.contains(unit) {
                    self.end(unit, event.at, None)?;
                }
            }
            Change::Dissolve { unit, successor } => {
                if successor.as_ref() == Some(unit) {
                    return None;
                }
                self.end(unit, event.at, successor.as_ref())?;
            }
        }
        Some(())
    }

    fn end(&mut self, unit: &UnitId, at: Timestamp, only: Option<&UnitId>) -> Option<()> {
        if self.began[unit] == Some(at) {
            return None;
        }
        let place = self.world[unit].1.clone();
        if let Some(heir) = only
            && self.above(heir).contains(unit)
        {
            self.world.get_mut(heir)?.1.clone_from(&place);
        }
        self.world.remove(unit);
        let heir = only.cloned().or(place);
        for entry in self.world.values_mut().filter(|(_, parent)| parent.as_ref() == Some(unit)) {
            entry.1.clone_from(&heir);
        }
        Some(())
    }
}

fn changes() -> impl Strategy<Value = Change> {
    let unit = || (0..UNITS).prop_map(id);
    let some = |least: usize| prop::collection::vec((0..UNITS).prop_map(id), least..4);
    prop_oneof![
        (unit(), 0..4u8).prop_map(|(unit, n)| Change::Rename {
            unit,
            name: format!("Tên {n}"),
            short: format!("Tên {n}")
        }),
        (unit(), prop::option::of(unit())).prop_map(|(unit, parent)| Change::Move { unit, parent }),
        (some(1), unit()).prop_map(|(from, into)| Change::Merge { from, into }),
        (unit(), some(2)).prop_map(|(unit, into)| Change::Split { unit, into }),
        (unit(), prop::option::of(unit())).prop_map(|(unit, successor)| Change::Dissolve { unit, successor }),
    ]
}

fn invariants(line: &Timeline) {
    for n in -1..=DAYS {
        let there: BTreeSet<&UnitId> = line.as_of(day(n)).map(|(life, _)| &life.id).collect();
        for (life, form) in line.as_of(day(n)) {
            assert!(form.parent.as_ref().is_none_or(|p| there.contains(p)), "{} stands below nobody", life.id);
        }
        let tree = line.tree(day(n));
        assert_eq!(tree.len(), there.len(), "everyone is in the tree exactly once: no circle, no orphan");
        for life in line.lives() {
            assert!(
                line.heirs_at(&life.id, day(n))
                    .iter()
                    .all(|h| there.contains(h) || line.life(h).unwrap().is_planned(day(n)))
            );
        }
    }
    for life in line.lives() {
        assert!(life.to.is_none_or(|to| life.from.is_none_or(|from| from < to)), "{} lives backwards", life.id);
        assert!(life.forms.windows(2).all(|w| w[0].since < w[1].since), "forms overlap");
        assert!(life.successors.iter().all(|(heir, at)| *heir != life.id
            && line.life(heir).unwrap().exists_at(at.plus_micros(-1)) | line.life(heir).unwrap().from.is_some()));
        // Following those who took over always ends: nobody comes back to where it began.
        let mut open: Vec<(&UnitId, usize)> = vec![(&life.id, 0)];
        while let Some((unit, steps)) = open.pop() {
            assert!(steps <= UNITS, "a circle of successors");
            let next = line.life(unit).unwrap();
            open.extend(next.successors.iter().filter(|(_, at)| Some(*at) == next.to).map(|(u, _)| (u, steps + 1)));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn whatever_happens_a_day_is_what_doing_it_by_hand_gives(
        begins in prop::collection::vec((prop::option::weighted(0.4, 0..6i64), prop::option::weighted(0.4, 0..UNITS)), UNITS),
        tries in prop::collection::vec((0..DAYS, changes()), 1..16),
    ) {
        let mut units: Vec<Unit> = Vec::new();
        for (n, (from, parent)) in begins.into_iter().enumerate() {
            units.push(unit(n, from, parent));
            if Timeline::replay(&units, &[]).is_err() {
                prop_assert!(Oracle::run(&units, &[], day(DAYS)).is_none());
                let plain = unit(n, from, None);
                *units.last_mut().unwrap() = plain;
            }
        }
        let mut events: Vec<Event> = Vec::new();
        for (n, (at, change)) in tries.into_iter().enumerate() {
            events.push(event(n, at, change));
            let replayed = Timeline::replay(&units, &events);
            let by_hand = Oracle::run(&units, &events, day(DAYS));
            prop_assert_eq!(replayed.is_ok(), by_hand.is_some(), "{:?} {:?}", replayed.err(), events);
            if by_hand.is_none() {
                events.pop();
            }
        }
        let line = Timeline::replay(&units, &events).unwrap();
        invariants(&line);
        for n in -1..=DAYS {
            let seen: World = line.as_of(day(n)).map(|(l, f)| (l.id.clone(), (f.name.to_string(), f.parent.clone()))).collect();
            prop_assert_eq!(seen, Oracle::run(&units, &events, day(n)).unwrap(), "on day {}", n);
        }
    }
}

#[test]
fn a_change_that_comes_before_another_is_checked_against_it() {
    let units = [unit(0, None, None), unit(1, None, None), unit(2, Some(5), None)];
    let merge = |n, at, from: usize, into: usize| event(n, at, Change::Merge { from: vec![id(from)], into: id(into) });
    assert!(Timeline::replay(&units, &[merge(0, 4, 0, 2)]).is_err(), "the successor does not exist yet");
    assert!(Timeline::replay(&units, &[merge(0, 5, 0, 2)]).is_ok(), "it begins that day");
    let later = [merge(0, 9, 0, 1), merge(1, 7, 1, 0)];
    let mistake = Timeline::replay(&units, &later).unwrap_err();
    assert_eq!(mistake.event.as_deref(), Some("0000"), "the one of the later day no longer fits");
    let line = Timeline::replay(&units, &[merge(0, 6, 0, 1), merge(1, 8, 1, 2)]).unwrap();
    assert_eq!(line.heirs_at(&id(0), day(5)), [id(0)]);
    assert_eq!(line.heirs_at(&id(0), day(6)), [id(1)]);
    assert_eq!(line.heirs_at(&id(0), day(11)), [id(2)]);
    assert_eq!(line.next_change(day(6)), Some(day(8)));
}
