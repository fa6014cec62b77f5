//! Walking the trail of a database.

use crate::chain::{Broken, Fault, Verified, Walker};
use crate::checkpoint;
use crate::note::{Checkpoint, Verifier};
use crate::sealed::{Entry, SEPARATOR};
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

/// A row as one text, because handing over a column costs more than what is in it: the fields with a separator between
/// them, those that may be absent with a sign before them. A field that holds the separator makes one field too many,
/// wherever it stands, so nothing can be moved between columns unseen; such a row is read again column by column.
const JOINED: &str = "SELECT CAST(seq AS TEXT) || $3 || CAST(version AS TEXT) || $3 || CAST(at AS TEXT) || $3 ||
    account || $3 || account_name || $3 || coalesce('1' || roles, '0') || $3 || coalesce('1' || peer, '0') || $3 ||
    request || $3 || action || $3 || object_kind || $3 || object_id || $3 || coalesce('1' || unit_id, '0') || $3 ||
    coalesce('1' || before_json, '0') || $3 || coalesce('1' || after_json, '0') || $3 || coalesce('1' || why, '0') ||
    $3 || coalesce('1' || previous, '0') || $3 || hash AS joined, seq
    FROM audit_act WHERE seq > $1 ORDER BY seq LIMIT $2";

/// The rows after a number, in order.
pub(crate) async fn read(db: &Db, after: i64) -> Result<Vec<Entry>> {
    let rows =
        sqlx::query(JOINED).bind(after).bind(STEP).bind(SEPARATOR.to_string()).fetch_all(db.read()).await.db()?;
    let mut entries = Vec::with_capacity(rows.len());
    for row in &rows {
        match Entry::from_joined(&row.text("joined")?) {
            Some(entry) => entries.push(entry),
            None => {
                let seq = row.int("seq")?;
                let row = sqlx::query("SELECT * FROM audit_act WHERE seq = $1").bind(seq).fetch_one(db.read());
                entries.push(Entry::from_row(&row.await.db()?)?);
            }
        }
    }
    Ok(entries)
}
