//! What is counted, and out of what.

use super::{Block, Timeline};
use base_core::{Error, FieldError, Kind, Result, Timestamp, UnitId};
use serde::{Deserialize, Serialize};

/// By what rule the members of a set are found: the units of these blocks that exist on a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetRule {
    /// Blocks, by their stored words.
    pub blocks: Vec<String>,
    /// The day, as a moment.
    pub as_of: Timestamp,
}

impl SetRule {
    /// The units that fit, in the order of the official list.
    #[must_use]
    pub fn members(&self, timeline: &Timeline) -> Vec<UnitId> {
        let fits = |block: Block| self.blocks.iter().any(|b| b == block.as_str());
        timeline.as_of(self.as_of).filter(|(life, _)| fits(life.block)).map(|(life, _)| life.id.clone()).collect()
    }
}

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
    /// Who made it; `None` for versions from before this was kept.
    pub made_by: Option<String>,
    /// By what rule; `None` = by hand.
    pub rule: Option<SetRule>,
    /// Its units.
    pub units: Vec<UnitId>,
}

impl DenominatorSet {
    /// The day its units are named as of: that of the rule, else that of its making.
    #[must_use]
    pub fn day(&self) -> Timestamp {
        self.rule.as_ref().map_or(self.made_at, |r| r.as_of)
    }
}

/// How the members of a new version are chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Members {
    /// These units, by code.
    Hand(Vec<String>),
    /// Those that fit a rule.
    Rule(SetRule),
}

/// A version of a set to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSet {
    /// Code; small letters, digits and dashes.
    pub code: String,
    /// Name, Vietnamese.
    pub name_vi: String,
    /// Name, English.
    pub name_en: String,
    /// Where the set comes from; may be empty.
    pub note: String,
    /// Its units.
    pub members: Members,
}

impl NewSet {
    /// Checks it; messages are codes of `org-error-…`.
    ///
    /// # Errors
    /// `Invalid` with every field at fault.
    pub fn check(&self) -> Result<()> {
        let mut fields = Vec::new();
        let mut wrong = |field: &str, code: &str| {
            fields.push(FieldError { field: field.to_owned(), message: code.to_owned() });
        };
        let letters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if !(1..=40).contains(&self.code.len()) || !self.code.chars().all(letters) {
            wrong("code", "set-code-form");
        }
        for (field, name) in [("name_vi", &self.name_vi), ("name_en", &self.name_en)] {
            if !(1..=120).contains(&name.trim().chars().count()) {
                wrong(field, "name-form");
            }
        }
        if self.note.chars().count() > 1_000 {
            wrong("note", "note-long");
        }
        match &self.members {
            Members::Rule(rule) if rule.blocks.is_empty() => wrong("blocks", "set-blocks-none"),
            Members::Rule(rule) if rule.blocks.iter().any(|b| Block::parse(b).is_none()) => {
                wrong("blocks", "block-unknown");
            }
            _ => {}
        }
        if fields.is_empty() {
            return Ok(());
        }
        let mut error = Error::new(Kind::Invalid, "the set is not complete; see the fields marked");
        error.fields = fields;
        Err(error)
    }
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
