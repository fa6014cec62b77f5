//! What happens to units: renaming, moving, merging, splitting, dissolving.

use base_core::{Error, FieldError, Kind, Result, Timestamp, UnitId};

/// The kind of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// Đổi tên.
    Rename,
    /// Chuyển sang cơ quan quản lý khác.
    Move,
    /// Sáp nhập, hợp nhất: the units end and another takes over.
    Merge,
    /// Chia, tách: others take over from one.
    Split,
    /// Giải thể, kết thúc hoạt động.
    Dissolve,
}

impl ChangeKind {
    /// Every kind.
    pub const ALL: [ChangeKind; 5] =
        [ChangeKind::Rename, ChangeKind::Move, ChangeKind::Merge, ChangeKind::Split, ChangeKind::Dissolve];

    /// The stored word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            ChangeKind::Rename => "rename",
            ChangeKind::Move => "move",
            ChangeKind::Merge => "merge",
            ChangeKind::Split => "split",
            ChangeKind::Dissolve => "dissolve",
        }
    }

    /// From the stored word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.as_str() == text)
    }
}

/// What a change does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The unit has another name from then on.
    Rename {
        /// The unit.
        unit: UnitId,
        /// Full name.
        name: String,
        /// Short name; the full one when empty.
        short: String,
    },
    /// The unit stands below another one, or below none.
    Move {
        /// The unit.
        unit: UnitId,
        /// The unit it stands below.
        parent: Option<UnitId>,
    },
    /// The units end; `into`, which exists by then, takes over.
    Merge {
        /// Those that end.
        from: Vec<UnitId>,
        /// Who takes over.
        into: UnitId,
    },
    /// Others take over from the unit; it ends, unless it is one of them.
    Split {
        /// The unit.
        unit: UnitId,
        /// Who takes over, at least two.
        into: Vec<UnitId>,
    },
    /// The unit ends; nobody or somebody takes over.
    Dissolve {
        /// The unit.
        unit: UnitId,
        /// Who takes over its tasks.
        successor: Option<UnitId>,
    },
}

impl Change {
    /// Its kind.
    #[must_use]
    pub const fn kind(&self) -> ChangeKind {
        match self {
            Change::Rename { .. } => ChangeKind::Rename,
            Change::Move { .. } => ChangeKind::Move,
            Change::Merge { .. } => ChangeKind::Merge,
            Change::Split { .. } => ChangeKind::Split,
            Change::Dissolve { .. } => ChangeKind::Dissolve,
        }
    }

    /// The units it happens to.
    #[must_use]
    pub fn of(&self) -> Vec<&UnitId> {
        match self {
            Change::Merge { from, .. } => from.iter().collect(),
            Change::Rename { unit, .. }
            | Change::Move { unit, .. }
            | Change::Split { unit, .. }
            | Change::Dissolve { unit, .. } => vec![unit],
        }
    }

    /// The units that take over, or the one it moves below.
    #[must_use]
    pub fn to(&self) -> Vec<&UnitId> {
        match self {
            Change::Rename { .. } => Vec::new(),
            Change::Move { parent, .. } => parent.iter().collect(),
            Change::Merge { into, .. } => vec![into],
            Change::Split { into, .. } => into.iter().collect(),
            Change::Dissolve { successor, .. } => successor.iter().collect(),
        }
    }

    /// Whether the unit has a part in it.
    #[must_use]
    pub fn concerns(&self, unit: &UnitId) -> bool {
        self.of().into_iter().chain(self.to()).any(|u| u == unit)
    }
}

/// A change with its date and legal basis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Id, rising in the order of entry: of two on one day the one entered first happens first.
    pub id: String,
    /// First moment it holds: midnight of a day.
    pub at: Timestamp,
    /// What happens.
    pub change: Change,
    /// Number of the decision it rests on, such as `1576/QĐ-UBND`; empty when not known.
    pub decision: String,
    /// Day of that decision.
    pub decided_on: Option<Timestamp>,
    /// Note.
    pub note: Option<String>,
    /// When it was entered.
    pub made_at: Timestamp,
    /// Who entered it, by name.
    pub made_by: String,
}

/// A change to be entered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEvent {
    /// First moment it holds.
    pub at: Timestamp,
    /// What happens.
    pub change: Change,
    /// Number of the decision; may be empty.
    pub decision: String,
    /// Day of the decision.
    pub decided_on: Option<Timestamp>,
    /// Note.
    pub note: Option<String>,
}

/// Longest number of a decision, characters.
const MAX_DECISION: usize = 60;
/// Most units in one change: catches a form gone wild, and bounds the work.
const MAX_UNITS: usize = 500;

impl NewEvent {
    /// Checks the form; whether it can happen then is for [`super::Timeline`] to say. Messages are codes of
    /// `org-error-…`.
    ///
    /// # Errors
    /// `Invalid` with every field at fault.
    pub fn check(&self) -> Result<()> {
        let mut fields = Vec::new();
        let mut wrong = |field: &str, code: &str| {
            fields.push(FieldError { field: field.to_owned(), message: code.to_owned() });
        };
        if self.decision.chars().count() > MAX_DECISION {
            wrong("decision", "decision-long");
        }
        if self.decided_on.is_some_and(|day| day > self.at) {
            wrong("decided_on", "decided-late");
        }
        match &self.change {
            Change::Rename { name, short, .. } => {
                let count = name.trim().chars().count();
                if count == 0 || count > 200 {
                    wrong("name", "name-form");
                }
                if short.chars().count() > 60 {
                    wrong("short", "short-long");
                }
            }
            Change::Merge { from, .. } if from.is_empty() || from.len() > MAX_UNITS => wrong("from", "merge-none"),
            Change::Split { into, .. } if into.len() < 2 || into.len() > MAX_UNITS => wrong("into", "split-few"),
            _ => {}
        }
        if fields.is_empty() {
            return Ok(());
        }
        let mut error = Error::new(Kind::Invalid, "the change is not complete; see the fields marked");
        error.fields = fields;
        Err(error)
    }
}
