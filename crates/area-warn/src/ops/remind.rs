//! Reminds a unit of a warning it has not acknowledged: by a person, or by itself when due.

use super::Office;
use super::issue::put_in_outbox;
use crate::model::{HistoryKind, MailKind, State, Warning, mail};
use crate::ports::Actor;
use crate::store::{history, warnings};
use base_audit::Act;
use base_authz::{Action, Caller};
use base_core::{Error, Kind, Result, Scope, WarningId};
use base_ui::Tone;

/// A person reminds the unit now; `tell` runs after the commit.
///
/// # Errors
/// `Forbidden` without the right; `NotFound` outside the scope; `Conflict` when it was
/// acknowledged or reminded meanwhile.
pub async fn remind(
    office: Office<'_>,
    caller: &Caller,
    id: &WarningId,
    tell: impl FnOnce(&Warning) + Send + 'static,
) -> Result<()> {
    let scope = caller.require(Action::WarningsSend)?;
    let warning = warnings::get(office.db.read(), &scope, id).await?;
    let warning = warning.ok_or_else(|| Error::not_found(format!("no warning {id}")))?;
    if warning.state == State::Acknowledged {
        return Err(Error::new(
            Kind::Conflict,
            "the unit has acknowledged this warning; there is nothing to remind of",
        ));
    }
    if send(office, caller, warning, tell).await? {
        Ok(())
    } else {
        Err(Error::new(Kind::Conflict, "the warning was acknowledged or reminded of a moment ago"))
    }
}

/// Reminds of every warning that is due for it; how many. Run by the job, as the program itself.
///
/// # Errors
/// When the database or the contacts do not answer.
pub async fn remind_due<T>(office: Office<'_>, caller: &Caller, tell: impl Fn() -> T) -> Result<usize>
where
    T: FnOnce(&Warning) + Send + 'static,
{
    let scope = Scope::system("reminders of warnings");
    let mut reminded = 0;
    for warning in warnings::unanswered(office.db.read(), &scope).await? {
        if warning.reminder_due(caller.now) && send(office, caller, warning, tell()).await? {
            reminded += 1;
        }
    }
    Ok(reminded)
}

async fn send(
    office: Office<'_>,
    caller: &Caller,
    warning: Warning,
    tell: impl FnOnce(&Warning) + Send + 'static,
) -> Result<bool> {
    let contacts = office.ports.contacts.of(&warning.unit).await?;
    let overdue = warning.is_overdue(caller.now);
    let subject = mail::reminder_subject(&warning, overdue);
    let due = office.vi.time(warning.due_at);
    let body = mail::reminder_body(&warning, &due, &office.ports.link(&warning.id), overdue);
    let mut tx = office.db.begin().await?;
    if !warnings::set_reminded(&mut tx, &warning, caller.now).await? {
        return Ok(false);
    }
    put_in_outbox(office, &mut tx, &warning, MailKind::Reminder, &contacts, &subject, &body).await?;
    let by = Actor { account: caller.principal.account.as_str(), name: &caller.principal.name };
    history::add(&mut tx, office.ids, &warning.id, by, HistoryKind::Reminded, "").await?;
    let account = &caller.principal.account;
    if overdue {
        let told = ("warning-overdue", "", Tone::Bad);
        office.notify(&mut tx, &warning, told, Action::WarningsRead, account).await?;
    } else {
        let told = ("warning-due", "", Tone::Warn);
        office.notify(&mut tx, &warning, told, Action::WarningsAcknowledge, account).await?;
    }
    let act = Act::new("warnings.remind", "warning", warning.id.as_str()).unit(Some(&warning.unit));
    base_audit::record(&mut tx, caller, act).await?;
    tx.after_commit(move || tell(&warning));
    tx.commit().await?;
    Ok(true)
}
