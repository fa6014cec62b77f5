//! Integration tests of the Sigma engine.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::print_stdout,
    reason = "helpers of tests may panic, count small numbers and speak through the test's output"
)]
mod constructs;
mod correlations;
mod errors;
mod hostile;
mod oracle;
mod pairs;
mod pipelines;
mod property;
mod random;
mod sigmahq;
mod spec;
mod support;
