//! Tables `warn_warning` and `warn_counter`.

use crate::model::warning::{self, EXPORT_ROWS, PAGE_ROWS};
use crate::model::{ListRequest, Page, Sort, SortKey, State, Warning};
use base_core::fold::fold;
use base_core::{AlertId, Error, Kind, Result, Scope, Severity, Timestamp, UnitId, WarningId};
use base_db::{AnyPool, AnyRow, RowExt, Sql, Tx};

const COLUMNS: &str = "SELECT id, year, number, code, unit, alert, alert_title, severity, subject, body, due_at, state, \
     version, issued_name, issued_at, delivered_at, read_at, read_name, ack_at, ack_name, ack_note, reminders, \
     reminded_at FROM warn_warning WHERE 1 = 1";

fn read(row: &AnyRow) -> Result<Warning> {
    Ok(Warning {
        id: WarningId::new(row.text("id")?),
        year: row.int("year")?,
        number: row.int("number")?,
        code: row.text("code")?,
        unit: UnitId::new(row.text("unit")?),
        alert: row.text_opt("alert")?.map(AlertId::new),
        alert_title: row.text_opt("alert_title")?,
        severity: Severity::from_rank(row.int("severity")?).unwrap_or(Severity::Medium),
        subject: row.text("subject")?,
        body: row.text("body")?,
        due_at: row.time("due_at")?,
        state: State::parse(&row.text("state")?).unwrap_or(State::Sent),
        version: row.int("version")?,
        issued_name: row.text("issued_name")?,
        issued_at: row.time("issued_at")?,
        delivered_at: row.time_opt("delivered_at")?,
        read_at: row.time_opt("read_at")?,
        read_name: row.text_opt("read_name")?,
        ack_at: row.time_opt("ack_at")?,
        ack_name: row.text_opt("ack_name")?,
        ack_note: row.text_opt("ack_note")?,
        reminders: row.int("reminders")?,
        reminded_at: row.time_opt("reminded_at")?,
    })
}

/// The next number of `year`. Numbers have no holes: the counter is part of the transaction.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn next_number(tx: &mut Tx, year: i64) -> Result<i64> {
    let row = Sql::new("INSERT INTO warn_counter (year, last) VALUES (")
        .bind(year)
        .push(", 1) ON CONFLICT (year) DO UPDATE SET last = warn_counter.last + 1 RETURNING last")
        .optional_in(tx)
        .await?;
    match row {
        Some(row) => row.int("last"),
        None => Err(Error::new(Kind::Bug, "the counter of warnings returned no number")),
    }
}

/// Writes a new warning; `issued_by` is the account.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn insert(tx: &mut Tx, w: &Warning, issued_by: &str) -> Result<()> {
    let search = fold(&format!("{} {} {}", w.code, w.subject, w.body));
    Sql::new(
        "INSERT INTO warn_warning (id, year, number, code, unit, alert, alert_title, severity, subject, body, \
         search_text, due_at, state, version, issued_by, issued_name, issued_at, reminders) VALUES (",
    )
    .bind(w.id.as_str().to_owned())
    .comma(w.year)
    .comma(w.number)
    .comma(w.code.clone())
    .comma(w.unit.as_str().to_owned())
    .comma(w.alert.as_ref().map(|a| a.as_str().to_owned()))
    .comma(w.alert_title.clone())
    .comma(w.severity.rank())
    .comma(w.subject.clone())
    .comma(w.body.clone())
    .comma(search)
    .comma(w.due_at.as_micros())
    .comma(w.state.as_str())
    .comma(w.version)
    .comma(issued_by.to_owned())
    .comma(w.issued_name.clone())
    .comma(w.issued_at.as_micros())
    .push(", 0)")
    .run(tx)
    .await?;
    Ok(())
}

/// One warning within the scope.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn get(pool: &AnyPool, scope: &Scope, id: &WarningId) -> Result<Option<Warning>> {
    let query = Sql::new(COLUMNS).push(" AND id = ").bind(id.as_str().to_owned()).scope("unit", scope);
    query.optional(pool).await?.as_ref().map(read).transpose()
}

/// One warning within the scope, seen from inside a write transaction.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn get_in(tx: &mut Tx, scope: &Scope, id: &WarningId) -> Result<Option<Warning>> {
    let query = Sql::new(COLUMNS).push(" AND id = ").bind(id.as_str().to_owned()).scope("unit", scope);
    query.optional_in(tx).await?.as_ref().map(read).transpose()
}

