//! A reorganisation from a file: units founded, then its changes.

use super::{Edit, record_event, save_unit};
use crate::model::Succession;
use crate::org::Org;
use base_authz::{Action, Caller};
use base_core::{Result, UnitId};
use base_web::ports::UnitDirectory;

/// Enters a reorganisation; what is there already is left as it is, so that it may be done again after an
/// interruption. Each unit and change is a record of its own with its own line in the audit trail. Returns how many
/// were entered.
///
/// # Errors
/// As [`save_unit`] and [`record_event`]: the first that cannot be; those before it stay.
pub async fn apply_succession(org: &Org, caller: &Caller, succession: &Succession) -> Result<usize> {
    caller.require(Action::UnitsManage)?;
    let mut entered = 0;
    for unit in &succession.founded {
        if org.unit(&UnitId::new(&unit.code)).is_none() {
            save_unit(org, caller, unit, Edit::Add).await?;
            entered += 1;
        }
    }
    let known = crate::store::event::all(&org.db).await?;
    for new in &succession.changes {
        if !known.iter().any(|e| e.at == new.at && e.change == new.change) {
            record_event(org, caller, new).await?;
            entered += 1;
        }
    }
    Ok(entered)
}
