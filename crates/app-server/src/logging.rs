//! What the program says of itself: the log on standard error, and the last word of a failed command.

use std::io::{IsTerminal, Write};
use tracing_subscriber::EnvFilter;

/// Starts the log. `MANGROVE_LOG` sets the filter (`info`, `debug`, `app_server::pipeline=debug` …).
pub(crate) fn start(default: &str) {
    let filter = EnvFilter::try_from_env("MANGROVE_LOG").unwrap_or_else(|_| EnvFilter::new(default));
    let to_terminal = std::io::stderr().is_terminal();
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(to_terminal);
    // A second start (in tests) keeps the first.
    let _ = log.with_target(false).try_init();
}

/// Says why a command failed, cause by cause, on standard error.
pub(crate) fn complain(error: &anyhow::Error) {
    let mut out = std::io::stderr().lock();
    // Nobody is left to tell when this fails too.
    let _ = writeln!(out, "mangrove: {error:#}");
}
