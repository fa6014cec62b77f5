//! Offline detection over files and folders: what `mangrove hunt` does, without a terminal.
//!
//! ```text
//! paths ─► input (walk) ─► pool: every worker reads a batch, parses and matches it
//!                              └─► collect: puts batches back in order, correlates, counts
//!                                        ├─► output (jsonl, csv, json: as found)
//!                                        └─► report (summary, samples) ─► table, html
//! ```
//!
//! * There is no reader thread and no queue: the workers take turns at the files, so a batch
//!   in flight per worker is all the memory raw records ever take ([`pool`]).
//! * Events of a lake take the same way past the reading and parsing ([`stored`]).
//! * Results leave in the order of the inputs whatever the number of threads, so two runs can
//!   be compared with `diff` ([`collect`]).
//! * Every table of the report is bounded; what does not fit is counted, never lost silently
//!   ([`report`]).
//! * What could not be read is a [`Skip`] with input, place, reason and remedy.

mod collect;
mod detect;
pub mod finding;
pub mod hunt;
pub mod input;
pub mod output;
pub mod pool;
pub mod report;
pub mod rules;
pub mod skip;
pub mod stored;
pub mod words;
mod worker;

pub use finding::{AttackLink, Finding, MatchedField, RuleCard, Told};
pub use hunt::{Control, HuntError, HuntOptions, Hunter, Outcome, Progress};
pub use input::{Input, Inputs, Origin};
pub use output::{OutputFormat, Sink};
pub use report::Report;
pub use rules::{LoadedRules, load_rules_dir};
pub use skip::{Skip, SkipKind, SkipLog};
pub use stored::StoredEvents;
pub use words::Words;
