//! Second factors, recovery codes, and sign-ins that wait for one.

use base_core::{AccountId, Result, Timestamp};
use base_db::{Db, RowExt, Sql, Tx};
use std::collections::BTreeSet;

/// The authenticator app of a person.
pub(crate) struct Totp {
    /// Sealed.
    pub(crate) secret: String,
    pub(crate) made_at: Timestamp,
    pub(crate) last_step: i64,
}

pub(crate) async fn totp(db: &Db, account: &AccountId) -> Result<Option<Totp>> {
    let query = Sql::new("SELECT secret, made_at, last_step FROM identity_totp WHERE account_id = ");
    let Some(row) = query.bind(account.as_str()).optional(db.read()).await? else { return Ok(None) };
    Ok(Some(Totp { secret: row.text("secret")?, made_at: row.time("made_at")?, last_step: row.int("last_step")? }))
}

/// Whether an account has a second factor of any kind.
pub(crate) async fn any(db: &Db, account: &AccountId) -> Result<bool> {
    let query = Sql::new(
        "SELECT count(*) FROM (SELECT account_id FROM identity_totp UNION ALL SELECT account_id FROM identity_passkey) f WHERE f.account_id = ",
    );
    Ok(query.bind(account.as_str()).count(db.read()).await? > 0)
}

/// As [`any`], seen from inside a write transaction.
pub(crate) async fn any_in(tx: &mut Tx, account: &AccountId) -> Result<bool> {
    let query = Sql::new("SELECT account_id FROM identity_totp WHERE account_id = ").bind(account.as_str());
    let query = query.push(" UNION ALL SELECT account_id FROM identity_passkey WHERE account_id = ");
    Ok(!query.bind(account.as_str()).all_in(tx).await?.is_empty())
}

/// Who has a second factor.
pub(crate) async fn holders(db: &Db) -> Result<BTreeSet<AccountId>> {
    let query = Sql::new("SELECT account_id FROM identity_totp UNION SELECT account_id FROM identity_passkey");
    let rows = query.all(db.read()).await?;
    rows.iter().map(|row| Ok(AccountId::new(row.text("account_id")?))).collect()
}

/// Keeps an app's secret in the place of an earlier one.
pub(crate) async fn set_totp(tx: &mut Tx, account: &AccountId, sealed: &str, step: i64, now: Timestamp) -> Result<()> {
    Sql::new("INSERT INTO identity_totp (account_id, secret, made_at, last_step) VALUES (")
        .bind(account.as_str())
        .comma(sealed)
        .comma(now.as_micros())
        .comma(step)
        .push(
            ") ON CONFLICT (account_id) DO UPDATE SET secret = excluded.secret, made_at = excluded.made_at,
             last_step = excluded.last_step",
        )
        .run(tx)
        .await?;
    Ok(())
}

/// Marks a step as used; `false` when it or a later one was used before, be it at the same moment.
pub(crate) async fn spend_step(tx: &mut Tx, account: &AccountId, step: i64) -> Result<bool> {
    let query = Sql::new("UPDATE identity_totp SET last_step = ").bind(step).push(" WHERE account_id = ");
    Ok(query.bind(account.as_str()).push(" AND last_step < ").bind(step).run(tx).await? == 1)
}

/// Removes app, passkeys and recovery codes; whether there was a factor.
pub(crate) async fn remove(tx: &mut Tx, account: &AccountId) -> Result<bool> {
    Sql::new("DELETE FROM identity_recovery WHERE account_id = ").bind(account.as_str()).run(tx).await?;
    Sql::new("DELETE FROM identity_half WHERE account_id = ").bind(account.as_str()).run(tx).await?;
    let keys = Sql::new("DELETE FROM identity_passkey WHERE account_id = ").bind(account.as_str()).run(tx).await?;
    let apps = Sql::new("DELETE FROM identity_totp WHERE account_id = ").bind(account.as_str()).run(tx).await?;
    Ok(keys + apps > 0)
}

