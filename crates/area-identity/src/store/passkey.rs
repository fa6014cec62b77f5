//! Passkeys.

use base_core::{AccountId, Result, Timestamp};
use base_db::{AnyRow, Db, RowExt, Sql, Tx};

/// A passkey as stored.
#[derive(Clone, Debug)]
pub(crate) struct Passkey {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) credential: String,
    pub(crate) algorithm: i64,
    pub(crate) public_key: String,
    pub(crate) sign_count: i64,
    pub(crate) made_at: Timestamp,
    pub(crate) last_used: Option<Timestamp>,
}

fn from_row(row: &AnyRow) -> Result<Passkey> {
    Ok(Passkey {
        id: row.text("id")?,
        name: row.text("name")?,
        credential: row.text("credential")?,
        algorithm: row.int("algorithm")?,
        public_key: row.text("public_key")?,
        sign_count: row.int("sign_count")?,
        made_at: row.time("made_at")?,
        last_used: row.time_opt("last_used")?,
    })
}

/// The passkeys of an account, oldest first.
pub(crate) async fn of(db: &Db, account: &AccountId) -> Result<Vec<Passkey>> {
    let query = Sql::new(
        "SELECT id, name, credential, algorithm, public_key, sign_count, made_at, last_used
         FROM identity_passkey WHERE account_id = ",
    );
    let rows = query.bind(account.as_str()).push(" ORDER BY made_at, id").all(db.read()).await?;
    rows.iter().map(from_row).collect()
}

pub(crate) async fn insert(tx: &mut Tx, account: &AccountId, key: &Passkey) -> Result<()> {
    Sql::new(
        "INSERT INTO identity_passkey (id, account_id, name, credential, algorithm, public_key, sign_count, made_at)
         VALUES (",
    )
    .bind(key.id.as_str())
    .comma(account.as_str())
    .comma(key.name.as_str())
    .comma(key.credential.as_str())
    .comma(key.algorithm)
    .comma(key.public_key.as_str())
    .comma(key.sign_count)
    .comma(key.made_at.as_micros())
    .push(")")
    .run(tx)
    .await?;
    Ok(())
}

/// Writes the counter of a key that was just used; `false` when another sign-in has moved it meanwhile.
pub(crate) async fn used(tx: &mut Tx, key: &Passkey, count: i64, now: Timestamp) -> Result<bool> {
    let query = Sql::new("UPDATE identity_passkey SET sign_count = ").bind(count).push(", last_used = ");
    let query = query.bind(now.as_micros()).push(" WHERE id = ").bind(key.id.as_str());
    Ok(query.push(" AND sign_count = ").bind(key.sign_count).run(tx).await? == 1)
}

/// Removes one; its name, or `None` when the account has no such key.
pub(crate) async fn remove(tx: &mut Tx, account: &AccountId, id: &str) -> Result<Option<String>> {
    let query = Sql::new("SELECT name FROM identity_passkey WHERE account_id = ").bind(account.as_str());
    let Some(row) = query.push(" AND id = ").bind(id).optional_in(tx).await? else { return Ok(None) };
    Sql::new("DELETE FROM identity_passkey WHERE id = ").bind(id).run(tx).await?;
    row.text("name").map(Some)
}
