//! What tests of several crates need: the shared data sets, and later servers and browsers.
//!
//! Only dev-dependencies point here.
#![allow(clippy::print_stderr, clippy::panic, reason = "a test kit speaks through the test's own output and fails by panicking")]

pub mod shared;

pub use shared::{shared_dir, unpack_tar_zst};
