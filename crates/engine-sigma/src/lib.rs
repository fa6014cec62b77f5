//! The Sigma detection language, compiled and evaluated over flat records.
//!
//! Rules are read with `rsigma-parser` and compiled together into a [`RuleSet`]; evaluation
//! is this crate's own. It follows the Sigma specification 2.1 (rules, modifiers,
//! correlations, filters, and pipelines for other taxonomies). No file is opened here: rules come
//! as [`base_core::ContentFile`]. Each construct with its clause and its test: `docs/detection/sigma.md`.
//!
//! # What equals what
//! * Texts are compared without regard to case by Unicode simple case folding
//!   (rules 2.1, "General": *case-insensitive strings*), unless `cased`; see [`fold`].
//!   Regular expressions regard case unless `re|i` (modifiers appendix, `re`).
//! * A number in a rule equals its plain decimal text, and any number of the event of the
//!   same value (`1.0` is 1). `007` as text is not 7, but `1.50` as text is the decimal 1.5. `gt`, `lte` … compare decimals;
//!   what is not a number fits no comparison.
//! * `true`/`false` equal those words in any case.
//! * `null` fits an absent field and a null value; `''` fits only a field that is there with an
//!   empty value; `exists` asks only whether the field is there.
//! * A field with several values (a list) fits when one value does; with `all`, each pattern may
//!   be met by another value. `neq` fits when the field has a value and none equals.
//! * Field names are exact, letter for letter.
//! * Keywords are searched inside every value and, where given, the raw message.

mod batch;
mod cache;
mod condition;
mod correlation;
mod document;
mod encode;
mod evaluate;
mod exact;
mod explain;
mod expr;
mod expression;
mod fault;
mod filter;
pub mod fold;
mod grams;
mod guard;
mod item;
mod leaf;
mod legacy;
mod lens;
mod meta;
mod need;
mod number;
mod options;
mod pattern;
mod pipeline;
mod plain;
mod program;
mod routing;
mod rule_set;
mod scan;
mod starved;
mod stored;
mod time_part;
mod written;

pub use correlation::{Correlation, CorrelationKind, GroupBy, Referred, Together};
pub use evaluate::{Effort, Scratch};
pub use explain::{Explanation, Predicate, Seen};
pub use meta::{RuleLogSource, RuleMeta};
pub use number::Comparison;
pub use options::CompileOptions;
pub use pipeline::Pipeline;
pub use routing::{Routing, parts_of_category, parts_of_service};
pub use rule_set::{RuleIdx, RuleSet};
pub use stored::{LARGEST_STORED, Refused, RuleCache, RuleCacheKey};
