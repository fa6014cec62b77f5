//! Table `events_gap`: times in which the disk was full.

use crate::model::gap::Gap;
use base_core::Result;
use base_db::{AnyPool, AnyRow, RowExt, Sql, Tx};

fn read(row: &AnyRow) -> Result<Gap> {
    let count = |name| Ok::<_, base_core::Error>(u64::try_from(row.int(name)?).unwrap_or(0));
    Ok(Gap {
        began: row.time("began")?,
        ended: row.time_opt("ended")?,
        requests: count("requests")?,
        lost: count("lost")?,
    })
}

/// Writes a gap as it is now.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn put(tx: &mut Tx, gap: &Gap) -> Result<()> {
    let count = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    Sql::new("INSERT INTO events_gap (began, ended, requests, lost) VALUES (")
        .bind(gap.began.as_micros())
        .comma(gap.ended.map(base_core::Timestamp::as_micros))
        .comma(count(gap.requests))
        .comma(count(gap.lost))
        .push(
            ") ON CONFLICT (began) DO UPDATE SET ended = excluded.ended, requests = excluded.requests, \
             lost = excluded.lost",
        )
        .run(tx)
        .await?;
    Ok(())
}

/// The gap that has not ended, if there is one.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn open(pool: &AnyPool) -> Result<Option<Gap>> {
    let sql =
        Sql::new("SELECT began, ended, requests, lost FROM events_gap WHERE ended IS NULL ORDER BY began DESC LIMIT 1");
    sql.optional(pool).await?.as_ref().map(read).transpose()
}

/// The last gaps, newest first.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn last(pool: &AnyPool, most: i64) -> Result<Vec<Gap>> {
    let sql = Sql::new("SELECT began, ended, requests, lost FROM events_gap ORDER BY began DESC").page(most, 0);
    sql.all(pool).await?.iter().map(read).collect()
}
