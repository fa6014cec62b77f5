//! For the rules: what became of the desk's alerts.

use area_desk::ops::rule_verdicts::rule_verdicts;
use area_rules::model::Feedback;
use area_rules::ports::FeedbackPort;
use async_trait::async_trait;
use base_core::{Result, Scope, Timestamp};
use base_db::Db;
use std::collections::HashMap;

/// The verdicts on the desk's alerts.
pub(crate) struct VerdictsOfDesk {
    /// The records.
    pub db: Db,
}

#[async_trait]
impl FeedbackPort for VerdictsOfDesk {
    async fn of_rules(&self, scope: &Scope, since: Timestamp) -> Result<HashMap<String, Feedback>> {
        let verdicts = rule_verdicts(&self.db, scope, since).await?;
        let feedback = |v: area_desk::model::RuleVerdicts| {
            let counted =
                Feedback { alerts: v.alerts, open: v.open, confirmed: v.confirmed, false_alarms: v.false_alarms };
            (v.rule, counted)
        };
        Ok(verdicts.into_iter().map(feedback).collect())
    }
}
