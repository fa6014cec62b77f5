//! Tokens of programs.

use crate::model::account::Account;
use crate::model::program::ProgramToken;
use crate::store::account;
use base_authz::Action;
use base_core::{AccountId, Result, Timestamp, UnitId};
use base_db::{AnyRow, Db, RowExt, Sql, Tx};

fn from_row(row: &AnyRow) -> Result<ProgramToken> {
    Ok(ProgramToken {
        id: row.text("token_id")?,
        account: AccountId::new(row.text("account_id")?),
        name: row.text("token_name")?,
        prefix: row.text("prefix")?,
        // A word of an action that no longer exists gives nothing.
        actions: row.text("actions")?.split(' ').filter_map(Action::parse).collect(),
        unit: row.text_opt("unit_id")?.map(UnitId::new),
        created_at: row.time("token_created")?,
        expires_at: row.time("expires_at")?,
        last_used: row.time_opt("last_used")?,
    })
}

const COLUMNS: &str = "SELECT k.id AS token_id, k.account_id, k.name AS token_name, k.prefix, k.actions, k.unit_id,
    k.created_at AS token_created, k.expires_at, k.last_used";

/// A token that holds, with its account and whether that has a second factor.
pub(crate) async fn find(db: &Db, token_hash: &str, now: Timestamp) -> Result<Option<(ProgramToken, Account, bool)>> {
    let query = Sql::new(COLUMNS).push(
        ", a.id, a.login, a.name, a.email, a.must_change, a.locked_at, a.locked_why, a.lang, a.theme, a.created_at,
         a.password_changed_at, a.last_sign_in,
         (SELECT count(*) FROM identity_totp t WHERE t.account_id = a.id)
                + (SELECT count(*) FROM identity_passkey w WHERE w.account_id = a.id) AS factors
         FROM identity_token k JOIN identity_account a ON a.id = k.account_id
         WHERE k.revoked_at IS NULL AND a.locked_at IS NULL AND k.token_hash = ",
    );
    let query = query.bind(token_hash).push(" AND k.expires_at > ").bind(now.as_micros());
    let Some(row) = query.optional(db.read()).await? else { return Ok(None) };
    Ok(Some((from_row(&row)?, account::from_row(&row)?, row.int("factors")? > 0)))
}

/// The tokens of an account that are in force, newest first.
pub(crate) async fn of(db: &Db, account: &AccountId, now: Timestamp) -> Result<Vec<ProgramToken>> {
    let query = Sql::new(COLUMNS).push(" FROM identity_token k WHERE k.revoked_at IS NULL AND k.account_id = ");
    let query = query.bind(account.as_str()).push(" AND k.expires_at > ").bind(now.as_micros());
    query.push(" ORDER BY k.created_at DESC, k.id DESC").all(db.read()).await?.iter().map(from_row).collect()
}

pub(crate) async fn insert(tx: &mut Tx, token: &ProgramToken, token_hash: &str) -> Result<()> {
    let actions: Vec<&str> = token.actions.iter().map(|a| a.as_str()).collect();
    Sql::new(
        "INSERT INTO identity_token (id, account_id, name, token_hash, prefix, actions, unit_id, created_at, expires_at)
         VALUES (",
    )
    .bind(token.id.as_str())
    .comma(token.account.as_str())
    .comma(token.name.as_str())
    .comma(token_hash)
    .comma(token.prefix.as_str())
    .comma(actions.join(" "))
    .comma(token.unit.as_ref().map(|u| u.as_str().to_owned()))
    .comma(token.created_at.as_micros())
    .comma(token.expires_at.as_micros())
    .push(")")
    .run(tx)
    .await?;
    Ok(())
}

/// Ends a token; its name, or `None` when the account has no such token in force.
pub(crate) async fn revoke(
    tx: &mut Tx,
    account: &AccountId,
    id: &str,
    by: &AccountId,
    now: Timestamp,
) -> Result<Option<String>> {
    let query = Sql::new("SELECT name FROM identity_token WHERE revoked_at IS NULL AND account_id = ");
    let query = query.bind(account.as_str()).push(" AND id = ").bind(id);
    let Some(row) = query.optional_in(tx).await? else { return Ok(None) };
    let query = Sql::new("UPDATE identity_token SET revoked_at = ").bind(now.as_micros());
    query.push(", revoked_by = ").bind(by.as_str()).push(" WHERE id = ").bind(id).run(tx).await?;
    row.text("name").map(Some)
}

/// Writes a token as used at `now`.
pub(crate) async fn used(db: &Db, id: &str, now: Timestamp) -> Result<()> {
    let mut tx = db.begin().await?;
    let query = Sql::new("UPDATE identity_token SET last_used = ").bind(now.as_micros());
    query.push(" WHERE id = ").bind(id).run(&mut tx).await?;
    tx.commit().await
}
