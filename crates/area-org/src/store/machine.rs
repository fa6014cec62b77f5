//! Machines and devices that were seen.

use crate::model::{Licence, Machine, ObservedDevice, ObservedMachine};
use base_core::{Result, Scope, Timestamp, UnitId};
use base_db::{AnyRow, Db, DbExt, RowExt, Sql, Tx, flag};

/// What one sight says is kept; what it does not say stays as it was. An older sight changes only `first_seen`.
pub(crate) async fn upsert(tx: &mut Tx, seen: &ObservedMachine) -> Result<()> {
    let hygiene_at = seen.has_hygiene().then_some(seen.at.as_micros());
    sqlx::query(
        "INSERT INTO org_machine (unit_id, host, ip, os, first_seen, last_seen, av_product, av_licence, av_enabled,
                                  firewall_enabled, hygiene_at)
         SELECT $1, $2, $3, $4, $5, $5, $6, $7, $8, $9, $10 WHERE EXISTS (SELECT 1 FROM org_unit WHERE id = $1)
         ON CONFLICT (unit_id, host) DO UPDATE SET
             first_seen = CASE WHEN excluded.first_seen < org_machine.first_seen THEN excluded.first_seen ELSE org_machine.first_seen END,
             ip = CASE WHEN excluded.last_seen >= org_machine.last_seen THEN coalesce(excluded.ip, org_machine.ip) ELSE org_machine.ip END,
             os = CASE WHEN excluded.last_seen >= org_machine.last_seen THEN coalesce(excluded.os, org_machine.os) ELSE org_machine.os END,
             last_seen = CASE WHEN excluded.last_seen > org_machine.last_seen THEN excluded.last_seen ELSE org_machine.last_seen END,
             av_product = CASE WHEN excluded.hygiene_at >= coalesce(org_machine.hygiene_at, 0) THEN coalesce(excluded.av_product, org_machine.av_product) ELSE org_machine.av_product END,
             av_licence = CASE WHEN excluded.hygiene_at >= coalesce(org_machine.hygiene_at, 0) THEN coalesce(excluded.av_licence, org_machine.av_licence) ELSE org_machine.av_licence END,
             av_enabled = CASE WHEN excluded.hygiene_at >= coalesce(org_machine.hygiene_at, 0) THEN coalesce(excluded.av_enabled, org_machine.av_enabled) ELSE org_machine.av_enabled END,
             firewall_enabled = CASE WHEN excluded.hygiene_at >= coalesce(org_machine.hygiene_at, 0) THEN coalesce(excluded.firewall_enabled, org_machine.firewall_enabled) ELSE org_machine.firewall_enabled END,
             hygiene_at = CASE WHEN excluded.hygiene_at >= coalesce(org_machine.hygiene_at, 0) THEN excluded.hygiene_at ELSE org_machine.hygiene_at END",
    )
    .bind(seen.unit.as_str())
    .bind(seen.host.as_str())
    .bind(seen.ip.as_deref())
    .bind(seen.os.as_deref())
    .bind(seen.at.as_micros())
    .bind(seen.av_product.as_deref())
    .bind(seen.av_licence.map(Licence::as_str))
    .bind(seen.av_enabled.map(flag))
    .bind(seen.firewall_enabled.map(flag))
    .bind(hygiene_at)
    .execute(tx.conn())
    .await
    .db()?;
    Ok(())
}

pub(crate) async fn upsert_device(tx: &mut Tx, seen: &ObservedDevice) -> Result<()> {
    sqlx::query(
        "INSERT INTO org_device (unit_id, host, kind, product, first_seen, last_seen)
         SELECT $1, $2, $3, $4, $5, $5 WHERE EXISTS (SELECT 1 FROM org_unit WHERE id = $1)
         ON CONFLICT (unit_id, host, kind) DO UPDATE SET
             product = coalesce(excluded.product, org_device.product),
             first_seen = CASE WHEN excluded.first_seen < org_device.first_seen THEN excluded.first_seen ELSE org_device.first_seen END,
             last_seen = CASE WHEN excluded.last_seen > org_device.last_seen THEN excluded.last_seen ELSE org_device.last_seen END",
    )
    .bind(seen.unit.as_str())
    .bind(seen.host.as_str())
    .bind(seen.kind)
    .bind(seen.product.as_deref())
    .bind(seen.at.as_micros())
    .execute(tx.conn())
    .await
    .db()?;
    Ok(())
}

