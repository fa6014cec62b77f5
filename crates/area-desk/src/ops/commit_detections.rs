//! Takes detections in: raises alerts, or counts repeats on open ones.
//!
//! A system job without a person: the caller is the pipeline, which hands in its transaction,
//! so that alerts, counters and the checkpoint of the journal commit together. Taking the same
//! detections in again (after a crash and a replay) changes nothing.

use crate::model::{HistoryKind, NewDetection, RuleSnapshot};
use crate::store::{detections, history};
use base_core::{AlertId, IdSource, Result, Severity, UnitId};
use base_db::Tx;
use std::collections::HashSet;

/// An alert that was raised or has grown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Touched {
    /// The alert.
    pub alert: AlertId,
    /// Its unit, for the scope of the news.
    pub unit: Option<UnitId>,
    /// Its severity.
    pub severity: Severity,
    /// Whether it is new.
    pub raised: bool,
}

/// What taking in a batch did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Committed {
    /// Alerts raised or grown, in the order of the detections.
    pub touched: Vec<Touched>,
    /// Detections that had been taken in before and were passed over.
    pub repeated: usize,
}

impl Committed {
    /// How many alerts were raised.
    #[must_use]
    pub fn raised(&self) -> usize {
        self.touched.iter().filter(|t| t.raised).count()
    }
}

/// Takes `batch` in, within the transaction of the pipeline.
///
/// # Errors
/// When the database does not answer; the caller gives the transaction up and tries again.
pub async fn commit_detections(tx: &mut Tx, ids: &IdSource, batch: &[NewDetection]) -> Result<Committed> {
    let mut committed = Committed::default();
    let mut kept: HashSet<(&str, &str)> = HashSet::new();
    for detection in batch {
        if detections::known(tx, &detection.key).await? {
            committed.repeated += 1;
            continue;
        }
        let rule: &RuleSnapshot = &detection.rule;
        if kept.insert((&rule.id, &rule.digest)) {
            detections::keep_rule(tx, rule, ids.now()).await?;
        }
        let touched = take_in(tx, ids, detection).await?;
        committed.touched.push(touched);
    }
    Ok(committed)
}

async fn take_in(tx: &mut Tx, ids: &IdSource, d: &NewDetection) -> Result<Touched> {
    let now = ids.now();
    let touched = |alert: AlertId, raised| Touched { alert, unit: d.unit.clone(), severity: d.rule.severity, raised };
    if let Some(open) = detections::group_of(tx, d).await? {
        detections::insert_detection(tx, &open.alert, open.detections, d).await?;
        detections::grow_alert(tx, &open.alert, d.time, now).await?;
        return Ok(touched(open.alert, false));
    }
    let alert = AlertId::new(ids.next());
    detections::insert_alert(tx, &alert, d, now).await?;
    detections::insert_detection(tx, &alert, 0, d).await?;
    let line = history::NewLine {
        id: ids.next(),
        alert: &alert,
        at: now,
        actor: "",
        actor_name: "",
        kind: HistoryKind::Raised,
        change: None,
        note: "",
    };
    history::add(tx, line).await?;
    Ok(touched(alert, true))
}
