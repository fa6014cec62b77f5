//! The rules over a real database: liveness, tuning, packs, replay proof, and their pages.
#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "helpers of tests fail by panicking")]

mod figures;
mod given;
mod lists;
mod packs;
mod pages;
mod retro;
mod tuning;
