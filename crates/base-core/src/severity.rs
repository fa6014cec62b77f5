//! How grave an alert is: the five levels of the Sigma specification.

use serde::{Deserialize, Serialize};

/// Level of a rule and of its alerts (Sigma specification 2.1, `level`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// For enrichment only; never calls for action by itself.
    Informational,
    /// Notable, rarely an incident.
    Low,
    /// Should be looked at.
    Medium,
    /// Look at it now.
    High,
    /// An incident.
    Critical,
}

impl Severity {
    /// Every level, lowest first.
    pub const ALL: [Severity; 5] =
        [Severity::Informational, Severity::Low, Severity::Medium, Severity::High, Severity::Critical];

    /// The Sigma word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Severity::Informational => "informational",
            Severity::Low => "low",
            Severity::Medium => "medium",
            Severity::High => "high",
            Severity::Critical => "critical",
        }
    }

    /// From the Sigma word, without regard to case.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.as_str().eq_ignore_ascii_case(text))
    }

    /// 0 (informational) to 4 (critical): the stored form, so that SQL can sort.
    #[must_use]
    pub const fn rank(self) -> i64 {
        match self {
            Severity::Informational => 0,
            Severity::Low => 1,
            Severity::Medium => 2,
            Severity::High => 3,
            Severity::Critical => 4,
        }
    }

    /// From [`Severity::rank`].
    #[must_use]
    pub fn from_rank(rank: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.rank() == rank)
    }
}
