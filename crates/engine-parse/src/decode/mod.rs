//! Decoders: bytes of one format to the fields of a record. Each is bounded and never fails by panic.

pub mod audit;
pub mod cef;
pub mod delimited;
pub mod json;
pub mod kv;
pub mod patterns;
pub mod syslog;
pub mod web;
pub mod windows;
pub mod xml;