fn from_row(row: &AnyRow) -> Result<Machine> {
    Ok(Machine {
        host: row.text("host")?,
        ip: row.text_opt("ip")?,
        os: row.text_opt("os")?,
        first_seen: row.time("first_seen")?,
        last_seen: row.time("last_seen")?,
        av_product: row.text_opt("av_product")?,
        av_licence: row.text_opt("av_licence")?.as_deref().and_then(Licence::parse),
        av_enabled: row.int_opt("av_enabled")?.map(|n| n != 0),
        firewall_enabled: row.int_opt("firewall_enabled")?.map(|n| n != 0),
        hygiene_at: row.time_opt("hygiene_at")?,
    })
}

/// Which machines of a unit, and in which order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ask {
    /// Part of a host name or address.
    pub(crate) text: String,
    /// Only machines of this licence.
    pub(crate) licence: Option<Licence>,
    /// Only machines first seen before this moment.
    pub(crate) first_before: Option<Timestamp>,
    pub(crate) by_last_seen: bool,
    pub(crate) limit: i64,
    pub(crate) offset: i64,
}

fn narrow(query: Sql, scope: &Scope, unit: &UnitId, ask: &Ask) -> Sql {
    let text = format!("%{}%", ask.text.trim().to_lowercase().replace(['%', '_'], ""));
    query
        .scope("unit_id", scope)
        .push(" AND unit_id = ")
        .bind(unit.as_str())
        .when(!ask.text.trim().is_empty(), |q| {
            q.push(" AND (lower(host) LIKE ").bind(text.clone()).push(" OR ip LIKE ").bind(text.clone()).push(")")
        })
        .when(ask.first_before.is_some(), |q| {
            q.push(" AND first_seen < ").bind(ask.first_before.map(Timestamp::as_micros))
        })
        .when(ask.licence.is_some(), |q| q.push(" AND av_licence = ").bind(ask.licence.map(Licence::as_str)))
}

/// Machines of a unit.
pub(crate) async fn list(db: &Db, scope: &Scope, unit: &UnitId, ask: &Ask) -> Result<Vec<Machine>> {
    let query = Sql::new(
        "SELECT host, ip, os, first_seen, last_seen, av_product, av_licence, av_enabled, firewall_enabled, hygiene_at
         FROM org_machine WHERE 1 = 1",
    );
    let order = if ask.by_last_seen { " ORDER BY last_seen DESC, host" } else { " ORDER BY host" };
    let query = narrow(query, scope, unit, ask).push(order).page(ask.limit, ask.offset);
    query.all(db.read()).await?.iter().map(from_row).collect()
}

/// How many there are.
pub(crate) async fn count(db: &Db, scope: &Scope, unit: &UnitId, ask: &Ask) -> Result<i64> {
    narrow(Sql::new("SELECT count(*) FROM org_machine WHERE 1 = 1"), scope, unit, ask).count(db.read()).await
}

/// Firewalls of a unit: name, product, last seen.
pub(crate) async fn firewalls(
    db: &Db,
    scope: &Scope,
    unit: &UnitId,
) -> Result<Vec<(String, Option<String>, Timestamp)>> {
    let query =
        Sql::new("SELECT host, product, last_seen FROM org_device WHERE kind = 'firewall'").scope("unit_id", scope);
    let rows =
        query.push(" AND unit_id = ").bind(unit.as_str()).push(" ORDER BY last_seen DESC").all(db.read()).await?;
    rows.iter().map(|row| Ok((row.text("host")?, row.text_opt("product")?, row.time("last_seen")?))).collect()
}

