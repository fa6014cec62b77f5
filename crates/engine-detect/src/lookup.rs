//! A field of an event by whichever name a rule writer uses.

use engine_event::{CommonField, Event};

/// The value of `name`: a field of the record, else a common column by its ECS name.
/// Null and empty values count as absent.
#[must_use]
pub fn lookup<'a>(event: &'a Event, name: &str) -> Option<&'a str> {
    let field = event.record.get(name).filter(|f| f.kind != engine_event::Kind::Null).map(|f| f.text);
    field
        .or_else(|| CommonField::from_name(name).and_then(|common| event.common.get(common)))
        .filter(|text| !text.is_empty())
}
