//! The events area over a real database, a real journal and a lake in memory.

mod given;
mod ingest;
mod search;
mod sources;
mod syslog;
mod upload;
