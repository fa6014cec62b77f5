//! Which fields matching events have: what a person can pick as a column or ask for.

use crate::{Lake, LakeError, Order, SearchRequest};
use base_core::Scope;
use engine_event::{CommonField, Event, Kind};
use std::collections::HashMap;

/// Most events that are looked at.
pub const MAX_FIELD_SAMPLE: usize = 2_000;
/// Most fields that are told; records of a hostile sender may have any number.
const MAX_FIELDS: usize = 2_000;
/// Values shown of each field.
const EXAMPLES: usize = 3;
/// Longest example, in characters.
const EXAMPLE_CHARS: usize = 80;

/// One field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldSeen {
    /// Its name, as the query language takes it.
    pub name: String,
    /// Whether it is a common column; else a field of the record.
    pub common: bool,
    /// Events of the sample that have it.
    pub events: u64,
    /// Some of its values, cut to 80 characters.
    pub examples: Vec<String>,
}

/// The fields of a sample of matching events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldsSeen {
    /// Events looked at.
    pub events: u64,
    /// Common columns first, then fields of the record; each group most frequent first.
    pub fields: Vec<FieldSeen>,
}

/// The fields of the newest (or oldest, as the request says) `sample` matching events.
///
/// # Errors
/// As [`Lake::search`].
pub async fn fields_by_search<L: Lake + ?Sized>(
    lake: &L,
    scope: &Scope,
    request: &SearchRequest,
    sample: usize,
) -> Result<FieldsSeen, LakeError> {
    let limit = sample.clamp(1, MAX_FIELD_SAMPLE);
    let request = SearchRequest { limit, after: None, order: Order::Newest, ..request.clone() };
    let page = lake.search(scope, &request).await?;
    Ok(fields_of(&page.events))
}

/// The fields of these events.
#[must_use]
pub fn fields_of(events: &[Event]) -> FieldsSeen {
    let mut seen: HashMap<(bool, &str), FieldSeen> = HashMap::new();
    for event in events {
        let common = CommonField::ALL.iter().filter_map(|f| event.common.get(*f).map(|v| (true, f.name(), v)));
        let own = event.record.iter().filter(|f| f.kind != Kind::Null).map(|f| (false, f.name, f.text));
        let mut last: Option<(bool, &str)> = None;
        for (is_common, name, value) in common.chain(own) {
            let key = (is_common, name);
            if !seen.contains_key(&key) && seen.len() >= MAX_FIELDS {
                continue;
            }
            let field = seen.entry(key).or_insert_with(|| FieldSeen {
                name: name.to_owned(),
                common: is_common,
                events: 0,
                examples: Vec::new(),
            });
            // The elements of a list are neighbours and count as one.
            field.events += u64::from(last != Some(key));
            last = Some(key);
            let example: String = value.chars().take(EXAMPLE_CHARS).collect();
            if field.examples.len() < EXAMPLES && !example.is_empty() && !field.examples.contains(&example) {
                field.examples.push(example);
            }
        }
    }
    let mut fields: Vec<FieldSeen> = seen.into_values().collect();
    fields.sort_by(|a, b| (b.common, b.events).cmp(&(a.common, a.events)).then_with(|| a.name.cmp(&b.name)));
    FieldsSeen { events: events.len() as u64, fields }
}
