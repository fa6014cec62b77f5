//! Limits of the inputs. The defaults suit a province: some hundred senders, bursts of some
//! ten thousand records a second.

use std::time::Duration;

/// Limits of syslog over UDP.
#[derive(Clone, Debug)]
pub struct UdpOptions {
    /// Records that may wait for the sink; more are dropped and counted.
    pub queue_records: usize,
    /// Most records handed to the sink at once.
    pub batch_records: usize,
    /// Receive buffer asked of the operating system, in bytes (it may give less).
    pub socket_buffer_bytes: usize,
}

impl Default for UdpOptions {
    fn default() -> Self {
        Self { queue_records: 50_000, batch_records: 2000, socket_buffer_bytes: 8 * 1024 * 1024 }
    }
}

/// Limits of syslog over TCP.
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
    /// Bytes read at once per connection.
    pub read_bytes: usize,
}

impl Default for TcpOptions {
    fn default() -> Self {
        Self {
            max_record_bytes: 256 * 1024,
            max_connections: 2048,
            max_connections_per_peer: 256,
            idle_timeout: Duration::from_secs(15 * 60),
            read_bytes: 64 * 1024,
        }
    }
}
