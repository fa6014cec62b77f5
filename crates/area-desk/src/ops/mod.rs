//! Use cases of the desk: authorise → check → write → audit → tell.

pub mod add_note;
pub mod commit_detections;
pub mod list_alerts;
pub mod note_warning;
pub mod notice;
pub mod read_alert;
pub mod read_overview;
pub mod rule_verdicts;
pub mod set_state;
