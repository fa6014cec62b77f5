//! Syslog over TCP (RFC 6587, RFC 5424, RFC 3164).

use crate::counters::Counters;
use crate::streams::{Kind, Protocol, Streams};
use crate::{Input, IntakeError, Sink, TcpOptions, Transport};
use async_trait::async_trait;
use base_core::SharedClock;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Listens for syslog connections.
#[derive(Debug)]
pub struct SyslogTcp(Streams);

impl SyslogTcp {
    /// Binds the socket.
    ///
    /// # Errors
    /// [`IntakeError`], which names the port and the remedy.
    pub async fn bind(address: SocketAddr, clock: SharedClock, options: TcpOptions) -> Result<Self, IntakeError> {
        let kind = Kind {
            what: "syslog over TCP",
            transport: Transport::SyslogTcp,
            protocol: Protocol::Syslog,
            certificates: None,
        };
        Streams::bind(address, kind, clock, options).await.map(Self)
    }
}

#[async_trait]
impl Input for SyslogTcp {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn local_addr(&self) -> Option<SocketAddr> {
        Some(self.0.local_addr())
    }

    fn counters(&self) -> Arc<Counters> {
        self.0.counters()
    }

    async fn run(self: Box<Self>, sink: Arc<dyn Sink>, stop: CancellationToken) {
        self.0.run(sink, stop).await;
    }
}
