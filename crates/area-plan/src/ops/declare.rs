//! Enters the declared value of an indicator; earlier ones stay readable.

use crate::model::measurement::DeclareInput;
use crate::model::{Declared, Indicator};
use crate::store::declared;
use base_audit::Act;
use base_authz::{Action, Caller};
use base_core::{Error, Kind, Result, Scope};
use base_db::Db;
use serde_json::json;

/// Declares a value for the whole province.
///
/// # Errors
/// `Forbidden` without the right over the province; `Invalid` with the fields at fault.
pub async fn declare(db: &Db, caller: &Caller, indicator: Indicator, input: &DeclareInput) -> Result<()> {
    if caller.require(Action::PlanDeclare)? != Scope::province() {
        return Err(Error::new(
            Kind::Forbidden,
            "a declared value is the province's; a right over one unit is not enough",
        ));
    }
    let (value, basis, declared_on) = input.check()?;
    let mut tx = db.begin().await?;
    let before = declared::newest_in(&mut tx, indicator).await?;
    let new = Declared {
        value,
        basis,
        declared_on,
        version: before.as_ref().map_or(1, |b| b.version + 1),
        by_name: caller.principal.name.clone(),
        at: caller.now,
    };
    declared::insert(&mut tx, indicator, &new, caller.principal.account.as_str(), caller.now).await?;
    let state = |d: &Declared| json!({"value": d.value, "basis": d.basis, "declared_on": d.declared_on});
    let act =
        Act::new("plan.declare", "indicator", indicator.as_str()).change(before.as_ref().map(state), Some(state(&new)));
    base_audit::record(&mut tx, caller, act).await?;
    tx.commit().await
}
