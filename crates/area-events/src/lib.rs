//! Events: sources, upload, the intake API, search.

pub mod model;
mod store;
