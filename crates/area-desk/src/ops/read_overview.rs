//! The counts of the overview.

use crate::model::{Alert, ListRequest, Page};
use crate::store::{alerts, overview};
use base_authz::{Action, Caller};
use base_core::{Result, Severity, Timestamp, UnitId};
use base_db::Db;

/// Alerts of the last day and those open.
#[derive(Debug)]
pub struct Counts {
    /// From when "the last day" counts; the links carry it, so that list and number agree.
    pub since: Timestamp,
    /// By severity, gravest first.
    pub by_severity: Vec<(Severity, i64)>,
    /// By unit: all, and those high or critical.
    pub by_unit: Vec<(Option<UnitId>, i64, i64)>,
    /// Nobody has taken these up.
    pub new: i64,
    /// Somebody is looking into these.
    pub looking: i64,
    /// The newest ones.
    pub newest: Vec<Alert>,
}

/// How many of the newest alerts the overview shows.
const NEWEST: usize = 8;

/// Reads the counts within the person's scope.
///
/// # Errors
/// `Forbidden` without the right; when the database does not answer.
pub async fn read_overview(db: &Db, caller: &Caller) -> Result<Counts> {
    let scope = caller.require(Action::AlertsRead)?;
    // To the minute, so that the link made now counts the same a moment later.
    let minute = caller.now.as_secs().div_euclid(60) * 60;
    let since = Timestamp::from_secs(minute - 86_400);
    let (new, looking) = overview::open_counts(db.read(), &scope).await?;
    let Page { mut rows, .. } = alerts::list(db.read(), &scope, &ListRequest::default()).await?;
    rows.truncate(NEWEST);
    Ok(Counts {
        since,
        by_severity: overview::by_severity(db.read(), &scope, since).await?,
        by_unit: overview::by_unit(db.read(), &scope, since).await?,
        new,
        looking,
        newest: rows,
    })
}
