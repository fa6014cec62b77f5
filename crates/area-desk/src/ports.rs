//! What the desk needs from elsewhere. `app-server` implements these over the events and the
//! warnings; this crate knows neither.

use async_trait::async_trait;
use base_core::{AlertId, Result, Scope, Timestamp, UnitId};
use engine_lake::Lake;
use std::sync::Arc;

/// How the flow of events is doing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pulse {
    /// Events per second over the last minute.
    pub per_second: f64,
    /// Events per minute of the last 30 minutes, oldest first.
    pub minutes: Vec<i64>,
    /// Sources switched on.
    pub sources: i64,
    /// Of these, silent for longer than they may be, or never heard.
    pub silent: i64,
    /// The silent ones that matter most: name and page.
    pub silent_names: Vec<(String, String)>,
    /// Share of the last hour's events that no definition could read.
    pub unparsed_share: Option<f64>,
    /// Records refused at the intake in the last 24 hours.
    pub refused: i64,
    /// Entries in the journal that are not yet parsed; `None` for who sees one unit only.
    pub lag: Option<i64>,
}

/// The flow of events, within a scope.
#[async_trait]
pub trait PulsePort: Send + Sync {
    /// How it is doing now.
    ///
    /// # Errors
    /// When the counts cannot be read.
    async fn pulse(&self, scope: &Scope, now: Timestamp) -> Result<Pulse>;
}

/// A warning sent for an alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WarningRef {
    /// Number as written, such as `01/CB-ATTT`.
    pub code: String,
    /// Its page.
    pub href: String,
    /// To whom.
    pub unit: UnitId,
    /// `sent`, `delivered`, `read`, `acknowledged`.
    pub state: &'static str,
    /// Whether its time is up without an answer.
    pub overdue: bool,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// Until when an answer is asked for.
    pub due_at: Timestamp,
    /// What the unit answered.
    pub answer: Option<String>,
}

/// Warnings to units.
#[async_trait]
pub trait WarningsPort: Send + Sync {
    /// Those sent for an alert, last first, within the scope.
    ///
    /// # Errors
    /// When they cannot be read.
    async fn of_alert(&self, scope: &Scope, alert: &AlertId) -> Result<Vec<WarningRef>>;

    /// How many are not acknowledged, and how many of these are overdue.
    ///
    /// # Errors
    /// When they cannot be read.
    async fn open(&self, scope: &Scope, now: Timestamp) -> Result<(i64, i64)>;
}

/// Everything this area is handed at the start.
#[derive(Clone)]
pub struct DeskPorts {
    /// The stored events.
    pub lake: Arc<dyn Lake>,
    /// The flow of events.
    pub pulse: Arc<dyn PulsePort>,
    /// Warnings to units.
    pub warnings: Arc<dyn WarningsPort>,
}

impl std::fmt::Debug for DeskPorts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DeskPorts")
    }
}
