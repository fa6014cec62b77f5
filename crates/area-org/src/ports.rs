//! What this area needs of others; `app-server` implements it, this crate knows none of them.

use async_trait::async_trait;
use base_authz::Caller;
use base_core::{Result, UnitId};
use base_i18n::Tr;
use std::fmt;
use std::sync::Arc;

/// Something that counts over a set of units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetUse {
    /// What it is called.
    pub name: String,
    /// Its page.
    pub href: String,
}

/// What is known of a unit elsewhere; `None` where the person may not see it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Beside {
    /// Alerts that are not closed.
    pub open_alerts: Option<i64>,
    /// Warnings without an answer, and those of them that are late.
    pub warnings: Option<(i64, i64)>,
    /// Log sources, and those of them that fell silent or never spoke.
    pub sources: Option<(i64, i64)>,
}

/// Other areas, asked about units and sets.
#[async_trait]
pub trait Neighbours: Send + Sync {
    /// What counts over the set `code`, in the language of `tr`.
    fn uses(&self, code: &str, tr: &Tr) -> Vec<SetUse>;

    /// What the person may know of a unit.
    ///
    /// # Errors
    /// When the records cannot be read.
    async fn beside(&self, caller: &Caller, unit: &UnitId) -> Result<Beside>;
}

/// No other area at all: for tests and tools.
#[derive(Clone, Copy, Debug)]
pub struct Alone;

#[async_trait]
impl Neighbours for Alone {
    fn uses(&self, _: &str, _: &Tr) -> Vec<SetUse> {
        Vec::new()
    }

    async fn beside(&self, _: &Caller, _: &UnitId) -> Result<Beside> {
        Ok(Beside::default())
    }
}

/// Everything this area is handed at the start.
#[derive(Clone)]
pub struct OrgPorts {
    /// Other areas.
    pub neighbours: Arc<dyn Neighbours>,
}

impl fmt::Debug for OrgPorts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OrgPorts")
    }
}
