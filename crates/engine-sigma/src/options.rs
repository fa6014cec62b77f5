//! What a caller may decide about compiling rules.

use crate::pipeline::Pipeline;
use crate::routing::Routing;
use std::collections::BTreeMap;

/// Options of [`crate::RuleSet::compile_with`].
#[derive(Clone, Debug, Default)]
pub struct CompileOptions {
    /// Values for placeholders of the `expand` modifier, by name without the percent signs
    /// (`Administrators`, `DomainControllers`, …). Values may contain wildcards.
    pub placeholders: BTreeMap<String, Vec<String>>,
    /// Rules of these statuses (`deprecated`, `unsupported`, …) are left out and counted.
    pub skip_statuses: Vec<String>,
    /// Pipelines that adapt rules to other field names and log sources.
    pub pipelines: Vec<Pipeline>,
    /// Which rules an event meets.
    pub routing: Routing,
}
