//! Table `desk_history`: what was done with an alert, in order.

use crate::model::{HistoryEntry, HistoryKind, State};
use base_core::{AlertId, Result, Timestamp};
use base_db::{AnyPool, RowExt, Sql, Tx};

/// A line to write.
#[derive(Debug)]
pub(crate) struct NewLine<'a> {
    /// Its id, rising with time.
    pub(crate) id: String,
    /// The alert.
    pub(crate) alert: &'a AlertId,
    /// When.
    pub(crate) at: Timestamp,
    /// Account that did it; empty for the detector.
    pub(crate) actor: &'a str,
    /// Its name as shown.
    pub(crate) actor_name: &'a str,
    /// What kind.
    pub(crate) kind: HistoryKind,
    /// From which state to which, for a change of state.
    pub(crate) change: Option<(State, State)>,
    /// Words, or the number of a warning.
    pub(crate) note: &'a str,
}

/// Writes a line.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn add(tx: &mut Tx, line: NewLine<'_>) -> Result<()> {
    Sql::new("INSERT INTO desk_history (id, alert, at, actor, actor_name, kind, from_state, to_state, note) VALUES (")
        .bind(line.id)
        .comma(line.alert.as_str().to_owned())
        .comma(line.at.as_micros())
        .comma(line.actor.to_owned())
        .comma(line.actor_name.to_owned())
        .comma(line.kind.as_str())
        .comma(line.change.map(|c| c.0.as_str()))
        .comma(line.change.map(|c| c.1.as_str()))
        .comma(line.note.to_owned())
        .push(")")
        .run(tx)
        .await?;
    Ok(())
}

/// The history of an alert the caller has read with a scope, oldest first.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn of(pool: &AnyPool, alert: &AlertId) -> Result<Vec<HistoryEntry>> {
    let rows = Sql::new("SELECT at, actor_name, kind, from_state, to_state, note FROM desk_history WHERE alert = ")
        .bind(alert.as_str().to_owned())
        .push(" ORDER BY id LIMIT 500")
        .all(pool)
        .await?;
    rows.iter()
        .map(|r| {
            Ok(HistoryEntry {
                at: r.time("at")?,
                actor_name: r.text("actor_name")?,
                kind: HistoryKind::parse(&r.text("kind")?),
                from: r.text_opt("from_state")?.and_then(|s| State::parse(&s)),
                to: r.text_opt("to_state")?.and_then(|s| State::parse(&s)),
                note: r.text("note")?,
            })
        })
        .collect()
}
