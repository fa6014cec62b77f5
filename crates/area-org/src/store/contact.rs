//! Contacts.

use crate::model::{Contact, ContactKind, NewContact};
use base_core::{Error, Kind, Result, Scope, Timestamp, UnitId};
use base_db::{AnyRow, Db, DbExt, RowExt, Sql, Tx};

const COLUMNS: &str = "SELECT id, kind, name, mail, phone, created_at FROM org_contact WHERE removed_at IS NULL";

fn from_row(row: &AnyRow) -> Result<Contact> {
    let kind = row.text("kind")?;
    Ok(Contact {
        id: row.text("id")?,
        kind: ContactKind::parse(&kind)
            .ok_or_else(|| Error::new(Kind::Bug, format!("stored contact kind '{kind}' is unknown")))?,
        name: row.text("name")?,
        mail: row.text_opt("mail")?,
        phone: row.text_opt("phone")?,
        created_at: row.time("created_at")?,
    })
}

/// The contacts of a unit, contact points first.
pub(crate) async fn of(db: &Db, scope: &Scope, unit: &UnitId) -> Result<Vec<Contact>> {
    let query = Sql::new(COLUMNS).scope("unit_id", scope).push(" AND unit_id = ").bind(unit.as_str());
    let query =
        query.push(" ORDER BY CASE kind WHEN 'contact_point' THEN 0 WHEN 'officer' THEN 1 ELSE 2 END, created_at");
    query.all(db.read()).await?.iter().map(from_row).collect()
}

pub(crate) async fn insert(tx: &mut Tx, id: &str, unit: &UnitId, new: &NewContact, now: Timestamp) -> Result<()> {
    let filled = |text: &str| Some(text.trim().to_owned()).filter(|t| !t.is_empty());
    sqlx::query(
        "INSERT INTO org_contact (id, unit_id, kind, name, mail, phone, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(id)
    .bind(unit.as_str())
    .bind(new.kind.as_str())
    .bind(new.name.trim())
    .bind(filled(&new.mail))
    .bind(filled(&new.phone))
    .bind(now.as_micros())
    .execute(tx.conn())
    .await
    .db()?;
    Ok(())
}

/// Whether the unit has a contact with this mail address and kind.
pub(crate) async fn exists_in(tx: &mut Tx, unit: &UnitId, new: &NewContact) -> Result<bool> {
    let query =
        Sql::new(COLUMNS).push(" AND unit_id = ").bind(unit.as_str()).push(" AND kind = ").bind(new.kind.as_str());
    Ok(query.push(" AND mail = ").bind(new.mail.trim()).optional_in(tx).await?.is_some())
}

/// Takes a contact of a unit out; whether there was one.
pub(crate) async fn remove(tx: &mut Tx, unit: &UnitId, id: &str, now: Timestamp) -> Result<bool> {
    let query = Sql::new("UPDATE org_contact SET removed_at = ").bind(now.as_micros());
    let query = query.push(" WHERE removed_at IS NULL AND unit_id = ").bind(unit.as_str()).push(" AND id = ").bind(id);
    Ok(query.run(tx).await? > 0)
}
