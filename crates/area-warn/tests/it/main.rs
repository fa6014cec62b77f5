//! Warnings over a real database and a real mail server on the loopback address.
#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "helpers of tests fail by panicking")]

mod answers;
mod given;
mod issuing;
mod mails;
mod notices;
