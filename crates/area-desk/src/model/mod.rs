//! Types and rules of the desk; no SQL, no HTTP.

pub mod alert;
pub mod detection;
pub mod listing;
pub mod marking;
pub mod notice;
pub mod verdicts;

pub use alert::{Alert, Entity, HistoryEntry, HistoryKind, State};
pub use detection::{
    AttackLink, Evidence, Explained, Explanation, MAX_FIELDS, MAX_RAW_BYTES, MAX_VALUE_BYTES, MatchedField,
    NewDetection, RuleSnapshot,
};
pub use listing::{ListRequest, Page, Sort, SortKey};
pub use notice::Notice;
pub use verdicts::RuleVerdicts;
