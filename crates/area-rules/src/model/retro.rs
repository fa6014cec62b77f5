//! A hunt of one rule, or one list of indicators, through the stored events.

use base_core::{Scope, Timestamp, UnitId};
use serde::{Deserialize, Serialize};

/// Hits that are kept one by one; all are counted.
pub const MAX_HITS: usize = 500;
/// Machines that are counted one by one.
pub const MAX_HOSTS: usize = 200;

/// How a hunt stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetroState {
    /// Under way (or interrupted by a stop of the program).
    Running,
    /// Everything was looked at.
    Done,
    /// Ended by a person.
    Stopped,
    /// Ended by an error.
    Failed,
}

impl RetroState {
    /// Every state.
    pub const ALL: [RetroState; 4] = [RetroState::Running, RetroState::Done, RetroState::Stopped, RetroState::Failed];

    /// The stored word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            RetroState::Running => "running",
            RetroState::Done => "done",
            RetroState::Stopped => "stopped",
            RetroState::Failed => "failed",
        }
    }

    /// From the stored word; an unknown one is [`RetroState::Failed`].
    #[must_use]
    pub fn parse(text: &str) -> Self {
        Self::ALL.into_iter().find(|s| s.as_str() == text).unwrap_or(Self::Failed)
    }
}

/// One hit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetroHit {
    /// When, in µs since 1970; `None` when the event bears no time.
    pub time: Option<i64>,
    /// The event's id.
    pub event: Option<String>,
    /// Machine.
    pub host: Option<String>,
    /// Account.
    pub user: Option<String>,
    /// Address it came from.
    pub source_ip: Option<String>,
    /// What made the rule fire: field and value of the first match.
    pub matched: Option<(String, String)>,
    /// How many events it stands for.
    pub events: u64,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetroFound {
    /// The first hits in time, at most [`MAX_HITS`].
    pub hits: Vec<RetroHit>,
    /// Machines with the number of their hits, most first.
    pub hosts: Vec<(String, u64)>,
}

/// A hunt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retro {
    /// Its id.
    pub id: String,
    /// The rule's id.
    pub rule: String,
    /// The rule's title at the time.
    pub title: String,
    /// From when; `None`: from the beginning.
    pub from: Option<Timestamp>,
    /// Until when.
    pub until: Timestamp,
    /// How it stands.
    pub state: RetroState,
    /// Events held against the rule.
    pub events: i64,
    /// Hits.
    pub hits: i64,
    /// What was found.
    pub found: RetroFound,
    /// What went wrong.
    pub message: Option<String>,
    /// Units whose events were looked at; `None` is the province.
    pub units: Option<Vec<UnitId>>,
    /// Who began it.
    pub by_account: String,
    /// Their name.
    pub by_name: String,
    /// When it was begun.
    pub at: Timestamp,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

impl Retro {
    /// Whether someone who may search `scope` may see what was found.
    #[must_use]
    pub fn is_visible(&self, scope: &Scope) -> bool {
        match &self.units {
            None => scope.as_units().is_none(),
            Some(units) => units.iter().all(|unit| scope.contains(unit)),
        }
    }
}
