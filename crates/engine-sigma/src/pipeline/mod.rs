//! Processing pipelines: how rules are adapted to other field names and log sources, as data.
//!
//! Rules specification 2.1, "Taxonomy": *other taxonomy must be handled by the used tool or
//! transformed into the default taxonomy*. A pipeline is a YAML file of transformations, each
//! for the rules that its `rule_conditions` choose, applied in the order written; pipelines are
//! applied by `priority`, small numbers first. The form is that of the public pipelines:
//!
//! ```yaml
//! name: ECS names for firewalls
//! priority: 20
//! vars:
//!     Servers: ['srv-*']
//! transformations:
//!     - type: field_name_mapping
//!       mapping:
//!           src_ip: source.ip
//!           user: [user.name, user.id]
//!       rule_conditions:
//!           - type: logsource
//!             category: firewall
//! ```
//!
//! What is understood: `docs/detection/pipelines.md`. What is not is refused, never passed over.

mod apply;
mod read;

pub(crate) use apply::{Renames, adapt_filter, adapt_rule};

use regex::Regex;
use rsigma_parser::{FieldSpec, SigmaValue};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A pipeline as read from its file.
#[derive(Clone, Debug)]
pub struct Pipeline {
    /// Its name, else that of its file.
    pub name: String,
    /// Pipelines with smaller numbers are applied first.
    pub priority: i64,
    pub(crate) vars: BTreeMap<String, Vec<String>>,
    pub(crate) steps: Vec<Step>,
}

/// One transformation and the rules and fields it is for.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) id: Option<String>,
    pub(crate) change: Change,
    pub(crate) rules: Chosen<RuleCondition>,
    pub(crate) fields: Chosen<FieldCondition>,
}

/// Conditions joined by "and" (or "or"), maybe negated; none at all choose everything.
#[derive(Clone, Debug)]
pub(crate) struct Chosen<C> {
    pub(crate) conditions: Vec<C>,
    pub(crate) any: bool,
    pub(crate) negated: bool,
}

impl<C> Chosen<C> {
    pub(crate) fn holds(&self, one: impl FnMut(&C) -> bool) -> bool {
        if self.conditions.is_empty() {
            return true;
        }
        let held = if self.any { self.conditions.iter().any(one) } else { self.conditions.iter().all(one) };
        held != self.negated
    }
}

#[derive(Clone, Debug)]
pub(crate) enum RuleCondition {
    LogSource([Option<String>; 3]),
    Tag(String),
    Attribute(String, String),
    ContainsField(String),
    Applied(String),
}

#[derive(Clone, Debug)]
pub(crate) enum FieldCondition {
    Include(Vec<Regex>),
    Exclude(Vec<Regex>),
}

#[derive(Clone, Debug)]
pub(crate) enum Change {
    Rename(Arc<Rename>),
    DropItem,
    AddCondition {
        items: Vec<(FieldSpec, Vec<SigmaValue>)>,
        negated: bool,
    },
    LogSource([Option<String>; 3]),
    SetValue(SigmaValue),
    ReplaceText {
        find: Regex,
        by: String,
    },
    /// `value_placeholders`, with the names it is limited to.
    Placeholders {
        include: Vec<String>,
        exclude: Vec<String>,
        wildcard: bool,
    },
    Refuse(String),
}

/// How field names change.
#[derive(Debug)]
pub(crate) enum Rename {
    Names(BTreeMap<String, Vec<String>>),
    Prefixes(BTreeMap<String, Vec<String>>),
    Around { before: String, after: String },
}

impl Rename {
    /// The new names of a field; `None` when it keeps its own.
    pub(crate) fn of(&self, field: &str) -> Option<Vec<String>> {
        match self {
            Rename::Names(names) => names.get(field).cloned(),
            Rename::Prefixes(prefixes) => prefixes.iter().find_map(|(old, new)| {
                let rest = field.strip_prefix(old.as_str())?;
                Some(new.iter().map(|n| format!("{n}{rest}")).collect())
            }),
            Rename::Around { before, after } => Some(vec![format!("{before}{field}{after}")]),
        }
    }
}
