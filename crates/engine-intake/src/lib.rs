//! Receiving events: syslog over UDP, TCP and TLS, RELP, HTTP (newline-delimited JSON, the `_bulk` API of
//! Elasticsearch, OTLP over HTTP and gRPC), watched files and folders; bounded in every direction.
//!
//! An [`Input`] receives, cuts what arrives into records and hands batches of [`Received`] to a
//! [`Sink`], which answers when they are safe (in the journal). What an input does while the sink
//! is busy, or a source sends more than its [`Quota`], is part of its meaning:
//!
//! * Connections are not read, so the sender waits and nothing is lost. RELP acknowledges a record
//!   after the sink has it, never before.
//! * HTTP answers when the sink has the records; a busy sink, and a quota that is used up, are an answer
//!   that asks the sender to come again.
//! * Files are not read on; their checkpoint moves when the sink has the records.
//! * UDP keeps a bounded queue; what does not fit is counted in [`Counts::dropped`], what exceeds
//!   the quota in [`Counts::dropped_quota`], because UDP has no way to ask a sender to wait.
//!
//! What senders do wrong is counted and told once, with place and remedy: [`Trouble`].
//! Nothing here interprets a record: lines go on as the bytes they were. Only OTLP, which has no text of its
//! own, is written as one JSON object per record ([`otlp`]).

pub mod bulk;
mod counters;
mod error;
pub mod files;
pub mod framing;
pub mod http;
mod input;
mod options;
pub mod otlp;
mod quota;
mod received;
pub mod relp;
mod seats;
mod serve;
mod sources;
mod streams;
pub mod tls;
mod troubles;
mod udp;
mod waiting;

pub use counters::{Counters, Counts};
pub use error::IntakeError;
pub use files::{DropFolder, FolderOptions, TailedFolder};
pub use http::{Door, Gate};
pub use input::{Input, Refused, Sink, Taken};
pub use options::{HttpOptions, TcpOptions, UdpOptions};
pub use quota::Quota;
pub use received::{Identity, Origin, Received, SentId, Transport};
pub use serve::serve;
pub use sources::SourceCounts;
pub use streams::Listener;
pub use tls::{Certificates, TlsError, TlsFiles};
pub use tokio_util::sync::CancellationToken;
pub use troubles::{Trouble, TroubleKind};
pub use udp::SyslogUdp;
