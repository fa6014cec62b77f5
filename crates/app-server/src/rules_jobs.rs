//! What looks after the rules beside requests: what is tuned, lists of indicators, what rules cost, the
//! monthly replay.

use crate::app::Kept;
use area_rules::model::cost;
use area_rules::ops::{commit_figures, prove, switch_rule};
use area_rules::ports::RulesPorts;
use base_authz::Action;
use base_web::{Broadcaster, News};
use std::sync::Arc;
use std::time::Duration;

/// How often ended filters are dropped and old figures removed.
const TIDY_EVERY: Duration = Duration::from_secs(3_600);
/// How often expired indicators are left out.
const SWEEP_EVERY: Duration = Duration::from_secs(24 * 3_600);
/// The first measurement waits for some events, later ones are rare: costs change with the rules.
const MEASURE_FIRST: Duration = Duration::from_secs(30);
const MEASURE_EVERY: Duration = Duration::from_secs(1_800);
/// The replay proof waits until the start is over, then looks whether it is due.
const PROVE_FIRST: Duration = Duration::from_secs(10);
const PROVE_EVERY: Duration = Duration::from_secs(6 * 3_600);

/// Drops what has ended and what is old.
pub(crate) async fn tidy(kept: Kept, ports: RulesPorts) {
    loop {
        tokio::time::sleep(TIDY_EVERY).await;
        let now = kept.clock.now();
        if let Err(error) = switch_rule::load_tuning(&kept.db, &ports.book, now).await {
            tracing::warn!(%error, "the tuning filters could not be read anew; those in memory go on");
        }
        if let Err(error) = commit_figures::forget_old(&kept.db, now).await {
            tracing::warn!(%error, "old figures of rules could not be removed");
        }
    }
}

/// Keeps the lists of indicators in memory in step with the records.
pub(crate) async fn indicators(kept: Kept, ports: RulesPorts, news: Broadcaster) {
    let Some(shelf) = ports.book.beside().lists.clone() else { return };
    if let Err(error) = shelf.tidy(&kept.db).await {
        tracing::warn!(%error, "the folder of indicator lists could not be tidied");
    }
    shelf.keep_up(kept.db, move || news.send(News::new(area_rules::TOPIC, Action::RulesRead))).await;
}

/// Leaves out indicators that have expired, once a day.
pub(crate) async fn sweep(ports: RulesPorts) {
    let Some(shelf) = ports.book.beside().lists.clone() else { return };
    loop {
        tokio::time::sleep(SWEEP_EVERY).await;
        let shelf = Arc::clone(&shelf);
        match tokio::task::spawn_blocking(move || shelf.sweep()).await {
            Ok(0) => {}
            Ok(left_out) => tracing::info!(left_out, "expired indicators were left out"),
            Err(error) => tracing::warn!(%error, "expired indicators could not be left out"),
        }
    }
}

/// Measures what the rules cost, and again when others were switched on.
pub(crate) async fn measure(ports: RulesPorts, news: Broadcaster) {
    let mut changed = ports.book.changed();
    let mut wait = MEASURE_FIRST;
    loop {
        let _ = tokio::time::timeout(wait, changed.changed()).await;
        let book = Arc::clone(&ports.book);
        let measured = tokio::task::spawn_blocking(move || {
            let costs = cost::measure(&book.active().pack, &book.samples());
            book.set_costs(costs);
        });
        match measured.await {
            Ok(()) => news.send(News::new(area_rules::TOPIC, Action::RulesRead)),
            Err(error) => tracing::warn!(%error, "the cost of the rules could not be measured"),
        }
        // Until the first events have come there is nothing to measure with.
        wait = if ports.book.costs().is_empty() { MEASURE_FIRST } else { MEASURE_EVERY };
    }
}

/// Replays the attack samples once a month.
pub(crate) async fn prove(kept: Kept, ports: RulesPorts, news: Broadcaster) {
    tokio::time::sleep(PROVE_FIRST).await;
    loop {
        match prove::prove_if_due(&kept.db, &kept.ids, &ports).await {
            Ok(true) => news.send(News::new(area_rules::TOPIC, Action::RulesRead)),
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "the attack samples could not be replayed; it is tried again"),
        }
        tokio::time::sleep(PROVE_EVERY).await;
    }
}
