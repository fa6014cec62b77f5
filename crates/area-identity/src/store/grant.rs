//! Grants.

use crate::model::account::StoredGrant;
use base_authz::{Grant, GrantScope, Role};
use base_core::{AccountId, Error, Kind, Result, Timestamp, UnitId};
use base_db::{AnyRow, Db, DbExt, RowExt, Sql, Tx};
use std::collections::BTreeMap;

const HELD: &str = "SELECT g.id, g.account_id, g.role, g.unit_id, g.valid_from, g.valid_until, g.granted_at,
    coalesce(b.name, g.granted_by) AS granted_by
    FROM identity_grant g LEFT JOIN identity_account b ON b.id = g.granted_by WHERE g.revoked_at IS NULL";

fn from_row(row: &AnyRow) -> Result<StoredGrant> {
    let role = row.text("role")?;
    let role = Role::parse(&role).ok_or_else(|| Error::new(Kind::Bug, format!("stored role '{role}' is unknown")))?;
    let scope = row.text_opt("unit_id")?.map_or(GrantScope::Province, |unit| GrantScope::Unit(UnitId::new(unit)));
    let grant = Grant { role, scope, from: row.time_opt("valid_from")?, until: row.time_opt("valid_until")? };
    Ok(StoredGrant {
        id: row.text("id")?,
        grant,
        granted_at: row.time("granted_at")?,
        granted_by: row.text("granted_by")?,
    })
}

/// The grants of an account that were not taken away; whether they hold at a moment is the caller's question.
pub(crate) async fn held(db: &Db, account: &AccountId) -> Result<Vec<StoredGrant>> {
    let query = Sql::new(HELD).push(" AND g.account_id = ").bind(account.as_str()).push(" ORDER BY g.granted_at, g.id");
    query.all(db.read()).await?.iter().map(from_row).collect()
}

/// The grants of every account.
pub(crate) async fn held_by_all(db: &Db) -> Result<BTreeMap<AccountId, Vec<StoredGrant>>> {
    let mut out: BTreeMap<AccountId, Vec<StoredGrant>> = BTreeMap::new();
    for row in Sql::new(HELD).push(" ORDER BY g.granted_at, g.id").all(db.read()).await? {
        out.entry(AccountId::new(row.text("account_id")?)).or_default().push(from_row(&row)?);
    }
    Ok(out)
}

pub(crate) async fn insert(
    tx: &mut Tx,
    id: &str,
    account: &AccountId,
    grant: &Grant,
    by: &AccountId,
    now: Timestamp,
) -> Result<()> {
    let unit = match &grant.scope {
        GrantScope::Province => None,
        GrantScope::Unit(unit) => Some(unit.as_str()),
    };
    sqlx::query(
        "INSERT INTO identity_grant (id, account_id, role, unit_id, valid_from, valid_until, granted_by, granted_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(id)
    .bind(account.as_str())
    .bind(grant.role.as_str())
    .bind(unit)
    .bind(grant.from.map(Timestamp::as_micros))
    .bind(grant.until.map(Timestamp::as_micros))
    .bind(by.as_str())
    .bind(now.as_micros())
    .execute(tx.conn())
    .await
    .db()?;
    Ok(())
}

/// Takes a grant of `account` away; the grant as it was, or `None` when it is not held.
pub(crate) async fn revoke(tx: &mut Tx, account: &AccountId, id: &str, now: Timestamp) -> Result<Option<StoredGrant>> {
    let query = Sql::new(HELD).push(" AND g.account_id = ").bind(account.as_str()).push(" AND g.id = ").bind(id);
    let Some(row) = query.optional_in(tx).await? else { return Ok(None) };
    let query = Sql::new("UPDATE identity_grant SET revoked_at = ").bind(now.as_micros());
    query.push(" WHERE id = ").bind(id).run(tx).await?;
    from_row(&row).map(Some)
}
