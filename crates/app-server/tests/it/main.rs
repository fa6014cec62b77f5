//! The program from outside: command line, files, sockets, mail and a browser.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking and speaks through its own output"
)]

mod audit;
mod backup;
mod beside;
mod canary;
mod crash;
mod full_disk;
mod hunt;
mod inputs;
mod instances;
mod lake_cli;
mod lake_given;
mod lake_tools;
mod old_records;
mod openapi;
mod program;
mod rules;
mod rules_console;
mod rules_live;
mod running;
mod search_browser;
mod search_scope;
mod sent_twice;
mod server;
mod story;
mod told;
mod user;
