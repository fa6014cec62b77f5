//! The port.

use crate::{
    Bucket, FieldsSeen, LakeError, LakeStats, OutOfReach, SearchPage, SearchRequest, Survey, SurveyAsk,
    fields_by_search, survey_by_search,
};
use async_trait::async_trait;
use base_core::{Scope, Timestamp};
use engine_event::{Event, EventId};
use std::ops::Range;

/// Keeps events and finds them again.
///
/// Every reading function takes the [`Scope`] of who asks: events of other units, and for a
/// scope of units also events of no unit, are not found, not counted and not fetched.
#[async_trait]
pub trait Lake: Send + Sync {
    /// Keeps the events of the journal entries `range`, all or none.
    ///
    /// Ranges are contiguous: each begins where [`Lake::committed`] stands. There may be fewer
    /// events than numbers in the range (entries lost to damage), in any order. A range, or the
    /// part of one, that is already committed is skipped, so that a replay after a crash leaves
    /// every event exactly once; ids are then expected from
    /// [`EventId::from_journal`](engine_event::EventId::from_journal).
    ///
    /// # Errors
    /// [`LakeError::Gap`] when the range begins beyond what is committed; [`LakeError::Full`]
    /// when the disk has no room: nothing was kept, try again later.
    async fn write(&self, range: Range<u64>, events: &[Event]) -> Result<(), LakeError>;

    /// Next journal sequence number the lake wants.
    ///
    /// # Errors
    /// When the lake's own records cannot be read.
    async fn committed(&self) -> Result<u64, LakeError>;

    /// A page of events.
    ///
    /// # Errors
    /// [`LakeError::Damaged`], [`LakeError::TooBroad`], [`LakeError::Engine`].
    async fn search(&self, scope: &Scope, request: &SearchRequest) -> Result<SearchPage, LakeError>;

    /// How many events match, in equal parts of the asked time range (without one: from the
    /// oldest to the newest event kept that the scope may see). Paging fields of the request are ignored. Empty when nothing is there.
    ///
    /// # Errors
    /// As [`Lake::search`].
    async fn histogram(&self, scope: &Scope, request: &SearchRequest, buckets: usize)
    -> Result<Vec<Bucket>, LakeError>;

    /// One event by id; `near` its time if known, which spares looking everywhere.
    ///
    /// # Errors
    /// As [`Lake::search`].
    async fn get(&self, scope: &Scope, id: &EventId, near: Option<Timestamp>) -> Result<Option<Event>, LakeError>;

    /// Counts over time and the frequent values of fields among the matching events. Paging
    /// fields of the request are ignored.
    ///
    /// # Errors
    /// As [`Lake::search`].
    async fn survey(&self, scope: &Scope, request: &SearchRequest, ask: &SurveyAsk) -> Result<Survey, LakeError> {
        survey_by_search(self, scope, request, ask).await
    }

    /// Which fields the newest `sample` matching events have (at most [`crate::MAX_FIELD_SAMPLE`]).
    /// [`SearchRequest::scan_limit`] holds; the other paging fields are ignored.
    ///
    /// # Errors
    /// As [`Lake::search`].
    async fn fields_seen(
        &self,
        scope: &Scope,
        request: &SearchRequest,
        sample: usize,
    ) -> Result<FieldsSeen, LakeError> {
        fields_by_search(self, scope, request, sample).await
    }

    /// What a search over this time leaves out because it cannot be read at the moment; `None` when it leaves
    /// out nothing. To be asked with a search and told with its results.
    async fn out_of_reach(&self, _from: Option<Timestamp>, _until: Option<Timestamp>) -> Option<OutOfReach> {
        None
    }

    /// Figures for the console, of the whole lake.
    ///
    /// # Errors
    /// When the lake's own records cannot be read.
    async fn stats(&self) -> Result<LakeStats, LakeError>;
}
