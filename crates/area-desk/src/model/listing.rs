//! What the alert list is asked for: filters, order, page.

use super::alert::State;
use base_core::{Severity, Timestamp, UnitId};

/// Rows on a page.
pub const PAGE_ROWS: i64 = 50;
/// Most rows of an export.
pub const EXPORT_ROWS: i64 = 50_000;

/// By what the list is sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SortKey {
    /// When the desk learnt of it.
    #[default]
    Raised,
    /// Severity, then newest.
    Severity,
    /// Number of detections.
    Count,
    /// Time of the latest event.
    LastSeen,
    /// Title of the rule.
    Title,
    /// What it is about.
    Entity,
}

impl SortKey {
    /// Every key.
    pub const ALL: [SortKey; 6] =
        [SortKey::Raised, SortKey::Severity, SortKey::Count, SortKey::LastSeen, SortKey::Title, SortKey::Entity];

    /// The word in links.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            SortKey::Raised => "raised",
            SortKey::Severity => "severity",
            SortKey::Count => "count",
            SortKey::LastSeen => "last-seen",
            SortKey::Title => "title",
            SortKey::Entity => "entity",
        }
    }

    /// From the word in a link.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.as_str() == text)
    }
}

/// Order of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort {
    /// By what.
    pub key: SortKey,
    /// Largest first.
    pub descending: bool,
}

impl Default for Sort {
    /// Newest first.
    fn default() -> Self {
        Self { key: SortKey::Raised, descending: true }
    }
}

/// Filters of the alert list. Empty means no filter.
#[derive(Clone, Debug, Default)]
pub struct ListRequest {
    /// Any of these severities.
    pub severities: Vec<Severity>,
    /// Any of these states.
    pub states: Vec<State>,
    /// One unit.
    pub unit: Option<UnitId>,
    /// Only alerts of no unit.
    pub no_unit: bool,
    /// One rule.
    pub rule: Option<String>,
    /// Free text over title, entity and explanation, without regard to accents.
    pub text: String,
    /// Raised at or after.
    pub from: Option<Timestamp>,
    /// Raised before.
    pub until: Option<Timestamp>,
    /// Order.
    pub sort: Sort,
    /// Rows before the first one of the page.
    pub offset: i64,
}

/// One page of rows and how many there are in all.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// How many rows the filters leave, over all pages.
    pub total: i64,
}
