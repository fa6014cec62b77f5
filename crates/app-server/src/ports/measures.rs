//! For the plan: figures per unit from what was seen of machines and devices.

use area_org::Org;
use area_org::model::Facts;
use area_plan::model::{Indicator, Measurement, UnitFigure};
use area_plan::ports::Measures;
use async_trait::async_trait;
use base_core::{Result, Timestamp};
use std::sync::Arc;

/// The set of units that both indicators of the seed count over.
pub(crate) const ALL_UNITS: &str = "all-units";

/// Measures from the organisation's observations.
pub(crate) struct FieldMeasures {
    /// Units, machines, devices.
    pub org: Arc<Org>,
}

#[async_trait]
impl Measures for FieldMeasures {
    async fn measure(&self, indicator: Indicator, now: Timestamp) -> Result<Measurement> {
        let facts = match indicator {
            Indicator::FirewallUnits => area_org::ops::measure_firewalls(&self.org, ALL_UNITS, now).await?,
            Indicator::LicensedAntivirus => area_org::ops::measure_antivirus(&self.org, ALL_UNITS, now).await?,
        };
        Ok(measurement(indicator, facts, now))
    }
}

fn measurement(indicator: Indicator, facts: Facts, now: Timestamp) -> Measurement {
    let Facts { set, facts } = facts;
    let (vi, en) = match indicator {
        Indicator::FirewallUnits => (set.name_vi.clone(), set.name_en.clone()),
        Indicator::LicensedAntivirus => {
            (format!("Máy tính của {}", set.name_vi), format!("Machines of {}", set.name_en))
        }
    };
    let figure = |f: area_org::model::Fact| UnitFigure {
        unit: f.unit,
        numerator: f.numerator,
        denominator: f.denominator,
        unknown: f.unknown,
        oldest_at: f.oldest_at,
        newest_at: f.newest_at,
    };
    Measurement {
        at: now,
        set_vi: vi,
        set_en: en,
        set_version: format!("v{}", set.version),
        units: facts.into_iter().map(figure).collect(),
    }
}
