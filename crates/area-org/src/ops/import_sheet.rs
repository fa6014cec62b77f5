//! A list of units from a file: read, told row by row, and written only on its person's word.

use super::import::{ImportedUnit, import_units};
use crate::model::{
    CellMistake, Change, Event, Life, Names, NewUnit, SheetField as Field, Timeline, Unit, UnitSheet, as_new,
    differing, read_row,
};
use crate::org::Org;
use crate::store;
use base_authz::{Action, Caller};
use base_core::{Error, Kind, Result, UnitId};
use engine_sheet::{Limits, SheetError, read};
use std::collections::{BTreeMap, HashMap, HashSet};

/// What becomes of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A unit that is not there yet.
    New,
    /// A unit that is there and changes in these fields: field, before, after.
    Changed(Vec<Field>),
    /// A unit that is there and stays as it is.
    Same,
    /// It cannot be written.
    Wrong(Vec<CellMistake>),
}

/// A row of the list with what becomes of it.
#[derive(Clone, Debug)]
pub struct PlannedRow {
    /// Its number in the file.
    pub number: u32,
    /// Its cells.
    pub cells: BTreeMap<Field, String>,
    /// What becomes of it.
    pub outcome: Outcome,
    /// The unit as it was, where it is changed.
    pub before: Option<NewUnit>,
    /// The unit as it will be.
    pub unit: Option<NewUnit>,
}

/// A list that waits.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Id.
    pub id: String,
    /// Name of the file.
    pub file_name: String,
    /// The list as read.
    pub sheet: UnitSheet,
    /// Its rows.
    pub rows: Vec<PlannedRow>,
}

impl Plan {
    /// How many rows of each outcome: new, changed, same, wrong.
    #[must_use]
    pub fn counts(&self) -> [usize; 4] {
        let mut counts = [0; 4];
        for row in &self.rows {
            let [new, changed, same, wrong] = &mut counts;
            match row.outcome {
                Outcome::New => *new += 1,
                Outcome::Changed(_) => *changed += 1,
                Outcome::Same => *same += 1,
                Outcome::Wrong(_) => *wrong += 1,
            }
        }
        counts
    }
}

/// Longest file, bytes.
pub const MAX_FILE: usize = 16 << 20;
/// Most rows whose place in time is looked for one by one before the rest is left for the next try.
const MAX_LOOKED_FOR: usize = 200;

/// Reads a file and keeps it for its person, in place of an earlier one. Nothing of it is written to units.
///
/// # Errors
/// `Forbidden`; `Invalid` at field `file` when it cannot be read, with the reason.
pub async fn stage_import(org: &Org, caller: &Caller, file_name: &str, bytes: &[u8]) -> Result<String> {
    whole_province(caller)?;
    let table = read(bytes, &Limits { bytes: MAX_FILE, ..Limits::default() }).map_err(|e| refused(&e))?;
    let sheet = UnitSheet::of(&table).map_err(|code| Error::invalid("file", code))?;
    if sheet.rows.is_empty() {
        return Err(Error::invalid("file", "sheet-empty"));
    }
    let content = serde_json::to_string(&sheet).map_err(Error::bug)?;
    let name: String = file_name.chars().filter(|c| !c.is_control()).take(200).collect();
    let id = org.ids.next();
    let mut tx = org.db.begin().await?;
    store::import::put(&mut tx, (&id, caller.principal.account.as_str()), &name, caller.now, &content).await?;
    tx.commit().await?;
    Ok(id)
}

/// Units of the whole province are listed only by who may change all of them.
fn whole_province(caller: &Caller) -> Result<()> {
    match caller.require(Action::UnitsManage)?.as_units() {
        None => Ok(()),
        Some(_) => Err(Error::new(Kind::Forbidden, "a list of units is entered by who answers for the whole province")),
    }
}

/// The code of `org-error-…` for why a file is not read.
fn refused(error: &SheetError) -> Error {
    let code = match error {
        SheetError::Empty => "sheet-empty".to_owned(),
        SheetError::TooLong(_) | SheetError::Unpacked(_) => "sheet-large".to_owned(),
        SheetError::Rows(n) => format!("sheet-rows|{n}"),
        SheetError::Columns(row, _) => format!("sheet-columns|{row}"),
        SheetError::Cell(place, _) => format!("sheet-cell|{place}"),
        SheetError::OldOrLocked => "sheet-old".to_owned(),
        SheetError::OtherArchive | SheetError::NotText => "sheet-kind".to_owned(),
        SheetError::Damaged(_) => "sheet-damaged".to_owned(),
        SheetError::Tcvn3 => "sheet-tcvn3".to_owned(),
        SheetError::Encoding(line) => format!("sheet-encoding|{line}"),
        SheetError::Csv(line) => format!("sheet-csv|{line}"),
    };
    Error::invalid("file", code)
}

