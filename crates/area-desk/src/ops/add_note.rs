//! Adds a note to an alert's history.

use super::set_state::check_note;
use crate::model::{Alert, HistoryKind};
use crate::store::{alerts, history};
use base_audit::Act;
use base_authz::{Action, Caller};
use base_core::{AlertId, Error, IdSource, Result};
use base_db::Db;

/// Adds a note; `tell` runs after the commit.
///
/// # Errors
/// `Forbidden` without the right; `NotFound` outside the scope; `Invalid` for an empty or
/// too long note.
pub async fn add_note(
    db: &Db,
    ids: &IdSource,
    caller: &Caller,
    id: &AlertId,
    note: &str,
    tell: impl FnOnce(&Alert) + Send + 'static,
) -> Result<()> {
    let scope = caller.require(Action::AlertsTriage)?;
    let note = check_note(note, true)?;
    let mut tx = db.begin().await?;
    let alert = alerts::get_in(&mut tx, &scope, id).await?.ok_or_else(|| Error::not_found(format!("no alert {id}")))?;
    let line = history::NewLine {
        id: ids.next(),
        alert: &alert.id,
        at: caller.now,
        actor: caller.principal.account.as_str(),
        actor_name: &caller.principal.name,
        kind: HistoryKind::Note,
        change: None,
        note: &note,
    };
    history::add(&mut tx, line).await?;
    let act = Act::new("alerts.note", "alert", id.as_str()).unit(alert.unit.as_ref()).why(note);
    base_audit::record(&mut tx, caller, act).await?;
    tx.after_commit(move || tell(&alert));
    tx.commit().await
}
