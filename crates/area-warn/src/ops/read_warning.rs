//! Lists and pages of warnings.

use super::Office;
use crate::model::{HistoryEntry, ListRequest, OutboxMail, Page, Warning};
use crate::store::{history, outbox, warnings};
use base_authz::{Action, Caller};
use base_core::{AlertId, Error, Result, Scope, Timestamp, WarningId};
use base_db::Db;

/// A warning with what belongs to it.
#[derive(Debug)]
pub struct Full {
    /// The warning.
    pub warning: Warning,
    /// What happened to it.
    pub history: Vec<HistoryEntry>,
    /// Its mails; empty for those who may not send warnings: addresses are not theirs to see.
    pub mails: Vec<OutboxMail>,
}

/// Reads a warning.
///
/// # Errors
/// `Forbidden` without the right; `NotFound` outside the scope.
pub async fn read_warning(office: Office<'_>, caller: &Caller, id: &WarningId) -> Result<Full> {
    let scope = caller.require(Action::WarningsRead)?;
    let pool = office.db.read();
    let warning = warnings::get(pool, &scope, id).await?;
    let warning = warning.ok_or_else(|| Error::not_found(format!("no warning {id}")))?;
    let history = history::of(pool, &warning.id).await?;
    let mails = match caller.require(Action::WarningsSend) {
        Ok(sending) => outbox::of_warning(pool, &sending, &warning.id).await?,
        Err(_) => Vec::new(),
    };
    Ok(Full { warning, history, mails })
}

/// One page of the list.
///
/// # Errors
/// `Forbidden` without the right; when the database does not answer.
pub async fn list(db: &Db, caller: &Caller, request: &ListRequest) -> Result<Page<Warning>> {
    let scope = caller.require(Action::WarningsRead)?;
    warnings::list(db.read(), &scope, request).await
}

/// The rows for an export.
///
/// # Errors
/// `Forbidden` without the right; when the database does not answer.
pub async fn export(db: &Db, caller: &Caller, request: &ListRequest) -> Result<Vec<Warning>> {
    let scope = caller.require(Action::WarningsRead)?;
    warnings::export(db.read(), &scope, request).await
}

/// The warnings sent for an alert, within a scope: for the alert's page.
///
/// # Errors
/// When the database does not answer.
pub async fn of_alert(db: &Db, scope: &Scope, alert: &AlertId) -> Result<Vec<Warning>> {
    let request = ListRequest { alert: Some(alert.clone()), ..ListRequest::default() };
    Ok(warnings::list(db.read(), scope, &request).await?.rows)
}

/// How many warnings are open and overdue, and how many mails are in trouble.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Not acknowledged.
    pub open: i64,
    /// Of these, with the time up.
    pub overdue: i64,
    /// Mails tried without success and waiting for the next attempt.
    pub mails_waiting: i64,
    /// Mails given up.
    pub mails_failed: i64,
}

/// Counts within the person's scope; mails only for those who may send.
///
/// # Errors
/// `Forbidden` without the right; when the database does not answer.
pub async fn counts(db: &Db, caller: &Caller) -> Result<Counts> {
    let scope = caller.require(Action::WarningsRead)?;
    let (open, overdue) = warnings::open_counts(db.read(), &scope, caller.now).await?;
    let (mails_waiting, mails_failed) = match caller.require(Action::WarningsSend) {
        Ok(sending) => outbox::trouble(db.read(), &sending).await?,
        Err(_) => (0, 0),
    };
    Ok(Counts { open, overdue, mails_waiting, mails_failed })
}

/// How many warnings within `scope` are not acknowledged, and how many of these are overdue. The
/// caller has made the scope of the person's right to see them.
///
/// # Errors
/// When the database does not answer.
pub async fn open_counts(db: &Db, scope: &Scope, now: Timestamp) -> Result<(i64, i64)> {
    warnings::open_counts(db.read(), scope, now).await
}