/// Per unit: what is known of machines and firewalls since `since`.
#[derive(Clone, Debug)]
pub(crate) struct Sums {
    pub(crate) unit: UnitId,
    pub(crate) declared: Option<i64>,
    pub(crate) seen: i64,
    /// Machines whose licence state was reported.
    pub(crate) known: i64,
    pub(crate) licensed: i64,
    pub(crate) hygiene_oldest: Option<Timestamp>,
    pub(crate) hygiene_newest: Option<Timestamp>,
    pub(crate) firewalls: i64,
    pub(crate) firewall_newest: Option<Timestamp>,
    pub(crate) any_newest: Option<Timestamp>,
}

/// For the indicators: a system job over the whole province.
pub(crate) async fn sums(db: &Db, since: Timestamp) -> Result<Vec<Sums>> {
    let rows = Sql::new(
        "SELECT u.id, u.machines_declared, coalesce(m.seen, 0) AS seen, coalesce(m.known, 0) AS known,
                coalesce(m.licensed, 0) AS licensed, m.oldest, m.newest, m.last_seen AS machine_at,
                coalesce(d.firewalls, 0) AS firewalls, d.last_seen AS firewall_at
         FROM org_unit u
         LEFT JOIN (SELECT unit_id, count(*) AS seen, count(av_licence) AS known, min(hygiene_at) AS oldest,
                           max(hygiene_at) AS newest, max(last_seen) AS last_seen,
                           sum(CASE WHEN av_licence = 'licensed' AND coalesce(av_enabled, 1) = 1 THEN 1 ELSE 0 END) AS licensed
                    FROM org_machine WHERE last_seen >= ",
    )
    .bind(since.as_micros())
    .push(
        " GROUP BY unit_id) m ON m.unit_id = u.id
         LEFT JOIN (SELECT unit_id, count(*) AS firewalls, max(last_seen) AS last_seen
                    FROM org_device WHERE kind = 'firewall' AND last_seen >= ",
    )
    .bind(since.as_micros())
    .push(" GROUP BY unit_id) d ON d.unit_id = u.id ORDER BY u.position, u.code")
    .all(db.read())
    .await?;
    rows.iter()
        .map(|row| {
            let firewall_newest = row.time_opt("firewall_at")?;
            Ok(Sums {
                unit: UnitId::new(row.text("id")?),
                declared: row.int_opt("machines_declared")?,
                seen: row.int("seen")?,
                known: row.int("known")?,
                licensed: row.int("licensed")?,
                hygiene_oldest: row.time_opt("oldest")?,
                hygiene_newest: row.time_opt("newest")?,
                firewalls: row.int("firewalls")?,
                firewall_newest,
                any_newest: row.time_opt("machine_at")?.max(firewall_newest),
            })
        })
        .collect()
}

/// Machines a quick search looks through: those heard of last. So its cost has an end, however many there are.
pub(crate) const LOOKED_THROUGH: i64 = 20_000;

/// Machines within the scope whose name or address has all of `patterns`, last heard of first.
pub(crate) async fn find(
    db: &Db,
    scope: &Scope,
    patterns: &[String],
    most: usize,
) -> Result<Vec<(UnitId, String, Option<String>)>> {
    let mut sql = Sql::new(
        "SELECT m.unit_id, m.host, m.ip FROM (SELECT unit_id, host, ip, last_seen FROM org_machine WHERE 1 = 1",
    )
    .scope("unit_id", scope)
    .push(" ORDER BY last_seen DESC LIMIT ")
    .bind(LOOKED_THROUGH)
    .push(") AS m WHERE 1 = 1");
    for pattern in patterns {
        sql = sql.push(" AND LOWER(m.host || ' ' || COALESCE(m.ip, '')) LIKE ").bind(pattern).push(r" ESCAPE '\'");
    }
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let rows = sql.push(" ORDER BY m.last_seen DESC, m.host LIMIT ").bind(most).all(db.read()).await?;
    rows.iter().map(|r| Ok((UnitId::new(r.text("unit_id")?), r.text("host")?, r.text_opt("ip")?))).collect()
}
