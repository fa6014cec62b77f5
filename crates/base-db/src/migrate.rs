//! Bringing the tables to the shape this version of the program expects.

use crate::{Db, DbExt, RowExt, Tx};
use base_core::{Error, Kind, Result, Timestamp};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// One step in the shape of an area's tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Migration {
    /// The area that owns the tables, such as `desk`.
    pub area: &'static str,
    /// File name without `.sql`, beginning with the UTC time of writing: `20261122T0300_alerts`.
    pub name: &'static str,
    /// The statements.
    pub sql: &'static str,
}

impl Migration {
    fn checksum(&self) -> String {
        hex::encode(Sha256::digest(self.sql.as_bytes()))
    }
}

const TABLE: &str = "CREATE TABLE IF NOT EXISTS base_migration (
    area TEXT NOT NULL, name TEXT NOT NULL, checksum TEXT NOT NULL, applied_at BIGINT NOT NULL,
    PRIMARY KEY (area, name))";

/// Applies what is not applied yet, ordered by name across areas, each step in its own transaction.
/// Returns how many were applied.
///
/// # Errors
/// When the statements of a step fail, when a step that was applied has been changed since, or when
/// the database was written by a newer version of the program (it knows steps this one does not).
pub async fn migrate(db: &Db, migrations: &[Migration], now: Timestamp) -> Result<usize> {
    let mut tx = db.begin().await?;
    sqlx::query(TABLE).execute(tx.conn()).await.db()?;
    let applied = applied(&mut tx).await?;
    tx.commit().await?;

    let mut wanted: Vec<&Migration> = migrations.iter().collect();
    wanted.sort_by_key(|m| (m.name, m.area));
    check(&wanted, &applied)?;

    let mut count = 0;
    for step in wanted {
        if applied.contains_key(&(step.area.to_owned(), step.name.to_owned())) {
            continue;
        }
        apply(db, step, now).await?;
        count += 1;
    }
    Ok(count)
}

type Applied = BTreeMap<(String, String), String>;

async fn applied(tx: &mut Tx) -> Result<Applied> {
    let rows = sqlx::query("SELECT area, name, checksum FROM base_migration").fetch_all(tx.conn()).await.db()?;
    rows.iter().map(|row| Ok(((row.text("area")?, row.text("name")?), row.text("checksum")?))).collect()
}

fn check(wanted: &[&Migration], applied: &Applied) -> Result<()> {
    for ((area, name), checksum) in applied {
        match wanted.iter().find(|m| m.area == area && m.name == name) {
            None => {
                let message = format!(
                    "the database was written by a newer version of Mangrove (step {area}/{name} is unknown here); \
                     start that version, or restore the backup made before the upgrade"
                );
                return Err(Error::new(Kind::Conflict, message));
            }
            Some(step) if step.checksum() != *checksum => {
                let message = format!(
                    "step {area}/{name} differs from the one this database was made with; \
                     restore the released file of that step and add a new step for the change"
                );
                return Err(Error::new(Kind::Conflict, message));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

async fn apply(db: &Db, step: &Migration, now: Timestamp) -> Result<()> {
    let mut tx = db.begin().await?;
    let naming = |e: Error| Error::new(e.kind, format!("step {}/{} failed: {e}", step.area, step.name)).caused_by(e);
    sqlx::raw_sql(step.sql).execute(tx.conn()).await.db().map_err(naming)?;
    sqlx::query("INSERT INTO base_migration (area, name, checksum, applied_at) VALUES ($1, $2, $3, $4)")
        .bind(step.area)
        .bind(step.name)
        .bind(step.checksum())
        .bind(now.as_micros())
        .execute(tx.conn())
        .await
        .db()?;
    tx.commit().await
}
