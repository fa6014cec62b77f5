//! What a rule says about itself.

use base_core::Severity;
use std::sync::Arc;

/// Everything of a rule but its detection.
#[derive(Clone, Debug)]
pub struct RuleMeta {
    /// Id as written (a UUID in public rules), else its name, else made from the file and title.
    pub id: Arc<str>,
    /// Name by which correlations refer to it.
    pub name: Option<String>,
    /// Title.
    pub title: String,
    /// `stable`, `test`, `experimental`, `deprecated` or `unsupported`.
    pub status: Option<&'static str>,
    /// How grave; `medium` when the rule does not say.
    pub level: Severity,
    /// What it detects.
    pub description: Option<String>,
    /// Who wrote it.
    pub author: Option<String>,
    /// Licence of the rule.
    pub license: Option<String>,
    /// Day of creation as written.
    pub date: Option<String>,
    /// Day of the last change as written.
    pub modified: Option<String>,
    /// Where it was derived from.
    pub references: Vec<String>,
    /// Tags such as `attack.t1059.001`.
    pub tags: Vec<String>,
    /// What else may make it fire.
    pub falsepositives: Vec<String>,
    /// Log source it asks for.
    pub logsource: RuleLogSource,
    /// Fields worth showing.
    pub fields: Vec<String>,
    /// File it stands in.
    pub file: Arc<str>,
    /// Line of the file, from 1, at which its document starts.
    pub line: usize,
    /// Its document as written.
    pub source_text: Arc<str>,
    /// The `mangrove:` block, or null.
    pub custom: serde_json::Value,
}

/// Log source of a rule, as written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuleLogSource {
    /// Product.
    pub product: Option<String>,
    /// Category.
    pub category: Option<String>,
    /// Service.
    pub service: Option<String>,
    /// What must be logged for the rule to see anything.
    pub definition: Option<String>,
}
