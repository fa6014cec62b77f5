//! Parsing against the project's own content, real data sets and hostile input.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::cast_possible_truncation,
    reason = "a test fails by panicking and speaks through its output"
)]

mod content;
mod files;
mod hostile;
mod kit;
mod real_evtx;
mod real_logs;
mod shapes;
mod vendors;
