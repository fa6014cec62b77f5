//! The meaning of a query: whether an event matches. Every lake gives the same answer.

use super::field::mark_names;
use super::{Expr, FieldRef, Meta, Pattern, Query, Test};
use engine_event::{Event, Kind, Record};
use std::net::IpAddr;

impl Query {
    /// Whether the event matches. Time range and scope are the request's business.
    #[must_use]
    pub fn matches(&self, event: &Event) -> bool {
        self.expr.matches(event)
    }
}

impl Expr {
    /// Whether the event matches.
    #[must_use]
    pub fn matches(&self, event: &Event) -> bool {
        match self {
            Self::All => true,
            Self::And(parts) => parts.iter().all(|part| part.matches(event)),
            Self::Or(parts) => parts.iter().any(|part| part.matches(event)),
            Self::Not(inner) => !inner.matches(event),
            Self::Text(pattern) => text_matches(pattern, event),
            Self::Field(field, test) => match field {
                FieldRef::Common(column) => event.common.get(*column).is_some_and(|value| test.accepts(value)),
                FieldRef::Record(name) => test.accepts_in(&event.record, name),
                FieldRef::Meta(meta) => meta_matches(*meta, test, event),
            },
        }
    }
}

impl Test {
    /// Whether a value passes.
    #[must_use]
    pub fn accepts(&self, value: &str) -> bool {
        match self {
            Self::Exists => true,
            Self::Is(pattern) => pattern.is(value),
            Self::Range(range) => range.contains(value),
            Self::Net(net) => value.trim().parse::<IpAddr>().is_ok_and(|address| net.contains(&address.to_canonical())),
        }
    }

    /// Whether a value of the record's field `name` (letter case aside) passes; a null is no value.
    #[must_use]
    pub fn accepts_in(&self, record: &Record, name: &str) -> bool {
        record
            .iter()
            .any(|field| field.kind != Kind::Null && field.name.eq_ignore_ascii_case(name) && self.accepts(field.text))
    }
}

fn text_matches(pattern: &Pattern, event: &Event) -> bool {
    pattern.found_in(&event.raw_text())
        || event.record.iter().any(|field| pattern.found_in(field.text))
        || event.common.host_name.as_deref().is_some_and(|host| pattern.found_in(host))
}

fn meta_matches(meta: Meta, test: &Test, event: &Event) -> bool {
    let accepts = |value: Option<&str>| value.is_some_and(|v| test.accepts(v));
    let in_range = |time| matches!(test, Test::Range(range) if range.contains_time(time));
    match meta {
        Meta::Time => in_range(event.time),
        Meta::Received => in_range(event.received),
        Meta::Id => test.accepts(&event.id.to_string()),
        Meta::Unit => accepts(event.unit.as_ref().map(base_core::UnitId::as_str)),
        Meta::Source => accepts(event.source.as_ref().map(base_core::SourceId::as_str)),
        Meta::Kind => test.accepts(&event.kind),
        Meta::Product => accepts(event.logsource.product.as_deref()),
        Meta::Category => accepts(event.logsource.category.as_deref()),
        Meta::Service => accepts(event.logsource.service.as_deref()),
        Meta::Mark => mark_names(event.marks).any(|name| test.accepts(name)),
        Meta::Raw => matches!(test, Test::Is(pattern) if pattern.found_in(&event.raw_text())),
    }
}
