//! Which units' rows a person may see.

use crate::UnitId;
use std::collections::BTreeSet;

/// The units whose rows may be read or written.
///
/// Every store function of unit-owned data takes one. It is made from the signed-in
/// person's grants by `base-authz`; [`Scope::system`] is for named system jobs only and
/// its argument names the job, so that each use can be found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope(Inner);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Inner {
    All,
    Units(BTreeSet<UnitId>),
}

impl Scope {
    /// The whole province, for a person whose grant covers it.
    #[must_use]
    pub fn province() -> Self {
        Self(Inner::All)
    }

    /// Just these units; an empty set sees nothing.
    #[must_use]
    pub fn units(units: impl IntoIterator<Item = UnitId>) -> Self {
        Self(Inner::Units(units.into_iter().collect()))
    }

    /// The whole province for a system job; `_job` names it for the reader.
    #[must_use]
    pub fn system(_job: &'static str) -> Self {
        Self(Inner::All)
    }

    /// Whether rows of `unit` are inside.
    #[must_use]
    pub fn contains(&self, unit: &UnitId) -> bool {
        match &self.0 {
            Inner::All => true,
            Inner::Units(units) => units.contains(unit),
        }
    }

    /// Whether a row that belongs to `unit`, or to no unit (province only), is inside.
    #[must_use]
    pub fn contains_opt(&self, unit: Option<&UnitId>) -> bool {
        match (&self.0, unit) {
            (Inner::All, _) => true,
            (Inner::Units(units), Some(unit)) => units.contains(unit),
            (Inner::Units(_), None) => false,
        }
    }

    /// `None` for the whole province, else the list of units to filter by.
    #[must_use]
    pub fn as_units(&self) -> Option<&BTreeSet<UnitId>> {
        match &self.0 {
            Inner::All => None,
            Inner::Units(units) => Some(units),
        }
    }
}
