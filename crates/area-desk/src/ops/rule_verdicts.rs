//! What became of the alerts each rule raised: how trust in a rule is measured.

use crate::model::RuleVerdicts;
use crate::store::overview;
use base_core::{Result, Scope, Timestamp};
use base_db::Db;

/// By rule, the alerts raised since `since`, within a scope the caller was given for its own purpose.
///
/// # Errors
/// When the database does not answer.
pub async fn rule_verdicts(db: &Db, scope: &Scope, since: Timestamp) -> Result<Vec<RuleVerdicts>> {
    overview::by_rule(db.read(), scope, since).await
}
