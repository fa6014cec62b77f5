//! What the area knows about rules: pure types and the rules between them.

pub mod archive;
pub mod beside;
pub mod cost;
pub mod figures;
pub mod filter;
pub mod indicator_list;
pub mod listing;
pub mod liveness;
pub mod pack;
pub mod preview;
pub mod proof;
pub mod retro;
mod zip;

pub use cost::Costs;
pub use figures::{BatchFigures, FieldSeen, Hidden, Holding, RuleFigure, SourceFigure, Untold};
pub use filter::{Condition, Filter, LiveFilter, Tuning, Verdict};
pub use indicator_list::{FileState, IndicatorList, ListFile, ListHits, ListReport, Standing};
pub use listing::{ListRequest, SortKey};
pub use liveness::{Feedback, Flag, Liveness, Observed, Off, RuleHits, SourceCount};
pub use pack::{Change, ChangeKind, Pack, PackState};
pub use preview::{Preview, RuleDelta};
pub use proof::{Proof, Suite};
pub use retro::{Retro, RetroHit, RetroState};
