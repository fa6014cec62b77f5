//! Limits of the inputs. The defaults suit a province: some hundred senders, bursts of some
//! ten thousand records a second.

use crate::Quota;
use std::time::Duration;

/// Limits of syslog over UDP.
#[derive(Clone, Debug)]
pub struct UdpOptions {
    /// Records that may wait for the sink; more are dropped and counted.
    pub queue_records: usize,
    /// Bytes of records that may wait for the sink.
    pub queue_bytes: usize,
    /// Most records handed to the sink at once.
    pub batch_records: usize,
    /// Receive buffer asked of the operating system, in bytes (it may give less).
    pub socket_buffer_bytes: usize,
    /// What one address may send; what is more is dropped and counted.
    pub quota: Quota,
}

impl Default for UdpOptions {
    fn default() -> Self {
        Self {
            queue_records: 50_000,
            queue_bytes: 64 * 1024 * 1024,
            batch_records: 2000,
            socket_buffer_bytes: 8 * 1024 * 1024,
            quota: Quota::NONE,
        }
    }
}

/// Limits of the inputs with connections: syslog over TCP and TLS, RELP.
#[derive(Clone, Debug)]
pub struct TcpOptions {
    /// Longest record in bytes; the rest of a longer one is skipped, its beginning kept.
    pub max_record_bytes: usize,
    /// Most connections at a time.
    pub max_connections: usize,
    /// Most connections of one address at a time.
    pub max_connections_per_peer: usize,
    /// A connection on which nothing arrives for so long is closed.
    pub idle_timeout: Duration,
    /// A record that is begun must end within this time, or the connection is closed and its
    /// beginning kept: bytes that trickle in one by one must not hold a connection for ever.
    pub record_timeout: Duration,
    /// TLS, and the opening of RELP, must be done within this time.
    pub handshake_timeout: Duration,
    /// A sender that does not read its acknowledgements for so long is closed.
    pub write_timeout: Duration,
    /// Bytes read at once per connection, at most.
    pub read_bytes: usize,
    /// Bytes of unfinished records that all connections together may hold; beyond it the long ones are cut.
    pub max_held_bytes: usize,
    /// Most records handed to the sink at once.
    pub batch_records: usize,
    /// What one source may send; a sender of more is made to wait.
    pub quota: Quota,
    /// How often certificate files are looked at for a change.
    pub certificate_check: Duration,
}

impl Default for TcpOptions {
    fn default() -> Self {
        Self {
            max_record_bytes: 256 * 1024,
            max_connections: 2048,
            max_connections_per_peer: 256,
            idle_timeout: Duration::from_secs(15 * 60),
            record_timeout: Duration::from_secs(60),
            handshake_timeout: Duration::from_secs(10),
            write_timeout: Duration::from_secs(30),
            read_bytes: 64 * 1024,
            max_held_bytes: 64 * 1024 * 1024,
            batch_records: 2000,
            quota: Quota::NONE,
            certificate_check: Duration::from_secs(10),
        }
    }
}

/// Limits of what comes by HTTP: newline-delimited JSON, `_bulk`, OTLP.
#[derive(Clone, Debug)]
pub struct HttpOptions {
    /// Longest body as sent.
    pub max_body_bytes: usize,
    /// Longest body after unpacking.
    pub max_unpacked_bytes: usize,
    /// Longest record.
    pub max_record_bytes: usize,
    /// Most records of a request.
    pub max_records: usize,
    /// Bad records that are told one by one; the rest is counted.
    pub max_told: usize,
    /// Bytes that all bodies on their way in may hold together; those of one source a quarter of it.
    pub max_held_bytes: usize,
    /// Longest time in which nothing more of a body comes.
    pub body_silence: Duration,
    /// Longest time for a whole body.
    pub body_timeout: Duration,
    /// Bodies unpacked at the same time; each may take twice the unpacked length of memory.
    pub at_once: usize,
    /// How long a request waits for its turn before it is told to come again.
    pub patience: Duration,
    /// What one source may send; a sender of more is told to come again.
    pub quota: Quota,
    /// Limits of the connections of an own listener.
    pub connections: TcpOptions,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            max_body_bytes: 16 << 20,
            max_unpacked_bytes: 64 << 20,
            max_record_bytes: 1 << 20,
            max_records: 100_000,
            max_told: 20,
            max_held_bytes: 128 << 20,
            body_silence: Duration::from_secs(20),
            body_timeout: Duration::from_secs(240),
            at_once: 4,
            patience: Duration::from_secs(5),
            quota: Quota::NONE,
            connections: TcpOptions::default(),
        }
    }
}
