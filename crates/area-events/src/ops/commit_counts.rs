//! What the pipeline writes besides alerts: counts per source, and how far it has come.
//!
//! System jobs without a person; the caller hands in its transaction, so that alerts, counts
//! and checkpoint commit together and a replay counts nothing twice.

use crate::model::BatchCounts;
use crate::model::counts::{Checkpoint, minute_of};
use crate::store::counts;
use base_core::{Result, Timestamp};
use base_db::{Db, Tx};

/// Days for which counts per minute are kept.
const KEEP_DAYS: i64 = 8;

/// Adds the counts of a batch.
///
/// # Errors
/// When the database does not answer.
pub async fn commit_counts(tx: &mut Tx, batch: &BatchCounts) -> Result<()> {
    for (source, totals) in &batch.totals {
        counts::add_totals(tx, source, totals).await?;
    }
    for ((source, minute), m) in &batch.minutes {
        counts::add_minute(tx, source, *minute, m).await?;
    }
    Ok(())
}

/// Keeps how far `consumer` has come in the journal `instance`.
///
/// # Errors
/// When the database does not answer.
pub async fn set_checkpoint(tx: &mut Tx, consumer: &str, instance: u64, at: Checkpoint, now: Timestamp) -> Result<()> {
    counts::set_checkpoint(tx, consumer, instance, at, now).await
}

/// Where `consumer` goes on in the journal `instance`; `None` when it has not begun there.
///
/// # Errors
/// When the database does not answer.
pub async fn checkpoint(db: &Db, consumer: &str, instance: u64) -> Result<Option<Checkpoint>> {
    counts::checkpoint(db.read(), consumer, instance).await
}

/// Removes counts per minute that are older than they are kept; to be run once an hour.
///
/// # Errors
/// When the database does not answer.
pub async fn forget_old_minutes(db: &Db, now: Timestamp) -> Result<u64> {
    let mut tx = db.begin().await?;
    let removed = counts::forget_minutes(&mut tx, minute_of(now.plus_secs(-KEEP_DAYS * 86_400))).await?;
    tx.commit().await?;
    Ok(removed)
}
