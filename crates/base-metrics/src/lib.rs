//! Figures for monitoring, in the text format that Prometheus and others scrape (version 0.0.4,
//! <https://prometheus.io/docs/instrumenting/exposition_formats/>).
//!
//! A [`Page`] is written anew for each scrape from what the parts of the program count themselves.
//! [`HttpCounts`] counts answers by route; its labels are patterns of routes, never what a person
//! typed, so their number is bounded.

mod http;
mod page;

pub use http::HttpCounts;
pub use page::{Family, Kind, Page};
