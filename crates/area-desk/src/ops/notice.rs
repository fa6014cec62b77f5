//! Findings of the program itself: raised, and ended when what they tell of is over.
//!
//! System jobs without a person, in the transaction of the caller, so that the finding and what the caller keeps of
//! it commit together.

use super::commit_detections::{Touched, commit_detections};
use crate::model::notice::Notice;
use crate::model::{HistoryKind, State};
use crate::store::{alerts, detections, history};
use base_core::{IdSource, Result, Scope, UnitId};
use base_db::Tx;

/// Raises an alert, or grows the open one about the same thing. `None` when it was raised before.
///
/// # Errors
/// When the database does not answer.
pub async fn raise(tx: &mut Tx, ids: &IdSource, notice: Notice) -> Result<Option<Touched>> {
    let committed = commit_detections(tx, ids, &[notice.into_detection()]).await?;
    Ok(committed.touched.into_iter().next())
}

/// Notes on the alert raised with `key` that what it tells of is over. One that nobody has taken up is closed: it
/// was true and has passed. Gives the unit to tell, `None` when there is no such alert.
///
/// # Errors
/// When the database does not answer.
pub async fn ended(tx: &mut Tx, ids: &IdSource, key: &str) -> Result<Option<Option<UnitId>>> {
    let scope = Scope::system("end of a finding of the program itself");
    let Some(id) = detections::alert_of(tx, key).await? else { return Ok(None) };
    let Some(alert) = alerts::get_in(tx, &scope, &id).await? else { return Ok(None) };
    let now = ids.now();
    let line = |kind, change| history::NewLine {
        id: ids.next(),
        alert: &alert.id,
        at: now,
        actor: "",
        actor_name: "",
        kind,
        change,
        note: "",
    };
    let first = line(HistoryKind::Ended, None);
    history::add(tx, first).await?;
    if alert.state == State::New && alerts::set_state(tx, &alert, State::ClosedTrue, None, now).await? {
        let second = line(HistoryKind::State, Some((State::New, State::ClosedTrue)));
        history::add(tx, second).await?;
    }
    Ok(Some(alert.unit))
}
