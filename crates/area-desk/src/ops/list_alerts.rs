//! The alert list, its export, and the rules its filter offers.

use crate::model::{Alert, ListRequest, Page};
use crate::store::alerts;
use base_authz::{Action, Caller};
use base_core::Result;
use base_db::Db;

/// One page of the list.
///
/// # Errors
/// `Forbidden` without the right; when the database does not answer.
pub async fn list(db: &Db, caller: &Caller, request: &ListRequest) -> Result<Page<Alert>> {
    let scope = caller.require(Action::AlertsRead)?;
    alerts::list(db.read(), &scope, request).await
}

/// All rows the filters leave, bounded by [`crate::model::listing::EXPORT_ROWS`].
///
/// # Errors
/// `Forbidden` without the right; when the database does not answer.
pub async fn export(db: &Db, caller: &Caller, request: &ListRequest) -> Result<Vec<Alert>> {
    let scope = caller.require(Action::AlertsRead)?;
    alerts::export(db.read(), &scope, request).await
}

/// Ids and titles of the rules that raised alerts the person may see.
///
/// # Errors
/// `Forbidden` without the right; when the database does not answer.
pub async fn rules_seen(db: &Db, caller: &Caller) -> Result<Vec<(String, String)>> {
    let scope = caller.require(Action::AlertsRead)?;
    alerts::rules_seen(db.read(), &scope).await
}
