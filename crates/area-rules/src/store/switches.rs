//! Table `rules_switch`: rules that a person switched off.

use crate::model::Off;
use base_core::{Result, Timestamp};
use base_db::{AnyPool, RowExt, Sql, Tx};
use std::collections::HashMap;

const ALL: &str = "SELECT rule, reason, by_name, at FROM rules_switch";

/// Rules switched off.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn all(pool: &AnyPool) -> Result<HashMap<String, Off>> {
    let rows = Sql::new(ALL).all(pool).await?;
    rows.iter()
        .map(|r| {
            Ok((r.text("rule")?, Off { reason: r.text("reason")?, by_name: r.text("by_name")?, at: r.time("at")? }))
        })
        .collect()
}

/// Ids of the rules switched off, seen from inside a write transaction.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn ids_in(tx: &mut Tx) -> Result<Vec<String>> {
    let rows = Sql::new("SELECT rule FROM rules_switch").all_in(tx).await?;
    rows.iter().map(|r| r.text("rule")).collect()
}

/// Switches a rule off; `false` when it was.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn off(tx: &mut Tx, rule: &str, reason: &str, by: (&str, &str), at: Timestamp) -> Result<bool> {
    let touched = Sql::new("INSERT INTO rules_switch (rule, reason, by_account, by_name, at) VALUES (")
        .bind(rule.to_owned())
        .comma(reason.to_owned())
        .comma(by.0.to_owned())
        .comma(by.1.to_owned())
        .comma(at.as_micros())
        .push(") ON CONFLICT (rule) DO NOTHING")
        .run(tx)
        .await?;
    Ok(touched == 1)
}

/// Switches a rule on again; `false` when it was on.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn on(tx: &mut Tx, rule: &str) -> Result<bool> {
    Ok(Sql::new("DELETE FROM rules_switch WHERE rule = ").bind(rule.to_owned()).run(tx).await? == 1)
}
