//! Units.

use super::{Timeline, parse_electronic_id};
use base_core::{Error, FieldError, Kind, Result, Timestamp, UnitId};

/// The block a unit belongs to (I.1 of the plan of 2014; communes since 01/7/2025).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Block {
    /// Sở, ban, ngành.
    Department,
    /// Huyện, thành phố thuộc tỉnh.
    District,
    /// Xã, phường.
    Commune,
    /// Cơ quan Đảng.
    Party,
    /// Đoàn thể.
    MassOrganisation,
}

impl Block {
    /// Every block, in the order of the official list.
    pub const ALL: [Block; 5] =
        [Block::Department, Block::District, Block::Commune, Block::Party, Block::MassOrganisation];

    /// The stored word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Block::Department => "department",
            Block::District => "district",
            Block::Commune => "commune",
            Block::Party => "party",
            Block::MassOrganisation => "mass_organisation",
        }
    }

    /// From the stored word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|b| b.as_str() == text)
    }
}

/// A unit as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// Id: the code at creation.
    pub id: UnitId,
    /// Code, such as `SNV`.
    pub code: String,
    /// Full name.
    pub name: String,
    /// Short name.
    pub short: String,
    /// Block.
    pub block: Block,
    /// Place in the official list.
    pub position: i64,
    /// Machines the unit says it has.
    pub machines_declared: Option<i64>,
    /// Servers the unit says it has.
    pub servers_declared: Option<i64>,
    /// People who look after security, as declared.
    pub staff_declared: Option<i64>,
    /// Whether its existence is an assumption of the demo.
    pub is_assumed: bool,
    /// Note.
    pub note: Option<String>,
    /// First moment it existed; `None` = before records began.
    pub valid_from: Option<Timestamp>,
    /// First moment it no longer existed.
    pub valid_to: Option<Timestamp>,
    /// The unit that took over.
    pub successor: Option<UnitId>,
    /// Counts changes; a form with an older one is refused.
    pub version: i64,
    /// The unit it stands below.
    pub parent: Option<UnitId>,
    /// Electronic identifier (QĐ 20/2020/QĐ-TTg).
    pub electronic_id: Option<String>,
    /// Number of the decision it was founded by.
    pub decision: Option<String>,
}

impl Unit {
    /// Whether it exists at `now`.
    #[must_use]
    pub fn active_at(&self, now: Timestamp) -> bool {
        self.valid_from.is_none_or(|t| t <= now) && self.valid_to.is_none_or(|t| now < t)
    }

    /// The unit as it was at `at`: its name and the unit it stood below then.
    #[must_use]
    pub fn seen_at(mut self, timeline: &Timeline, at: Timestamp) -> Self {
        if let Some(form) = timeline.life(&self.id).and_then(|life| life.form_at(at)) {
            self.name = form.name.to_string();
            self.short = form.short.to_string();
            self.parent.clone_from(&form.parent);
        }
        self
    }
}

/// A unit with what was seen of it, for lists.
#[derive(Clone, Debug)]
pub struct UnitRow {
    /// The unit.
    pub unit: Unit,
    /// Machines seen in the last 30 days.
    pub machines_seen: i64,
    /// Of them, with licensed anti-virus that is on.
    pub licensed: i64,
    /// Firewall devices seen in the last 30 days.
    pub firewalls: i64,
    /// When anything was last seen of it.
    pub last_seen: Option<Timestamp>,
}

/// A unit to be made or changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewUnit {
    /// Code; letters, digits and dashes.
    pub code: String,
    /// Full name.
    pub name: String,
    /// Short name; the full one when empty.
    pub short: String,
    /// Block.
    pub block: Block,
    /// Place in the official list; `None` = at the end.
    pub position: Option<i64>,
    /// Machines the unit says it has.
    pub machines_declared: Option<i64>,
    /// Servers the unit says it has.
    pub servers_declared: Option<i64>,
    /// People who look after security, as declared.
    pub staff_declared: Option<i64>,
    /// Whether its existence is an assumption.
    pub is_assumed: bool,
    /// Note.
    pub note: Option<String>,
    /// First moment it existed.
    pub valid_from: Option<Timestamp>,
    /// First moment it no longer exists.
    pub valid_to: Option<Timestamp>,
    /// Code of the unit that takes over.
    pub successor: Option<String>,
    /// Code of the unit it stands below.
    pub parent: Option<String>,
    /// Electronic identifier.
    pub electronic_id: Option<String>,
    /// Number of the decision it was founded by.
    pub decision: Option<String>,
}

