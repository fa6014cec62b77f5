//! Tables `plan_measurement` and `plan_measurement_unit`.

use crate::model::{Indicator, Measurement, UnitFigure};
use base_core::{Result, Scope, Timestamp, UnitId};
use base_db::{AnyPool, RowExt, Sql, Tx};

/// Writes a measurement with its unit rows.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn insert(tx: &mut Tx, id: &str, indicator: Indicator, m: &Measurement) -> Result<()> {
    Sql::new("INSERT INTO plan_measurement (id, indicator, at, set_vi, set_en, set_version) VALUES (")
        .bind(id.to_owned())
        .comma(indicator.as_str())
        .comma(m.at.as_micros())
        .comma(m.set_vi.clone())
        .comma(m.set_en.clone())
        .comma(m.set_version.clone())
        .push(")")
        .run(tx)
        .await?;
    for u in &m.units {
        Sql::new(
            "INSERT INTO plan_measurement_unit (measurement, unit, numerator, denominator, unknown, oldest_at, newest_at) \
             VALUES (",
        )
        .bind(id.to_owned())
        .comma(u.unit.as_str().to_owned())
        .comma(u.numerator)
        .comma(u.denominator)
        .comma(u.unknown)
        .comma(u.oldest_at.map(Timestamp::as_micros))
        .comma(u.newest_at.map(Timestamp::as_micros))
        .push(")")
        .run(tx)
        .await?;
    }
    Ok(())
}

/// The newest measurement, with the figures of the units within the scope.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn newest(pool: &AnyPool, scope: &Scope, indicator: Indicator) -> Result<Option<Measurement>> {
    let row = Sql::new("SELECT id, at, set_vi, set_en, set_version FROM plan_measurement WHERE indicator = ")
        .bind(indicator.as_str())
        .push(" ORDER BY at DESC, id DESC LIMIT 1")
        .optional(pool)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let rows = Sql::new(
        "SELECT unit, numerator, denominator, unknown, oldest_at, newest_at FROM plan_measurement_unit WHERE measurement = ",
    )
    .bind(row.text("id")?)
    .scope("unit", scope)
    .push(" ORDER BY unit")
    .all(pool)
    .await?;
    let units = rows
        .iter()
        .map(|r| {
            Ok(UnitFigure {
                unit: UnitId::new(r.text("unit")?),
                numerator: r.int("numerator")?,
                denominator: r.int("denominator")?,
                unknown: r.int("unknown")?,
                oldest_at: r.time_opt("oldest_at")?,
                newest_at: r.time_opt("newest_at")?,
            })
        })
        .collect::<Result<Vec<_>>>()?;
    Ok(Some(Measurement {
        at: row.time("at")?,
        set_vi: row.text("set_vi")?,
        set_en: row.text("set_en")?,
        set_version: row.text("set_version")?,
        units,
    }))
}

/// The last measurements within the scope, oldest first.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn history(pool: &AnyPool, scope: &Scope, indicator: Indicator) -> Result<Vec<(Timestamp, i64, i64)>> {
    let rows = Sql::new(
        "SELECT m.at AS at, CAST(SUM(u.numerator) AS BIGINT) AS part, CAST(SUM(u.denominator) AS BIGINT) AS whole FROM plan_measurement m \
         JOIN plan_measurement_unit u ON u.measurement = m.id WHERE m.indicator = ",
    )
    .bind(indicator.as_str())
    .scope("u.unit", scope)
    .push(" GROUP BY m.id, m.at ORDER BY m.at DESC LIMIT 90")
    .all(pool)
    .await?;
    let mut points = rows
        .iter()
        .map(|r| Ok((r.time("at")?, r.int("part")?, r.int("whole")?)))
        .collect::<Result<Vec<(Timestamp, i64, i64)>>>()?;
    points.reverse();
    Ok(points)
}
