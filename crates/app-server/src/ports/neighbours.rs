//! For the page of a unit: what the desk, the warnings and the sources know of it; for a set: what counts over it.

use super::ALL_UNITS;
use area_desk::model::{ListRequest, State};
use area_events::model::{Health, source::ListFilter};
use area_events::ops::read_sources;
use area_org::ports::{Beside, Neighbours, SetUse};
use area_plan::model::Indicator;
use async_trait::async_trait;
use base_authz::{Action, Caller};
use base_core::{Result, Scope, UnitId};
use base_db::Db;
use base_i18n::Tr;

/// Asks the other areas over the same records.
pub(crate) struct NeighboursOfUnits {
    /// The records.
    pub db: Db,
}

#[async_trait]
impl Neighbours for NeighboursOfUnits {
    fn uses(&self, code: &str, tr: &Tr) -> Vec<SetUse> {
        // Both indicators that are measured count over the same set.
        let used = Indicator::ALL.into_iter().filter(|_| code == ALL_UNITS);
        used.map(|i| SetUse { name: tr.dynamic("plan-name-", i.as_str()), href: format!("/ke-hoach/{}", i.as_str()) })
            .collect()
    }

    async fn beside(&self, caller: &Caller, unit: &UnitId) -> Result<Beside> {
        let mut beside = Beside::default();
        // The scope is narrowed to the unit, and the unit must be within it.
        let within = |action| caller.require(action).ok().filter(|s: &Scope| s.contains(unit));
        if within(Action::AlertsRead).is_some() {
            let open = vec![State::New, State::Looking];
            let request = ListRequest { unit: Some(unit.clone()), states: open, ..ListRequest::default() };
            beside.open_alerts = Some(area_desk::ops::list_alerts::list(&self.db, caller, &request).await?.total);
        }
        if within(Action::WarningsRead).is_some() {
            let scope = Scope::units([unit.clone()]);
            beside.warnings = Some(area_warn::ops::read_warning::open_counts(&self.db, &scope, caller.now).await?);
        }
        if within(Action::SourcesRead).is_some() {
            let filter = ListFilter { unit: Some(unit.clone()), ..ListFilter::default() };
            let request = read_sources::Request { filter, ..read_sources::Request::default() };
            let rows = read_sources::list(&self.db, caller, &request).await?;
            let silent = rows.iter().filter(|r| matches!(r.health(caller.now), Health::Silent | Health::Never)).count();
            let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
            beside.sources = Some((count(rows.len()), count(silent)));
        }
        Ok(beside)
    }
}
