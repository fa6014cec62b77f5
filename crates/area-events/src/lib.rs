//! Events: sources, upload, the intake API, search.
