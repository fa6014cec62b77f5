//! Turns of duty, networks, and people of units.

use crate::model::{Duty, NewDuty, NewStaff, Qualification, Range, Staff};
use base_core::{Error, Kind, Result, Scope, Timestamp, UnitId};
use base_db::{Db, DbExt, RowExt, Sql, Tx, flag};
use ipnet::IpNet;

/// Most turns shown.
const MAX_TURNS: i64 = 60;

/// The turns of a unit that have not ended, in their order.
pub(crate) async fn duties(db: &Db, scope: &Scope, unit: &UnitId, now: Timestamp) -> Result<Vec<Duty>> {
    let query = Sql::new("SELECT id, name, phone, starts_at, ends_at FROM org_duty WHERE removed_at IS NULL");
    let query = query.scope("unit_id", scope).push(" AND unit_id = ").bind(unit.as_str());
    let query = query.push(" AND ends_at > ").bind(now.as_micros()).push(" ORDER BY starts_at, id");
    let rows = query.page(MAX_TURNS, 0).all(db.read()).await?;
    rows.iter()
        .map(|row| {
            Ok(Duty {
                id: row.text("id")?,
                name: row.text("name")?,
                phone: row.text("phone")?,
                starts_at: row.time("starts_at")?,
                ends_at: row.time("ends_at")?,
            })
        })
        .collect()
}

pub(crate) async fn insert_duty(tx: &mut Tx, id: &str, unit: &UnitId, new: &NewDuty) -> Result<()> {
    sqlx::query("INSERT INTO org_duty (id, unit_id, name, phone, starts_at, ends_at) VALUES ($1, $2, $3, $4, $5, $6)")
        .bind(id)
        .bind(unit.as_str())
        .bind(new.name.trim())
        .bind(new.phone.trim())
        .bind(new.starts_at.as_micros())
        .bind(new.ends_at.as_micros())
        .execute(tx.conn())
        .await
        .db()?;
    Ok(())
}

/// The networks of the scope, of one unit or of all.
pub(crate) async fn ranges(db: &Db, scope: &Scope, unit: Option<&UnitId>) -> Result<Vec<Range>> {
    let query = Sql::new("SELECT id, unit_id, cidr, note FROM org_range WHERE removed_at IS NULL");
    let query = query
        .scope("unit_id", scope)
        .when(unit.is_some(), |q| q.push(" AND unit_id = ").bind(unit.map(|u| u.as_str().to_owned())));
    let rows = query.push(" ORDER BY made_at, id").all(db.read()).await?;
    rows.iter()
        .map(|row| {
            let cidr = row.text("cidr")?;
            let net: IpNet =
                cidr.parse().map_err(|_| Error::new(Kind::Bug, format!("stored network '{cidr}' cannot be read")))?;
            Ok(Range { id: row.text("id")?, unit: UnitId::new(row.text("unit_id")?), net, note: row.text_opt("note")? })
        })
        .collect()
}

pub(crate) async fn insert_range(
    tx: &mut Tx,
    id: &str,
    unit: &UnitId,
    (net, note): (&IpNet, &str),
    now: Timestamp,
) -> Result<()> {
    sqlx::query("INSERT INTO org_range (id, unit_id, cidr, note, made_at) VALUES ($1, $2, $3, $4, $5)")
        .bind(id)
        .bind(unit.as_str())
        .bind(net.to_string())
        .bind(Some(note.trim().to_owned()).filter(|n| !n.is_empty()))
        .bind(now.as_micros())
        .execute(tx.conn())
        .await
        .db()?;
    Ok(())
}

/// The people of a unit, those of security first.
pub(crate) async fn staff(db: &Db, scope: &Scope, unit: &UnitId) -> Result<Vec<Staff>> {
    let query = Sql::new(
        "SELECT id, name, job, qualification, certificate, is_full_time, is_security FROM org_staff
         WHERE removed_at IS NULL",
    );
    let query = query.scope("unit_id", scope).push(" AND unit_id = ").bind(unit.as_str());
    let rows = query.push(" ORDER BY is_security DESC, is_full_time DESC, made_at, id").all(db.read()).await?;
    rows.iter()
        .map(|row| {
            let qualification = row.text("qualification")?;
            let unknown = || Error::new(Kind::Bug, format!("stored qualification '{qualification}' is unknown"));
            let who = NewStaff {
                name: row.text("name")?,
                job: row.text("job")?,
                qualification: Qualification::parse(&qualification).ok_or_else(unknown)?,
                certificate: row.text_opt("certificate")?.unwrap_or_default(),
                is_full_time: row.flag("is_full_time")?,
                is_security: row.flag("is_security")?,
            };
            Ok(Staff { id: row.text("id")?, who })
        })
        .collect()
}

pub(crate) async fn insert_staff(tx: &mut Tx, id: &str, unit: &UnitId, new: &NewStaff, now: Timestamp) -> Result<()> {
    sqlx::query(
        "INSERT INTO org_staff (id, unit_id, name, job, qualification, certificate, is_full_time, is_security, made_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(id)
    .bind(unit.as_str())
    .bind(new.name.trim())
    .bind(new.job.trim())
    .bind(new.qualification.as_str())
    .bind(Some(new.certificate.trim().to_owned()).filter(|c| !c.is_empty()))
    .bind(flag(new.is_full_time))
    .bind(flag(new.is_security))
    .bind(now.as_micros())
    .execute(tx.conn())
    .await
    .db()?;
    Ok(())
}

/// Takes an entry of a unit out; whether there was one.
pub(crate) async fn remove(tx: &mut Tx, what: Entry, unit: &UnitId, id: &str, now: Timestamp) -> Result<bool> {
    let query = match what {
        Entry::Duty => Sql::new("UPDATE org_duty SET removed_at = "),
        Entry::Range => Sql::new("UPDATE org_range SET removed_at = "),
        Entry::Staff => Sql::new("UPDATE org_staff SET removed_at = "),
    };
    let query = query.bind(now.as_micros()).push(" WHERE removed_at IS NULL AND unit_id = ").bind(unit.as_str());
    Ok(query.push(" AND id = ").bind(id).run(tx).await? > 0)
}

/// What is kept of a unit besides contacts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    /// A turn of duty.
    Duty,
    /// A network.
    Range,
    /// Somebody of its staff.
    Staff,
}

impl Entry {
    /// The word in addresses and in the audit trail.
    #[must_use]
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Entry::Duty => "duty",
            Entry::Range => "range",
            Entry::Staff => "staff",
        }
    }

    /// From the word.
    #[must_use]
    pub(crate) fn parse(text: &str) -> Option<Self> {
        [Entry::Duty, Entry::Range, Entry::Staff].into_iter().find(|e| e.as_str() == text)
    }
}
