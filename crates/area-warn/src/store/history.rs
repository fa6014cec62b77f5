//! Table `warn_history`: what happened to a warning, in order.

use crate::model::{HistoryEntry, HistoryKind};
use crate::ports::Actor;
use base_core::{IdSource, Result, WarningId};
use base_db::{AnyPool, RowExt, Sql, Tx};

/// Who the program itself is.
pub(crate) const PROGRAM: Actor<'static> = Actor { account: "", name: "" };

/// Writes a line, stamped with the time of `ids`.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn add(
    tx: &mut Tx,
    ids: &IdSource,
    id: &WarningId,
    by: Actor<'_>,
    kind: HistoryKind,
    note: &str,
) -> Result<()> {
    Sql::new("INSERT INTO warn_history (id, warning, at, actor, actor_name, kind, note) VALUES (")
        .bind(ids.next())
        .comma(id.as_str().to_owned())
        .comma(ids.now().as_micros())
        .comma(by.account.to_owned())
        .comma(by.name.to_owned())
        .comma(kind.as_str())
        .comma(note.to_owned())
        .push(")")
        .run(tx)
        .await?;
    Ok(())
}

/// The history of a warning the caller has read with a scope, oldest first.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn of(pool: &AnyPool, id: &WarningId) -> Result<Vec<HistoryEntry>> {
    let rows = Sql::new("SELECT at, actor_name, kind, note FROM warn_history WHERE warning = ")
        .bind(id.as_str().to_owned())
        .push(" ORDER BY id LIMIT 500")
        .all(pool)
        .await?;
    rows.iter()
        .map(|r| {
            Ok(HistoryEntry {
                at: r.time("at")?,
                actor_name: r.text("actor_name")?,
                kind: HistoryKind::parse(&r.text("kind")?),
                note: r.text("note")?,
            })
        })
        .collect()
}
