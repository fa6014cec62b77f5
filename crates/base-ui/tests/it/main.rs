//! The components in a real browser.
#![expect(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod gallery;
