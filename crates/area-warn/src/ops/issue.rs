//! Issues a warning: number, inbox, mail in the outbox, audit line, one transaction.

use super::Office;
use crate::model::outbox::MailState;
use crate::model::{DraftInput, HistoryKind, MailKind, OutboxMail, State, Warning, mail, warning};
use crate::ports::{Actor, Contact};
use crate::store::{history, outbox, warnings};
use base_audit::Act;
use base_authz::{Action, Caller};
use base_core::{Error, Kind, Result, Timestamp, UnitId, WarningId};
use base_db::Tx;
use base_ui::Tone;
use serde_json::json;

/// Most contacts of a unit that are written to.
const MAX_CONTACTS: usize = 20;

/// Issues the warning of the form; `tell` runs after the commit.
///
/// # Errors
/// `Forbidden` without the right, or for a unit outside it; `Invalid` with the fields at
/// fault; `NotFound` for an alert outside the scope.
pub async fn issue(
    office: Office<'_>,
    caller: &Caller,
    input: &DraftInput,
    unit_exists: impl FnOnce(&UnitId) -> bool,
    tell: impl FnOnce(&Warning) + Send + 'static,
) -> Result<WarningId> {
    let scope = caller.require(Action::WarningsSend)?;
    let checked = input.check(caller.now)?;
    if !unit_exists(&checked.unit) {
        return Err(Error::invalid("unit", "warn-error-unit"));
    }
    if !scope.contains(&checked.unit) {
        return Err(Error::new(Kind::Forbidden, "you may not warn this unit"));
    }
    let alert = match &input.alert {
        None => None,
        Some(id) => {
            let found = office.ports.alerts.alert(&scope, id).await?;
            Some(found.ok_or_else(|| Error::not_found(format!("no alert {id}")))?)
        }
    };
    // An alert of one unit must not be told to another: its text names machines and people.
    if let Some(of) = alert.as_ref().and_then(|a| a.unit.as_ref()).filter(|u| **u != checked.unit) {
        let message = format!("the alert belongs to unit {of}; its warning cannot go to another");
        return Err(Error::new(Kind::Conflict, message));
    }
    let contacts = office.ports.contacts.of(&checked.unit).await?;
    let mut tx = office.db.begin().await?;
    let year = year_of(office.vi.date(caller.now).as_str(), caller.now);
    let number = warnings::next_number(&mut tx, year).await?;
    let new = Warning {
        id: WarningId::new(office.ids.next()),
        year,
        number,
        code: warning::code(number),
        unit: checked.unit,
        alert: alert.as_ref().map(|a| a.id.clone()),
        alert_title: alert.as_ref().map(|a| a.title.clone()),
        severity: checked.severity,
        subject: checked.subject,
        body: checked.body,
        due_at: checked.due_at,
        state: State::Sent,
        version: 1,
        issued_name: caller.principal.name.clone(),
        issued_at: caller.now,
        delivered_at: None,
        read_at: None,
        read_name: None,
        ack_at: None,
        ack_name: None,
        ack_note: None,
        reminders: 0,
        reminded_at: None,
    };
    write(office, &mut tx, caller, &new, &contacts).await?;
    let by = Actor { account: caller.principal.account.as_str(), name: &caller.principal.name };
    if let Some(alert) = &alert {
        office.ports.alerts.warned(&mut tx, &scope, &alert.id, by, &new.code).await?;
    }
    let told = ("warning-issued", "", Tone::Warn);
    office.notify(&mut tx, &new, told, Action::WarningsAcknowledge, &caller.principal.account).await?;
    let id = new.id.clone();
    tx.after_commit(move || tell(&new));
    tx.commit().await?;
    Ok(id)
}

async fn write(office: Office<'_>, tx: &mut Tx, caller: &Caller, new: &Warning, contacts: &[Contact]) -> Result<()> {
    let by = Actor { account: caller.principal.account.as_str(), name: &caller.principal.name };
    warnings::insert(tx, new, by.account).await?;
    history::add(tx, office.ids, &new.id, by, HistoryKind::Issued, "").await?;
    let (issued, due) = (office.vi.time(new.issued_at), office.vi.time(new.due_at));
    let body = mail::body(new, &issued, &due, &office.ports.link(&new.id));
    put_in_outbox(office, tx, new, MailKind::Warning, contacts, &mail::subject(new), &body).await?;
    let after = json!({
        "code": new.code, "year": new.year, "subject": new.subject, "severity": new.severity.as_str(),
        "due_at": new.due_at.as_micros(), "alert": new.alert, "mails": contacts.len(),
    });
    let act = Act::new("warnings.issue", "warning", new.id.as_str()).unit(Some(&new.unit)).change(None, Some(after));
    base_audit::record(tx, caller, act).await
}

/// Puts one mail per contact into the outbox.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn put_in_outbox(
    office: Office<'_>,
    tx: &mut Tx,
    warning: &Warning,
    kind: MailKind,
    contacts: &[Contact],
    subject: &str,
    body: &str,
) -> Result<()> {
    let now = office.ids.now();
    for contact in contacts.iter().filter(|c| !c.mail.trim().is_empty()).take(MAX_CONTACTS) {
        let mail = OutboxMail {
            id: office.ids.next(),
            warning: warning.id.clone(),
            unit: warning.unit.clone(),
            kind,
            to_name: contact.name.clone(),
            to_address: contact.mail.trim().to_owned(),
            subject: subject.to_owned(),
            body: body.to_owned(),
            state: MailState::Waiting,
            attempts: 0,
            next_at: now,
            last_error: None,
            created_at: now,
            sent_at: None,
        };
        outbox::insert(tx, &mail).await?;
    }
    Ok(())
}

/// The year in the province's time zone, out of a date as shown (`22/11/2026`).
fn year_of(date: &str, now: Timestamp) -> i64 {
    let shown = date.rsplit('/').next().and_then(|y| y.parse().ok());
    // Without a readable date, years of 365.2425 days since 1970 are near enough for a number.
    shown.unwrap_or_else(|| 1970 + now.as_secs().div_euclid(31_556_952))
}

#[cfg(test)]
mod tests {
    use super::year_of;
    use base_core::Timestamp;

    #[test]
    fn the_year_of_the_number_is_that_of_the_province() {
        assert_eq!(year_of("01/01/2027", Timestamp::EPOCH), 2027);
        assert_eq!(year_of("—", Timestamp::from_secs(1_400_000_000)), 2014);
    }
}
