//! Integration tests of the Sigma engine.
mod sigmahq;
