//! Sign-in over HTTP, as a browser and as an attacker would use it. The clock is moved, never waited for.
#![allow(clippy::unwrap_used, reason = "tests")]

mod browser;
mod manage;
mod sign_in;
