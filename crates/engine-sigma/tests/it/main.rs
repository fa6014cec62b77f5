//! Integration tests of the Sigma engine.
mod constructs;
mod correlations;
mod errors;
mod oracle;
mod property;
mod sigmahq;
mod spec;
mod support;
