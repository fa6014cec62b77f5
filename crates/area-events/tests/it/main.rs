//! The events area over a real database, a real journal and a lake in memory.
#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "helpers of tests fail by panicking")]

mod gaps;
mod given;
mod health;
mod ingest;
mod left_out;
mod search;
mod search_tools;
mod sources;
mod syslog;
mod upload;
