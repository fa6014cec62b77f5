//! The suite that every lake passes. Call [`run`] from a test of the implementation.
//!
//! Expected results are worked out from the plain facts of the sample events, not with the
//! matcher of this crate, so that the suite also judges the matcher.
#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a test suite fails by panicking")]

mod paging;
mod queries;
pub mod samples;
mod scopes;
mod surveys;
mod writing;

use crate::Lake;

/// Runs every case, each on a fresh lake from `make`.
///
/// # Panics
/// When the lake does not keep the contract.
pub async fn run<L, F, Fut>(make: F)
where
    L: Lake,
    F: Fn() -> Fut,
    Fut: Future<Output = L>,
{
    writing::an_empty_lake_is_empty(&make().await).await;
    writing::ranges_are_kept_exactly_once(&make().await).await;
    writing::gaps_are_refused(&make().await).await;
    writing::events_read_back_exactly(&make().await).await;
    writing::odd_events_read_back_exactly(&make().await).await;
    queries::queries_find_what_they_say(&make().await).await;
    queries::time_ranges_cut_exactly(&make().await).await;
    queries::bars_add_up(&make().await).await;
    paging::pages_join_without_gap_or_repeat(&make().await).await;
    paging::equal_times_page_in_order_of_id(&make().await).await;
    paging::a_scan_limit_stops_early_and_goes_on(&make().await).await;
    scopes::units_do_not_see_each_other(&make().await).await;
    scopes::figures_are_true(&make().await).await;
    surveys::values_are_counted(&make().await).await;
    surveys::a_sample_ends_the_count(&make().await).await;
    surveys::fields_are_told_with_examples(&make().await).await;
}
