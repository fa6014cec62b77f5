//! Tables `events_source_total`, `events_minute` and `events_checkpoint`.

use crate::model::counts::{Checkpoint, MinuteCounts, Totals};
use base_core::{Result, Scope, SourceId, Timestamp};
use base_db::{AnyPool, RowExt, Sql, Tx};

/// Adds counts to a source's totals.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn add_totals(tx: &mut Tx, source: &SourceId, t: &Totals) -> Result<()> {
    Sql::new(
        "INSERT INTO events_source_total (source, first_seen, last_seen, events, bytes, unparsed, truncated, not_utf8, \
         no_time) VALUES (",
    )
    .bind(source.as_str().to_owned())
    .comma(t.first_seen.as_micros())
    .comma(t.last_seen.as_micros())
    .comma(t.events)
    .comma(t.bytes)
    .comma(t.unparsed)
    .comma(t.truncated)
    .comma(t.not_utf8)
    .comma(t.no_time)
    .push(
        ") ON CONFLICT (source) DO UPDATE SET \
         first_seen = CASE WHEN excluded.first_seen < events_source_total.first_seen THEN excluded.first_seen \
         ELSE events_source_total.first_seen END, \
         last_seen = CASE WHEN excluded.last_seen > events_source_total.last_seen THEN excluded.last_seen \
         ELSE events_source_total.last_seen END, \
         events = events_source_total.events + excluded.events, \
         bytes = events_source_total.bytes + excluded.bytes, \
         unparsed = events_source_total.unparsed + excluded.unparsed, \
         truncated = events_source_total.truncated + excluded.truncated, \
         not_utf8 = events_source_total.not_utf8 + excluded.not_utf8, \
         no_time = events_source_total.no_time + excluded.no_time",
    )
    .run(tx)
    .await?;
    Ok(())
}

/// Adds counts to a minute.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn add_minute(tx: &mut Tx, source: &SourceId, minute: i64, m: &MinuteCounts) -> Result<()> {
    Sql::new("INSERT INTO events_minute (source, minute, events, bytes, unparsed) VALUES (")
        .bind(source.as_str().to_owned())
        .comma(minute)
        .comma(m.events)
        .comma(m.bytes)
        .comma(m.unparsed)
        .push(
            ") ON CONFLICT (source, minute) DO UPDATE SET events = events_minute.events + excluded.events, \
             bytes = events_minute.bytes + excluded.bytes, unparsed = events_minute.unparsed + excluded.unparsed",
        )
        .run(tx)
        .await?;
    Ok(())
}

/// Removes minutes before `minute`.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn forget_minutes(tx: &mut Tx, minute: i64) -> Result<u64> {
    Sql::new("DELETE FROM events_minute WHERE minute < ").bind(minute).run(tx).await
}

/// Events and unreadable ones per minute, from `minute` on, for the sources in scope, or for
/// one of them. Minutes without events are left out.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn minutes(
    pool: &AnyPool,
    scope: &Scope,
    source: Option<&SourceId>,
    minute: i64,
) -> Result<Vec<(i64, i64, i64)>> {
    let mut sql = Sql::new(
        "SELECT m.minute AS minute, CAST(SUM(m.events) AS BIGINT) AS events, CAST(SUM(m.unparsed) AS BIGINT) AS unparsed \
         FROM events_minute m JOIN events_source s ON s.id = m.source WHERE m.minute >= ",
    )
    .bind(minute)
    .scope("s.unit", scope);
    if let Some(source) = source {
        sql = sql.push(" AND m.source = ").bind(source.as_str().to_owned());
    }
    let rows = sql.push(" GROUP BY m.minute ORDER BY m.minute").all(pool).await?;
    rows.iter().map(|r| Ok((r.int("minute")?, r.int("events")?, r.int("unparsed")?))).collect()
}

/// Keeps how far a consumer of the journal has come.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn set_checkpoint(
    tx: &mut Tx,
    consumer: &str,
    instance: u64,
    at: Checkpoint,
    now: Timestamp,
) -> Result<()> {
    let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    Sql::new("INSERT INTO events_checkpoint (consumer, instance, next_seq, warm_seq, at) VALUES (")
        .bind(consumer.to_owned())
        .comma(format!("{instance:016x}"))
        .comma(number(at.next))
        .comma(number(at.warm))
        .comma(now.as_micros())
        .push(
            ") ON CONFLICT (consumer) DO UPDATE SET instance = excluded.instance, next_seq = excluded.next_seq, \
             warm_seq = excluded.warm_seq, at = excluded.at",
        )
        .run(tx)
        .await?;
    Ok(())
}

/// How far a consumer has come in the journal `instance`; `None` when it has not begun, or
/// when the journal is another one.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn checkpoint(pool: &AnyPool, consumer: &str, instance: u64) -> Result<Option<Checkpoint>> {
    let row = Sql::new("SELECT next_seq, warm_seq FROM events_checkpoint WHERE consumer = ")
        .bind(consumer.to_owned())
        .push(" AND instance = ")
        .bind(format!("{instance:016x}"))
        .optional(pool)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let number = |column| row.int(column).map(|n| u64::try_from(n).unwrap_or(0));
    Ok(Some(Checkpoint { next: number("next_seq")?, warm: number("warm_seq")? }))
}
