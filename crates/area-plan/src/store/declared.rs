//! Table `plan_declared`.

use crate::model::{Declared, Indicator};
use base_core::{Result, Timestamp};
use base_db::{AnyPool, AnyRow, RowExt, Sql, Tx};

fn read(row: &AnyRow) -> Result<Declared> {
    Ok(Declared {
        value: row.real_opt("value")?.unwrap_or(0.0),
        basis: row.text("basis")?,
        declared_on: row.text("declared_on")?,
        version: row.int("version")?,
        by_name: row.text("by_name")?,
        at: row.time("at")?,
    })
}

/// Every declaration of an indicator, newest first.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn all(pool: &AnyPool, indicator: Indicator) -> Result<Vec<Declared>> {
    let rows = Sql::new("SELECT value, basis, declared_on, version, by_name, at FROM plan_declared WHERE indicator = ")
        .bind(indicator.as_str())
        .push(" ORDER BY version DESC LIMIT 100")
        .all(pool)
        .await?;
    rows.iter().map(read).collect()
}

/// The version that holds, seen from inside a write transaction.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn newest_in(tx: &mut Tx, indicator: Indicator) -> Result<Option<Declared>> {
    let row = Sql::new("SELECT value, basis, declared_on, version, by_name, at FROM plan_declared WHERE indicator = ")
        .bind(indicator.as_str())
        .push(" ORDER BY version DESC LIMIT 1")
        .optional_in(tx)
        .await?;
    row.as_ref().map(read).transpose()
}

/// Writes a new version.
///
/// # Errors
/// When the database does not answer, or the version exists.
pub(crate) async fn insert(
    tx: &mut Tx,
    indicator: Indicator,
    d: &Declared,
    account: &str,
    at: Timestamp,
) -> Result<()> {
    Sql::new(
        "INSERT INTO plan_declared (indicator, version, value, basis, declared_on, by_account, by_name, at) VALUES (",
    )
    .bind(indicator.as_str())
    .comma(d.version)
    .comma(d.value)
    .comma(d.basis.clone())
    .comma(d.declared_on.clone())
    .comma(account.to_owned())
    .comma(d.by_name.clone())
    .comma(at.as_micros())
    .push(")")
    .run(tx)
    .await?;
    Ok(())
}
