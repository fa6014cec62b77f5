//! Keeps the gaps that a full disk leaves in what was received.
//!
//! A system job without a person: who looks after the disk calls [`GapKeeper::look`] every few seconds. A full disk
//! may refuse this record as well; it is kept in memory then and written when there is room.

use crate::model::gap::Gap;
use crate::ports::Inputs;
use crate::refusals::RefusalLog;
use crate::store::gaps;
use base_core::{Result, Timestamp};
use base_db::Db;
use std::sync::{Arc, PoisonError};

/// Most gaps that wait to be written; of further ones the last is made longer.
const MOST_WAITING: usize = 100;

/// Requests sent back and datagrams lost since the server started.
type Counts = (u64, u64);

/// The gap that is open, and those that are still to be written.
#[derive(Debug)]
pub struct GapKeeper {
    refusals: Arc<RefusalLog>,
    inputs: Inputs,
    open: Option<Gap>,
    ended: Vec<Gap>,
    counted: Counts,
    /// Whether what an earlier run of the server left open has been read.
    recalled: bool,
}

impl GapKeeper {
    /// Begins to watch; what was counted before is nobody's gap.
    #[must_use]
    pub fn new(refusals: Arc<RefusalLog>, inputs: Inputs) -> Self {
        Self { refusals, inputs, open: None, ended: Vec::new(), counted: (0, 0), recalled: false }
    }

    fn counts(&self) -> Counts {
        let inputs = self.inputs.read().unwrap_or_else(PoisonError::into_inner);
        (self.refusals.sent_back(), inputs.iter().map(|i| i.counters.counts().dropped).sum())
    }

    /// Takes note of what has happened since the last look. `refusing` says that new events are refused, since the
    /// room that is left belongs to alerts and records.
    ///
    /// # Errors
    /// When it cannot be written now; the next look tries again.
    pub async fn look(&mut self, db: &Db, refusing: bool, now: Timestamp) -> Result<()> {
        if !self.recalled {
            self.open = gaps::open(db.read()).await?.or(self.open.take());
            self.recalled = true;
        }
        let full = self.refusals.take_full();
        let counted = self.counts();
        let (requests, lost) = (counted.0 - self.counted.0, counted.1 - self.counted.1);
        self.counted = counted;
        if refusing || full.is_some() {
            let began = full.unwrap_or(now);
            self.open.get_or_insert(Gap { began, ended: None, requests: 0, lost: 0 });
        }
        let Some(gap) = &mut self.open else { return self.write(db).await };
        gap.requests += requests;
        gap.lost += lost;
        if !refusing && full.is_none() {
            gap.ended = Some(now);
            self.ended.extend(self.open.take());
            self.shorten();
        }
        self.write(db).await
    }

    fn shorten(&mut self) {
        if self.ended.len() > MOST_WAITING
            && let (Some(last), Some(before)) = (self.ended.pop(), self.ended.last_mut())
        {
            before.ended = last.ended;
            before.requests += last.requests;
            before.lost += last.lost;
        }
    }

    async fn write(&mut self, db: &Db) -> Result<()> {
        if self.ended.is_empty() && self.open.is_none() {
            return Ok(());
        }
        let mut tx = db.begin().await?;
        for gap in self.ended.iter().chain(&self.open) {
            gaps::put(&mut tx, gap).await?;
        }
        tx.commit().await?;
        self.ended.clear();
        Ok(())
    }
}
