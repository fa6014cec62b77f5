//! Tables `rules_filter` and `rules_hidden`: tuning filters and what they hid.

use crate::model::{Filter, Hidden};
use base_core::{Error, Result, Scope, Timestamp, UnitId};
use base_db::{AnyPool, AnyRow, RowExt, Sql, Tx};

const COLUMNS: &str = "SELECT id, rule, conditions, reason, by_name, at, until, ended_at, ended_by, hidden, last_hidden FROM rules_filter";

/// The first so many detections that a filter hides are kept, later ones one in [`KEEP_ONE_IN`].
const KEEP_FIRST: i64 = 100;
const KEEP_ONE_IN: i64 = 100;
/// Most kept per filter.
const KEEP_MOST: i64 = 1_000;

fn read(row: &AnyRow) -> Result<Filter> {
    let ended = match (row.time_opt("ended_at")?, row.text_opt("ended_by")?) {
        (Some(at), by) => Some((at, by.unwrap_or_default())),
        (None, _) => None,
    };
    Ok(Filter {
        id: row.text("id")?,
        rule: row.text("rule")?,
        conditions: serde_json::from_str(&row.text("conditions")?).map_err(Error::bug)?,
        reason: row.text("reason")?,
        by_name: row.text("by_name")?,
        at: row.time("at")?,
        until: row.time("until")?,
        ended,
        hidden: row.int("hidden")?,
        last_hidden: row.time_opt("last_hidden")?,
    })
}

/// Filters that nobody has ended and whose time is not long over, seen from inside a write
/// transaction: what the pipeline applies. Events received before the end may still be on their way.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn live_in(tx: &mut Tx, now: Timestamp) -> Result<Vec<Filter>> {
    let rows = Sql::new(COLUMNS)
        .push(" WHERE ended_at IS NULL AND until > ")
        .bind(now.plus_secs(-86_400).as_micros())
        .all_in(tx)
        .await?;
    rows.iter().map(read).collect()
}

/// How many filters hold now, by rule.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn holding(pool: &AnyPool, now: Timestamp) -> Result<Vec<(String, i64)>> {
    let rows = Sql::new("SELECT rule, COUNT(*) AS n FROM rules_filter WHERE ended_at IS NULL AND until > ")
        .bind(now.as_micros())
        .push(" GROUP BY rule")
        .all(pool)
        .await?;
    rows.iter().map(|r| Ok((r.text("rule")?, r.int("n")?))).collect()
}

/// The filters of a rule, newest first.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn of_rule(pool: &AnyPool, rule: &str) -> Result<Vec<Filter>> {
    let rows = Sql::new(COLUMNS)
        .push(" WHERE rule = ")
        .bind(rule.to_owned())
        .push(" ORDER BY at DESC LIMIT 200")
        .all(pool)
        .await?;
    rows.iter().map(read).collect()
}

/// One filter.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn get(pool: &AnyPool, id: &str) -> Result<Option<Filter>> {
    let row = Sql::new(COLUMNS).push(" WHERE id = ").bind(id.to_owned()).optional(pool).await?;
    row.as_ref().map(read).transpose()
}

/// Writes a new filter.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn insert(tx: &mut Tx, filter: &Filter, account: &str) -> Result<()> {
    let conditions = serde_json::to_string(&filter.conditions).map_err(Error::bug)?;
    Sql::new(
        "INSERT INTO rules_filter (id, rule, conditions, reason, by_account, by_name, at, until, hidden) VALUES (",
    )
    .bind(filter.id.clone())
    .comma(filter.rule.clone())
    .comma(conditions)
    .comma(filter.reason.clone())
    .comma(account.to_owned())
    .comma(filter.by_name.clone())
    .comma(filter.at.as_micros())
    .comma(filter.until.as_micros())
    .push(", 0)")
    .run(tx)
    .await?;
    Ok(())
}

