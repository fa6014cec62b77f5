//! What the API of the search answers with.

use crate::ops::export_writer::WholeEvent;
use engine_lake::query::Completion;
use engine_lake::{Bucket, FieldSeen, FieldsSeen, SqlKind, SqlRows, ValueCounts};
use serde::Serialize;
use utoipa::ToSchema;

/// Events that were found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Found<'e> {
    pub(crate) events: Vec<WholeEvent<'e>>,
    /// Hand it in as `after` for the events that follow; nothing when there are none. A page may be short, even
    /// empty, while this is there.
    pub(crate) next: Option<String>,
    /// Stored events that were looked at; told to who sees the whole province.
    pub(crate) scanned: Option<u64>,
    /// UTC days within the asked time whose folder is out of reach, and so were left out.
    pub(crate) left_out: Option<Vec<String>>,
}

/// Counts of all events that were found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Counts {
    matched: u64,
    bars: Vec<Bar>,
    fields: Vec<FieldCounts>,
}

/// Events in a part of the time.
#[derive(Debug, Serialize, ToSchema)]
struct Bar {
    /// Begin, inclusive.
    #[schema(format = DateTime)]
    from: String,
    /// End, exclusive.
    #[schema(format = DateTime)]
    until: String,
    count: u64,
}

/// Values of one field.
#[derive(Debug, Serialize, ToSchema)]
struct FieldCounts {
    field: String,
    /// Events that have the field.
    present: u64,
    /// Events whose value was not told apart: too long, or one of too many.
    others: u64,
    /// How many values were told apart.
    distinct: usize,
    /// The most frequent first.
    values: Vec<ValueCount>,
}

/// How many events have a value.
#[derive(Debug, Serialize, ToSchema)]
struct ValueCount {
    value: String,
    count: u64,
}

impl Counts {
    pub(crate) fn new(matched: u64, bars: &[Bucket], fields: &[ValueCounts], top: usize) -> Self {
        let bar = |b: &Bucket| Bar { from: b.start.to_string(), until: b.end.to_string(), count: b.count };
        let field = |f: &ValueCounts| FieldCounts {
            field: f.field.clone(),
            present: f.present,
            others: f.others,
            distinct: f.distinct(),
            values: f
                .top(top)
                .into_iter()
                .map(|(value, count)| ValueCount { value: value.to_owned(), count })
                .collect(),
        };
        Self { matched, bars: bars.iter().map(bar).collect(), fields: fields.iter().map(field).collect() }
    }
}

/// Which fields the newest of the found events have.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Fields {
    /// How many events were looked into.
    sample: u64,
    /// Common columns first; each group most frequent first.
    fields: Vec<SeenField>,
}

impl From<FieldsSeen> for Fields {
    fn from(seen: FieldsSeen) -> Self {
        let one = |f: FieldSeen| SeenField { name: f.name, common: f.common, events: f.events, examples: f.examples };
        Self { sample: seen.events, fields: seen.fields.into_iter().map(one).collect() }
    }
}

/// A field, as far as it was seen.
#[derive(Debug, Serialize, ToSchema)]
struct SeenField {
    name: String,
    /// Whether it is a common column (ECS name).
    common: bool,
    /// Events of the sample that have it.
    events: u64,
    /// Some of its values, cut to 80 characters.
    examples: Vec<String>,
}

/// How a query may go on.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Proposals {
    proposals: Vec<Proposal>,
}

/// One way to go on.
#[derive(Debug, Serialize, ToSchema)]
struct Proposal {
    /// The whole query with it.
    query: String,
    /// The part that is proposed.
    label: String,
    /// Where the caret stands then, in characters.
    caret: usize,
}

impl Proposals {
    pub(crate) fn new(found: Vec<Completion>) -> Self {
        let one = |c: Completion| Proposal { query: c.query, label: c.label, caret: c.caret };
        Self { proposals: found.into_iter().map(one).collect() }
    }
}

/// Rows that answer a statement.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Rows {
    columns: Vec<RowColumn>,
    /// One value per column; nothing for NULL. Numbers and times are text as well.
    rows: Vec<Vec<Option<String>>>,
    /// Whether there are more rows than were asked for.
    more: bool,
}

/// A column of the answer.
#[derive(Debug, Serialize, ToSchema)]
struct RowColumn {
    name: String,
    kind: ColumnKind,
}

/// What a column's values are.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum ColumnKind {
    Text,
    Number,
    Time,
    Bool,
}

impl From<SqlRows> for Rows {
    fn from(answer: SqlRows) -> Self {
        let kind = |kind| match kind {
            SqlKind::Text => ColumnKind::Text,
            SqlKind::Number => ColumnKind::Number,
            SqlKind::Time => ColumnKind::Time,
            SqlKind::Bool => ColumnKind::Bool,
        };
        let columns = answer.columns.into_iter().map(|c| RowColumn { name: c.name, kind: kind(c.kind) }).collect();
        Self { columns, rows: answer.rows, more: answer.more }
    }
}
