//! Takes an alert up, closes it with a verdict, or opens it again.

use crate::model::alert::MAX_NOTE_CHARS;
use crate::model::{Alert, HistoryKind, State};
use crate::store::{alerts, history};
use base_audit::Act;
use base_authz::{Action, Caller};
use base_core::{AlertId, Error, IdSource, Kind, Lang, Result};
use base_db::{Db, Tx};
use base_ui::{Href, Tone};
use base_web::Broadcaster;
use base_web::notice::{self, Notice, To};
use serde_json::json;

/// What the person asks for.
#[derive(Clone, Debug)]
pub struct Input {
    /// The alert.
    pub alert: AlertId,
    /// The state it shall have.
    pub to: State,
    /// Why; needed for closing.
    pub note: String,
    /// The version the person saw.
    pub version: i64,
}

/// Checks a note: trimmed, not too long, and there where `needed`. Messages are codes.
///
/// # Errors
/// `Invalid` with the field `note`.
pub(crate) fn check_note(note: &str, needed: bool) -> Result<String> {
    let note = note.trim();
    if needed && note.is_empty() {
        return Err(Error::invalid("note", "note-needed"));
    }
    if note.chars().count() > MAX_NOTE_CHARS {
        return Err(Error::invalid("note", "note-long"));
    }
    Ok(note.to_owned())
}

/// Changes the state; `tell` runs after the commit with the alert as it was.
///
/// # Errors
/// `Forbidden` without the right; `NotFound` outside the scope; `Invalid` without a note
/// for closing; `Conflict` when somebody was faster or the state does not allow it.
pub async fn set_state(
    db: &Db,
    ids: &IdSource,
    news: &Broadcaster,
    caller: &Caller,
    input: &Input,
    tell: impl FnOnce(&Alert) + Send + 'static,
) -> Result<()> {
    let scope = caller.require(Action::AlertsTriage)?;
    let note = check_note(&input.note, input.to.is_closed())?;
    let mut tx = db.begin().await?;
    let alert = alerts::get_in(&mut tx, &scope, &input.alert)
        .await?
        .ok_or_else(|| Error::not_found(format!("no alert {}", input.alert)))?;
    if alert.version != input.version {
        return Err(Error::new(Kind::Conflict, "the alert was changed by someone else meanwhile; reload the page"));
    }
    if !alert.state.may_become(input.to) {
        let message = format!("an alert that is {} cannot become {}", alert.state.as_str(), input.to.as_str());
        return Err(Error::new(Kind::Conflict, message));
    }
    let holder = alerts::holder(&mut tx, &scope, &alert.id).await?;
    apply(&mut tx, ids, caller, &alert, input.to, &note).await?;
    // Whoever had it in hand does not find out by chance.
    if let Some(holder) = holder.filter(|h| *h != caller.principal.account) {
        let once = format!("{}:{}", alert.id, alert.version);
        let href = Href::new("/canh-bao").segment(alert.id.as_str());
        let told = Notice::new("alert-taken", &once, To::Account(holder), href)
            .unit(alert.unit.as_ref())
            .by(&caller.principal.account)
            .tone(Tone::Info)
            .word("who", caller.principal.name.as_str())
            .word("title-vi", alert.headline(Lang::Vi))
            .word("title-en", alert.headline(Lang::En))
            .word("state", input.to.as_str());
        notice::tell(&mut tx, ids, news, told).await?;
    }
    tx.after_commit(move || tell(&alert));
    tx.commit().await
}

/// Writes state, history and audit line.
async fn apply(tx: &mut Tx, ids: &IdSource, caller: &Caller, alert: &Alert, to: State, note: &str) -> Result<()> {
    let person = &caller.principal;
    let holder = Some((person.account.as_str(), person.name.as_str()));
    if !alerts::set_state(tx, alert, to, holder, caller.now).await? {
        return Err(Error::new(Kind::Conflict, "the alert was changed by someone else meanwhile; reload the page"));
    }
    let line = history::NewLine {
        id: ids.next(),
        alert: &alert.id,
        at: caller.now,
        actor: person.account.as_str(),
        actor_name: &person.name,
        kind: HistoryKind::State,
        change: Some((alert.state, to)),
        note,
    };
    history::add(tx, line).await?;
    let act = Act::new("alerts.state", "alert", alert.id.as_str())
        .unit(alert.unit.as_ref())
        .change(Some(json!({"state": alert.state.as_str()})), Some(json!({"state": to.as_str()})))
        .why(note);
    base_audit::record(tx, caller, act).await
}