/// Removes every app: the key their secrets were sealed with is lost. Passkeys and recovery codes hold no secret of ours.
pub(crate) async fn remove_apps(tx: &mut Tx) -> Result<u64> {
    Sql::new("DELETE FROM identity_half").run(tx).await?;
    Sql::new("DELETE FROM identity_totp").run(tx).await
}

/// New recovery codes in the place of all earlier ones.
pub(crate) async fn set_recovery(tx: &mut Tx, account: &AccountId, hashes: &[String], now: Timestamp) -> Result<()> {
    Sql::new("DELETE FROM identity_recovery WHERE account_id = ").bind(account.as_str()).run(tx).await?;
    for hash in hashes {
        Sql::new("INSERT INTO identity_recovery (account_id, code_hash, made_at) VALUES (")
            .bind(account.as_str())
            .comma(hash.as_str())
            .comma(now.as_micros())
            .push(")")
            .run(tx)
            .await?;
    }
    Ok(())
}

/// Marks a recovery code as used; `false` when there is none such, or it was used before.
pub(crate) async fn spend_recovery(tx: &mut Tx, account: &AccountId, hash: &str, now: Timestamp) -> Result<bool> {
    let query = Sql::new("UPDATE identity_recovery SET used_at = ").bind(now.as_micros());
    let query = query.push(" WHERE used_at IS NULL AND account_id = ").bind(account.as_str());
    Ok(query.push(" AND code_hash = ").bind(hash).run(tx).await? == 1)
}

/// Recovery codes not yet used.
pub(crate) async fn recovery_left(db: &Db, account: &AccountId) -> Result<i64> {
    let query = Sql::new("SELECT count(*) FROM identity_recovery WHERE used_at IS NULL AND account_id = ");
    query.bind(account.as_str()).count(db.read()).await
}

/// As [`recovery_left`], seen from inside a write transaction.
pub(crate) async fn recovery_left_in(tx: &mut Tx, account: &AccountId) -> Result<i64> {
    let query = Sql::new("SELECT code_hash FROM identity_recovery WHERE used_at IS NULL AND account_id = ");
    let left = query.bind(account.as_str()).all_in(tx).await?.len();
    Ok(i64::try_from(left).unwrap_or(i64::MAX))
}

/// Begins to wait for the second step; what ended is removed on the way.
pub(crate) async fn begin_half(
    tx: &mut Tx,
    token_hash: &str,
    account: &AccountId,
    agent: &str,
    (now, until): (Timestamp, Timestamp),
) -> Result<()> {
    Sql::new("DELETE FROM identity_half WHERE expires_at <= ").bind(now.as_micros()).run(tx).await?;
    Sql::new("INSERT INTO identity_half (token_hash, account_id, agent, expires_at) VALUES (")
        .bind(token_hash)
        .comma(account.as_str())
        .comma(agent)
        .comma(until.as_micros())
        .push(")")
        .run(tx)
        .await?;
    Ok(())
}

/// Whose sign-in waits under this token, in the browser that says it is `agent`.
pub(crate) async fn half(db: &Db, token_hash: &str, agent: &str, now: Timestamp) -> Result<Option<AccountId>> {
    let query = Sql::new("SELECT account_id FROM identity_half WHERE token_hash = ").bind(token_hash);
    let query = query.push(" AND agent = ").bind(agent).push(" AND expires_at > ").bind(now.as_micros());
    query.optional(db.read()).await?.map(|row| Ok(AccountId::new(row.text("account_id")?))).transpose()
}

/// Ends the waiting; `false` when it had ended.
pub(crate) async fn end_half(tx: &mut Tx, token_hash: &str) -> Result<bool> {
    Ok(Sql::new("DELETE FROM identity_half WHERE token_hash = ").bind(token_hash).run(tx).await? == 1)
}
