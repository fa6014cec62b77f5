//! Signs the trail once a day, and carries what was signed to others until they have it.

use crate::ports::Courier;
use base_audit::{Signed, Signer, mark_sent, newest_checkpoints, sign};
use base_core::{Result, SharedClock, Timestamp};
use base_db::Db;
use std::sync::Arc;
use std::time::Duration;

/// Seconds between two signatures.
const EVERY_SECS: i64 = 86_400;
/// How often the job looks whether something is due.
const LOOK: Duration = Duration::from_secs(60);
/// Checkpoints that are looked through for one not sent yet: a month of days without the third party.
const BACKLOG: i64 = 31;

/// The job.
#[derive(Debug)]
pub struct SignJob {
    /// The records.
    pub db: Db,
    /// Signs.
    pub signer: Arc<Signer>,
    /// Where checkpoints go.
    pub couriers: Arc<[Arc<dyn Courier>]>,
    /// What time it is.
    pub clock: SharedClock,
}

impl SignJob {
    /// Runs until it is dropped. Failures are logged and tried again.
    pub async fn run(self) {
        let mut told = false;
        loop {
            match self.step(self.clock.now()).await {
                Ok(()) => told = false,
                // Once, not every minute.
                Err(error) if !told => {
                    told = true;
                    tracing::error!(%error, "the audit trail cannot be signed or its checkpoint cannot be sent; it will be tried again");
                }
                Err(_) => {}
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Signs when a day has passed, and sends what was not sent.
    ///
    /// # Errors
    /// When the trail is broken or cannot be read, or a courier could not deliver.
    pub async fn step(&self, now: Timestamp) -> Result<()> {
        let last = newest_checkpoints(&self.db, 1).await?;
        if last.first().is_none_or(|l| l.at.plus_secs(EVERY_SECS) <= now) {
            self.sign(now).await?;
        }
        self.send(now).await
    }

    /// Signs now, where something was added.
    ///
    /// # Errors
    /// When the trail is broken or cannot be read.
    pub async fn sign(&self, now: Timestamp) -> Result<Option<Signed>> {
        match sign(&self.db, &self.signer, now).await? {
            Ok(signed) => Ok(signed),
            Err(broken) => {
                let message = format!("the audit trail is not whole: {broken}; it is not signed any more");
                Err(base_core::Error::new(base_core::Kind::Conflict, message))
            }
        }
    }

    async fn send(&self, now: Timestamp) -> Result<()> {
        if self.couriers.is_empty() {
            return Ok(());
        }
        // The newest covers all before it; older ones that were never sent narrow a later search down.
        for signed in newest_checkpoints(&self.db, BACKLOG).await?.iter().rev().filter(|s| s.sent_at.is_none()) {
            let mut places = Vec::new();
            for courier in self.couriers.iter() {
                courier.send(signed).await?;
                places.push(courier.place());
            }
            mark_sent(&self.db, signed.size, &places.join(", "), now).await?;
        }
        Ok(())
    }
}
