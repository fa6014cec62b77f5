//! What the indicators are measured from. `app-server` implements this over the organisation
//! and the events; this crate knows neither.

use crate::model::{Indicator, Measurement};
use async_trait::async_trait;
use base_core::{Result, Timestamp};

/// Measures indicators for the whole province.
#[async_trait]
pub trait Measures: Send + Sync {
    /// The figures per unit now.
    ///
    /// A unit that is in the denominator and of which nothing is known counts as unknown, not
    /// as zero.
    ///
    /// # Errors
    /// When what is measured does not answer.
    async fn measure(&self, indicator: Indicator, now: Timestamp) -> Result<Measurement>;
}

/// Everything this area is handed at the start.
#[derive(Clone)]
pub struct PlanPorts {
    /// What the indicators are measured from.
    pub measures: std::sync::Arc<dyn Measures>,
}

impl std::fmt::Debug for PlanPorts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PlanPorts")
    }
}
