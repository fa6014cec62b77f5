//! The `_bulk` API of Elasticsearch as a codec: what Winlogbeat, Filebeat, Fluent Bit and Vector send,
//! and what they want to hear, without HTTP itself.
//!
//! * [`route`] says what a request is: a bulk request, or one of the questions that senders ask when they
//!   start (version, licence, templates, lifecycle), with its answer.
//! * [`parse`] cuts the body into items; [`respond`] answers them one by one.
//!
//! Events are appended and never changed: `index` and `create` store, `update` and `delete` are refused
//! item by item. After the public reference of the REST API (Elasticsearch 8, "Bulk API").

mod answer;
mod probes;
mod request;

pub use answer::{Outcome, respond, whole_refused};
pub use probes::{Answer, PRODUCT_HEADER, Route, route};
pub use request::{Action, BulkError, BulkLimits, Item, Problem, parse};
