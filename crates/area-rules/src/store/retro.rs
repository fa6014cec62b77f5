//! Table `rules_retro`: hunts through the past.

use crate::model::{Retro, RetroState};
use base_core::{Error, Result, Timestamp, UnitId};
use base_db::{AnyPool, AnyRow, RowExt, Sql, Tx};

const COLUMNS: &str = "SELECT id, rule, title, from_at, until_at, state, events, hits, result, message, units, \
     by_account, by_name, at, finished_at FROM rules_retro";

fn read(row: &AnyRow) -> Result<Retro> {
    let units = row.text_opt("units")?;
    Ok(Retro {
        id: row.text("id")?,
        rule: row.text("rule")?,
        title: row.text("title")?,
        from: row.time_opt("from_at")?,
        until: row.time("until_at")?,
        state: RetroState::parse(&row.text("state")?),
        events: row.int("events")?,
        hits: row.int("hits")?,
        found: serde_json::from_str(&row.text("result")?).map_err(Error::bug)?,
        message: row.text_opt("message")?,
        units: units.map(|u| u.split(',').filter(|u| !u.is_empty()).map(UnitId::new).collect()),
        by_account: row.text("by_account")?,
        by_name: row.text("by_name")?,
        at: row.time("at")?,
        finished_at: row.time_opt("finished_at")?,
    })
}

/// Writes a new one.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn insert(tx: &mut Tx, r: &Retro) -> Result<()> {
    let units = r.units.as_ref().map(|units| units.iter().map(UnitId::as_str).collect::<Vec<_>>().join(","));
    Sql::new(
        "INSERT INTO rules_retro (id, rule, title, from_at, until_at, state, events, hits, result, units, by_account, \
         by_name, at) VALUES (",
    )
    .bind(r.id.clone())
    .comma(r.rule.clone())
    .comma(r.title.clone())
    .comma(r.from.map(Timestamp::as_micros))
    .comma(r.until.as_micros())
    .comma(r.state.as_str())
    .comma(r.events)
    .comma(r.hits)
    .comma(serde_json::to_string(&r.found).map_err(Error::bug)?)
    .comma(units)
    .comma(r.by_account.clone())
    .comma(r.by_name.clone())
    .comma(r.at.as_micros())
    .push(")")
    .run(tx)
    .await?;
    Ok(())
}

/// Writes how it ended.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn finish(tx: &mut Tx, r: &Retro) -> Result<()> {
    Sql::new("UPDATE rules_retro SET state = ")
        .bind(r.state.as_str())
        .push(", events = ")
        .bind(r.events)
        .push(", hits = ")
        .bind(r.hits)
        .push(", result = ")
        .bind(serde_json::to_string(&r.found).map_err(Error::bug)?)
        .push(", message = ")
        .bind(r.message.clone())
        .push(", finished_at = ")
        .bind(r.finished_at.map(Timestamp::as_micros))
        .push(" WHERE id = ")
        .bind(r.id.clone())
        .run(tx)
        .await?;
    Ok(())
}

/// One by id. The caller checks who may see it.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn get(pool: &AnyPool, id: &str) -> Result<Option<Retro>> {
    let one = Sql::new(COLUMNS).push(" WHERE id = ").bind(id.to_owned());
    one.optional(pool).await?.as_ref().map(read).transpose()
}

/// The latest of a rule, newest first. The caller leaves out what may not be seen.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn of_rule(pool: &AnyPool, rule: &str, most: i64) -> Result<Vec<Retro>> {
    let rows = Sql::new(COLUMNS).push(" WHERE rule = ").bind(rule.to_owned()).push(" ORDER BY at DESC, id DESC");
    rows.page(most, 0).all(pool).await?.iter().map(read).collect()
}
