//! Accounts.

use crate::model::account::Account;
use base_core::{AccountId, Lang, Result, Timestamp};
use base_db::{AnyRow, Db, DbExt, RowExt, Sql, Tx, flag};
use base_ui::Theme;

const COLUMNS: &str =
    "SELECT a.id, a.login, a.name, a.email, a.must_change, a.locked_at, a.locked_why, a.lang, a.theme,
    a.created_at, a.password_changed_at, a.last_sign_in FROM identity_account a WHERE 1 = 1";

pub(crate) fn from_row(row: &AnyRow) -> Result<Account> {
    Ok(Account {
        id: AccountId::new(row.text("id")?),
        login: row.text("login")?,
        name: row.text("name")?,
        email: row.text_opt("email")?,
        must_change: row.flag("must_change")?,
        locked_at: row.time_opt("locked_at")?,
        locked_why: row.text_opt("locked_why")?,
        lang: row.text_opt("lang")?.as_deref().and_then(Lang::from_tag),
        theme: row.text_opt("theme")?.as_deref().map(Theme::parse),
        created_at: row.time("created_at")?,
        password_changed_at: row.time("password_changed_at")?,
        last_sign_in: row.time_opt("last_sign_in")?,
    })
}

/// Whether any account exists.
pub(crate) async fn any(db: &Db) -> Result<bool> {
    Ok(Sql::new("SELECT count(*) FROM identity_account").count(db.read()).await? > 0)
}

/// As [`any`], seen from inside a write transaction.
pub(crate) async fn any_in(tx: &mut Tx) -> Result<bool> {
    Ok(Sql::new("SELECT id FROM identity_account LIMIT 1").optional_in(tx).await?.is_some())
}

pub(crate) async fn get(db: &Db, id: &AccountId) -> Result<Account> {
    from_row(&Sql::new(COLUMNS).push(" AND a.id = ").bind(id.as_str()).one(db.read()).await?)
}

pub(crate) async fn get_in(tx: &mut Tx, id: &AccountId) -> Result<Option<Account>> {
    let row = Sql::new(COLUMNS).push(" AND a.id = ").bind(id.as_str()).optional_in(tx).await?;
    row.as_ref().map(from_row).transpose()
}

/// The account of a sign-in name, seen from inside a write transaction.
pub(crate) async fn by_login_in(tx: &mut Tx, login: &str) -> Result<Option<Account>> {
    let row = Sql::new(COLUMNS).push(" AND a.login = ").bind(login).optional_in(tx).await?;
    row.as_ref().map(from_row).transpose()
}

/// The account of a sign-in name with what is kept of its password.
pub(crate) async fn with_password(db: &Db, login: &str) -> Result<Option<(Account, String)>> {
    let query = Sql::new(
        "SELECT a.id, a.login, a.name, a.email, a.must_change, a.locked_at, a.locked_why, a.lang, a.theme,
                a.created_at, a.password_changed_at, a.last_sign_in, a.password_hash
         FROM identity_account a WHERE a.login = ",
    );
    let row = query.bind(login).optional(db.read()).await?;
    row.map(|row| Ok((from_row(&row)?, row.text("password_hash")?))).transpose()
}

/// All accounts by name; they are few (people, not machines).
pub(crate) async fn list(db: &Db) -> Result<Vec<Account>> {
    let rows = Sql::new(COLUMNS).push(" ORDER BY a.login").all(db.read()).await?;
    rows.iter().map(from_row).collect()
}

/// Most accounts a quick search looks through.
const LOOKED_THROUGH: i64 = 10_000;

/// Id, sign-in name and name of all accounts, by sign-in name.
pub(crate) async fn names(db: &Db) -> Result<Vec<(AccountId, String, String)>> {
    let sql = Sql::new("SELECT id, login, name FROM identity_account ORDER BY login LIMIT ").bind(LOOKED_THROUGH);
    let rows = sql.all(db.read()).await?;
    rows.iter().map(|r| Ok((AccountId::new(r.text("id")?), r.text("login")?, r.text("name")?))).collect()
}

