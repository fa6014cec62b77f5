//! The pages. Each file: handler, then what it shows.

pub(crate) mod columns;
pub(crate) mod find;
pub(crate) mod gallery;
pub(crate) mod health;
pub(crate) mod keys;
pub(crate) mod notices;
pub(crate) mod session;
pub(crate) mod settings;
