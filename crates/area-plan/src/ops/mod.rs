//! Use cases of the plan: authorise → check → write → audit.

pub mod declare;
pub mod measure;
pub mod read_indicators;
