//! Everything the alert page shows that the desk itself knows.

use crate::model::{Alert, Evidence, HistoryEntry, RuleSnapshot};
use crate::store::{alerts, detections, history};
use base_authz::{Action, Caller};
use base_core::{AlertId, Error, Result, Scope};
use base_db::Db;

/// An alert with all that belongs to it.
#[derive(Debug)]
pub struct Full {
    /// The alert.
    pub alert: Alert,
    /// The rule text that raised it.
    pub rule: Option<RuleSnapshot>,
    /// Evidence of its first detections.
    pub evidence: Vec<Evidence>,
    /// What was done with it.
    pub history: Vec<HistoryEntry>,
}

/// Reads an alert.
///
/// # Errors
/// `Forbidden` without the right; `NotFound` when there is none within the scope.
pub async fn read_alert(db: &Db, caller: &Caller, id: &AlertId) -> Result<Full> {
    let scope = caller.require(Action::AlertsRead)?;
    let alert = within(db, &scope, id).await?;
    let rule = alerts::rule(db.read(), &alert.rule, &alert.rule_digest).await?;
    let evidence = detections::evidence(db.read(), &alert.id).await?;
    let history = history::of(db.read(), &alert.id).await?;
    Ok(Full { alert, rule, evidence, history })
}

/// Just the alert within a scope the caller has been given for its own purpose.
///
/// # Errors
/// `NotFound` when there is none within the scope.
pub async fn within(db: &Db, scope: &Scope, id: &AlertId) -> Result<Alert> {
    alerts::get(db.read(), scope, id).await?.ok_or_else(|| Error::not_found(format!("no alert {id}")))
}
