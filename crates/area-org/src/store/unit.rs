//! Units.

use crate::model::{Block, NewUnit, Unit, UnitRow};
use base_core::{Error, Kind, Result, Scope, Timestamp, UnitId, fold::fold};
use base_db::{AnyRow, Db, DbExt, RowExt, Sql, Tx, flag};

const COLUMNS: &str =
    "SELECT u.id, u.code, u.name, u.short, u.block, u.position, u.machines_declared, u.servers_declared,
    u.staff_declared, u.is_assumed, u.note, u.valid_from, u.valid_to, u.successor_id, u.version,
    u.parent_id, u.electronic_id, u.decision
    FROM org_unit u WHERE 1 = 1";

fn from_row(row: &AnyRow) -> Result<Unit> {
    let block = row.text("block")?;
    Ok(Unit {
        id: UnitId::new(row.text("id")?),
        code: row.text("code")?,
        name: row.text("name")?,
        short: row.text("short")?,
        block: Block::parse(&block)
            .ok_or_else(|| Error::new(Kind::Bug, format!("stored block '{block}' is unknown")))?,
        position: row.int("position")?,
        machines_declared: row.int_opt("machines_declared")?,
        servers_declared: row.int_opt("servers_declared")?,
        staff_declared: row.int_opt("staff_declared")?,
        is_assumed: row.flag("is_assumed")?,
        note: row.text_opt("note")?,
        valid_from: row.time_opt("valid_from")?,
        valid_to: row.time_opt("valid_to")?,
        successor: row.text_opt("successor_id")?.map(UnitId::new),
        version: row.int("version")?,
        parent: row.text_opt("parent_id")?.map(UnitId::new),
        electronic_id: row.text_opt("electronic_id")?,
        decision: row.text_opt("decision")?,
    })
}

/// Every unit, for the directory in memory (names of units are not unit-owned data).
pub(crate) async fn all(db: &Db) -> Result<Vec<Unit>> {
    let rows = Sql::new(COLUMNS).push(" ORDER BY u.position, u.code").all(db.read()).await?;
    rows.iter().map(from_row).collect()
}

/// The same from within a transaction.
pub(crate) async fn all_in(tx: &mut Tx) -> Result<Vec<Unit>> {
    let rows = Sql::new(COLUMNS).push(" ORDER BY u.position, u.code").all_in(tx).await?;
    rows.iter().map(from_row).collect()
}

/// The unit of a code within the scope.
pub(crate) async fn by_code(db: &Db, scope: &Scope, code: &str) -> Result<Option<Unit>> {
    let query = Sql::new(COLUMNS).scope("u.id", scope).push(" AND u.code = ").bind(code.to_ascii_uppercase());
    query.optional(db.read()).await?.as_ref().map(from_row).transpose()
}

/// The electronic identifier of a unit; it is published, as names are.
pub(crate) async fn electronic_id(db: &Db, unit: &UnitId) -> Result<Option<String>> {
    let query = Sql::new("SELECT electronic_id FROM org_unit WHERE id = ").bind(unit.as_str());
    query.optional(db.read()).await?.map_or(Ok(None), |row| row.text_opt("electronic_id"))
}

pub(crate) async fn by_code_in(tx: &mut Tx, scope: &Scope, code: &str) -> Result<Option<Unit>> {
    let query = Sql::new(COLUMNS).scope("u.id", scope).push(" AND u.code = ").bind(code.to_ascii_uppercase());
    query.optional_in(tx).await?.as_ref().map(from_row).transpose()
}

