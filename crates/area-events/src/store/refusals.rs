//! Table `events_refusal`.

use crate::model::Refusal;
use base_core::{Result, Scope, SourceId, Timestamp, UnitId};
use base_db::{AnyPool, RowExt, Sql, Tx};

/// Counts a refusal.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn add(tx: &mut Tx, r: &Refusal) -> Result<()> {
    Sql::new(
        "INSERT INTO events_refusal (day, transport, sender, reason, source, unit, detail, records, last_at) VALUES (",
    )
    .bind(r.day.clone())
    .comma(r.transport.clone())
    .comma(r.sender.clone())
    .comma(r.reason.clone())
    .comma(r.source.as_ref().map(|s| s.as_str().to_owned()))
    .comma(r.unit.as_ref().map(|u| u.as_str().to_owned()))
    .comma(r.detail.clone())
    .comma(r.records)
    .comma(r.last_at.as_micros())
    .push(
        ") ON CONFLICT (day, transport, sender, reason) DO UPDATE SET \
         records = events_refusal.records + excluded.records, detail = excluded.detail, last_at = excluded.last_at, \
         source = excluded.source, unit = excluded.unit",
    )
    .run(tx)
    .await?;
    Ok(())
}

/// Refusals within the scope since `since`, last first, and how many records in all.
/// Those of unknown senders belong to the province.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn list(
    pool: &AnyPool,
    scope: &Scope,
    since: Timestamp,
    source: Option<&SourceId>,
    limit: i64,
    offset: i64,
) -> Result<Vec<Refusal>> {
    let mut sql = Sql::new(
        "SELECT day, transport, sender, reason, source, unit, detail, records, last_at FROM events_refusal WHERE last_at >= ",
    )
    .bind(since.as_micros())
    .scope("unit", scope);
    if let Some(source) = source {
        sql = sql.push(" AND source = ").bind(source.as_str().to_owned());
    }
    let rows = sql.push(" ORDER BY last_at DESC, sender, reason").page(limit, offset).all(pool).await?;
    rows.iter()
        .map(|r| {
            Ok(Refusal {
                day: r.text("day")?,
                transport: r.text("transport")?,
                sender: r.text("sender")?,
                reason: r.text("reason")?,
                source: r.text_opt("source")?.map(SourceId::new),
                unit: r.text_opt("unit")?.map(UnitId::new),
                detail: r.text("detail")?,
                records: r.int("records")?,
                last_at: r.time("last_at")?,
            })
        })
        .collect()
}

/// Rows and records refused within the scope since `since`.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn totals(pool: &AnyPool, scope: &Scope, since: Timestamp) -> Result<(i64, i64)> {
    let row = Sql::new(
        "SELECT COUNT(*) AS rows_n, CAST(COALESCE(SUM(records), 0) AS BIGINT) AS records_n FROM events_refusal \
         WHERE last_at >= ",
    )
    .bind(since.as_micros())
    .scope("unit", scope)
    .one(pool)
    .await?;
    Ok((row.int("rows_n")?, row.int("records_n")?))
}
