//! What became of the alerts a rule raised.

/// The alerts of one rule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuleVerdicts {
    /// Id of the rule.
    pub rule: String,
    /// Alerts raised.
    pub alerts: i64,
    /// Not closed yet.
    pub open: i64,
    /// Closed as a real attack.
    pub confirmed: i64,
    /// Closed as a false alarm.
    pub false_alarms: i64,
}
