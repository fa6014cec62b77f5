//! Search in the lake: within the person's scope, which the lake itself enforces.

use base_authz::{Action, Caller};
use base_core::{Error, Kind, Result, Timestamp};
use engine_event::{Event, EventId};
use engine_lake::{Bucket, Lake, LakeError, Query, SearchPage, SearchRequest};

/// Bars of the picture above the results.
pub const BARS: usize = 60;

/// From an error of the lake to one of the areas.
pub(crate) fn lake_error(error: LakeError) -> Error {
    let kind = if matches!(error, LakeError::TooBroad { .. }) { Kind::Invalid } else { Kind::Unavailable };
    Error::new(kind, error.to_string()).caused_by(error)
}

/// One page of results and, for the first page, the counts over time.
///
/// # Errors
/// `Forbidden` without the right; when the lake cannot answer.
pub async fn search(lake: &dyn Lake, caller: &Caller, request: &SearchRequest) -> Result<(SearchPage, Vec<Bucket>)> {
    let scope = caller.require(Action::EventsSearch)?;
    let page = lake.search(&scope, request).await.map_err(lake_error)?;
    let bars = match request.after {
        Some(_) => Vec::new(),
        None => lake.histogram(&scope, request, BARS).await.map_err(lake_error)?,
    };
    Ok((page, bars))
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

/// The query for the same machine, for "before and after".
#[must_use]
pub fn same_host(event: &Event) -> Option<Query> {
    event.common.host_name.as_deref().map(|host| Query::field_is("host.name", host))
}
