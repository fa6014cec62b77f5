//! What comes by HTTP, whoever serves it: newline-delimited JSON, the `_bulk` API of Elasticsearch, and
//! OTLP logs over HTTP and gRPC, behind one [`Door`].
//!
//! The door knows nothing of a listener. The console hands its requests in; [`Listener::http`](crate::Listener::http) is a listener of
//! its own, for networks in which senders and people are kept apart, and because clients of Elasticsearch
//! want to find their server at the root of an address. Both give the same answers under the same limits:
//!
//! 1. Who is it? A token ([`credentials`]) or a certificate, told by the [`Gate`], before the body is read.
//! 2. Is it within its quota? If not: 429 with `Retry-After`, before the body is read.
//! 3. The body arrives, within bounds of length, time, and of what all bodies together hold.
//! 4. It is unpacked and cut, a few bodies at a time.
//! 5. The [`Sink`](crate::Sink) has it: only then a 2xx. A busy sink is 503 with `Retry-After`; nothing of
//!    the request was taken, and the sender repeats it.

mod answered;
pub mod body;
mod connection;
pub mod credentials;
mod denied;
mod door;
mod elastic;
mod gate;
mod held;
mod ndjson;
mod otlp;
mod patient;
mod receive;
mod route;

pub use answered::Answered;
pub(crate) use connection::connection;
pub use denied::Denied;
pub use door::Door;
pub use gate::{Gate, NotTaken, Stranger, Why};
pub use route::PATHS;
