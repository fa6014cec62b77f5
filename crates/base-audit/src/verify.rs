//! Walking the trail of a database.

use crate::chain::{Broken, Fault, Verified, Walker};
use crate::checkpoint;
use crate::note::{Checkpoint, Verifier};
use crate::sealed::{Entry, ROW_SEPARATOR, SEPARATOR};
use base_core::{Error, Kind, Result};
use base_db::{Db, DbExt, RowExt};

/// Rows read at once, so that memory stays bounded.
const STEP: i64 = 4_000;

/// Walks the whole chain, without looking at signatures.
///
/// # Errors
/// When the database cannot be read. A broken chain is not an error but the answer `Err(Broken)`.
pub async fn verify(db: &Db) -> Result<std::result::Result<Verified, Broken>> {
    walk(db, Vec::new()).await
}

/// Walks the whole chain and holds it against every checkpoint in the database and those of `others`: copies
/// that were sent away, which nobody here could change.
///
/// # Errors
/// As [`verify`].
pub async fn verify_signed(
    db: &Db,
    key: &Verifier,
    others: &[Checkpoint],
) -> Result<std::result::Result<Verified, Broken>> {
    let mut checkpoints = others.to_vec();
    for stored in checkpoint::all(db).await? {
        match Checkpoint::open(&stored.note, key) {
            Ok(opened) if opened.size == stored.size => checkpoints.push(opened),
            _ => return Ok(Err(Broken { seq: 1, fault: Fault::FalseCheckpoint(stored.size) })),
        }
    }
    walk(db, checkpoints).await
}

async fn walk(db: &Db, checkpoints: Vec<Checkpoint>) -> Result<std::result::Result<Verified, Broken>> {
    let mut walker = Walker::new(checkpoints);
    let mut after = 0;
    let mut rows = read(db, after).await?;
    while let Some(last) = rows.last() {
        after = last.seq;
        // Reading the next rows and hashing these go on side by side.
        let work = tokio::task::spawn_blocking(move || {
            let mut walker = walker;
            let outcome = rows.into_iter().try_for_each(|row| walker.push(row));
            outcome.map(|()| walker)
        });
        let next = read(db, after).await?;
        let walked = work.await.map_err(|e| Error::new(Kind::Bug, format!("verifying the trail stopped: {e}")))?;
        walker = match walked {
            Ok(walker) => walker,
            Err(broken) => return Ok(Err(broken)),
        };
        rows = next;
    }
    Ok(walker.finish())
}

/// Rows as one text, because handing over a column, and even a row, costs more than what is in it: the fields with a
/// separator between them, those that may be absent with a sign before them, and a separator between rows. A field that
/// holds a separator makes one piece too many, wherever it stands, and so many rows there are is counted beside it: nothing
/// can be moved between columns or rows unseen. Where the pieces do not fit, the rows are read again column by column.
const JOINED: &str = "SELECT min(seq) AS first_seq, max(seq) AS last_seq, count(*) AS n,
    string_agg(joined, $4 ORDER BY seq) AS joined
    FROM (SELECT seq, CAST(seq AS TEXT) || $3 || CAST(version AS TEXT) || $3 || CAST(at AS TEXT) || $3 ||
        account || $3 || account_name || $3 || coalesce('1' || roles, '0') || $3 || coalesce('1' || peer, '0') || $3 ||
        request || $3 || action || $3 || object_kind || $3 || object_id || $3 || coalesce('1' || unit_id, '0') || $3 ||
        coalesce('1' || before_json, '0') || $3 || coalesce('1' || after_json, '0') || $3 ||
        coalesce('1' || why, '0') || $3 || coalesce('1' || previous, '0') || $3 || hash AS joined
        FROM audit_act WHERE seq > $1 ORDER BY seq LIMIT $2) AS act
    GROUP BY seq / 64 ORDER BY min(seq)";

/// The rows after a number, in order.
pub(crate) async fn read(db: &Db, after: i64) -> Result<Vec<Entry>> {
    let rows = sqlx::query(JOINED).bind(after).bind(STEP).bind(SEPARATOR.to_string()).bind(ROW_SEPARATOR.to_string());
    let rows = rows.fetch_all(db.read()).await.db()?;
    let mut entries = Vec::with_capacity(usize::try_from(STEP).unwrap_or_default());
    for row in &rows {
        let (before, count) = (entries.len(), row.int("n")?);
        let joined = row.text("joined")?;
        let whole = joined.split(ROW_SEPARATOR).map(Entry::from_joined).try_for_each(|entry| {
            entries.push(entry?);
            Some(())
        });
        if whole.is_none() || i64::try_from(entries.len() - before) != Ok(count) {
            entries.truncate(before);
            by_column(db, row.int("first_seq")?, row.int("last_seq")?, &mut entries).await?;
        }
    }
    Ok(entries)
}

/// The rows from one number to another, both with it.
async fn by_column(db: &Db, first: i64, last: i64, entries: &mut Vec<Entry>) -> Result<()> {
    let rows = sqlx::query("SELECT * FROM audit_act WHERE seq >= $1 AND seq <= $2 ORDER BY seq").bind(first).bind(last);
    for row in rows.fetch_all(db.read()).await.db()? {
        entries.push(Entry::from_row(&row)?);
    }
    Ok(())
}
