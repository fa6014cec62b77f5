//! What an input hands on.

use base_core::{SourceId, Timestamp};
use bytes::Bytes;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

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
    /// Syslog over TLS.
    SyslogTls = 6,
    /// Syslog in RELP, over TCP or TLS.
    Relp = 7,
    /// A line of a watched file.
    File = 8,
    /// A record of a file dropped into a watched folder, EVTX above all.
    Dropped = 9,
    /// The `_bulk` API of Elasticsearch.
    Bulk = 10,
    /// OTLP logs over HTTP.
    OtlpHttp = 11,
    /// OTLP logs over gRPC.
    OtlpGrpc = 12,
}

impl Transport {
    /// Every transport.
    pub const ALL: [Transport; 12] = [
        Transport::SyslogUdp,
        Transport::SyslogTcp,
        Transport::Http,
        Transport::Upload,
        Transport::Demo,
        Transport::SyslogTls,
        Transport::Relp,
        Transport::File,
        Transport::Dropped,
        Transport::Bulk,
        Transport::OtlpHttp,
        Transport::OtlpGrpc,
    ];

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
            Transport::SyslogTls => "syslog-tls",
            Transport::Relp => "relp",
            Transport::File => "file",
            Transport::Dropped => "dropped",
            Transport::Bulk => "bulk",
            Transport::OtlpHttp => "otlp-http",
            Transport::OtlpGrpc => "otlp-grpc",
        }
    }
}

/// Who sent a record, where the input knows it better than by an address.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Identity {
    /// The certificate that the sender proved to hold the key of.
    Certificate {
        /// Its subject as in RFC 4514, such as `CN=web01.camau.example,O=Camau`; empty when it has none.
        subject: String,
        /// SHA-256 of the certificate (RFC 5425 §4.2.2), 64 hexadecimal digits.
        fingerprint: String,
    },
    /// A watched folder, by the name it was given.
    Folder(String),
    /// The source whose token was shown.
    Source(SourceId),
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Certificate { subject, fingerprint } if subject.is_empty() => write!(f, "sha-256:{fingerprint}"),
            Self::Certificate { subject, fingerprint } => {
                write!(f, "{subject} (sha-256:{})", fingerprint.get(..16).unwrap_or(fingerprint))
            }
            Self::Folder(name) => f.write_str(name),
            Self::Source(id) => write!(f, "source {id}"),
        }
    }
}

/// What quotas and figures are kept by: the identity where there is one, else the address.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// An address, in its shorter form where it is an IPv4 address written as IPv6.
    Address(IpAddr),
    /// An identity.
    Known(Arc<Identity>),
}

impl Origin {
    pub(crate) fn of(peer: SocketAddr, identity: Option<&Arc<Identity>>) -> Self {
        identity.map_or_else(|| Self::Address(peer.ip().to_canonical()), |i| Self::Known(Arc::clone(i)))
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => address.fmt(f),
            Self::Known(identity) => identity.fmt(f),
        }
    }
}

/// What a sender knows its record by, as a sum: sent again under the same id, it is the same record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SentId(pub [u8; 16]);

impl SentId {
    /// Of parts, each kept apart from the next.
    #[must_use]
    pub fn of(parts: &[&[u8]]) -> Self {
        let mut hasher = blake3::Hasher::new();
        for part in parts {
            hasher.update(&(part.len() as u64).to_le_bytes()).update(part);
        }
        let mut id = [0; 16];
        hasher.finalize_xof().fill(&mut id);
        Self(id)
    }
}

/// One record as it arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// The record, without its line end or length prefix.
    pub bytes: Bytes,
    /// Who sent it; of files this machine's loopback address.
    pub peer: SocketAddr,
    /// Who sent it, where more is known than the address.
    pub identity: Option<Arc<Identity>>,
    /// How it came.
    pub transport: Transport,
    /// When.
    pub received: Timestamp,
    /// What its sender knows it by, where the protocol has such a thing.
    pub id: Option<SentId>,
    /// It was longer than the limit (or its end never came), and this is its beginning.
    pub truncated: bool,
}