/// The list as it would be written now; gone through anew each time, since units may have changed meanwhile.
///
/// # Errors
/// `Forbidden`; `NotFound` for the list of somebody else.
pub async fn plan_import(org: &Org, caller: &Caller, id: &str) -> Result<Plan> {
    whole_province(caller)?;
    let missing = || Error::not_found("there is no such list; hand the file in again");
    let found = store::import::get(&org.db, id, caller.principal.account.as_str()).await?.ok_or_else(missing)?;
    let sheet: UnitSheet = serde_json::from_str(&found.content).map_err(Error::bug)?;
    let stored = store::unit::all(&org.db).await?;
    let events = store::event::all(&org.db).await?;
    let now = caller.now;
    let timeline = org.timeline();
    let present: Vec<Unit> = stored.iter().map(|u| u.clone().seen_at(&timeline, now)).collect();
    let mut rows = planned(&sheet, &present);
    fixed(&mut rows, &timeline, &events);
    in_time(&mut rows, &stored, &events);
    Ok(Plan { id: id.to_owned(), file_name: found.file_name, sheet, rows })
}

fn planned(sheet: &UnitSheet, present: &[Unit]) -> Vec<PlannedRow> {
    let names = Names::of(present, sheet);
    let by_code: HashMap<&str, &Unit> = present.iter().map(|u| (u.code.as_str(), u)).collect();
    let code_of = |id: &UnitId| id.as_str().to_owned();
    let mut first: HashMap<String, u32> = HashMap::new();
    let mut ids: HashMap<String, u32> = HashMap::new();
    let mut rows = Vec::with_capacity(sheet.rows.len());
    for (number, cells) in &sheet.rows {
        let code = cells.get(&Field::Code).map(|c| c.trim().to_ascii_uppercase()).unwrap_or_default();
        let stored = by_code.get(code.as_str()).copied();
        let mut read = read_row(cells, stored, &names, code_of);
        let mut twice = |field, code: String| {
            let mistake = CellMistake { field, code };
            match &mut read {
                Ok(_) => read = Err(vec![mistake]),
                Err(mistakes) => mistakes.push(mistake),
            }
        };
        if let Some(other) = first.get(&code) {
            twice(Field::Code, format!("code-twice|{other}"));
        } else if !code.is_empty() {
            first.insert(code, *number);
        }
        if let Some(id) =
            cells.get(&Field::ElectronicId).map(|t| t.trim().to_ascii_uppercase()).filter(|t| !t.is_empty())
        {
            match ids.get(&id) {
                Some(other) => twice(Field::ElectronicId, format!("electronic-id-twice|{other}")),
                None => {
                    ids.insert(id, *number);
                }
            }
        }
        let before = stored.map(|u| as_new(u, &code_of));
        let (outcome, unit) = match read {
            Err(mistakes) => (Outcome::Wrong(mistakes), None),
            Ok(unit) => match &before {
                None => (Outcome::New, Some(unit)),
                Some(old) => match differing(old, &unit) {
                    same if same.is_empty() => (Outcome::Same, Some(unit)),
                    fields => (Outcome::Changed(fields), Some(unit)),
                },
            },
        };
        rows.push(PlannedRow { number: *number, cells: cells.clone(), outcome, before, unit });
    }
    rows
}

/// Marks what a list cannot change: where a unit stands that has been moved since it began, and an end by a merger or
/// split. Both have a date and a basis.
fn fixed(rows: &mut [PlannedRow], timeline: &Timeline, events: &[Event]) {
    let by_basis = |e: &&Event| matches!(e.change, Change::Merge { .. } | Change::Split { .. });
    let ended: HashSet<&UnitId> = events.iter().filter(by_basis).flat_map(|e| e.change.of()).collect();
    for row in rows {
        let (Outcome::Changed(fields), Some(unit)) = (&row.outcome, &row.unit) else { continue };
        let id = UnitId::new(&unit.code);
        let mut mistakes = Vec::new();
        let mut wrong = |field, code: &str| {
            mistakes.push(CellMistake { field, code: format!("{code}|{id}") });
        };
        if fields.contains(&Field::Parent) && timeline.life(&id).is_some_and(Life::has_moved) {
            wrong(Field::Parent, "moved-by-event");
        }
        let end = [Field::ValidTo, Field::Successor].into_iter().find(|f| fields.contains(f));
        if let Some(field) = end.filter(|_| ended.contains(&id) && timeline.life(&id).is_some_and(|l| l.to.is_some())) {
            wrong(field, "ended-by-event");
        }
        if !mistakes.is_empty() {
            row.outcome = Outcome::Wrong(mistakes);
            row.unit = None;
        }
    }
}

