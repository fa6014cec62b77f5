//! The event lake: query language, trait and in-memory implementation.
