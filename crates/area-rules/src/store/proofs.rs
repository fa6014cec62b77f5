//! Table `rules_proof`: replays of attack samples.

use crate::model::{Proof, Suite};
use base_core::{Error, Result};
use base_db::{AnyPool, AnyRow, RowExt, Sql, Tx};

const COLUMNS: &str = "SELECT at, suite, total, detected, missed, rules, by_name FROM rules_proof";

fn read(row: &AnyRow) -> Result<Proof> {
    Ok(Proof {
        at: row.time("at")?,
        suite: Suite::parse(&row.text("suite")?).unwrap_or(Suite::RuleTests),
        total: row.int("total")?,
        detected: row.int("detected")?,
        missed: serde_json::from_str(&row.text("missed")?).map_err(Error::bug)?,
        rules: row.int("rules")?,
        by_name: row.text("by_name")?,
    })
}

/// The latest replays of a suite, newest first.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn latest(pool: &AnyPool, suite: Suite, most: i64) -> Result<Vec<Proof>> {
    let rows = Sql::new(COLUMNS)
        .push(" WHERE suite = ")
        .bind(suite.as_str())
        .push(" ORDER BY at DESC")
        .page(most, 0)
        .all(pool)
        .await?;
    rows.iter().map(read).collect()
}

/// Writes a replay.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn insert(tx: &mut Tx, id: &str, proof: &Proof) -> Result<()> {
    let missed = serde_json::to_string(&proof.missed).map_err(Error::bug)?;
    Sql::new("INSERT INTO rules_proof (id, at, suite, total, detected, missed, rules, by_name) VALUES (")
        .bind(id.to_owned())
        .comma(proof.at.as_micros())
        .comma(proof.suite.as_str())
        .comma(proof.total)
        .comma(proof.detected)
        .comma(missed)
        .comma(proof.rules)
        .comma(proof.by_name.clone())
        .push(")")
        .run(tx)
        .await?;
    Ok(())
}
