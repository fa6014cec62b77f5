//! What runs by itself: writing refusals down, forgetting old minutes.

use crate::ops::commit_counts;
use crate::refusals::RefusalLog;
use base_core::SharedClock;
use base_db::Db;
use std::sync::Arc;
use std::time::Duration;

/// How often refusals are written down.
const PACE: Duration = Duration::from_secs(3);
/// Every so many rounds old minutes are removed: about once an hour.
const ROUNDS_PER_CLEANING: u32 = 1_200;

/// Runs until dropped. May be dropped at any moment; call [`RefusalLog::flush`] once more at the end.
pub async fn run(db: Db, clock: SharedClock, refusals: Arc<RefusalLog>) {
    let mut round = 0_u32;
    loop {
        if let Err(error) = refusals.flush(&db).await {
            tracing::warn!(error = %error, "refusals could not be written down; trying again");
        }
        if round.is_multiple_of(ROUNDS_PER_CLEANING)
            && let Err(error) = commit_counts::forget_old_minutes(&db, clock.now()).await
        {
            tracing::warn!(error = %error, "old counts could not be removed; trying again in an hour");
        }
        round = round.wrapping_add(1);
        tokio::time::sleep(PACE).await;
    }
}
