//! What looks after sources beside requests: what was refused, old counts, silent sources.

use crate::app::Kept;
use crate::ports::SilencesOnDesk;
use area_events::ops::commit_counts;
use area_events::ops::watch_silence::SilenceWatch;
use area_events::refusals::RefusalLog;
use base_core::Lang;
use base_i18n::{Strings, Tr};
use base_web::Broadcaster;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// How often refusals are written.
const FLUSH_REFUSALS_EVERY: Duration = Duration::from_secs(5);
/// Writings of refusals between two removals of old counts.
const FORGET_EVERY: u32 = 720;
/// How often silent sources are looked for.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// Writes refusals, removes old counts.
pub(crate) async fn housekeeping(kept: Kept, refusals: Arc<RefusalLog>) {
    let mut rounds = 0_u32;
    loop {
        tokio::time::sleep(FLUSH_REFUSALS_EVERY).await;
        if let Err(error) = refusals.flush(&kept.db).await {
            tracing::warn!(%error, "refusals could not be written; they are kept for the next time");
        }
        if rounds.is_multiple_of(FORGET_EVERY)
            && let Err(error) = commit_counts::forget_old_minutes(&kept.db, kept.clock.now()).await
        {
            tracing::warn!(%error, "old counts could not be removed");
        }
        rounds = rounds.wrapping_add(1);
    }
}

/// Tells sources that have fallen silent.
pub(crate) async fn silence(kept: Kept, refusals: Arc<RefusalLog>, strings: Arc<Strings>, news: Broadcaster) {
    let (vi, en) = (Tr::new(Lang::Vi, Arc::clone(&strings)), Tr::new(Lang::En, strings));
    let alerts = SilencesOnDesk { ids: Arc::clone(&kept.ids), news };
    let (started, mut received) = (kept.clock.now(), kept.journal.end());
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        // Who is behind with counting cannot say who is silent: what was received a look ago must be counted.
        let before = std::mem::replace(&mut received, kept.journal.end());
        if kept.board.position.load(Ordering::Relaxed) < before {
            continue;
        }
        let listening_since = refusals.last_full().map_or(started, |full| full.max(started));
        let watch = SilenceWatch { db: &kept.db, alerts: &alerts, texts: [&vi, &en], listening_since };
        match watch.look(kept.clock.now()).await {
            Ok(looked) if looked.silent > 0 => {
                tracing::warn!(sources = looked.silent, "sources have fallen silent; the desk has an alert for each");
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "silent sources could not be looked for; it is tried again"),
        }
    }
}
