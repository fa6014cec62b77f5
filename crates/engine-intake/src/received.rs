//! What an input hands on.

use base_core::Timestamp;
use bytes::Bytes;
use std::net::SocketAddr;

/// How a record came in. The numbers are stored in the journal and never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Transport {
    /// Syslog over UDP.
    SyslogUdp = 1,
    /// Syslog over TCP.
    SyslogTcp = 2,
    /// `POST /api/v1/events`.
    Http = 3,
    /// A file uploaded in the console.
    Upload = 4,
    /// The bundled stream of the demonstration.
    Demo = 5,
}

impl Transport {
    /// Every transport.
    pub const ALL: [Transport; 5] =
        [Transport::SyslogUdp, Transport::SyslogTcp, Transport::Http, Transport::Upload, Transport::Demo];

    /// The number in the journal.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// From the number in the journal.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|t| t.code() == code)
    }

    /// A stable word for logs and string keys.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Transport::SyslogUdp => "syslog-udp",
            Transport::SyslogTcp => "syslog-tcp",
            Transport::Http => "http",
            Transport::Upload => "upload",
            Transport::Demo => "demo",
        }
    }
}

/// One record as it arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// The record, without its line end or length prefix.
    pub bytes: Bytes,
    /// Who sent it.
    pub peer: SocketAddr,
    /// How it came.
    pub transport: Transport,
    /// When.
    pub received: Timestamp,
    /// It was longer than the limit (or its end never came), and this is its beginning.
    pub truncated: bool,
}
