//! Invitations.

use base_core::{AccountId, Result, Timestamp};
use base_db::{Db, RowExt, Sql, Tx};

/// Keeps an invitation in the place of earlier ones of the account.
pub(crate) async fn set(
    tx: &mut Tx,
    token_hash: &str,
    account: &AccountId,
    (now, until): (Timestamp, Timestamp),
) -> Result<()> {
    forget(tx, account).await?;
    Sql::new("INSERT INTO identity_invitation (token_hash, account_id, made_at, expires_at) VALUES (")
        .bind(token_hash)
        .comma(account.as_str())
        .comma(now.as_micros())
        .comma(until.as_micros())
        .push(")")
        .run(tx)
        .await?;
    Ok(())
}

/// Ends the invitations of an account; whether there were any.
pub(crate) async fn forget(tx: &mut Tx, account: &AccountId) -> Result<bool> {
    Ok(Sql::new("DELETE FROM identity_invitation WHERE account_id = ").bind(account.as_str()).run(tx).await? > 0)
}

/// Whom an invitation is for, if it holds and the account is not locked.
pub(crate) async fn find(db: &Db, token_hash: &str, now: Timestamp) -> Result<Option<AccountId>> {
    let query = Sql::new(
        "SELECT i.account_id FROM identity_invitation i JOIN identity_account a ON a.id = i.account_id
         WHERE a.locked_at IS NULL AND i.token_hash = ",
    );
    let row = query.bind(token_hash).push(" AND i.expires_at > ").bind(now.as_micros()).optional(db.read()).await?;
    row.map(|row| Ok(AccountId::new(row.text("account_id")?))).transpose()
}

/// Until when an account is invited, if it has not accepted.
pub(crate) async fn until(db: &Db, account: &AccountId) -> Result<Option<Timestamp>> {
    let query = Sql::new("SELECT expires_at FROM identity_invitation WHERE account_id = ").bind(account.as_str());
    query.optional(db.read()).await?.map(|row| row.time("expires_at")).transpose()
}

/// Uses an invitation up; `false` when another form was faster.
pub(crate) async fn spend(tx: &mut Tx, token_hash: &str) -> Result<bool> {
    Ok(Sql::new("DELETE FROM identity_invitation WHERE token_hash = ").bind(token_hash).run(tx).await? == 1)
}
