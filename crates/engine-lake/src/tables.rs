//! Events as tables: questions in SQL, and files of columns. A port beside [`crate::Lake`], for
//! lakes that have an engine for it.

use crate::LakeError;
use async_trait::async_trait;
use base_core::{Scope, Timestamp};
use engine_event::Event;
use std::time::Duration;

/// Longest statement, in characters.
pub const MAX_SQL_CHARS: usize = 10_000;

/// A question in SQL over the one table `events`.
#[derive(Clone, Debug)]
pub struct SqlRequest {
    /// One `SELECT` (or `EXPLAIN SELECT`).
    pub statement: String,
    /// Only events at or after this time are in the table.
    pub from: Option<Timestamp>,
    /// Only events before this time are in the table.
    pub until: Option<Timestamp>,
    /// Most rows of the answer.
    pub max_rows: usize,
    /// Longest time to work on it.
    pub time: Duration,
    /// Most memory for sorting, grouping and joining, in bytes.
    pub memory_bytes: usize,
}

impl Default for SqlRequest {
    fn default() -> Self {
        Self {
            statement: String::new(),
            from: None,
            until: None,
            max_rows: 1_000,
            time: Duration::from_secs(25),
            memory_bytes: 256 << 20,
        }
    }
}

/// What a column of an answer holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SqlKind {
    /// Text.
    Text,
    /// Whole or decimal numbers.
    Number,
    /// Times, as RFC 3339 in UTC.
    Time,
    /// `true` or `false`.
    Bool,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SqlColumn {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: SqlKind,
}

/// An answer: rows of values as text; `None` for no value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SqlRows {
    /// Its columns.
    pub columns: Vec<SqlColumn>,
    /// At most [`SqlRequest::max_rows`].
    pub rows: Vec<Vec<Option<String>>>,
    /// Whether there would have been more rows.
    pub more: bool,
}

/// Why a question has no answer.
#[derive(Debug, thiserror::Error)]
pub enum SqlError {
    /// Something else than one `SELECT`, or something that is not on offer.
    #[error("{what} is not allowed here; {remedy}")]
    Refused {
        /// What was asked.
        what: String,
        /// What to write instead.
        remedy: &'static str,
    },
    /// A mistake in the statement.
    #[error("the statement has a mistake: {0}")]
    Mistake(String),
    /// More memory than it may have.
    #[error(
        "the question needs more than {limit_mb} MB of memory; narrow it: a shorter time range, a condition in WHERE, fewer distinct values in GROUP BY or ORDER BY, or a LIMIT"
    )]
    TooMuchMemory {
        /// How much it may have, in megabytes.
        limit_mb: usize,
    },
    /// More time than it may have.
    #[error(
        "the question takes longer than {seconds} seconds; narrow it: a shorter time range, a condition on time, host_name, user_name or an address in WHERE, or matches('…')"
    )]
    TooLong {
        /// How long it may take.
        seconds: u64,
    },
    /// The lake.
    #[error(transparent)]
    Lake(#[from] LakeError),
}

impl SqlError {
    /// A stable word for translations.
    #[must_use]
    pub const fn key(&self) -> &'static str {
        match self {
            Self::Refused { .. } => "refused",
            Self::Mistake(_) => "mistake",
            Self::TooMuchMemory { .. } => "memory",
            Self::TooLong { .. } => "time",
            Self::Lake(_) => "lake",
        }
    }

    /// Every key, so that a page can check that it has all the strings.
    pub const KEYS: [&'static str; 5] = ["refused", "mistake", "memory", "time", "lake"];
}

/// Makes a file of events, piece by piece.
pub trait EventWriter: Send {
    /// Takes events; gives the bytes of the file that are ready.
    ///
    /// # Errors
    /// When they cannot be encoded.
    fn push(&mut self, events: &[Event]) -> Result<Vec<u8>, LakeError>;

    /// The rest of the file.
    ///
    /// # Errors
    /// When it cannot be encoded.
    fn finish(self: Box<Self>) -> Result<Vec<u8>, LakeError>;
}

/// Events as tables. The scope holds inside: no statement reaches an event outside of it, nor its
/// values by way of messages, plans or counts.
#[async_trait]
pub trait LakeTables: Send + Sync {
    /// Answers a question. Dropping the future ends the work.
    ///
    /// # Errors
    /// [`SqlError`], each with what to do.
    async fn sql(&self, scope: &Scope, request: &SqlRequest) -> Result<SqlRows, SqlError>;

    /// The columns of the table `events`.
    fn sql_columns(&self) -> Vec<SqlColumn>;

    /// A writer of a Parquet file.
    ///
    /// # Errors
    /// When none can be made.
    fn parquet(&self) -> Result<Box<dyn EventWriter>, LakeError>;
}
