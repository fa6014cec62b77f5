//! Table `events_saved_search`.

use crate::model::saved_search::SavedSearch;
use base_core::{AccountId, Result, Scope, UnitId};
use base_db::{AnyPool, AnyRow, RowExt, Sql, Tx};

const COLUMNS: &str =
    "SELECT id, name, query, owner, owner_name, shared, unit, at FROM events_saved_search WHERE 1 = 1";

fn read(row: &AnyRow) -> Result<SavedSearch> {
    Ok(SavedSearch {
        id: row.text("id")?,
        name: row.text("name")?,
        query: row.text("query")?,
        owner: AccountId::new(row.text("owner")?),
        owner_name: row.text("owner_name")?,
        shared: row.int("shared")? != 0,
        unit: row.text_opt("unit")?.map(UnitId::new),
        at: row.time("at")?,
    })
}

/// Writes a new one.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn insert(tx: &mut Tx, s: &SavedSearch) -> Result<()> {
    Sql::new("INSERT INTO events_saved_search (id, name, query, owner, owner_name, shared, unit, at) VALUES (")
        .bind(s.id.clone())
        .comma(s.name.clone())
        .comma(s.query.clone())
        .comma(s.owner.as_str().to_owned())
        .comma(s.owner_name.clone())
        .comma(i64::from(s.shared))
        .comma(s.unit.as_ref().map(|u| u.as_str().to_owned()))
        .comma(s.at.as_micros())
        .push(")")
        .run(tx)
        .await?;
    Ok(())
}

/// A person's own, and those shared within the scope; by name.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn list(pool: &AnyPool, scope: &Scope, account: &AccountId) -> Result<Vec<SavedSearch>> {
    let own =
        Sql::new(COLUMNS).push(" AND owner = ").bind(account.as_str().to_owned()).push(" ORDER BY name, id LIMIT 500");
    let shared = Sql::new(COLUMNS)
        .push(" AND shared = 1 AND owner <> ")
        .bind(account.as_str().to_owned())
        .scope("unit", scope)
        .push(" ORDER BY name, id LIMIT 500");
    let mut found: Vec<SavedSearch> = own.all(pool).await?.iter().map(read).collect::<Result<_>>()?;
    let others: Vec<SavedSearch> = shared.all(pool).await?.iter().map(read).collect::<Result<_>>()?;
    found.extend(others);
    found.sort_by(|a, b| {
        base_core::fold::fold(&a.name).cmp(&base_core::fold::fold(&b.name)).then_with(|| a.id.cmp(&b.id))
    });
    Ok(found)
}

/// How many a person keeps.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn count(pool: &AnyPool, account: &AccountId) -> Result<i64> {
    let own = Sql::new("SELECT COUNT(*) FROM events_saved_search WHERE owner = ");
    own.bind(account.as_str().to_owned()).count(pool).await
}

/// A person's own, by id.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn own_in(tx: &mut Tx, account: &AccountId, id: &str) -> Result<Option<SavedSearch>> {
    let one = Sql::new(COLUMNS)
        .push(" AND id = ")
        .bind(id.to_owned())
        .push(" AND owner = ")
        .bind(account.as_str().to_owned());
    one.optional_in(tx).await?.as_ref().map(read).transpose()
}

/// Removes it.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn remove(tx: &mut Tx, id: &str) -> Result<()> {
    Sql::new("DELETE FROM events_saved_search WHERE id = ").bind(id.to_owned()).run(tx).await?;
    Ok(())
}

/// Shares it, or takes it back.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn set_shared(tx: &mut Tx, id: &str, shared: bool) -> Result<()> {
    let update = Sql::new("UPDATE events_saved_search SET shared = ").bind(i64::from(shared));
    update.push(" WHERE id = ").bind(id.to_owned()).run(tx).await?;
    Ok(())
}