/// Most machines a unit can say it has: catches a slipped key.
const MAX_COUNT: i64 = 100_000;

impl NewUnit {
    /// A unit with a code and a name, everything else open.
    #[must_use]
    pub fn new(code: impl Into<String>, name: impl Into<String>, block: Block) -> Self {
        Self {
            code: code.into(),
            name: name.into(),
            short: String::new(),
            block,
            position: None,
            machines_declared: None,
            servers_declared: None,
            staff_declared: None,
            is_assumed: false,
            note: None,
            valid_from: None,
            valid_to: None,
            successor: None,
            parent: None,
            electronic_id: None,
            decision: None,
        }
    }

    /// Its short name; the full one where none is given.
    #[must_use]
    pub fn short_name(&self) -> &str {
        if self.short.trim().is_empty() { self.name.trim() } else { self.short.trim() }
    }

    /// Checks it; messages are codes of `org-error-…`.
    ///
    /// # Errors
    /// `Invalid` with every field at fault.
    pub fn check(&self) -> Result<()> {
        let mut fields = Vec::new();
        let mut wrong = |field: &str, code: &str| {
            fields.push(FieldError { field: field.to_owned(), message: code.to_owned() });
        };
        let letters = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '-';
        if !(2..=24).contains(&self.code.len()) || !self.code.chars().all(letters) {
            wrong("code", "code-form");
        }
        let name = self.name.trim().chars().count();
        if name == 0 || name > 200 {
            wrong("name", "name-form");
        }
        if self.short.chars().count() > 60 {
            wrong("short", "short-long");
        }
        for (field, count) in
            [("machines", self.machines_declared), ("servers", self.servers_declared), ("staff", self.staff_declared)]
        {
            if count.is_some_and(|n| !(0..=MAX_COUNT).contains(&n)) {
                wrong(field, "count-form");
            }
        }
        if matches!((self.valid_from, self.valid_to), (Some(from), Some(to)) if to <= from) {
            wrong("valid_to", "ends-before-start");
        }
        if self.parent.as_deref().is_some_and(|p| p.trim().eq_ignore_ascii_case(&self.code)) {
            wrong("parent", "unit-itself");
        }
        if self.successor.as_deref().is_some_and(|s| s.trim().eq_ignore_ascii_case(&self.code)) {
            wrong("successor", "successor-self");
        }
        if let Some(Err(code)) = self.electronic_id.as_deref().filter(|t| !t.trim().is_empty()).map(parse_electronic_id)
        {
            wrong("electronic_id", code);
        }
        if self.decision.as_ref().is_some_and(|d| d.chars().count() > 60) {
            wrong("decision", "decision-long");
        }
        if fields.is_empty() {
            return Ok(());
        }
        let mut error = Error::new(Kind::Invalid, "the unit is not complete; see the fields marked");
        error.fields = fields;
        Err(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_is_checked_and_exists_for_its_time() {
        let good = NewUnit::new("SNV-2025", "Sở Nội vụ", Block::Department);
        assert!(good.check().is_ok());
        let bad = NewUnit {
            machines_declared: Some(-1),
            valid_from: Some(Timestamp::from_secs(10)),
            valid_to: Some(Timestamp::from_secs(5)),
            ..NewUnit::new("sở", " ", Block::Party)
        };
        let fields: Vec<String> = bad.check().unwrap_err().fields.into_iter().map(|f| f.field).collect();
        assert_eq!(fields, ["code", "name", "machines", "valid_to"]);
    }
}
