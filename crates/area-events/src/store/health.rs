//! Tables `events_hour`, `events_unread` and `events_field`.

use crate::model::counts::{HourCounts, UNREAD_SLOTS, Unread};
use crate::model::health::{Hour, NewField};
use base_core::{Result, Scope, SourceId, Timestamp};
use base_db::{AnyPool, RowExt, Sql, Tx};

/// Most names of fields that are kept of one source and kind; a form whose names are data (ids as names) must
/// not fill the table.
const MOST_FIELDS: i64 = 2_000;

/// Adds counts to an hour.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn add_hour(tx: &mut Tx, source: &SourceId, hour: i64, h: &HourCounts) -> Result<()> {
    Sql::new(
        "INSERT INTO events_hour (source, hour, events, bytes, unparsed, timed, lag_sum, lag_most, ahead) VALUES (",
    )
    .bind(source.as_str().to_owned())
    .comma(hour)
    .comma(h.of_minute.events)
    .comma(h.of_minute.bytes)
    .comma(h.of_minute.unparsed)
    .comma(h.timed)
    .comma(h.lag_sum)
    .comma(h.lag_most)
    .comma(h.ahead)
    .push(
        ") ON CONFLICT (source, hour) DO UPDATE SET events = events_hour.events + excluded.events, \
         bytes = events_hour.bytes + excluded.bytes, unparsed = events_hour.unparsed + excluded.unparsed, \
         timed = events_hour.timed + excluded.timed, lag_sum = events_hour.lag_sum + excluded.lag_sum, \
         lag_most = CASE WHEN excluded.lag_most > events_hour.lag_most THEN excluded.lag_most \
         ELSE events_hour.lag_most END, ahead = events_hour.ahead + excluded.ahead",
    )
    .run(tx)
    .await?;
    Ok(())
}

/// Removes hours before `hour`.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn forget_hours(tx: &mut Tx, hour: i64) -> Result<u64> {
    Sql::new("DELETE FROM events_hour WHERE hour < ").bind(hour).run(tx).await
}

/// Keeps a record that could not be read, in the place of an older one.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn add_unread(tx: &mut Tx, source: &SourceId, unread: &Unread) -> Result<()> {
    // The place follows from the time, so a replay of the journal writes the same again.
    let slot = unread.at.as_micros().div_euclid(1_000).rem_euclid(UNREAD_SLOTS);
    Sql::new("INSERT INTO events_unread (source, slot, at, kind, raw) VALUES (")
        .bind(source.as_str().to_owned())
        .comma(slot)
        .comma(unread.at.as_micros())
        .comma(unread.kind.clone())
        .comma(unread.raw.clone())
        .push(") ON CONFLICT (source, slot) DO UPDATE SET at = excluded.at, kind = excluded.kind, raw = excluded.raw")
        .run(tx)
        .await?;
    Ok(())
}

/// Keeps the name of a field, unless it is there or there are too many.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn add_field(tx: &mut Tx, source: &SourceId, kind: &str, name: &str, at: Timestamp) -> Result<()> {
    let own = source.as_str().to_owned();
    Sql::new("INSERT INTO events_field (source, kind, name, first_seen) SELECT ")
        .bind(own.clone())
        .comma(kind.to_owned())
        .comma(name.to_owned())
        .comma(at.as_micros())
        .push(" WHERE (SELECT COUNT(*) FROM events_field WHERE source = ")
        .bind(own)
        .push(" AND kind = ")
        .bind(kind.to_owned())
        .push(") < ")
        .bind(MOST_FIELDS)
        .push(" ON CONFLICT (source, kind, name) DO NOTHING")
        .run(tx)
        .await?;
    Ok(())
}

/// The hours of a source from `hour` on, within the scope. Hours without events are left out.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn hours(pool: &AnyPool, scope: &Scope, source: &SourceId, hour: i64) -> Result<Vec<Hour>> {
    let rows = Sql::new(
        "SELECT h.hour, h.events, h.unparsed, h.timed, h.lag_sum, h.lag_most, h.ahead FROM events_hour h \
         JOIN events_source s ON s.id = h.source WHERE h.source = ",
    )
    .bind(source.as_str().to_owned())
    .push(" AND h.hour >= ")
    .bind(hour)
    .scope("s.unit", scope)
    .push(" ORDER BY h.hour")
    .all(pool)
    .await?;
    rows.iter()
        .map(|r| {
            Ok(Hour {
                hour: r.int("hour")?,
                events: r.int("events")?,
                unparsed: r.int("unparsed")?,
                timed: r.int("timed")?,
                lag_sum: r.int("lag_sum")?,
                lag_most: r.int("lag_most")?,
                ahead: r.int("ahead")?,
            })
        })
        .collect()
}

/// The last records of a source that could not be read, newest first, within the scope.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn unread(pool: &AnyPool, scope: &Scope, source: &SourceId) -> Result<Vec<Unread>> {
    let rows = Sql::new(
        "SELECT u.at, u.kind, u.raw FROM events_unread u JOIN events_source s ON s.id = u.source WHERE u.source = ",
    )
    .bind(source.as_str().to_owned())
    .scope("s.unit", scope)
    .push(" ORDER BY u.at DESC")
    .all(pool)
    .await?;
    rows.iter().map(|r| Ok(Unread { at: r.time("at")?, kind: r.text("kind")?, raw: r.text("raw")? })).collect()
}

/// Fields that came since `since` to kinds of records that the source had been sending before, newest first.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn new_fields(
    pool: &AnyPool,
    scope: &Scope,
    source: &SourceId,
    since: Timestamp,
    learnt: i64,
) -> Result<Vec<NewField>> {
    let rows = Sql::new(
        "SELECT f.kind, f.name, f.first_seen FROM events_field f JOIN events_source s ON s.id = f.source \
         JOIN (SELECT source, kind, MIN(first_seen) AS begun FROM events_field GROUP BY source, kind) b \
         ON b.source = f.source AND b.kind = f.kind WHERE f.source = ",
    )
    .bind(source.as_str().to_owned())
    .push(" AND f.first_seen >= ")
    .bind(since.as_micros())
    .push(" AND f.first_seen >= b.begun + ")
    .bind(learnt)
    .scope("s.unit", scope)
    .push(" ORDER BY f.first_seen DESC, f.name LIMIT 100")
    .all(pool)
    .await?;
    let read = |r: &base_db::AnyRow| {
        Ok(NewField { kind: r.text("kind")?, name: r.text("name")?, first_seen: r.time("first_seen")? })
    };
    rows.iter().map(read).collect()
}
