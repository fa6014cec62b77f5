//! Receiving events from the network: syslog over UDP and TCP, bounded in every direction.
//!
//! An [`Input`] listens, cuts what arrives into records ([`framing`]) and hands batches of
//! [`Received`] to a [`Sink`], which answers when they are safe (in the journal). What an input
//! does while the sink is busy is part of its meaning:
//!
//! * TCP stops reading the connection, so the sender waits and nothing is lost.
//! * UDP keeps a bounded queue; what does not fit is counted in [`Counts::dropped`], because UDP
//!   has no way to ask a sender to wait.
//!
//! Nothing here interprets a record: lines go on as the bytes they were.

mod counters;
mod error;
pub mod framing;
mod input;
mod options;
mod received;
mod serve;
mod tcp;
mod udp;

pub use counters::{Counters, Counts};
pub use error::IntakeError;
pub use input::{Input, Refused, Sink};
pub use options::{TcpOptions, UdpOptions};
pub use received::{Received, Transport};
pub use serve::serve;
pub use tcp::SyslogTcp;
pub use tokio_util::sync::CancellationToken;
pub use udp::SyslogUdp;
