//! A question in SQL: within the person's scope, which the table itself enforces, and in the trail.

use base_audit::Act;
use base_authz::{Action, Caller};
use base_core::{Error, Kind, Result, Timestamp};
use base_db::Db;
use engine_lake::{LakeTables, SqlError, SqlRequest, SqlRows};
use serde_json::json;

/// Most rows of an answer on the page.
pub const MAX_ROWS: usize = 1_000;
/// Most rows of an answer taken out as a file or by the API.
pub const MAX_FILE_ROWS: usize = 100_000;

/// Answers a statement; it stands in the audit trail before it is worked on.
///
/// # Errors
/// `Forbidden` without the right; when the database does not answer. What is wrong with the
/// statement, or what limit it met, is the inner error.
pub async fn ask(
    db: &Db,
    tables: &dyn LakeTables,
    caller: &Caller,
    statement: &str,
    span: (Option<Timestamp>, Option<Timestamp>),
    max_rows: usize,
) -> Result<std::result::Result<SqlRows, SqlError>> {
    let scope = caller.require(Action::EventsSearch)?;
    if max_rows > MAX_ROWS {
        caller.require(Action::EventsExport)?;
    }
    let shown: String = statement.chars().take(engine_lake::MAX_SQL_CHARS).collect();
    let mut tx = db.begin().await?;
    let act = Act::new("events.sql", "events", "sql").change(None, Some(json!({"statement": shown, "most": max_rows})));
    base_audit::record(&mut tx, caller, act).await?;
    tx.commit().await?;
    let (from, until) = span;
    let request = SqlRequest { statement: statement.to_owned(), from, until, max_rows, ..SqlRequest::default() };
    match tables.sql(&scope, &request).await {
        Err(SqlError::Lake(error)) => Err(Error::new(Kind::Unavailable, error.to_string()).caused_by(error)),
        answer => Ok(answer),
    }
}
