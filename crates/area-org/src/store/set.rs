//! Denominator sets and their versions.

use crate::model::DenominatorSet;
use base_core::{Result, UnitId};
use base_db::{AnyRow, Db, DbExt, RowExt, Sql, Tx};

fn from_row(row: &AnyRow, units: Vec<UnitId>) -> Result<DenominatorSet> {
    Ok(DenominatorSet {
        code: row.text("code")?,
        version: row.int("version")?,
        name_vi: row.text("name_vi")?,
        name_en: row.text("name_en")?,
        note: row.text_opt("note")?,
        made_at: row.time("made_at")?,
        units,
    })
}

/// The newest version of every set. Sets name units and nothing of what is in them, so they have no scope.
pub(crate) async fn newest(db: &Db) -> Result<Vec<DenominatorSet>> {
    let rows = Sql::new(
        "SELECT s.code, s.version, s.name_vi, s.name_en, s.note, s.made_at FROM org_set s
         WHERE s.version = (SELECT max(version) FROM org_set n WHERE n.code = s.code) ORDER BY s.code",
    )
    .all(db.read())
    .await?;
    let mut sets = Vec::with_capacity(rows.len());
    for row in &rows {
        sets.push(from_row(row, units(db, &row.text("code")?, row.int("version")?).await?)?);
    }
    Ok(sets)
}

/// The newest version of the set `code`.
pub(crate) async fn newest_of(db: &Db, code: &str) -> Result<Option<DenominatorSet>> {
    Ok(newest(db).await?.into_iter().find(|s| s.code == code))
}

async fn units(db: &Db, code: &str, version: i64) -> Result<Vec<UnitId>> {
    let query = Sql::new("SELECT m.unit_id FROM org_set_unit m JOIN org_unit u ON u.id = m.unit_id WHERE m.code = ");
    let query = query.bind(code).push(" AND m.version = ").bind(version).push(" ORDER BY u.position, u.code");
    query.all(db.read()).await?.iter().map(|row| Ok(UnitId::new(row.text("unit_id")?))).collect()
}

pub(crate) async fn insert(tx: &mut Tx, set: &DenominatorSet) -> Result<()> {
    sqlx::query("INSERT INTO org_set (code, version, name_vi, name_en, note, made_at) VALUES ($1, $2, $3, $4, $5, $6)")
        .bind(set.code.as_str())
        .bind(set.version)
        .bind(set.name_vi.as_str())
        .bind(set.name_en.as_str())
        .bind(set.note.as_deref())
        .bind(set.made_at.as_micros())
        .execute(tx.conn())
        .await
        .db()?;
    for unit in &set.units {
        sqlx::query("INSERT INTO org_set_unit (code, version, unit_id) VALUES ($1, $2, $3)")
            .bind(set.code.as_str())
            .bind(set.version)
            .bind(unit.as_str())
            .execute(tx.conn())
            .await
            .db()?;
    }
    Ok(())
}
