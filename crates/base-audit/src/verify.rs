//! Walking the trail of a database.

use crate::chain::{Broken, Fault, Verified, Walker};
use crate::checkpoint;
use crate::note::{Checkpoint, Verifier};
use crate::sealed::Entry;
use base_core::{Error, Kind, Result};
use base_db::{Db, DbExt};

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

/// The rows after a number, in order.
pub(crate) async fn read(db: &Db, after: i64) -> Result<Vec<Entry>> {
    let rows = sqlx::query("SELECT * FROM audit_act WHERE seq > $1 ORDER BY seq LIMIT $2")
        .bind(after)
        .bind(STEP)
        .fetch_all(db.read())
        .await
        .db()?;
    rows.iter().map(Entry::from_row).collect()
}
