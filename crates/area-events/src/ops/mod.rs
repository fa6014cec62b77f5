//! Use cases of events: authorise → check → write → audit.

pub mod admit;
pub mod ask_sql;
pub mod commit_counts;
pub mod export_events;
pub mod export_writer;
pub mod keep_gap;
pub mod keep_search;
pub mod manage_source;
pub mod pulse;
pub mod read_sources;
pub mod receive;
pub mod search_events;
pub mod search_run;
pub mod upload;
pub mod upload_job;
pub mod watch_silence;
