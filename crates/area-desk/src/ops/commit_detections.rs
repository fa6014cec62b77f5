//! Takes detections in: raises alerts, or counts repeats on open ones.
//!
//! A system job without a person: the caller is the pipeline, which hands in its transaction,
//! so that alerts, counters and the checkpoint of the journal commit together. Taking the same
//! detections in again (after a crash and a replay) changes nothing.

use crate::model::alert::headline;
use crate::model::{HistoryKind, NewDetection, RuleSnapshot};
use crate::store::{detections, history};
use base_authz::Action;
use base_core::{AlertId, IdSource, Lang, Result, Severity, UnitId};
use base_db::Tx;
use base_ui::{Href, Tone};
use base_web::Broadcaster;
use base_web::notice::{self, Notice, To};
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
    /// What it says in one line, in Vietnamese and in English.
    pub headlines: [String; 2],
    /// What it is about.
    pub entity: String,
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

/// Most notices of one batch: an attack that raises hundreds of alerts is one piece of news, not hundreds.
const MOST_TOLD: usize = 10;

/// Tells of the critical alerts that a batch raised, within its transaction: to those who take alerts up, and to the
/// people of the unit concerned.
///
/// # Errors
/// When the database does not answer.
pub async fn tell_critical(tx: &mut Tx, ids: &IdSource, news: &Broadcaster, committed: &Committed) -> Result<()> {
    let critical = |t: &&Touched| t.raised && t.severity == Severity::Critical;
    for touched in committed.touched.iter().filter(critical).take(MOST_TOLD) {
        let [vi, en] = &touched.headlines;
        let href = Href::new("/canh-bao").segment(touched.alert.as_str());
        let told = Notice::new("alert-critical", touched.alert.as_str(), To::May(Action::AlertsRead), href)
            .unit(touched.unit.as_ref())
            .tone(Tone::Bad)
            .word("title-vi", vi.as_str())
            .word("title-en", en.as_str())
            .word("entity", touched.entity.as_str());
        notice::tell(tx, ids, news, told).await?;
    }
    Ok(())
}

async fn take_in(tx: &mut Tx, ids: &IdSource, d: &NewDetection) -> Result<Touched> {
    let now = ids.now();
    let touched = |alert: AlertId, raised| Touched {
        alert,
        unit: d.unit.clone(),
        severity: d.rule.severity,
        raised,
        headlines: [Lang::Vi, Lang::En].map(|lang| headline(lang, &d.rule.title, &d.explain)),
        entity: d.entity_name.clone(),
    };
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
