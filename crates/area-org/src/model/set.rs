//! What is counted, and out of what.

use base_core::{Timestamp, UnitId};

/// A named set of units, in one version. A percentage of the plan says of which.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DenominatorSet {
    /// Code, such as `units-40`.
    pub code: String,
    /// Version, from 1.
    pub version: i64,
    /// Name, Vietnamese.
    pub name_vi: String,
    /// Name, English.
    pub name_en: String,
    /// Where the set comes from.
    pub note: Option<String>,
    /// When the version was made.
    pub made_at: Timestamp,
    /// Its units.
    pub units: Vec<UnitId>,
}

/// What was measured of one unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// The unit.
    pub unit: UnitId,
    /// How many have it.
    pub numerator: i64,
    /// Out of how many.
    pub denominator: i64,
    /// Of the denominator, how many nothing is known about.
    pub unknown: i64,
    /// Time of the oldest sight used.
    pub oldest_at: Option<Timestamp>,
    /// Time of the newest sight used.
    pub newest_at: Option<Timestamp>,
}

/// What was measured of a set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The set and its version.
    pub set: DenominatorSet,
    /// Per unit of the set, in the order of the official list.
    pub facts: Vec<Fact>,
}
