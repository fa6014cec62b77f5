//! The event lake: what keeps events for search, as a trait, with its query language.
//!
//! * [`Lake`] is the port: write ranges of the journal exactly once, search by time, unit and
//!   query, count over time, fetch one event. Unit scope is enforced in here, not by callers.
//! * [`Query`] is the language of the search box: `user.name:admin AND NOT
//!   source.ip:10.0.0.0/8 "mimikatz"`; its meaning is defined once, in [`query::Query::matches`].
//! * [`LakeTables`] is the port beside it for questions in SQL and files of columns.
//! * [`MemoryLake`] keeps everything in memory, for tests and as the reading of the contract.
//! * [`contract`] is the suite that every implementation passes.

pub mod contract;
mod cursor;
mod error;
mod fields_seen;
mod histogram;
mod lake;
mod memory;
pub mod query;
mod request;
mod stats;
mod survey;
mod tables;

pub use cursor::{BadCursor, Cursor};
pub use error::LakeError;
pub use fields_seen::{FieldSeen, FieldsSeen, MAX_FIELD_SAMPLE, fields_by_search, fields_of};
pub use histogram::{Bucket, Buckets};
pub use lake::Lake;
pub use memory::MemoryLake;
pub use query::{Query, QueryError};
pub use request::{MAX_PAGE, Order, SearchPage, SearchRequest};
pub use stats::{DayStats, LakeStats, OutOfReach};
pub use survey::{
    MAX_SURVEY_FIELDS, MAX_SURVEY_VALUE, MAX_SURVEY_VALUES, Survey, SurveyAsk, ValueCounts, survey_by_search,
};
pub use tables::{EventWriter, LakeTables, MAX_SQL_CHARS, SqlColumn, SqlError, SqlKind, SqlRequest, SqlRows};

/// An event as read back from a lake: equal to what was written, field by field and byte by byte.
pub use engine_event::Event as StoredEvent;
