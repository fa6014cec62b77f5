//! Search in the lake: within the person's scope, which the lake itself enforces.

use base_authz::{Action, Caller};
use base_core::{Error, Kind, Result, Timestamp};
use engine_event::{Event, EventId};
use engine_lake::query::{Completion, complete, value_typing};
use engine_lake::{FieldsSeen, Lake, LakeError, Query, SearchRequest, SurveyAsk};

/// Matching events whose values are counted for proposals.
const VALUE_SAMPLE: u64 = 50_000;
/// Values proposed at once.
const VALUES: usize = 15;
/// Matching events whose fields are told.
pub const FIELD_SAMPLE: usize = 500;
/// Stored events looked at for fields: rare matches must not keep a person waiting.
const FIELD_SCAN: u64 = 1_000_000;

/// From an error of the lake to one of the areas.
pub(crate) fn lake_error(error: LakeError) -> Error {
    let kind = if matches!(error, LakeError::TooBroad { .. }) { Kind::Invalid } else { Kind::Unavailable };
    Error::new(kind, error.to_string()).caused_by(error)
}

/// One event by its id.
///
/// # Errors
/// `Forbidden` without the right; `NotFound` outside the scope; when the lake cannot answer.
pub async fn one(lake: &dyn Lake, caller: &Caller, id: &EventId, near: Option<Timestamp>) -> Result<Event> {
    let scope = caller.require(Action::EventsSearch)?;
    let found = lake.get(&scope, id, near).await.map_err(lake_error)?;
    found.ok_or_else(|| Error::not_found(format!("no event {id}")))
}

/// Which fields the newest matching events have.
///
/// # Errors
/// `Forbidden` without the right; when the lake cannot answer.
pub async fn fields(lake: &dyn Lake, caller: &Caller, request: &SearchRequest) -> Result<FieldsSeen> {
    let scope = caller.require(Action::EventsSearch)?;
    let request = SearchRequest { scan_limit: Some(FIELD_SCAN), after: None, ..request.clone() };
    lake.fields_seen(&scope, &request, FIELD_SAMPLE).await.map_err(lake_error)
}

/// What could stand at the caret of a query: names of fields, among them those of recent events,
/// or values of the field being typed, most frequent first.
///
/// # Errors
/// `Forbidden` without the right; when the lake cannot answer.
pub async fn propose(
    lake: &dyn Lake,
    caller: &Caller,
    text: &str,
    caret: usize,
    span: (Option<Timestamp>, Option<Timestamp>),
) -> Result<Vec<Completion>> {
    let scope = caller.require(Action::EventsSearch)?;
    let (from, until) = span;
    if let Some(typing) = value_typing(text, caret) {
        let request = SearchRequest { from, until, ..SearchRequest::of(typing.query()) };
        let ask = SurveyAsk { buckets: None, fields: vec![typing.field.clone()], sample: Some(VALUE_SAMPLE) };
        let found = lake.survey(&scope, &request, &ask).await.map_err(lake_error)?;
        let Some(counts) = found.fields.first() else { return Ok(Vec::new()) };
        // A record's field may have further values that do not begin with what is typed.
        let begins =
            |value: &str| engine_lake::query::fold(value).starts_with(&*engine_lake::query::fold(&typing.typed));
        let top = counts.top(VALUES * 4);
        let values: Vec<&str> = top.into_iter().map(|(value, _)| value).filter(|v| begins(v)).take(VALUES).collect();
        return Ok(typing.proposals(&values));
    }
    let request = SearchRequest { from, until, limit: 200, scan_limit: Some(FIELD_SCAN), ..SearchRequest::default() };
    let seen = lake.fields_seen(&scope, &request, 200).await.map_err(lake_error)?;
    let own: Vec<&str> = seen.fields.iter().filter(|f| !f.common).map(|f| f.name.as_str()).collect();
    Ok(complete(text, caret, &own))
}

/// The query for the same machine, for "before and after".
#[must_use]
pub fn same_host(event: &Event) -> Option<Query> {
    event.common.host_name.as_deref().map(|host| Query::field_is("host.name", host))
}