/// The units of a scope with what was seen of them since `since` and began before `until`.
pub(crate) async fn rows(db: &Db, scope: &Scope, (since, until): (Timestamp, Timestamp)) -> Result<Vec<UnitRow>> {
    let rows = Sql::new(
        "SELECT u.id, u.code, u.name, u.short, u.block, u.position, u.machines_declared, u.servers_declared,
                u.staff_declared, u.is_assumed, u.note, u.valid_from, u.valid_to, u.successor_id, u.version,
                u.parent_id, u.electronic_id, u.decision,
                coalesce(m.seen, 0) AS machines_seen, coalesce(m.licensed, 0) AS licensed, coalesce(d.firewalls, 0) AS firewalls,
                m.last_seen AS machine_at, d.last_seen AS device_at
         FROM org_unit u
         LEFT JOIN (SELECT unit_id, count(*) AS seen, max(last_seen) AS last_seen,
                           sum(CASE WHEN av_licence = 'licensed' AND coalesce(av_enabled, 1) = 1 THEN 1 ELSE 0 END) AS licensed
                    FROM org_machine WHERE last_seen >= ",
    )
    .bind(since.as_micros())
    .push(" AND first_seen < ")
    .bind(until.as_micros())
    .push(
        " GROUP BY unit_id) m ON m.unit_id = u.id
         LEFT JOIN (SELECT unit_id, count(*) AS firewalls, max(last_seen) AS last_seen
                    FROM org_device WHERE kind = 'firewall' AND last_seen >= ",
    )
    .bind(since.as_micros())
    .push(" AND first_seen < ")
    .bind(until.as_micros())
    .push(" GROUP BY unit_id) d ON d.unit_id = u.id WHERE 1 = 1")
    .scope("u.id", scope)
    .push(" ORDER BY u.position, u.code")
    .all(db.read())
    .await?;
    rows.iter()
        .map(|row| {
            Ok(UnitRow {
                unit: from_row(row)?,
                machines_seen: row.int("machines_seen")?,
                licensed: row.int("licensed")?,
                firewalls: row.int("firewalls")?,
                last_seen: row.time_opt("machine_at")?.max(row.time_opt("device_at")?),
            })
        })
        .collect()
}

/// What of a unit the caller has found out.
pub(crate) struct Places<'a> {
    /// Place in the official list.
    pub(crate) position: i64,
    /// The unit it stands below when it begins.
    pub(crate) parent: Option<&'a UnitId>,
    /// Name and short name at its beginning.
    pub(crate) names: (&'a str, &'a str),
}

/// Writes how a unit begins and what it declares: a new one, or over the one with this code. Its end is for
/// [`set_end`].
pub(crate) async fn upsert(tx: &mut Tx, unit: &NewUnit, places: &Places<'_>) -> Result<()> {
    let (name, short) = places.names;
    let filled = |text: &Option<String>| text.as_deref().map(str::trim).filter(|n| !n.is_empty()).map(str::to_owned);
    sqlx::query(
        "INSERT INTO org_unit (id, code, name, short, block, position, machines_declared, servers_declared, staff_declared,
                               is_assumed, note, valid_from, folded, parent_id, electronic_id, decision, version)
         VALUES ($1, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 1)
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, short = excluded.short, block = excluded.block,
             position = excluded.position, machines_declared = excluded.machines_declared,
             servers_declared = excluded.servers_declared, staff_declared = excluded.staff_declared,
             is_assumed = excluded.is_assumed, note = excluded.note, valid_from = excluded.valid_from,
             folded = excluded.folded, parent_id = excluded.parent_id, electronic_id = excluded.electronic_id,
             decision = excluded.decision, version = org_unit.version + 1",
    )
    .bind(unit.code.as_str())
    .bind(name)
    .bind(short)
    .bind(unit.block.as_str())
    .bind(places.position)
    .bind(unit.machines_declared)
    .bind(unit.servers_declared)
    .bind(unit.staff_declared)
    .bind(flag(unit.is_assumed))
    .bind(filled(&unit.note))
    .bind(unit.valid_from.map(Timestamp::as_micros))
    .bind(fold(&format!("{} {name} {short}", unit.code)))
    .bind(places.parent.map(UnitId::as_str))
    .bind(filled(&unit.electronic_id))
    .bind(filled(&unit.decision))
    .execute(tx.conn())
    .await
    .db()?;
    Ok(())
}

/// Keeps when a unit ends and who takes over, as the changes say.
pub(crate) async fn set_end(
    tx: &mut Tx,
    unit: &UnitId,
    to: Option<Timestamp>,
    successor: Option<&UnitId>,
) -> Result<()> {
    sqlx::query("UPDATE org_unit SET valid_to = $1, successor_id = $2 WHERE id = $3")
        .bind(to.map(Timestamp::as_micros))
        .bind(successor.map(UnitId::as_str))
        .bind(unit.as_str())
        .execute(tx.conn())
        .await
        .db()?;
    Ok(())
}

/// The last place of the official list.
pub(crate) async fn last_position(tx: &mut Tx) -> Result<i64> {
    let row = Sql::new("SELECT coalesce(max(position), 0) AS last FROM org_unit").optional_in(tx).await?;
    row.map_or(Ok(0), |row| row.int("last"))
}
