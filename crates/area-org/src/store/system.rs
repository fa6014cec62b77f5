//! Information systems.

use crate::model::{NewSystem, System};
use base_core::{Result, Scope, SystemId, UnitId, fold::fold};
use base_db::{AnyRow, Db, DbExt, RowExt, Sql, Tx};

fn from_row(row: &AnyRow) -> Result<System> {
    Ok(System {
        id: SystemId::new(row.text("id")?),
        code: row.text("code")?,
        name: row.text("name")?,
        kind: row.text("kind")?,
        level_2016: row.int_opt("level_2016")?,
        level_2026: row.int_opt("level_2026")?,
        level_note: row.text_opt("level_note")?,
        owner: row.text_opt("owner_unit_id")?.map(UnitId::new),
        operator: row.text_opt("operator_unit_id")?.map(UnitId::new),
        host: row.text_opt("host")?,
    })
}

/// The systems of a scope: those owned or run by its units. Few (tens), so lists filter in memory.
pub(crate) async fn list(db: &Db, scope: &Scope) -> Result<Vec<System>> {
    let mut query = Sql::new(
        "SELECT id, code, name, kind, level_2016, level_2026, level_note, owner_unit_id, operator_unit_id, host
         FROM org_system WHERE 1 = 1",
    );
    if let Some(units) = scope.as_units() {
        let ids = || units.iter().map(|u| u.as_str().to_owned()).collect::<Vec<_>>();
        query = query.push(" AND (owner_unit_id IN ").bind_list(ids());
        query = query.push(" OR operator_unit_id IN ").bind_list(ids()).push(")");
    }
    query.push(" ORDER BY code").all(db.read()).await?.iter().map(from_row).collect()
}

/// Writes a system: a new one, or over the one with this code.
pub(crate) async fn upsert(
    tx: &mut Tx,
    new: &NewSystem,
    owner: Option<&UnitId>,
    operator: Option<&UnitId>,
) -> Result<()> {
    let filled = |text: &str| Some(text.trim().to_owned()).filter(|t| !t.is_empty());
    sqlx::query(
        "INSERT INTO org_system (id, code, name, kind, level_2016, level_2026, level_note, owner_unit_id, operator_unit_id, host, folded)
         VALUES ($1, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, kind = excluded.kind, level_2016 = excluded.level_2016,
             level_2026 = excluded.level_2026, level_note = excluded.level_note, owner_unit_id = excluded.owner_unit_id,
             operator_unit_id = excluded.operator_unit_id, host = excluded.host, folded = excluded.folded",
    )
    .bind(new.code.as_str())
    .bind(new.name.trim())
    .bind(new.kind.as_str())
    .bind(new.level_2016)
    .bind(new.level_2026)
    .bind(filled(&new.level_note))
    .bind(owner.map(UnitId::as_str))
    .bind(operator.map(UnitId::as_str))
    .bind(filled(&new.host))
    .bind(fold(&format!("{} {}", new.code, new.name)))
    .execute(tx.conn())
    .await
    .db()?;
    Ok(())
}
