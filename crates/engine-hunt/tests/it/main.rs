//! Hunts over real, broken and hostile input, through the library.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests fail by panicking, as tests do"
)]

mod broken;
mod correlate;
mod formats;
mod real_data;
mod support;
