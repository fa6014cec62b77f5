//! Refusals are gathered in memory and written every few seconds: a sender that is refused
//! a thousand times a second must not cause a thousand transactions.

use crate::model::{Reason, Refusal};
use crate::store::refusals;
use base_core::{Result, SourceId, Timestamp, UnitId};
use base_db::Db;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Most senders and reasons kept between two writes; further ones are counted under "…".
const MAX_KEPT: usize = 1_000;
/// Longest detail, in characters.
const MAX_DETAIL_CHARS: usize = 300;

/// Who was refused what.
#[derive(Clone, Debug)]
pub struct Note<'a> {
    /// The word of the transport.
    pub transport: &'static str,
    /// Address or name of the sender.
    pub sender: &'a str,
    /// Why.
    pub reason: Reason,
    /// The source, when known.
    pub source: Option<(&'a SourceId, Option<&'a UnitId>)>,
    /// What was wrong.
    pub detail: &'a str,
    /// How many records, or 1 for a request whose records could not be counted.
    pub records: u64,
    /// When.
    pub at: Timestamp,
}

type Key = (&'static str, String, Reason);

/// Gathers refusals.
#[derive(Debug, Default)]
pub struct RefusalLog {
    kept: Mutex<HashMap<Key, Refusal>>,
    full: Mutex<Full>,
}

/// What a full disk has cost.
#[derive(Debug, Default)]
struct Full {
    /// The first refusal since somebody asked.
    first: Option<Timestamp>,
    /// The last refusal of all.
    last: Option<Timestamp>,
    /// Requests sent back since the server started.
    requests: u64,
}

impl RefusalLog {
    /// The journal did not take records, because the disk is full.
    pub fn disk_full(&self, at: Timestamp) {
        let mut full = self.full.lock().unwrap_or_else(PoisonError::into_inner);
        full.first.get_or_insert(at);
        full.last = full.last.max(Some(at));
    }

    /// When the disk was first found full since the last call; `None` when it was not.
    pub(crate) fn take_full(&self) -> Option<Timestamp> {
        self.full.lock().unwrap_or_else(PoisonError::into_inner).first.take()
    }

    /// When the disk was last found full since the server started.
    #[must_use]
    pub fn last_full(&self) -> Option<Timestamp> {
        self.full.lock().unwrap_or_else(PoisonError::into_inner).last
    }

    /// Requests that were sent back since the server started, because nothing could be written.
    pub(crate) fn sent_back(&self) -> u64 {
        self.full.lock().unwrap_or_else(PoisonError::into_inner).requests
    }

    /// Counts a refusal.
    pub fn note(&self, note: &Note<'_>) {
        let records = i64::try_from(note.records).unwrap_or(i64::MAX);
        if note.reason == Reason::Full {
            self.full.lock().unwrap_or_else(PoisonError::into_inner).requests += 1;
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let mut key: Key = (note.transport, note.sender.chars().take(100).collect(), note.reason);
        if kept.len() >= MAX_KEPT && !kept.contains_key(&key) {
            key.1 = "…".to_owned();
        }
        let detail: String = note.detail.chars().take(MAX_DETAIL_CHARS).collect();
        let (transport, sender, reason) = (note.transport.to_owned(), key.1.clone(), note.reason.as_str().to_owned());
        let known = kept.entry(key).or_insert_with(|| Refusal {
            day: note.at.utc_day(),
            transport,
            sender,
            reason,
            source: None,
            unit: None,
            detail: String::new(),
            records: 0,
            last_at: note.at,
        });
        known.records = known.records.saturating_add(records);
        known.last_at = known.last_at.max(note.at);
        known.detail = detail;
        known.source = note.source.map(|s| s.0.clone());
        known.unit = note.source.and_then(|s| s.1.cloned());
    }

    /// Writes what was gathered. What cannot be written is kept for the next time.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn flush(&self, db: &Db) -> Result<usize> {
        let gathered = std::mem::take(&mut *self.kept.lock().unwrap_or_else(PoisonError::into_inner));
        if gathered.is_empty() {
            return Ok(0);
        }
        match write(db, &gathered).await {
            Ok(()) => Ok(gathered.len()),
            Err(error) => {
                let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
                for (key, refusal) in gathered {
                    let records = refusal.records;
                    kept.entry(key).and_modify(|k| k.records = k.records.saturating_add(records)).or_insert(refusal);
                }
                Err(error)
            }
        }
    }
}

async fn write(db: &Db, gathered: &HashMap<Key, Refusal>) -> Result<()> {
    let mut tx = db.begin().await?;
    for refusal in gathered.values() {
        refusals::add(&mut tx, refusal).await?;
    }
    tx.commit().await
}
