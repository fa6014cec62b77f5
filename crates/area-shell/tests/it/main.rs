//! The shell over the whole router: quick search, notices, keys, columns, settings, health.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod find;
mod given;
mod notices;
mod own;
mod pages;
mod seen;
