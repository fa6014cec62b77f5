//! Changes of units.

use crate::model::{Change, ChangeKind, Event, NewEvent};
use base_core::{Error, Kind, Result, Timestamp, UnitId};
use base_db::{AnyRow, Db, DbExt, RowExt, Sql, Tx};
use std::collections::HashMap;

const EVENTS: &str = "SELECT id, kind, at, name, short, decision, decided_on, note, made_at, made_by
    FROM org_event WHERE cancelled_at IS NULL ORDER BY at, id";
const UNITS: &str = "SELECT u.event_id, u.part, u.unit_id FROM org_event_unit u
    JOIN org_event e ON e.id = u.event_id WHERE e.cancelled_at IS NULL ORDER BY u.event_id, u.part, u.place";

/// Every change that was not taken back, by date. Like the names of units, these are not unit-owned data; pages show
/// the ones that concern the units a person may see.
pub(crate) async fn all(db: &Db) -> Result<Vec<Event>> {
    let (rows, units) = (Sql::new(EVENTS).all(db.read()).await?, Sql::new(UNITS).all(db.read()).await?);
    assemble(&rows, &units)
}

/// The same from within a transaction.
pub(crate) async fn all_in(tx: &mut Tx) -> Result<Vec<Event>> {
    let rows = Sql::new(EVENTS).all_in(tx).await?;
    let units = Sql::new(UNITS).all_in(tx).await?;
    assemble(&rows, &units)
}

fn assemble(rows: &[AnyRow], units: &[AnyRow]) -> Result<Vec<Event>> {
    let mut parts: HashMap<(String, bool), Vec<UnitId>> = HashMap::new();
    for row in units {
        let key = (row.text("event_id")?, row.text("part")? == "of");
        parts.entry(key).or_default().push(UnitId::new(row.text("unit_id")?));
    }
    rows.iter().map(|row| event(row, &mut parts)).collect()
}

fn event(row: &AnyRow, parts: &mut HashMap<(String, bool), Vec<UnitId>>) -> Result<Event> {
    let (id, kind) = (row.text("id")?, row.text("kind")?);
    let broken = || Error::new(Kind::Bug, format!("stored change '{id}' of kind '{kind}' is not complete"));
    let of = parts.remove(&(id.clone(), true)).unwrap_or_default();
    let to = parts.remove(&(id.clone(), false)).unwrap_or_default();
    let one = || of.first().cloned().ok_or_else(broken);
    let change = match ChangeKind::parse(&kind).ok_or_else(broken)? {
        ChangeKind::Rename => Change::Rename {
            unit: one()?,
            name: row.text_opt("name")?.ok_or_else(broken)?,
            short: row.text_opt("short")?.unwrap_or_default(),
        },
        ChangeKind::Move => Change::Move { unit: one()?, parent: to.first().cloned() },
        ChangeKind::Merge => Change::Merge { into: to.first().cloned().ok_or_else(broken)?, from: of },
        ChangeKind::Split => Change::Split { unit: one()?, into: to },
        ChangeKind::Dissolve => Change::Dissolve { unit: one()?, successor: to.first().cloned() },
    };
    Ok(Event {
        at: row.time("at")?,
        change,
        decision: row.text("decision")?,
        decided_on: row.time_opt("decided_on")?,
        note: row.text_opt("note")?,
        made_at: row.time("made_at")?,
        made_by: row.text("made_by")?,
        id,
    })
}

/// Writes a change.
pub(crate) async fn insert(tx: &mut Tx, id: &str, new: &NewEvent, (by, now): (&str, Timestamp)) -> Result<()> {
    let (name, short) = match &new.change {
        Change::Rename { name, short, .. } => (Some(name.trim().to_owned()), Some(short.trim().to_owned())),
        _ => (None, None),
    };
    sqlx::query(
        "INSERT INTO org_event (id, kind, at, name, short, decision, decided_on, note, made_at, made_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(id)
    .bind(new.change.kind().as_str())
    .bind(new.at.as_micros())
    .bind(name)
    .bind(short)
    .bind(new.decision.trim())
    .bind(new.decided_on.map(Timestamp::as_micros))
    .bind(new.note.as_deref().map(str::trim).filter(|n| !n.is_empty()))
    .bind(now.as_micros())
    .bind(by)
    .execute(tx.conn())
    .await
    .db()?;
    for (part, units) in [("of", new.change.of()), ("to", new.change.to())] {
        for (place, unit) in (0_i64..).zip(units) {
            sqlx::query("INSERT INTO org_event_unit (event_id, part, place, unit_id) VALUES ($1, $2, $3, $4)")
                .bind(id)
                .bind(part)
                .bind(place)
                .bind(unit.as_str())
                .execute(tx.conn())
                .await
                .db()?;
        }
    }
    Ok(())
}

/// Takes a change back; its row stays for the record. Whether there was one.
pub(crate) async fn cancel(tx: &mut Tx, id: &str, now: Timestamp) -> Result<bool> {
    let query = Sql::new("UPDATE org_event SET cancelled_at = ").bind(now.as_micros());
    Ok(query.push(" WHERE cancelled_at IS NULL AND id = ").bind(id).run(tx).await? > 0)
}

/// Corrects the name a change gives.
pub(crate) async fn correct_name(tx: &mut Tx, id: &str, name: &str, short: &str) -> Result<()> {
    let query = Sql::new("UPDATE org_event SET name = ").bind(name).push(", short = ").bind(short);
    query.push(" WHERE id = ").bind(id).run(tx).await?;
    Ok(())
}