fn filtered(start: &'static str, scope: &Scope, request: &ListRequest) -> Sql {
    let mut sql = Sql::new(start).scope("unit", scope).when(!request.states.is_empty(), |q| {
        q.push(" AND state IN ").bind_list(request.states.iter().map(|s| s.as_str()))
    });
    if let Some(now) = request.overdue_at {
        sql = sql.push(" AND state <> 'acknowledged' AND due_at <= ").bind(now.as_micros());
    }
    if let Some(unit) = &request.unit {
        sql = sql.push(" AND unit = ").bind(unit.as_str().to_owned());
    }
    if let Some(alert) = &request.alert {
        sql = sql.push(" AND alert = ").bind(alert.as_str().to_owned());
    }
    for word in fold(&request.text).split_whitespace().take(8) {
        sql = sql.push(" AND search_text LIKE ").bind(like(word)).push(r" ESCAPE '\'");
    }
    sql
}

/// Warnings a quick search looks through: the newest within the scope.
pub(crate) const LOOKED_THROUGH: i64 = 5_000;

/// Id, number, unit and subject of the newest warnings that have all of `patterns` in what the list searches.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn find(
    pool: &AnyPool,
    scope: &Scope,
    patterns: &[String],
    most: usize,
) -> Result<Vec<(WarningId, String, UnitId, String)>> {
    let mut sql = Sql::new(
        "SELECT n.id, n.code, n.unit, n.subject FROM (SELECT id, code, unit, subject, search_text, issued_at FROM \
         warn_warning WHERE 1 = 1",
    )
    .scope("unit", scope)
    .push(" ORDER BY issued_at DESC, id DESC LIMIT ")
    .bind(LOOKED_THROUGH)
    .push(") AS n WHERE 1 = 1");
    for pattern in patterns {
        sql = sql.push(" AND LOWER(n.code || ' ' || n.search_text) LIKE ").bind(pattern).push(r" ESCAPE '\'");
    }
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let rows = sql.push(" ORDER BY n.issued_at DESC, n.id DESC LIMIT ").bind(most).all(pool).await?;
    let one = |r: &AnyRow| {
        Ok((WarningId::new(r.text("id")?), r.text("code")?, UnitId::new(r.text("unit")?), r.text("subject")?))
    };
    rows.iter().map(one).collect()
}

/// Pattern for LIKE that finds `text` anywhere, with the wild cards in it taken literally.
fn like(text: &str) -> String {
    let mut pattern = String::from("%");
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

const fn order(sort: Sort) -> &'static str {
    match (sort.key, sort.descending) {
        (SortKey::Issued, true) => " ORDER BY issued_at DESC, id DESC",
        (SortKey::Issued, false) => " ORDER BY issued_at, id",
        (SortKey::Due, false) => " ORDER BY CASE WHEN state = 'acknowledged' THEN 1 ELSE 0 END, due_at, id",
        (SortKey::Due, true) => " ORDER BY CASE WHEN state = 'acknowledged' THEN 1 ELSE 0 END, due_at DESC, id",
        (SortKey::Severity, true) => " ORDER BY severity DESC, issued_at DESC, id DESC",
        (SortKey::Severity, false) => " ORDER BY severity, issued_at DESC, id DESC",
        // Not reached yet comes before reached, whichever way the database orders nulls.
        (SortKey::State, true) => {
            " ORDER BY COALESCE(ack_at, 0) DESC, COALESCE(read_at, 0) DESC, COALESCE(delivered_at, 0) DESC, id DESC"
        }
        (SortKey::State, false) => " ORDER BY COALESCE(ack_at, 0), COALESCE(read_at, 0), COALESCE(delivered_at, 0), id",
    }
}

/// One page of the list and the number of rows over all pages.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn list(pool: &AnyPool, scope: &Scope, request: &ListRequest) -> Result<Page<Warning>> {
    let total = filtered("SELECT COUNT(*) FROM warn_warning WHERE 1 = 1", scope, request).count(pool).await?;
    let rows = filtered(COLUMNS, scope, request)
        .push(order(request.sort))
        .page(PAGE_ROWS, request.offset.max(0))
        .all(pool)
        .await?;
    Ok(Page { rows: rows.iter().map(read).collect::<Result<_>>()?, total })
}

