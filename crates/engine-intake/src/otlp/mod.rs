//! OTLP log records (opentelemetry-proto 1.x, `logs/v1/logs.proto`) and the JSON object that is kept of each.
//!
//! OTLP has no text of its own, so a record is kept as one JSON object with everything that came with it:
//!
//! ```json
//! {"time":"2026-11-22T01:02:03.000000004Z","observed_time":"…","severity_number":9,"severity_text":"INFO",
//!  "event_name":"…","body":…,"attributes":{…},"resource":{…},"scope":{"name":"…","version":"…","attributes":{…}},
//!  "trace_id":"…","span_id":"…","flags":1}
//! ```
//!
//! Members without a value are left out. Times are UTC with nanoseconds; bytes are base64; numbers that JSON
//! does not know (NaN, infinity) are their names. `content/sources/opentelemetry/log` maps it to fields.

mod json;
mod model;
mod protobuf;
pub(crate) mod wire;
mod write;

pub use json::from_json;
pub use model::{Group, Log, Scope, Value};
pub use protobuf::from_protobuf;
pub use write::{Limits, Written, write};

/// Deepest nesting of values that is read.
pub(crate) const MAX_DEPTH: usize = 24;

/// A request that cannot be read, or asks for too much.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OtlpError {
    /// The bytes are no message of protocol buffers.
    #[error("the message is not well formed ({0})")]
    Wire(&'static str),
    /// The text is not the JSON form of the message.
    #[error("the message is not the JSON form of an ExportLogsServiceRequest: {0}")]
    Json(String),
    /// Values are nested too deeply.
    #[error("values are nested deeper than {MAX_DEPTH}")]
    Deep,
    /// More records than the limit.
    #[error("more than {0} records in one request")]
    TooMany(usize),
    /// Written out, with what they share repeated in each, the records are longer than the limit.
    #[error("the records are longer than {0} bytes, with the attributes of their resource in each")]
    TooLong(usize),
}
