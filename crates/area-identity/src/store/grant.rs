//! Grants.
//!
//! A delegated grant names the grant it was taken from (`parent_id`). What it gives is the overlap of both, as long as
//! the delegating account is not locked; nothing has to be written when the other ends.

use crate::model::account::{Delegated, StoredGrant};
use base_authz::{Grant, GrantScope, Role};
use base_core::{AccountId, Error, Kind, Result, Timestamp, UnitId};
use base_db::{AnyRow, Db, RowExt, Sql, Tx};
use std::collections::BTreeMap;

const COLUMNS: &str = "SELECT g.id, g.account_id, g.role, g.unit_id, g.valid_from, g.valid_until, g.granted_at, g.why,
    g.revoked_at, g.parent_id, p.valid_from AS parent_from, p.valid_until AS parent_until,
    p.revoked_at AS parent_revoked, pa.name AS parent_name, pa.locked_at AS parent_locked, a.name AS account_name,
    coalesce(b.name, g.granted_by) AS granted_by, coalesce(r.name, g.revoked_by) AS revoked_by
    FROM identity_grant g
    JOIN identity_account a ON a.id = g.account_id
    LEFT JOIN identity_account b ON b.id = g.granted_by
    LEFT JOIN identity_account r ON r.id = g.revoked_by
    LEFT JOIN identity_grant p ON p.id = g.parent_id
    LEFT JOIN identity_account pa ON pa.id = p.account_id
    WHERE 1 = 1";

/// Neither taken away nor hanging on a grant that was.
const STANDING: &str = " AND g.revoked_at IS NULL AND (g.parent_id IS NULL OR p.revoked_at IS NULL)";
/// What a locked account has handed on gives nothing while it is locked.
const NOT_SUSPENDED: &str = " AND (g.parent_id IS NULL OR pa.locked_at IS NULL)";

fn from_row(row: &AnyRow) -> Result<StoredGrant> {
    let role = row.text("role")?;
    let role = Role::parse(&role).ok_or_else(|| Error::new(Kind::Bug, format!("stored role '{role}' is unknown")))?;
    let scope = row.text_opt("unit_id")?.map_or(GrantScope::Province, |unit| GrantScope::Unit(UnitId::new(unit)));
    let (from, until) = (row.time_opt("valid_from")?, row.time_opt("valid_until")?);
    let (parent_from, parent_until) = (row.time_opt("parent_from")?, row.time_opt("parent_until")?);
    // Later of the beginnings (absent = always has), earlier of the ends (absent = never).
    let grant = Grant { role, scope, from: from.max(parent_from), until: earlier(until, parent_until) };
    let delegated = match row.text_opt("parent_id")? {
        None => None,
        Some(parent) => Some(Delegated {
            parent,
            by: row.text_opt("parent_name")?.unwrap_or_default(),
            parent_revoked: row.time_opt("parent_revoked")?,
            suspended: row.time_opt("parent_locked")?.is_some(),
        }),
    };
    Ok(StoredGrant {
        id: row.text("id")?,
        account: AccountId::new(row.text("account_id")?),
        account_name: row.text("account_name")?,
        grant,
        granted_at: row.time("granted_at")?,
        granted_by: row.text("granted_by")?,
        why: row.text_opt("why")?,
        delegated,
        revoked_at: row.time_opt("revoked_at")?,
        revoked_by: row.text_opt("revoked_by")?,
    })
}

fn earlier(a: Option<Timestamp>, b: Option<Timestamp>) -> Option<Timestamp> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (one, other) => one.or(other),
    }
}

fn present(rows: &[AnyRow], now: Timestamp) -> Result<Vec<StoredGrant>> {
    let mut grants = rows.iter().map(from_row).collect::<Result<Vec<_>>>()?;
    grants.retain(|g| !g.is_over(now));
    Ok(grants)
}

/// The grants of an account that hold at `now` or will.
pub(crate) async fn held(db: &Db, account: &AccountId, now: Timestamp) -> Result<Vec<StoredGrant>> {
    let query =
        Sql::new(COLUMNS).push(STANDING).push(NOT_SUSPENDED).push(" AND g.account_id = ").bind(account.as_str());
    present(&query.push(" ORDER BY g.granted_at, g.id").all(db.read()).await?, now)
}

