//! Lists of indicators as people keep them: what is in force, what waits, what the reader said.

use base_core::{ContentError, Timestamp};
use engine_detect::indicators::load::{Format, LoadReport};
use engine_detect::indicators::{ListCount, ListSpec};
use std::collections::BTreeMap;

/// Longest file of indicators, as handed in through the console, in bytes.
pub const MAX_UPLOAD_BYTES: u64 = 1024 * 1024 * 1024;
/// Longest file of indicators once it is unpacked, in bytes.
pub const MAX_PLAIN_BYTES: u64 = 4 * 1024 * 1024 * 1024;
/// Longest list of what is allowed, in bytes.
pub const MAX_ALLOW_BYTES: usize = 256 * 1024;
/// Mistakes of a file that are kept; further ones are counted.
pub const MAX_KEPT_MISTAKES: usize = 500;

/// Where a file of a list stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileState {
    /// Read and reported, waiting for somebody to put it into force.
    Staged,
    /// In force.
    Active,
}

impl FileState {
    /// The stored word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            FileState::Staged => "staged",
            FileState::Active => "active",
        }
    }

    /// From the stored word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [FileState::Staged, FileState::Active].into_iter().find(|s| s.as_str() == text)
    }
}

/// What the reader said of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListReport {
    /// Indicators taken.
    pub added: i64,
    /// Left out on purpose: of too little confidence, revoked, not meant for detection.
    pub unwanted: i64,
    /// Indicators of kinds that are not looked for, by kind.
    pub other_kinds: BTreeMap<String, u64>,
    /// The first mistakes, each with line and remedy.
    pub mistakes: Vec<String>,
    /// Mistakes beyond them.
    pub more_mistakes: i64,
}

impl From<LoadReport> for ListReport {
    fn from(read: LoadReport) -> Self {
        let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        let beyond = read.mistakes.len().saturating_sub(MAX_KEPT_MISTAKES) as u64;
        Self {
            added: number(read.added),
            unwanted: number(read.unwanted),
            other_kinds: read.other_kinds,
            more_mistakes: number(read.further_mistakes + beyond),
            mistakes: read.mistakes.iter().take(MAX_KEPT_MISTAKES).map(ContentError::to_string).collect(),
        }
    }
}

impl ListReport {
    /// How many mistakes there are in all.
    #[must_use]
    pub fn wrong(&self) -> i64 {
        i64::try_from(self.mistakes.len()).unwrap_or(i64::MAX).saturating_add(self.more_mistakes)
    }
}

/// A file of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListFile {
    /// Id, and name in the data folder.
    pub id: String,
    /// The list.
    pub list: String,
    /// Where it stands.
    pub state: FileState,
    /// Name as handed in.
    pub name: String,
    /// How it is written.
    pub format: Format,
    /// BLAKE3 of the text, in hexadecimal digits.
    pub digest: String,
    /// Length of the text in bytes.
    pub bytes: i64,
    /// What the reader said.
    pub report: ListReport,
    /// Who handed it in.
    pub by_name: String,
    /// When it was handed in: from then on life times count.
    pub at: Timestamp,
    /// When it was put into force.
    pub active_at: Option<Timestamp>,
}

/// A list with its files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndicatorList {
    /// Its description.
    pub spec: ListSpec,
    /// Whether content describes it; such a list cannot go away, only its values can.
    pub shipped: bool,
    /// Whether it is switched on.
    pub is_on: bool,
    /// The file in force.
    pub active: Option<ListFile>,
    /// The file that waits.
    pub staged: Option<ListFile>,
}

/// How far a list is on its way into memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Not in memory yet.
    Loading,
    /// In force.
    InForce(ListCount),
    /// Its file cannot be used; the reason and the remedy.
    Failed(String),
}

/// How often a list was met.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ListHits {
    /// Events with an indicator of it in the last 7 days.
    pub week: i64,
    /// In the last 30 days.
    pub month: i64,
    /// Time of the latest.
    pub last: Option<Timestamp>,
    /// Indicators found in the last 30 days and not told because they are allowed.
    pub allowed: i64,
    /// Indicators found in the last 30 days and not told because they had expired.
    pub expired: i64,
}
