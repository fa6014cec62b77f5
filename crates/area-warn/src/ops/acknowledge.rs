//! The unit answers: it has read the warning, it acknowledges it.

use super::Office;
use crate::model::warning::MAX_NOTE_CHARS;
use crate::model::{HistoryKind, Warning};
use crate::ports::Actor;
use crate::store::{history, warnings};
use base_audit::Act;
use base_authz::{Action, Caller};
use base_core::{Error, Kind, Result, WarningId};
use base_ui::Tone;

/// Marks the warning as read when a person of the unit opens it. Does nothing for others
/// and for one that has been read; `tell` runs after the commit.
///
/// # Errors
/// When the database does not answer.
pub async fn mark_read(
    office: Office<'_>,
    caller: &Caller,
    warning: &Warning,
    tell: impl FnOnce() + Send + 'static,
) -> Result<()> {
    let Ok(scope) = caller.require(Action::WarningsAcknowledge) else { return Ok(()) };
    if warning.read_at.is_some() || !scope.contains(&warning.unit) {
        return Ok(());
    }
    let name = &caller.principal.name;
    let mut tx = office.db.begin().await?;
    if warnings::set_read(&mut tx, &scope, &warning.id, name, caller.now).await? {
        let by = Actor { account: caller.principal.account.as_str(), name };
        history::add(&mut tx, office.ids, &warning.id, by, HistoryKind::Read, "").await?;
        let act = Act::new("warnings.read", "warning", warning.id.as_str()).unit(Some(&warning.unit));
        base_audit::record(&mut tx, caller, act).await?;
        tx.after_commit(tell);
    }
    tx.commit().await
}

/// Acknowledges for the unit, with words of the officer; `tell` runs after the commit.
///
/// # Errors
/// `Forbidden` without the right; `NotFound` outside the unit; `Invalid` without a note;
/// `Conflict` when it was acknowledged already.
pub async fn acknowledge(
    office: Office<'_>,
    caller: &Caller,
    id: &WarningId,
    note: &str,
    tell: impl FnOnce(&Warning) + Send + 'static,
) -> Result<()> {
    let scope = caller.require(Action::WarningsAcknowledge)?;
    let note = note.trim();
    if note.is_empty() || note.chars().count() > MAX_NOTE_CHARS {
        return Err(Error::invalid("note", "warn-error-note"));
    }
    let mut tx = office.db.begin().await?;
    let warning = warnings::get_in(&mut tx, &scope, id).await?;
    let warning = warning.ok_or_else(|| Error::not_found(format!("no warning {id}")))?;
    let name = &caller.principal.name;
    if !warnings::set_acknowledged(&mut tx, &scope, id, name, note, caller.now).await? {
        let message = format!("warning {} was acknowledged already", warning.code);
        return Err(Error::new(Kind::Conflict, message));
    }
    let by = Actor { account: caller.principal.account.as_str(), name };
    history::add(&mut tx, office.ids, id, by, HistoryKind::Acknowledged, note).await?;
    if let Some(alert) = &warning.alert {
        office.ports.alerts.answered(&mut tx, alert, by, &warning.code, note).await?;
    }
    let told = ("warning-answered", "", Tone::Good);
    office.notify(&mut tx, &warning, told, Action::WarningsSend, &caller.principal.account).await?;
    let act = Act::new("warnings.acknowledge", "warning", id.as_str()).unit(Some(&warning.unit)).why(note);
    base_audit::record(&mut tx, caller, act).await?;
    tx.after_commit(move || tell(&warning));
    tx.commit().await
}
