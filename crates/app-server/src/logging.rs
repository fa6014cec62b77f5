//! What the program says of itself: the log on standard error, and the last word of a failed command.

use std::io::{IsTerminal, Write};
use tracing_subscriber::EnvFilter;

/// Starts the log of a server: the filter (`info`, `debug`, `app_server::pipeline=debug` …), and whether
/// each line is a JSON object with `timestamp`, `level`, `fields.message` and the other fields by name.
pub(crate) fn start(filter: &str, json: bool) {
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let to_terminal = std::io::stderr().is_terminal();
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(to_terminal);
    // A second start (in tests) keeps the first.
    let _ = if json { log.json().try_init() } else { log.with_target(false).try_init() };
}

/// Says why a command failed, cause by cause, on standard error.
pub(crate) fn complain(error: &anyhow::Error) {
    let mut out = std::io::stderr().lock();
    // Nobody is left to tell when this fails too.
    let _ = writeln!(out, "mangrove: {error:#}");
}
