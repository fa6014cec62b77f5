//! Sign-in over HTTP, as a browser and as an attacker would use it. The clock is moved, never waited for.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod browser;
mod changes;
mod delegation;
mod factor;
mod invite;
mod manage;
mod notices;
mod outside;
mod passkey;
mod phone;
mod provider;
mod real_provider;
mod review;
mod seen;
mod sign_in;
mod standard;
mod tokens;
