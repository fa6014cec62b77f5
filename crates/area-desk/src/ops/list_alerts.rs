//! The alert list, its export, and the rules its filter offers.

use crate::model::{Alert, ListRequest, Page};
use crate::store::alerts;
use base_authz::{Action, Caller};
use base_core::{Result, Scope};
use base_db::Db;
use base_web::find::Words;

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

/// Alerts for the quick search within `scope`: among the newest, those that have all the words; newest first.
///
/// # Errors
/// When the database does not answer.
pub async fn find(db: &Db, scope: &Scope, words: &Words, most: usize) -> Result<Vec<Alert>> {
    alerts::find(db.read(), scope, &words.patterns(), most).await
}

/// Ids and titles of the rules that raised alerts the person may see.
///
/// # Errors
/// `Forbidden` without the right; when the database does not answer.
pub async fn rules_seen(db: &Db, caller: &Caller) -> Result<Vec<(String, String)>> {
    let scope = caller.require(Action::AlertsRead)?;
    alerts::rules_seen(db.read(), &scope).await
}
