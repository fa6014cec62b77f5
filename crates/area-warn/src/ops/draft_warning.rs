//! The text an analyst starts from.

use super::Office;
use crate::model::draft::{Draft, draft};
use crate::ports::AlertBrief;
use base_authz::{Action, Caller};
use base_core::{AlertId, Error, Result};

/// Reads the alert and writes the draft for it. `unit_name` names the unit in the letter.
///
/// # Errors
/// `Forbidden` without the right to warn; `NotFound` outside the scope.
pub async fn draft_warning(
    office: Office<'_>,
    caller: &Caller,
    id: &AlertId,
    unit_name: impl FnOnce(&AlertBrief) -> String,
) -> Result<(AlertBrief, Draft)> {
    let scope = caller.require(Action::WarningsSend)?;
    let alert = office.ports.alerts.alert(&scope, id).await?;
    let alert = alert.ok_or_else(|| Error::not_found(format!("no alert {id}")))?;
    let seen = office.vi.time(alert.first_seen);
    let text = draft(&alert, &unit_name(&alert), &seen);
    Ok((alert, text))
}