/// Ends a filter before its time; `false` when it has ended.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn end(tx: &mut Tx, id: &str, by: &str, at: Timestamp) -> Result<bool> {
    let touched = Sql::new("UPDATE rules_filter SET ended_at = ")
        .bind(at.as_micros())
        .push(", ended_by = ")
        .bind(by.to_owned())
        .push(" WHERE ended_at IS NULL AND until > ")
        .bind(at.as_micros())
        .push(" AND id = ")
        .bind(id.to_owned())
        .run(tx)
        .await?;
    Ok(touched == 1)
}

/// Counts a hidden detection on its filter and keeps it, if it belongs to the sample.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn hide(tx: &mut Tx, hidden: &Hidden) -> Result<()> {
    let at = hidden.time.as_micros();
    let row = Sql::new("UPDATE rules_filter SET hidden = hidden + 1, last_hidden = CASE WHEN last_hidden > ")
        .bind(at)
        .push(" THEN last_hidden ELSE ")
        .bind(at)
        .push(" END WHERE id = ")
        .bind(hidden.filter.to_string())
        .push(" RETURNING hidden")
        .optional_in(tx)
        .await?;
    let Some(n) = row.map(|r| r.int("hidden")).transpose()? else { return Ok(()) };
    let kept = n <= KEEP_FIRST || (n % KEEP_ONE_IN == 0 && n / KEEP_ONE_IN < KEEP_MOST - KEEP_FIRST);
    if !kept {
        return Ok(());
    }
    let fields = serde_json::to_string(&hidden.fields).map_err(Error::bug)?;
    Sql::new(
        "INSERT INTO rules_hidden (filter, detection, time, unit, entity_kind, entity_name, event, fields) VALUES (",
    )
    .bind(hidden.filter.to_string())
    .comma(hidden.detection.clone())
    .comma(at)
    .comma(hidden.unit.as_ref().map(|u| u.as_str().to_owned()))
    .comma(hidden.entity_kind)
    .comma(hidden.entity_name.clone())
    .comma(hidden.event.clone())
    .comma(fields)
    .push(") ON CONFLICT (filter, detection) DO NOTHING")
    .run(tx)
    .await?;
    Ok(())
}

/// One page of what a filter hid, newest first, within the scope, and how many are kept.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn hidden(
    pool: &AnyPool,
    scope: &Scope,
    filter: &str,
    limit: i64,
    offset: i64,
) -> Result<(Vec<Hidden>, i64)> {
    let total = Sql::new("SELECT COUNT(*) FROM rules_hidden WHERE filter = ")
        .bind(filter.to_owned())
        .scope("unit", scope)
        .count(pool)
        .await?;
    let rows = Sql::new(
        "SELECT h.detection AS detection, h.time AS time, h.unit AS unit, h.entity_kind AS entity_kind, \
         h.entity_name AS entity_name, h.event AS event, h.fields AS fields, f.rule AS rule \
         FROM rules_hidden h JOIN rules_filter f ON f.id = h.filter WHERE h.filter = ",
    )
    .bind(filter.to_owned())
    .scope("h.unit", scope)
    .push(" ORDER BY h.time DESC, h.detection")
    .page(limit, offset)
    .all(pool)
    .await?;
    let row = |r: &AnyRow| {
        Ok(Hidden {
            filter: filter.into(),
            rule: r.text("rule")?.into(),
            detection: r.text("detection")?,
            time: r.time("time")?,
            unit: r.text_opt("unit")?.map(UnitId::new),
            entity_kind: kind(&r.text("entity_kind")?),
            entity_name: r.text("entity_name")?,
            event: r.text("event")?,
            fields: serde_json::from_str(&r.text("fields")?).map_err(Error::bug)?,
        })
    };
    Ok((rows.iter().map(row).collect::<Result<_>>()?, total))
}

fn kind(text: &str) -> &'static str {
    engine_detect::EntityKind::parse(text).unwrap_or(engine_detect::EntityKind::Other).as_str()
}
