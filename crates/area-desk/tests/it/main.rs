//! The desk over a real database: taking detections in, and its pages.
#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "helpers of tests fail by panicking")]

mod detections;
mod given;
mod notices;
mod pages;
