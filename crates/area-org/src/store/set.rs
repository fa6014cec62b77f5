//! Denominator sets and their versions.

use crate::model::DenominatorSet;
use base_core::{Error, Kind, Result, UnitId};
use base_db::{AnyRow, Db, DbExt, RowExt, Sql, Tx};
use std::collections::HashMap;

const COLUMNS: &str =
    "SELECT s.code, s.version, s.name_vi, s.name_en, s.note, s.made_at, s.made_by, s.rule FROM org_set s WHERE 1 = 1";

fn from_row(row: &AnyRow, units: Vec<UnitId>) -> Result<DenominatorSet> {
    let code = row.text("code")?;
    let broken =
        |e: serde_json::Error| Error::new(Kind::Bug, format!("the stored rule of set '{code}' cannot be read: {e}"));
    Ok(DenominatorSet {
        version: row.int("version")?,
        name_vi: row.text("name_vi")?,
        name_en: row.text("name_en")?,
        note: row.text_opt("note")?,
        made_at: row.time("made_at")?,
        made_by: row.text_opt("made_by")?,
        rule: row.text_opt("rule")?.map(|text| serde_json::from_str(&text).map_err(broken)).transpose()?,
        units,
        code,
    })
}

/// The newest version of every set. Sets name units and nothing of what is in them, so they have no scope.
pub(crate) async fn newest(db: &Db) -> Result<Vec<DenominatorSet>> {
    let rows = Sql::new(COLUMNS)
        .push(" AND s.version = (SELECT max(n.version) FROM org_set n WHERE n.code = s.code) ORDER BY s.code")
        .all(db.read())
        .await?;
    let members = Sql::new(
        "SELECT m.code, m.version, m.unit_id FROM org_set_unit m JOIN org_unit u ON u.id = m.unit_id
         WHERE m.version = (SELECT max(n.version) FROM org_set n WHERE n.code = m.code) ORDER BY u.position, u.code",
    );
    with_members(&rows, &members.all(db.read()).await?)
}

/// The newest version of the set `code`.
pub(crate) async fn newest_of(db: &Db, code: &str) -> Result<Option<DenominatorSet>> {
    Ok(versions(db, code).await?.into_iter().next())
}

/// Every version of the set `code`, newest first.
pub(crate) async fn versions(db: &Db, code: &str) -> Result<Vec<DenominatorSet>> {
    let query = Sql::new(COLUMNS).push(" AND s.code = ").bind(code).push(" ORDER BY s.version DESC");
    let rows = query.all(db.read()).await?;
    let members = Sql::new(
        "SELECT m.code, m.version, m.unit_id FROM org_set_unit m JOIN org_unit u ON u.id = m.unit_id WHERE m.code = ",
    );
    let members = members.bind(code).push(" ORDER BY u.position, u.code");
    with_members(&rows, &members.all(db.read()).await?)
}

fn with_members(rows: &[AnyRow], members: &[AnyRow]) -> Result<Vec<DenominatorSet>> {
    let mut of: HashMap<(String, i64), Vec<UnitId>> = HashMap::new();
    for row in members {
        let key = (row.text("code")?, row.int("version")?);
        of.entry(key).or_default().push(UnitId::new(row.text("unit_id")?));
    }
    let take = |row: &AnyRow| {
        let key = (row.text("code")?, row.int("version")?);
        from_row(row, of.remove(&key).unwrap_or_default())
    };
    rows.iter().map(take).collect()
}

pub(crate) async fn insert(tx: &mut Tx, set: &DenominatorSet) -> Result<()> {
    let rule = set.rule.as_ref().map(serde_json::to_string).transpose().map_err(Error::bug)?;
    sqlx::query(
        "INSERT INTO org_set (code, version, name_vi, name_en, note, made_at, made_by, rule)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(set.code.as_str())
    .bind(set.version)
    .bind(set.name_vi.as_str())
    .bind(set.name_en.as_str())
    .bind(set.note.as_deref())
    .bind(set.made_at.as_micros())
    .bind(set.made_by.as_deref())
    .bind(rule)
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
