//! Tables `events_upload` and `events_upload_skip`.

use crate::model::{Upload, UploadSkip, UploadState};
use base_core::{Result, Scope, SourceId, Timestamp, UnitId};
use base_db::{AnyPool, AnyRow, RowExt, Sql, Tx};

const COLUMNS: &str = "SELECT id, source, unit, file_name, bytes, format, state, records, skipped, lost, message, \
     by_name, at, finished_at FROM events_upload WHERE 1 = 1";

fn read(row: &AnyRow) -> Result<Upload> {
    Ok(Upload {
        id: row.text("id")?,
        source: SourceId::new(row.text("source")?),
        unit: row.text_opt("unit")?.map(UnitId::new),
        file_name: row.text("file_name")?,
        bytes: row.int("bytes")?,
        format: row.text_opt("format")?,
        state: UploadState::parse(&row.text("state")?),
        records: row.int("records")?,
        skipped: row.int("skipped")?,
        lost: row.int("lost")?,
        message: row.text_opt("message")?,
        by_name: row.text("by_name")?,
        at: row.time("at")?,
        finished_at: row.time_opt("finished_at")?,
    })
}

/// Writes a new upload.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn insert(tx: &mut Tx, u: &Upload, account: &str) -> Result<()> {
    Sql::new(
        "INSERT INTO events_upload (id, source, unit, file_name, bytes, state, records, skipped, lost, by_account, \
         by_name, at) VALUES (",
    )
    .bind(u.id.clone())
    .comma(u.source.as_str().to_owned())
    .comma(u.unit.as_ref().map(|x| x.as_str().to_owned()))
    .comma(u.file_name.clone())
    .comma(u.bytes)
    .comma(u.state.as_str())
    .comma(u.records)
    .comma(u.skipped)
    .comma(u.lost)
    .comma(account.to_owned())
    .comma(u.by_name.clone())
    .comma(u.at.as_micros())
    .push(")")
    .run(tx)
    .await?;
    Ok(())
}

/// Writes how far the reading has come.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn set_progress(tx: &mut Tx, u: &Upload) -> Result<()> {
    Sql::new("UPDATE events_upload SET state = ")
        .bind(u.state.as_str())
        .push(", format = ")
        .bind(u.format.clone())
        .push(", records = ")
        .bind(u.records)
        .push(", skipped = ")
        .bind(u.skipped)
        .push(", lost = ")
        .bind(u.lost)
        .push(", message = ")
        .bind(u.message.clone())
        .push(", finished_at = ")
        .bind(u.finished_at.map(Timestamp::as_micros))
        .push(" WHERE id = ")
        .bind(u.id.clone())
        .run(tx)
        .await?;
    Ok(())
}

/// Writes a skipped place; one written before (by a reading that was interrupted) stays.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn add_skip(tx: &mut Tx, upload: &str, position: i64, s: &UploadSkip) -> Result<()> {
    Sql::new("INSERT INTO events_upload_skip (upload, position, input, place, reason, remedy, lost) VALUES (")
        .bind(upload.to_owned())
        .comma(position)
        .comma(s.input.clone())
        .comma(s.place.clone())
        .comma(s.reason.clone())
        .comma(s.remedy.clone())
        .comma(s.lost)
        .push(") ON CONFLICT (upload, position) DO NOTHING")
        .run(tx)
        .await?;
    Ok(())
}

/// One upload within the scope.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn get(pool: &AnyPool, scope: &Scope, id: &str) -> Result<Option<Upload>> {
    let query = Sql::new(COLUMNS).push(" AND id = ").bind(id.to_owned()).scope("unit", scope);
    query.optional(pool).await?.as_ref().map(read).transpose()
}

/// Uploads within the scope, last first.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn list(pool: &AnyPool, scope: &Scope, limit: i64, offset: i64) -> Result<(Vec<Upload>, i64)> {
    let total = Sql::new("SELECT COUNT(*) FROM events_upload WHERE 1 = 1").scope("unit", scope).count(pool).await?;
    let rows = Sql::new(COLUMNS).scope("unit", scope).push(" ORDER BY at DESC, id DESC").page(limit, offset);
    Ok((rows.all(pool).await?.iter().map(read).collect::<Result<_>>()?, total))
}

/// Uploads whose reading was interrupted by a stop of the program. A system job.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn running(pool: &AnyPool, scope: &Scope) -> Result<Vec<Upload>> {
    let rows = Sql::new(COLUMNS).push(" AND state = 'running'").scope("unit", scope).push(" ORDER BY id LIMIT 1000");
    rows.all(pool).await?.iter().map(read).collect()
}

/// Skipped places of an upload the caller has read with a scope.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn skips(pool: &AnyPool, upload: &str) -> Result<Vec<UploadSkip>> {
    let rows = Sql::new("SELECT input, place, reason, remedy, lost FROM events_upload_skip WHERE upload = ")
        .bind(upload.to_owned())
        .push(" ORDER BY position LIMIT 1000")
        .all(pool)
        .await?;
    rows.iter()
        .map(|r| {
            Ok(UploadSkip {
                input: r.text("input")?,
                place: r.text("place")?,
                reason: r.text("reason")?,
                remedy: r.text("remedy")?,
                lost: r.int("lost")?,
            })
        })
        .collect()
}
