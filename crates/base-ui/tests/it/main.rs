//! The components in a real browser.
#![expect(clippy::expect_used, reason = "a test fails by panicking")]

mod gallery;
