//! Which key the records were sealed with.

use crate::Vault;
use base_core::{Result, Timestamp};
use base_db::{Db, RowExt, Sql, Tx};

/// Fingerprint of the key the records belong to; `None` before the first start with one.
///
/// # Errors
/// When the database cannot be read.
pub async fn key_of_records(db: &Db) -> Result<Option<String>> {
    let query = Sql::new("SELECT key_id FROM secret_key ORDER BY since DESC, key_id LIMIT 1");
    query.optional(db.read()).await?.map(|row| row.text("key_id")).transpose()
}

/// From now on the records belong to the key of `vault`. What was sealed under another one can no longer be
/// opened; removing it is the caller's task, in the same transaction.
///
/// # Errors
/// When the database refuses.
pub async fn use_key(tx: &mut Tx, vault: &Vault, now: Timestamp) -> Result<()> {
    Sql::new("INSERT INTO secret_key (key_id, since) VALUES (")
        .bind(vault.key_id())
        .comma(now.as_micros())
        .push(") ON CONFLICT (key_id) DO UPDATE SET since = excluded.since")
        .run(tx)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MIGRATIONS;

    #[tokio::test]
    async fn the_newest_key_counts() {
        let records = base_testkit::Records::new().await;
        let db = &records.db;
        base_db::migrate(db, MIGRATIONS, Timestamp::from_secs(1)).await.unwrap();
        assert_eq!(key_of_records(db).await.unwrap(), None);
        let (first, second) = (Vault::new([1; 32]), Vault::new([2; 32]));
        for (vault, at) in [(&first, 1), (&second, 2), (&first, 3)] {
            let mut tx = db.begin().await.unwrap();
            use_key(&mut tx, vault, Timestamp::from_secs(at)).await.unwrap();
            tx.commit().await.unwrap();
            assert_eq!(key_of_records(db).await.unwrap().as_deref(), Some(vault.key_id()));
        }
    }
}
