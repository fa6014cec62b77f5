//! Measures the indicators and keeps the result: by the job, or by a person who wants it now.

use crate::model::{Indicator, Measurement};
use crate::ports::Measures;
use crate::store::measured;
use base_audit::Act;
use base_authz::{Action, Caller};
use base_core::{IdSource, Result};
use base_db::Db;
use serde_json::json;

/// Measures one indicator now and keeps it.
///
/// # Errors
/// `Forbidden` without the right; when what is measured or the database does not answer.
pub async fn measure(
    db: &Db,
    ids: &IdSource,
    measures: &dyn Measures,
    caller: &Caller,
    indicator: Indicator,
) -> Result<Measurement> {
    caller.require(Action::PlanDeclare)?;
    let mut measurement = measures.measure(indicator, caller.now).await?;
    measurement.at = caller.now;
    let mut tx = db.begin().await?;
    measured::insert(&mut tx, &ids.next(), indicator, &measurement).await?;
    let after = json!({
        "numerator": measurement.numerator(), "denominator": measurement.denominator(),
        "unknown": measurement.unknown(), "set_version": measurement.set_version,
    });
    let act = Act::new("plan.measure", "indicator", indicator.as_str()).change(None, Some(after));
    base_audit::record(&mut tx, caller, act).await?;
    tx.commit().await?;
    Ok(measurement)
}

/// Measures every indicator, for the job. One that fails does not keep the others from it.
pub async fn measure_all(db: &Db, ids: &IdSource, measures: &dyn Measures) {
    for indicator in Indicator::ALL {
        let caller = Caller::system("indicator-measurement", ids.now());
        if let Err(error) = measure(db, ids, measures, &caller, indicator).await {
            tracing::warn!(indicator = indicator.as_str(), error = %error, "the indicator could not be measured");
        }
    }
}
