//! Sessions and known browsers.

use crate::model::account::Account;
use crate::store::account;
use base_core::{AccountId, Result, Timestamp};
use base_db::{Db, DbExt, RowExt, Sql, Tx};

/// A session that holds, with its account.
pub(crate) struct Found {
    pub(crate) id: String,
    pub(crate) last_seen: Timestamp,
    pub(crate) account: Account,
    /// Whether the account has a second factor.
    pub(crate) has_factor: bool,
    /// By what the person was recognised.
    pub(crate) factor: String,
}

/// The session of a token: not revoked, not past its end, used within `idle` seconds, account not locked.
pub(crate) async fn find(db: &Db, token_hash: &str, now: Timestamp, idle: i64) -> Result<Option<Found>> {
    let row = Sql::new(
        "SELECT s.id AS session_id, s.last_seen, s.factor, a.id, a.login, a.name, a.email, a.must_change, a.locked_at, a.locked_why,
                a.lang, a.theme, a.created_at, a.password_changed_at, a.last_sign_in,
                (SELECT count(*) FROM identity_totp t WHERE t.account_id = a.id)
                + (SELECT count(*) FROM identity_passkey w WHERE w.account_id = a.id) AS factors
         FROM identity_session s JOIN identity_account a ON a.id = s.account_id
         WHERE s.revoked_at IS NULL AND a.locked_at IS NULL AND s.token_hash = ",
    )
    .bind(token_hash)
    .push(" AND s.expires_at > ")
    .bind(now.as_micros())
    .push(" AND s.last_seen > ")
    .bind(now.plus_secs(-idle).as_micros())
    .optional(db.read())
    .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(Found {
        id: row.text("session_id")?,
        last_seen: row.time("last_seen")?,
        account: account::from_row(&row)?,
        has_factor: row.int("factors")? > 0,
        factor: row.text("factor")?,
    }))
}

pub(crate) struct Insert<'a> {
    pub(crate) id: &'a str,
    pub(crate) token_hash: &'a str,
    pub(crate) account: &'a AccountId,
    pub(crate) now: Timestamp,
    pub(crate) expires_at: Timestamp,
    pub(crate) peer: Option<&'a str>,
    pub(crate) agent: Option<&'a str>,
    pub(crate) factor: &'a str,
}

pub(crate) async fn insert(tx: &mut Tx, new: Insert<'_>) -> Result<()> {
    sqlx::query(
        "INSERT INTO identity_session (id, token_hash, account_id, created_at, last_seen, expires_at, peer, agent, factor)
         VALUES ($1, $2, $3, $4, $4, $5, $6, $7, $8)",
    )
    .bind(new.id)
    .bind(new.token_hash)
    .bind(new.account.as_str())
    .bind(new.now.as_micros())
    .bind(new.expires_at.as_micros())
    .bind(new.peer)
    .bind(new.agent)
    .bind(new.factor)
    .execute(tx.conn())
    .await
    .db()?;
    Ok(())
}

/// Writes a session as used at `now`.
pub(crate) async fn seen(db: &Db, id: &str, now: Timestamp) -> Result<()> {
    let mut tx = db.begin().await?;
    let query = Sql::new("UPDATE identity_session SET last_seen = ").bind(now.as_micros());
    query.push(" WHERE id = ").bind(id).push(" AND last_seen < ").bind(now.as_micros()).run(&mut tx).await?;
    tx.commit().await
}

/// A session as its owner sees it.
#[derive(Clone, Debug)]
pub(crate) struct Open {
    pub(crate) id: String,
    pub(crate) created_at: Timestamp,
    pub(crate) last_seen: Timestamp,
    pub(crate) peer: Option<String>,
    pub(crate) agent: Option<String>,
    /// By what the person was recognised.
    pub(crate) factor: String,
}

/// The sessions of an account that hold, newest use first.
pub(crate) async fn open(db: &Db, account: &AccountId, now: Timestamp, idle: i64) -> Result<Vec<Open>> {
    let rows = Sql::new("SELECT id, created_at, last_seen, peer, agent, factor FROM identity_session WHERE revoked_at IS NULL AND account_id = ")
        .bind(account.as_str())
        .push(" AND expires_at > ")
        .bind(now.as_micros())
        .push(" AND last_seen > ")
        .bind(now.plus_secs(-idle).as_micros())
        .push(" ORDER BY last_seen DESC")
        .all(db.read())
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Open {
                id: row.text("id")?,
                created_at: row.time("created_at")?,
                last_seen: row.time("last_seen")?,
                peer: row.text_opt("peer")?,
                agent: row.text_opt("agent")?,
                factor: row.text("factor")?,
            })
        })
        .collect()
}

/// Which sessions of an account end.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Which<'a> {
    All,
    One(&'a str),
    AllBut(&'a str),
}

/// Ends sessions; how many. When more than one is meant, sign-ins that wait for a code end too.
pub(crate) async fn revoke(tx: &mut Tx, account: &AccountId, which: Which<'_>, now: Timestamp) -> Result<u64> {
    if !matches!(which, Which::One(_)) {
        Sql::new("DELETE FROM identity_half WHERE account_id = ").bind(account.as_str()).run(tx).await?;
    }
    let query = Sql::new("UPDATE identity_session SET revoked_at = ").bind(now.as_micros());
    let query = query.push(" WHERE revoked_at IS NULL AND account_id = ").bind(account.as_str());
    let query = match which {
        Which::All => query,
        Which::One(id) => query.push(" AND id = ").bind(id),
        Which::AllBut(id) => query.push(" AND id <> ").bind(id),
    };
    query.run(tx).await
}

/// Removes what ended more than a month ago: sessions, and browsers not used for a year.
pub(crate) async fn forget_old(tx: &mut Tx, now: Timestamp) -> Result<()> {
    let month = now.plus_secs(-30 * 86_400).as_micros();
    Sql::new("DELETE FROM identity_session WHERE expires_at < ").bind(month).run(tx).await?;
    let year = now.plus_secs(-365 * 86_400).as_micros();
    Sql::new("DELETE FROM identity_device WHERE last_used < ").bind(year).run(tx).await?;
    Ok(())
}

/// Whether the account has been signed in to from the browser with this device token.
pub(crate) async fn knows_device(db: &Db, account: &AccountId, device_hash: &str) -> Result<bool> {
    let query = Sql::new("SELECT count(*) FROM identity_device WHERE account_id = ").bind(account.as_str());
    Ok(query.push(" AND token_hash = ").bind(device_hash).count(db.read()).await? > 0)
}

pub(crate) async fn keep_device(tx: &mut Tx, account: &AccountId, device_hash: &str, now: Timestamp) -> Result<()> {
    sqlx::query(
        "INSERT INTO identity_device (token_hash, account_id, last_used) VALUES ($1, $2, $3)
         ON CONFLICT (token_hash, account_id) DO UPDATE SET last_used = excluded.last_used",
    )
    .bind(device_hash)
    .bind(account.as_str())
    .bind(now.as_micros())
    .execute(tx.conn())
    .await
    .db()?;
    Ok(())
}

/// Keeps by what the person of a session was recognised since.
pub(crate) async fn recognised(tx: &mut Tx, id: &str, factor: &str) -> Result<()> {
    let query = Sql::new("UPDATE identity_session SET factor = ").bind(factor);
    query.push(" WHERE id = ").bind(id).run(tx).await?;
    Ok(())
}
