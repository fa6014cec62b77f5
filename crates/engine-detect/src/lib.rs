//! Detection: rules held against events, hits correlated over time, detections that explain themselves.
//!
//! * [`RulePack`]: compiled rules with their explanations, ATT&CK references and log sources.
//! * [`Matcher`]: stateless; an event to the rules it matches. `Send + Sync`, one scratch per thread.
//! * [`Correlator`]: stateful; hits over time to correlation detections, with bounded memory.
//! * [`Detector`] does both.
//! * [`behaviours`]: what stands out over time, said as data: baselines, first sightings, sequences …
//! * [`indicators`]: lists of addresses, domains, hashes … looked for in every event.
//! * [`rule_tests`]: the test files beside rules, run as production runs.

mod attack;
pub mod behaviours;
mod correlator;
mod detection;
mod detector;
mod entity;
mod explain;
pub mod indicators;
mod lookup;
mod matcher;
mod pack;
mod rule_info;
pub mod rule_tests;
mod tactics;
mod tally;

pub use attack::{AttackKind, AttackRef};
pub use correlator::{Correlator, CorrelatorOptions, CorrelatorStats, Observation};
pub use detection::{Detection, Matched};
pub use detector::Detector;
pub use engine_sigma::{CompileOptions, Explanation, LARGEST_STORED, RuleCache, RuleCacheKey, RuleIdx};
pub use entity::{Entity, EntityKind};
pub use explain::{Explain, Texts};
pub use lookup::lookup;
pub use matcher::{Hit, MatchScratch, Matcher};
pub use pack::RulePack;
pub use rule_info::{RuleInfo, RuleKind};
pub use tactics::{Tactic, Tactics};
pub use tally::{RuleCounters, RuleTally, Tally};
