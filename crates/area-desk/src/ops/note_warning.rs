//! Lines that the warnings write into an alert's history, within their transaction.
//!
//! The audit line is that of the warning; here only the alert's own story is told.

use crate::model::{HistoryKind, State};
use crate::store::{alerts, history};
use base_core::{AlertId, Error, IdSource, Result, Scope};
use base_db::Tx;

/// Who acts.
#[derive(Clone, Copy, Debug)]
pub struct Actor<'a> {
    /// Account.
    pub account: &'a str,
    /// Name as shown.
    pub name: &'a str,
}

/// The unit was warned with the warning numbered `code`. A new alert is thereby being looked into.
///
/// # Errors
/// `NotFound` outside the scope; when the database does not answer.
pub async fn warned(tx: &mut Tx, ids: &IdSource, scope: &Scope, id: &AlertId, by: Actor<'_>, code: &str) -> Result<()> {
    let alert = alerts::get_in(tx, scope, id).await?.ok_or_else(|| Error::not_found(format!("no alert {id}")))?;
    let now = ids.now();
    let line = |kind, change, note| history::NewLine {
        id: ids.next(),
        alert: &alert.id,
        at: now,
        actor: by.account,
        actor_name: by.name,
        kind,
        change,
        note,
    };
    let first = line(HistoryKind::Warned, None, code);
    history::add(tx, first).await?;
    if alert.state == State::New {
        let second = line(HistoryKind::State, Some((State::New, State::Looking)), "");
        alerts::set_state(tx, &alert, State::Looking, Some((by.account, by.name)), now).await?;
        history::add(tx, second).await?;
    }
    Ok(())
}

/// The unit acknowledged the warning numbered `code`; `note` is what its officer wrote.
///
/// # Errors
/// When the database does not answer.
pub async fn answered(tx: &mut Tx, ids: &IdSource, id: &AlertId, by: Actor<'_>, code: &str, note: &str) -> Result<()> {
    // The officer may answer for the unit but has no right over the alert itself: a system job.
    let scope = Scope::system("answer of a unit noted on its alert");
    if alerts::get_in(tx, &scope, id).await?.is_none() {
        return Ok(());
    }
    let text = if note.is_empty() { code.to_owned() } else { format!("{code}: {note}") };
    let line = history::NewLine {
        id: ids.next(),
        alert: id,
        at: ids.now(),
        actor: by.account,
        actor_name: by.name,
        kind: HistoryKind::Answered,
        change: None,
        note: &text,
    };
    history::add(tx, line).await
}
