//! What the pipeline writes besides alerts: counts per source, and how far it has come.
//!
//! System jobs without a person; the caller hands in its transaction, so that alerts, counts
//! and checkpoint commit together and a replay counts nothing twice.

use crate::model::BatchCounts;
use crate::model::counts::{Checkpoint, minute_of};
use crate::store::{counts, health};
use base_core::{Result, SourceId, Timestamp};
use base_db::{Db, Tx};
use std::collections::HashSet;
use std::hash::{Hash, Hasher};
use std::sync::{Mutex, PoisonError};

/// Days for which counts per minute are kept.
const KEEP_DAYS: i64 = 8;
/// Days for which counts per hour are kept.
const KEEP_HOURS_DAYS: i64 = 35;

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
    for ((source, hour), h) in &batch.hours {
        health::add_hour(tx, source, *hour, h).await?;
    }
    for (source, unread) in &batch.unread {
        for record in unread {
            health::add_unread(tx, source, record).await?;
        }
    }
    Ok(())
}

/// Keeps names of fields that were not there before: a form that changes. `known` saves asking the database
/// for what it has already said.
///
/// # Errors
/// When the database does not answer.
pub async fn commit_fields(tx: &mut Tx, batch: &BatchCounts, known: &KnownFields) -> Result<()> {
    for ((source, kind), (_, names)) in &batch.fields {
        for (name, at) in names {
            if known.is_new(source, kind, name) {
                health::add_field(tx, source, kind, name, *at).await?;
            }
        }
    }
    Ok(())
}

/// Names of fields that are in the database already, as far as this process has seen them.
#[derive(Debug, Default)]
pub struct KnownFields(Mutex<HashSet<u64>>);

/// Names that are remembered; when they are more, it begins anew and asks the database once more.
const MOST_KNOWN: usize = 200_000;

impl KnownFields {
    fn is_new(&self, source: &SourceId, kind: &str, name: &str) -> bool {
        let mut hasher = std::hash::DefaultHasher::new();
        (source.as_str(), kind, name).hash(&mut hasher);
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST_KNOWN {
            known.clear();
        }
        known.insert(hasher.finish())
    }
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
    health::forget_hours(&mut tx, minute_of(now.plus_secs(-KEEP_HOURS_DAYS * 86_400)).div_euclid(60)).await?;
    tx.commit().await?;
    Ok(removed)
}
