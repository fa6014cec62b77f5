//! What is asked of a lake and what comes back.

use crate::{Cursor, Query};
use base_core::{Scope, Timestamp};
use engine_event::Event;

/// Most events of one page.
pub const MAX_PAGE: usize = 10_000;

/// Order of results.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// Newest first.
    #[default]
    Newest,
    /// Oldest first.
    Oldest,
}

/// A search. `Default` is: everything, newest first, one hundred.
#[derive(Clone, Debug)]
pub struct SearchRequest {
    /// Only events at or after this time.
    pub from: Option<Timestamp>,
    /// Only events before this time.
    pub until: Option<Timestamp>,
    /// Only events that match.
    pub query: Query,
    /// Order of results.
    pub order: Order,
    /// Most events on the page; at least one, at most [`MAX_PAGE`].
    pub limit: usize,
    /// Go on behind this place (from [`SearchPage::next`]).
    pub after: Option<Cursor>,
    /// Stop after having looked at about so many events, even when the page is not full. The
    /// page then has a [`SearchPage::next`] to go on from. `None`: look at all.
    pub scan_limit: Option<u64>,
}

impl Default for SearchRequest {
    fn default() -> Self {
        Self {
            from: None,
            until: None,
            query: Query::everything(),
            order: Order::Newest,
            limit: 100,
            after: None,
            scan_limit: None,
        }
    }
}

impl SearchRequest {
    /// A search for a query over all time.
    #[must_use]
    pub fn of(query: Query) -> Self {
        Self { query, ..Self::default() }
    }

    /// The page size within its bounds.
    #[must_use]
    pub fn page_size(&self) -> usize {
        self.limit.clamp(1, MAX_PAGE)
    }

    /// Whether a time lies in the asked range.
    #[must_use]
    pub fn covers(&self, time: Timestamp) -> bool {
        self.from.is_none_or(|from| time >= from) && self.until.is_none_or(|until| time < until)
    }

    /// Whether a place lies behind [`SearchRequest::after`] in the asked order.
    #[must_use]
    pub fn is_behind(&self, place: Cursor) -> bool {
        self.after.is_none_or(|after| match self.order {
            Order::Newest => place < after,
            Order::Oldest => place > after,
        })
    }

    /// Whether `event` belongs to the results for someone with `scope`, paging aside.
    #[must_use]
    pub fn selects(&self, scope: &Scope, event: &Event) -> bool {
        scope.contains_opt(event.unit.as_ref()) && self.covers(event.time) && self.query.matches(event)
    }
}

/// One page of results.
#[derive(Clone, Debug, Default)]
pub struct SearchPage {
    /// The events, in the asked order.
    pub events: Vec<Event>,
    /// Where to go on; `None` when nothing is left.
    pub next: Option<Cursor>,
    /// About how many stored events were looked at for this page.
    pub scanned: u64,
}
