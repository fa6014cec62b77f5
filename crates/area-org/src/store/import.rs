//! Lists that wait for their person's word. They belong to an account, not to a unit.

use base_core::{Result, Timestamp};
use base_db::{Db, DbExt, RowExt, Sql, Tx};

/// Lists are kept a day.
const KEPT_SECS: i64 = 86_400;

/// A list that waits.
pub(crate) struct Waiting {
    pub(crate) file_name: String,
    pub(crate) content: String,
}

/// Keeps a list in place of the person's earlier one, and throws away those nobody came back to.
pub(crate) async fn put(
    tx: &mut Tx,
    (id, account): (&str, &str),
    file_name: &str,
    now: Timestamp,
    content: &str,
) -> Result<()> {
    let old = Sql::new("DELETE FROM org_import WHERE account = ").bind(account);
    old.push(" OR made_at < ").bind(now.plus_secs(-KEPT_SECS).as_micros()).run(tx).await?;
    sqlx::query("INSERT INTO org_import (id, account, file_name, made_at, content) VALUES ($1, $2, $3, $4, $5)")
        .bind(id)
        .bind(account)
        .bind(file_name)
        .bind(now.as_micros())
        .bind(content)
        .execute(tx.conn())
        .await
        .db()?;
    Ok(())
}

/// The list of a person.
pub(crate) async fn get(db: &Db, id: &str, account: &str) -> Result<Option<Waiting>> {
    let query = Sql::new("SELECT file_name, content FROM org_import WHERE id = ").bind(id);
    let row = query.push(" AND account = ").bind(account).optional(db.read()).await?;
    row.map(|row| Ok(Waiting { file_name: row.text("file_name")?, content: row.text("content")? })).transpose()
}

/// Throws the list of a person away.
pub(crate) async fn remove(tx: &mut Tx, id: &str, account: &str) -> Result<()> {
    let query = Sql::new("DELETE FROM org_import WHERE id = ").bind(id);
    query.push(" AND account = ").bind(account).run(tx).await?;
    Ok(())
}