/// Goes through all units over time as they would be, and marks the rows that cannot be: circles, a successor that has
/// ended, a unit above that begins later. What is found is left out and looked again, so that one try shows many.
fn in_time(rows: &mut [PlannedRow], stored: &[Unit], events: &[Event]) {
    let mut at: HashMap<String, usize> = HashMap::new();
    for (n, row) in rows.iter().enumerate() {
        if let Some(unit) = &row.unit {
            at.insert(unit.code.clone(), n);
        }
    }
    for _ in 0..MAX_LOOKED_FOR {
        let (units, changes) = would_be(rows, stored, events);
        let Err(mistake) = Timeline::replay(&units, &changes) else { return };
        // The row of the unit itself, or of the one whose end it is about.
        let event = mistake.event.as_ref().and_then(|id| changes.iter().find(|e| e.id == *id));
        let concerned = event.map_or_else(|| vec![&mistake.unit], |e| e.change.of());
        let row = concerned.into_iter().chain([&mistake.unit]).find_map(|u| at.get(u.as_str()).copied());
        let Some(row) = row.and_then(|n| rows.get_mut(n)).filter(|r| r.unit.is_some()) else { return };
        let field = match event.map(|e| &e.change) {
            None => Field::Parent,
            Some(Change::Dissolve { unit, .. }) if *unit != mistake.unit => Field::Successor,
            Some(_) => Field::ValidTo,
        };
        let code = format!("{}|{}", mistake.fault.code(), mistake.unit);
        row.outcome = Outcome::Wrong(vec![CellMistake { field, code }]);
        row.unit = None;
    }
}

/// Units and changes as the list would make them.
fn would_be(rows: &[PlannedRow], stored: &[Unit], events: &[Event]) -> (Vec<Unit>, Vec<Event>) {
    let mut units: BTreeMap<String, Unit> = stored.iter().map(|u| (u.code.clone(), u.clone())).collect();
    let mut changes = events.to_vec();
    let asked = rows.iter().filter(|r| matches!(r.outcome, Outcome::New | Outcome::Changed(_)));
    for (new, before) in asked.filter_map(|r| Some((r.unit.as_ref()?, r.before.as_ref()))) {
        let id = UnitId::new(&new.code);
        let parent = new.parent.as_ref().map(UnitId::new);
        let unit = units.entry(new.code.clone()).or_insert_with(|| blank(new));
        unit.valid_from = new.valid_from;
        // Where it stands now may not be where it began.
        if before.is_none_or(|b| b.parent != new.parent) {
            unit.parent = parent;
        }
        let own = |e: &Event| matches!(&e.change, Change::Dissolve { unit, .. } if *unit == id);
        let merged = events
            .iter()
            .any(|e| matches!(e.change, Change::Merge { .. } | Change::Split { .. }) && e.change.of().contains(&&id));
        if merged {
            continue;
        }
        changes.retain(|e| !own(e));
        if let Some(to) = new.valid_to {
            let successor = new.successor.as_ref().map(UnitId::new);
            changes.push(Event {
                id: format!("~{}", new.code),
                at: to,
                change: Change::Dissolve { unit: id, successor },
                decision: String::new(),
                decided_on: None,
                note: None,
                made_at: to,
                made_by: String::new(),
            });
        }
    }
    (units.into_values().collect(), changes)
}

fn blank(new: &NewUnit) -> Unit {
    Unit {
        id: UnitId::new(&new.code),
        code: new.code.clone(),
        name: new.name.clone(),
        short: new.short_name().to_owned(),
        block: new.block,
        position: i64::MAX,
        machines_declared: None,
        servers_declared: None,
        staff_declared: None,
        is_assumed: false,
        note: None,
        valid_from: new.valid_from,
        valid_to: None,
        successor: None,
        version: 1,
        parent: None,
        electronic_id: None,
        decision: None,
    }
}

/// Writes the list: all of it or nothing. How many units were added and changed.
///
/// # Errors
/// As [`plan_import`]; `Conflict` while a row is wrong.
pub async fn confirm_import(org: &Org, caller: &Caller, id: &str) -> Result<(usize, usize)> {
    let plan = plan_import(org, caller, id).await?;
    let [new, changed, _, wrong] = plan.counts();
    if wrong > 0 {
        let message = format!("{wrong} rows cannot be written; correct them in the file and hand it in again");
        return Err(Error::new(Kind::Conflict, message));
    }
    let asked = plan.rows.into_iter().filter(|r| matches!(r.outcome, Outcome::New | Outcome::Changed(_)));
    let units = asked.filter_map(|r| r.unit).map(|unit| ImportedUnit { unit, contacts: Vec::new() });
    import_units(org, caller, &units.collect::<Vec<_>>()).await?;
    discard_import(org, caller, id).await?;
    Ok((new, changed))
}

/// Throws a list away.
///
/// # Errors
/// `Forbidden`; when the database refuses.
pub async fn discard_import(org: &Org, caller: &Caller, id: &str) -> Result<()> {
    whole_province(caller)?;
    let mut tx = org.db.begin().await?;
    store::import::remove(&mut tx, id, caller.principal.account.as_str()).await?;
    tx.commit().await
}