/// The rows of the list for an export, [`EXPORT_ROWS`] at most.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn export(pool: &AnyPool, scope: &Scope, request: &ListRequest) -> Result<Vec<Warning>> {
    let sql = filtered(COLUMNS, scope, request).push(order(request.sort)).page(EXPORT_ROWS, 0);
    sql.all(pool).await?.iter().map(read).collect()
}

/// Warnings that are not acknowledged, for the reminding job: soonest due first.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn unanswered(pool: &AnyPool, scope: &Scope) -> Result<Vec<Warning>> {
    let sql = Sql::new(COLUMNS)
        .push(" AND state <> 'acknowledged' AND reminders < ")
        .bind(warning::MAX_REMINDERS)
        .scope("unit", scope)
        .push(" ORDER BY due_at LIMIT 5000");
    sql.all(pool).await?.iter().map(read).collect()
}

/// How many are open, and how many of these overdue, within the scope.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn open_counts(pool: &AnyPool, scope: &Scope, now: Timestamp) -> Result<(i64, i64)> {
    let open = Sql::new("SELECT COUNT(*) FROM warn_warning WHERE state <> 'acknowledged'").scope("unit", scope);
    let late = Sql::new("SELECT COUNT(*) FROM warn_warning WHERE state <> 'acknowledged' AND due_at <= ")
        .bind(now.as_micros())
        .scope("unit", scope);
    Ok((open.count(pool).await?, late.count(pool).await?))
}

/// A mail server took the mail: the state rises to delivered unless it is further already.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn set_delivered(tx: &mut Tx, id: &WarningId, now: Timestamp) -> Result<()> {
    Sql::new("UPDATE warn_warning SET version = version + 1, delivered_at = COALESCE(delivered_at, ")
        .bind(now.as_micros())
        .push("), state = CASE WHEN state = 'sent' THEN 'delivered' ELSE state END WHERE id = ")
        .bind(id.as_str().to_owned())
        .run(tx)
        .await?;
    Ok(())
}

/// The unit opened it for the first time. `false` when somebody had before.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn set_read(tx: &mut Tx, scope: &Scope, id: &WarningId, name: &str, now: Timestamp) -> Result<bool> {
    let touched = Sql::new("UPDATE warn_warning SET version = version + 1, read_at = ")
        .bind(now.as_micros())
        .push(", read_name = ")
        .bind(name.to_owned())
        .push(", state = CASE WHEN state = 'acknowledged' THEN state ELSE 'read' END WHERE id = ")
        .bind(id.as_str().to_owned())
        .push(" AND read_at IS NULL")
        .scope("unit", scope)
        .run(tx)
        .await?;
    Ok(touched == 1)
}

/// The unit acknowledges. `false` when it had before.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn set_acknowledged(
    tx: &mut Tx,
    scope: &Scope,
    id: &WarningId,
    name: &str,
    note: &str,
    now: Timestamp,
) -> Result<bool> {
    let touched = Sql::new("UPDATE warn_warning SET version = version + 1, state = 'acknowledged', ack_at = ")
        .bind(now.as_micros())
        .push(", ack_name = ")
        .bind(name.to_owned())
        .push(", ack_note = ")
        .bind(note.to_owned())
        .push(", read_at = COALESCE(read_at, ")
        .bind(now.as_micros())
        .push("), read_name = COALESCE(read_name, ")
        .bind(name.to_owned())
        .push(") WHERE state <> 'acknowledged' AND id = ")
        .bind(id.as_str().to_owned())
        .scope("unit", scope)
        .run(tx)
        .await?;
    Ok(touched == 1)
}

/// A reminder went into the outbox. `false` when another was faster.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn set_reminded(tx: &mut Tx, warning: &Warning, now: Timestamp) -> Result<bool> {
    let touched = Sql::new("UPDATE warn_warning SET reminders = reminders + 1, reminded_at = ")
        .bind(now.as_micros())
        .push(" WHERE state <> 'acknowledged' AND id = ")
        .bind(warning.id.as_str().to_owned())
        .push(" AND reminders = ")
        .bind(warning.reminders)
        .run(tx)
        .await?;
    Ok(touched == 1)
}
