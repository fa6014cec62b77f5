//! Table `events_silence`: the silences that are going on and have been told.

use base_core::{Result, SourceId, Timestamp};
use base_db::{AnyPool, RowExt, Sql, Tx};

/// A silence that was told.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    /// Whose.
    pub(crate) source: SourceId,
    /// When the source was last heard.
    pub(crate) since: Timestamp,
    /// Key of the alert.
    pub(crate) key: String,
}

/// All of them. A system job: they are as many as sources are silent.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn all(pool: &AnyPool) -> Result<Vec<Told>> {
    let rows = Sql::new("SELECT source, since, alert_key FROM events_silence ORDER BY source").all(pool).await?;
    let read = |r: &base_db::AnyRow| {
        Ok(Told { source: SourceId::new(r.text("source")?), since: r.time("since")?, key: r.text("alert_key")? })
    };
    rows.iter().map(read).collect()
}

/// Keeps a silence that is told in the same transaction.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn add(tx: &mut Tx, told: &Told, now: Timestamp) -> Result<()> {
    Sql::new("INSERT INTO events_silence (source, since, alert_key, told_at) VALUES (")
        .bind(told.source.as_str().to_owned())
        .comma(told.since.as_micros())
        .comma(told.key.clone())
        .comma(now.as_micros())
        .push(")")
        .run(tx)
        .await?;
    Ok(())
}

/// Forgets a silence that is over.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn remove(tx: &mut Tx, source: &SourceId) -> Result<()> {
    Sql::new("DELETE FROM events_silence WHERE source = ").bind(source.as_str().to_owned()).run(tx).await?;
    Ok(())
}
