//! The input: syslog over TLS.

use super::Certificates;
use crate::counters::Counters;
use crate::streams::{Kind, Protocol, Streams};
use crate::{Input, IntakeError, Sink, TcpOptions, Transport};
use async_trait::async_trait;
use base_core::SharedClock;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Listens for syslog connections in TLS. 6514 is the port RFC 5425 §4.1 gives it.
#[derive(Debug)]
pub struct SyslogTls(Streams);

impl SyslogTls {
    /// Binds the socket.
    ///
    /// # Errors
    /// [`IntakeError`], which names the port and the remedy.
    pub async fn bind(
        address: SocketAddr,
        clock: SharedClock,
        options: TcpOptions,
        certificates: Arc<Certificates>,
    ) -> Result<Self, IntakeError> {
        let kind = Kind {
            what: "syslog over TLS",
            transport: Transport::SyslogTls,
            protocol: Protocol::Syslog,
            certificates: Some(certificates),
        };
        Streams::bind(address, kind, clock, options).await.map(Self)
    }
}

#[async_trait]
impl Input for SyslogTls {
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
