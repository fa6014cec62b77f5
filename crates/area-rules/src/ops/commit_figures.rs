//! Takes in what the pipeline counted. System jobs without a person.

use crate::model::{BatchFigures, RuleFigure, SourceFigure};
use crate::store::{figures, filters, lists};
use base_core::{Result, Timestamp};
use base_db::{Db, Tx};
use std::collections::HashMap;

/// Takes in the hits of a batch and what filters hid of it, within the transaction of the
/// pipeline, so that a replay after a crash counts nothing twice.
///
/// # Errors
/// When the database does not answer; the caller gives the transaction up and tries again.
pub async fn commit_batch(tx: &mut Tx, batch: &BatchFigures, now: Timestamp) -> Result<()> {
    let mut hidden: HashMap<&str, i64> = HashMap::new();
    for one in &batch.hidden {
        *hidden.entry(&one.rule).or_default() += 1;
        filters::hide(tx, one).await?;
    }
    for figure in &batch.rules {
        let hid = hidden.remove(&*figure.rule).unwrap_or(0);
        figures::add_hits(tx, figure, hid, now).await?;
    }
    // Hidden ones of a rule without hits in this batch: the hits were counted before a restart.
    for (rule, n) in hidden {
        let last = batch.hidden.iter().filter(|h| &*h.rule == rule).map(|h| h.time).max().unwrap_or(now);
        let figure = RuleFigure { rule: rule.into(), hits: 0, last, companions: Vec::new() };
        figures::add_hits(tx, &figure, n, now).await?;
    }
    for untold in &batch.untold {
        lists::add_untold(tx, untold, now).await?;
    }
    Ok(())
}

/// Takes in events and fields by log source.
///
/// # Errors
/// When the database does not answer; nothing is written then.
pub async fn commit_sources(db: &Db, figure: &SourceFigure, now: Timestamp) -> Result<()> {
    let mut tx = db.begin().await?;
    figures::add_sources(&mut tx, figure, now).await?;
    tx.commit().await
}

/// Removes figures that are older than anything shows.
///
/// # Errors
/// When the database does not answer.
pub async fn forget_old(db: &Db, now: Timestamp) -> Result<u64> {
    let mut tx = db.begin().await?;
    let removed = figures::forget(&mut tx, now).await?;
    tx.commit().await?;
    Ok(removed)
}
