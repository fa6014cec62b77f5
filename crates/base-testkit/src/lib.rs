//! What tests of several crates need: the shared data sets, child processes, an SMTP server that
//! really receives, an HTTP client, and a browser that really draws, and
//! a disk small enough to be filled.
//!
//! Everything blocks, because a test is a story told from top to bottom. Only dev-dependencies point here.
#![allow(
    clippy::print_stderr,
    clippy::panic,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test kit speaks through the test's own output and fails by panicking"
)]

pub mod browser;
#[cfg(feature = "console")]
pub mod console;
pub mod http;
pub mod process;
#[cfg(feature = "records")]
pub mod records;
pub mod shared;
pub mod small_disk;
pub mod smtp;
pub mod wait;

pub use browser::Browser;
pub use http::{Http, Reply};
pub use process::{Process, free_port};
#[cfg(feature = "records")]
pub use records::Records;
pub use shared::{read_zst, shared_dir, unpack_tar_zst};
pub use small_disk::SmallDisk;
pub use smtp::{Message, SmtpSink};
pub use wait::{eventually, until};

/// Says that a test cannot run here, in the form that `cargo xtask test` counts.
///
/// # Panics
/// Under `CI=true`, where everything a test needs must be there.
pub fn skip(why: &str) {
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{why}");
    eprintln!("skipped: {why}");
}
