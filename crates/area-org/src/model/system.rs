//! Information systems.

use base_core::{SystemId, UnitId};

/// A system as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct System {
    /// Id: the code at creation.
    pub id: SystemId,
    /// Code, such as `CTTDT`.
    pub code: String,
    /// Name.
    pub name: String,
    /// Kind: `public_service`, `internal`, `infrastructure`, `shared_infrastructure`.
    pub kind: String,
    /// Level by the rule of 2016.
    pub level_2016: Option<i64>,
    /// Level by the rule of 2026.
    pub level_2026: Option<i64>,
    /// On what the level depends.
    pub level_note: Option<String>,
    /// Unit that owns it.
    pub owner: Option<UnitId>,
    /// Unit that runs it.
    pub operator: Option<UnitId>,
    /// Host name.
    pub host: Option<String>,
}

/// A system to be entered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSystem {
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
    /// Kind: `public_service`, `internal`, `infrastructure`, `shared_infrastructure`.
    pub kind: String,
    /// Level by the rule of 2016.
    pub level_2016: Option<i64>,
    /// Level by the rule of 2026.
    pub level_2026: Option<i64>,
    /// On what the level depends; empty when on nothing.
    pub level_note: String,
    /// Code of the unit that owns it.
    pub owner: Option<String>,
    /// Code of the unit that runs it.
    pub operator: Option<String>,
    /// Host name; may be empty.
    pub host: String,
}
