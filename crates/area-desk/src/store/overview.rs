//! Counts for the overview. Each is the count of the list it links to.
//!
//! They group by an expression, so that the database takes the index on the time and reads the
//! last day only, not the one on the column, which would be a million alerts.

use crate::model::RuleVerdicts;
use base_core::{Result, Scope, Severity, Timestamp, UnitId};
use base_db::{AnyPool, RowExt, Sql};

/// Alerts raised since `since`, by severity, gravest first; every severity is present.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn by_severity(pool: &AnyPool, scope: &Scope, since: Timestamp) -> Result<Vec<(Severity, i64)>> {
    let rows = Sql::new("SELECT severity + 0 AS severity, COUNT(*) AS n FROM desk_alert WHERE raised_at >= ")
        .bind(since.as_micros())
        .scope("unit", scope)
        .push(" GROUP BY severity + 0")
        .all(pool)
        .await?;
    let mut counts: Vec<(Severity, i64)> = Severity::ALL.into_iter().rev().map(|s| (s, 0)).collect();
    for row in rows {
        let (rank, n) = (row.int("severity")?, row.int("n")?);
        if let Some(slot) = counts.iter_mut().find(|c| c.0.rank() == rank) {
            slot.1 = n;
        }
    }
    Ok(counts)
}

/// Alerts raised since `since`, by unit: all and those of level high or above, most first.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn by_unit(
    pool: &AnyPool,
    scope: &Scope,
    since: Timestamp,
) -> Result<Vec<(Option<UnitId>, i64, i64)>> {
    let rows = Sql::new(
        "SELECT COALESCE(unit, '') AS of_unit, COUNT(*) AS n, CAST(SUM(CASE WHEN severity >= 3 THEN 1 ELSE 0 END) AS BIGINT) AS grave \
         FROM desk_alert WHERE raised_at >= ",
    )
    .bind(since.as_micros())
    .scope("unit", scope)
    .push(" GROUP BY COALESCE(unit, '') ORDER BY grave DESC, n DESC, of_unit LIMIT 60")
    .all(pool)
    .await?;
    rows.iter()
        .map(|r| {
            Ok((Some(r.text("of_unit")?).filter(|u| !u.is_empty()).map(UnitId::new), r.int("n")?, r.int("grave")?))
        })
        .collect()
}

/// Alerts that nobody has taken up, and those being looked into.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn open_counts(pool: &AnyPool, scope: &Scope) -> Result<(i64, i64)> {
    let new = Sql::new("SELECT COUNT(*) FROM desk_alert WHERE state = 'new'").scope("unit", scope).count(pool).await?;
    let looking =
        Sql::new("SELECT COUNT(*) FROM desk_alert WHERE state = 'looking'").scope("unit", scope).count(pool).await?;
    Ok((new, looking))
}

/// Alerts raised since `since`, by rule and by what became of them.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn by_rule(pool: &AnyPool, scope: &Scope, since: Timestamp) -> Result<Vec<RuleVerdicts>> {
    let rows = Sql::new(
        "SELECT rule, COUNT(*) AS n, CAST(SUM(CASE WHEN state = 'closed-true' THEN 1 ELSE 0 END) AS BIGINT) AS confirmed, \
         CAST(SUM(CASE WHEN state = 'closed-false' THEN 1 ELSE 0 END) AS BIGINT) AS wrong FROM desk_alert WHERE raised_at >= ",
    )
    .bind(since.as_micros())
    .scope("unit", scope)
    .push(" GROUP BY rule")
    .all(pool)
    .await?;
    rows.iter()
        .map(|r| {
            let (alerts, confirmed, false_alarms) = (r.int("n")?, r.int("confirmed")?, r.int("wrong")?);
            let open = alerts - confirmed - false_alarms;
            Ok(RuleVerdicts { rule: r.text("rule")?, alerts, open, confirmed, false_alarms })
        })
        .collect()
}