pub(crate) struct Insert<'a> {
    pub(crate) id: &'a AccountId,
    pub(crate) login: &'a str,
    pub(crate) name: &'a str,
    pub(crate) email: Option<&'a str>,
    pub(crate) password_hash: &'a str,
    pub(crate) must_change: bool,
    pub(crate) now: Timestamp,
}

pub(crate) async fn insert(tx: &mut Tx, new: Insert<'_>) -> Result<()> {
    sqlx::query(
        "INSERT INTO identity_account (id, login, name, email, password_hash, must_change, created_at, password_changed_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $7)",
    )
    .bind(new.id.as_str())
    .bind(new.login)
    .bind(new.name)
    .bind(new.email)
    .bind(new.password_hash)
    .bind(flag(new.must_change))
    .bind(new.now.as_micros())
    .execute(tx.conn())
    .await
    .db()?;
    Ok(())
}

pub(crate) async fn set_password(
    tx: &mut Tx,
    id: &AccountId,
    hash: &str,
    must_change: bool,
    now: Timestamp,
) -> Result<()> {
    sqlx::query(
        "UPDATE identity_account SET password_hash = $1, must_change = $2, password_changed_at = $3 WHERE id = $4",
    )
    .bind(hash)
    .bind(flag(must_change))
    .bind(now.as_micros())
    .bind(id.as_str())
    .execute(tx.conn())
    .await
    .db()?;
    Ok(())
}

/// Keeps the same password under newer parameters.
pub(crate) async fn renew_hash(tx: &mut Tx, id: &AccountId, hash: &str) -> Result<()> {
    Sql::new("UPDATE identity_account SET password_hash = ")
        .bind(hash)
        .push(" WHERE id = ")
        .bind(id.as_str())
        .run(tx)
        .await?;
    Ok(())
}

pub(crate) async fn signed_in(tx: &mut Tx, id: &AccountId, now: Timestamp) -> Result<()> {
    let query = Sql::new("UPDATE identity_account SET last_sign_in = ").bind(now.as_micros());
    query.push(" WHERE id = ").bind(id.as_str()).run(tx).await?;
    Ok(())
}

/// Locks (`Some(why)`) or unlocks (`None`).
pub(crate) async fn set_lock(tx: &mut Tx, id: &AccountId, why: Option<&str>, now: Timestamp) -> Result<()> {
    let at = why.map(|_| now.as_micros());
    let query = Sql::new("UPDATE identity_account SET locked_at = ").bind(at).push(", locked_why = ").bind(why);
    query.push(" WHERE id = ").bind(id.as_str()).run(tx).await?;
    Ok(())
}

pub(crate) async fn prefer(tx: &mut Tx, id: &AccountId, lang: Option<Lang>, theme: Option<Theme>) -> Result<()> {
    sqlx::query("UPDATE identity_account SET lang = coalesce($1, lang), theme = coalesce($2, theme) WHERE id = $3")
        .bind(lang.map(Lang::tag))
        .bind(theme.map(Theme::as_str))
        .bind(id.as_str())
        .execute(tx.conn())
        .await
        .db()?;
    Ok(())
}

/// Unlocked accounts other than `id` that administer the province at `now` and without end: what runs out or was
/// handed on would leave nobody later.
pub(crate) async fn other_administrators(tx: &mut Tx, id: &AccountId, now: Timestamp) -> Result<usize> {
    let rows = Sql::new(
        "SELECT DISTINCT a.id FROM identity_account a JOIN identity_grant g ON g.account_id = a.id
         WHERE a.locked_at IS NULL AND g.revoked_at IS NULL AND g.role = 'administrator' AND g.unit_id IS NULL
           AND g.valid_until IS NULL AND g.parent_id IS NULL AND (g.valid_from IS NULL OR g.valid_from <= ",
    )
    .bind(now.as_micros())
    .push(") AND a.id <> ")
    .bind(id.as_str())
    .all_in(tx)
    .await?;
    Ok(rows.len())
}
