//! Parsing against the project's own content, real data sets and hostile input.

mod content;
mod files;
mod hostile;
mod kit;
mod real_evtx;
mod real_logs;
mod shapes;