/// As [`held`], seen from inside a write transaction.
pub(crate) async fn held_in(tx: &mut Tx, account: &AccountId, now: Timestamp) -> Result<Vec<StoredGrant>> {
    let query =
        Sql::new(COLUMNS).push(STANDING).push(NOT_SUSPENDED).push(" AND g.account_id = ").bind(account.as_str());
    present(&query.push(" ORDER BY g.granted_at, g.id").all_in(tx).await?, now)
}

/// The grants of every account that hold at `now` or will.
pub(crate) async fn held_by_all(db: &Db, now: Timestamp) -> Result<BTreeMap<AccountId, Vec<StoredGrant>>> {
    let mut out: BTreeMap<AccountId, Vec<StoredGrant>> = BTreeMap::new();
    let rows = Sql::new(COLUMNS)
        .push(STANDING)
        .push(NOT_SUSPENDED)
        .push(" ORDER BY g.granted_at, g.id")
        .all(db.read())
        .await?;
    for grant in present(&rows, now)? {
        out.entry(grant.account.clone()).or_default().push(grant);
    }
    Ok(out)
}

/// The grants of everybody that stand, also those of or from locked accounts, which may be unlocked; seen from inside
/// a write transaction.
pub(crate) async fn all_in(tx: &mut Tx, now: Timestamp) -> Result<Vec<StoredGrant>> {
    let query = Sql::new(COLUMNS).push(STANDING).push(" ORDER BY g.granted_at, g.id");
    present(&query.all_in(tx).await?, now)
}

/// The grants of an account that are over, newest first.
pub(crate) async fn past(db: &Db, account: &AccountId, now: Timestamp) -> Result<Vec<StoredGrant>> {
    let query = Sql::new(COLUMNS).push(" AND g.account_id = ").bind(account.as_str());
    let rows = query.push(" ORDER BY g.granted_at DESC, g.id DESC").all(db.read()).await?;
    let mut grants = rows.iter().map(from_row).collect::<Result<Vec<_>>>()?;
    grants.retain(|g| g.is_over(now));
    Ok(grants)
}

/// What an account has handed on and still holds or will.
pub(crate) async fn handed_on(db: &Db, account: &AccountId, now: Timestamp) -> Result<Vec<StoredGrant>> {
    let query =
        Sql::new(COLUMNS).push(STANDING).push(NOT_SUSPENDED).push(" AND p.account_id = ").bind(account.as_str());
    present(&query.push(" ORDER BY g.granted_at, g.id").all(db.read()).await?, now)
}

pub(crate) struct Insert<'a> {
    pub(crate) id: &'a str,
    pub(crate) account: &'a AccountId,
    pub(crate) grant: &'a Grant,
    pub(crate) by: &'a AccountId,
    pub(crate) now: Timestamp,
    /// The grant a delegated one is taken from, and why.
    pub(crate) delegated: Option<(&'a str, &'a str)>,
}

pub(crate) async fn insert(tx: &mut Tx, new: Insert<'_>) -> Result<()> {
    let unit = match &new.grant.scope {
        GrantScope::Province => None,
        GrantScope::Unit(unit) => Some(unit.as_str()),
    };
    Sql::new(
        "INSERT INTO identity_grant (id, account_id, role, unit_id, valid_from, valid_until, granted_by, granted_at,
                                     parent_id, why) VALUES (",
    )
    .bind(new.id)
    .comma(new.account.as_str())
    .comma(new.grant.role.as_str())
    .comma(unit)
    .comma(new.grant.from.map(Timestamp::as_micros))
    .comma(new.grant.until.map(Timestamp::as_micros))
    .comma(new.by.as_str())
    .comma(new.now.as_micros())
    .comma(new.delegated.map(|(parent, _)| parent))
    .comma(new.delegated.map(|(_, why)| why))
    .push(")")
    .run(tx)
    .await?;
    Ok(())
}

/// Takes a grant away; the grant as it was, or `None` when `account` does not hold it (any more).
pub(crate) async fn revoke(
    tx: &mut Tx,
    account: &AccountId,
    id: &str,
    by: &AccountId,
    now: Timestamp,
) -> Result<Option<StoredGrant>> {
    let query = Sql::new(COLUMNS).push(STANDING).push(" AND g.account_id = ").bind(account.as_str());
    let rows = query.push(" AND g.id = ").bind(id).all_in(tx).await?;
    let found = present(&rows, now)?.into_iter().next();
    if found.is_some() {
        let query = Sql::new("UPDATE identity_grant SET revoked_at = ").bind(now.as_micros());
        query.push(", revoked_by = ").bind(by.as_str()).push(" WHERE id = ").bind(id).run(tx).await?;
    }
    Ok(found)
}
