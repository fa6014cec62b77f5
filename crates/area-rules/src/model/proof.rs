//! Replay proof: the share of known attack samples that the present rules detect.

use base_core::Timestamp;

/// What was replayed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Suite {
    /// The firing cases of the tests beside the rules: each must be detected.
    RuleTests,
    /// Files of the folder of attack samples: each counts as detected when a rule fires.
    Samples,
}

impl Suite {
    /// Every suite.
    pub const ALL: [Suite; 2] = [Suite::RuleTests, Suite::Samples];

    /// The stored word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Suite::RuleTests => "rule-tests",
            Suite::Samples => "samples",
        }
    }

    /// From the stored word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.as_str() == text)
    }
}

/// Names of missed samples that are kept.
pub const MAX_MISSED: usize = 500;

/// One replay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// When.
    pub at: Timestamp,
    /// Of what.
    pub suite: Suite,
    /// How many samples.
    pub total: i64,
    /// How many of them were detected.
    pub detected: i64,
    /// Names of those that were not, at most [`MAX_MISSED`].
    pub missed: Vec<String>,
    /// How many rules ran.
    pub rules: i64,
    /// Who had it done; a person, or the program.
    pub by_name: String,
}

impl Proof {
    /// The share detected; `None` without samples.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "counts of samples")]
    pub fn share(&self) -> Option<f64> {
        (self.total > 0).then(|| self.detected as f64 / self.total as f64)
    }
}
