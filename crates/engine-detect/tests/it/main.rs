//! Integration tests of detection.
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
mod agreement;
mod behaviours;
mod content;
mod correlate;
mod detections;
mod indicators;
mod public_rules;
mod stored;
mod support;
mod tally;
mod timelines;
