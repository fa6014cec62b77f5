//! Puts mail that was given up, or waits long, back to the head of the queue.

use super::Office;
use crate::model::HistoryKind;
use crate::ports::Actor;
use crate::store::{history, outbox, warnings};
use base_audit::Act;
use base_authz::{Action, Caller};
use base_core::{Error, Kind, Result, WarningId};

/// Tries the unsent mails of a warning again now.
///
/// # Errors
/// `Forbidden` without the right; `NotFound` outside the scope; `Conflict` when every mail
/// was sent.
pub async fn resend(office: Office<'_>, caller: &Caller, id: &WarningId) -> Result<()> {
    let scope = caller.require(Action::WarningsSend)?;
    let mut tx = office.db.begin().await?;
    let warning = warnings::get_in(&mut tx, &scope, id).await?;
    let warning = warning.ok_or_else(|| Error::not_found(format!("no warning {id}")))?;
    if outbox::requeue(&mut tx, id, caller.now).await? == 0 {
        return Err(Error::new(Kind::Conflict, "every mail of this warning has been sent"));
    }
    let by = Actor { account: caller.principal.account.as_str(), name: &caller.principal.name };
    history::add(&mut tx, office.ids, id, by, HistoryKind::Requeued, "").await?;
    let act = Act::new("warnings.resend", "warning", id.as_str()).unit(Some(&warning.unit));
    base_audit::record(&mut tx, caller, act).await?;
    tx.commit().await
}
