//! The program from outside: command line, files, sockets, mail and a browser.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking and speaks through its own output"
)]

mod beside;
mod crash;
mod full_disk;
mod hunt;
mod instances;
mod program;
mod rules;
mod rules_console;
mod rules_live;
mod server;
mod story;
