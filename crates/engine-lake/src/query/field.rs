//! What a field name in a query stands for.

use engine_event::{CommonField, Marks};

/// A field of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldRef {
    /// A common column.
    Common(CommonField),
    /// Something known of every event.
    Meta(Meta),
    /// A field of the record, by its name, letter case aside.
    Record(String),
}

/// What is known of every event besides its fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meta {
    /// When it happened.
    Time,
    /// When it was received.
    Received,
    /// Its id.
    Id,
    /// Unit it belongs to.
    Unit,
    /// Where it came in.
    Source,
    /// Kind of source that read it.
    Kind,
    /// Product of the log source.
    Product,
    /// Category of the log source.
    Category,
    /// Service of the log source.
    Service,
    /// What was unusual: `unparsed`, `truncated`, `not_utf8`, `no_time`.
    Mark,
    /// The record as received; the value is looked for anywhere in it.
    Raw,
}

impl Meta {
    /// Every meta field.
    pub const ALL: [Meta; 11] = [
        Meta::Time,
        Meta::Received,
        Meta::Id,
        Meta::Unit,
        Meta::Source,
        Meta::Kind,
        Meta::Product,
        Meta::Category,
        Meta::Service,
        Meta::Mark,
        Meta::Raw,
    ];

    /// Its name in a query.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Meta::Time => "time",
            Meta::Received => "received",
            Meta::Id => "event.id",
            Meta::Unit => "unit",
            Meta::Source => "source",
            Meta::Kind => "kind",
            Meta::Product => "product",
            Meta::Category => "category",
            Meta::Service => "service",
            Meta::Mark => "mark",
            Meta::Raw => "raw",
        }
    }
}

/// Before the name of a record's field, to tell it from a meta or common one.
const RECORD_PREFIX: &str = "fields.";

impl FieldRef {
    /// What `name` stands for.
    #[must_use]
    pub fn named(name: &str) -> Self {
        if let Some(rest) = name.get(..RECORD_PREFIX.len()).filter(|p| p.eq_ignore_ascii_case(RECORD_PREFIX)) {
            return Self::Record(name.get(rest.len()..).unwrap_or_default().to_owned());
        }
        if name.eq_ignore_ascii_case("@timestamp") {
            return Self::Meta(Meta::Time);
        }
        let meta = Meta::ALL.into_iter().find(|m| m.name().eq_ignore_ascii_case(name)).map(Self::Meta);
        let common = || CommonField::ALL.iter().find(|c| c.name().eq_ignore_ascii_case(name)).map(|c| Self::Common(*c));
        meta.or_else(common).unwrap_or_else(|| Self::Record(name.to_owned()))
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Common(field) => field.name(),
            Self::Meta(meta) => meta.name(),
            Self::Record(name) => name,
        }
    }
}

/// Names of the marks that are set.
pub fn mark_names(marks: Marks) -> impl Iterator<Item = &'static str> {
    let all = [
        (marks.truncated, "truncated"),
        (marks.unparsed, "unparsed"),
        (marks.not_utf8, "not_utf8"),
        (marks.no_time, "no_time"),
    ];
    all.into_iter().filter(|(set, _)| *set).map(|(_, name)| name)
}
