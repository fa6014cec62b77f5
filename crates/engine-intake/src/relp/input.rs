//! The input: RELP, plain or in TLS.

use crate::counters::Counters;
use crate::streams::{Kind, Protocol, Streams};
use crate::{Certificates, Input, IntakeError, Sink, TcpOptions, Transport};
use async_trait::async_trait;
use base_core::SharedClock;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Listens for RELP sessions. There is no registered port; 2514 and 20514 are usual.
#[derive(Debug)]
pub struct Relp(Streams);

impl Relp {
    /// Binds the socket. With certificates every connection begins with TLS, as librelp does it; the
    /// `starttls` of the specification is not in use anywhere and not offered.
    ///
    /// # Errors
    /// [`IntakeError`], which names the port and the remedy.
    pub async fn bind(
        address: SocketAddr,
        clock: SharedClock,
        options: TcpOptions,
        certificates: Option<Arc<Certificates>>,
    ) -> Result<Self, IntakeError> {
        let what = if certificates.is_some() { "RELP over TLS" } else { "RELP over TCP" };
        let kind = Kind { what, transport: Transport::Relp, protocol: Protocol::Relp, certificates };
        Streams::bind(address, kind, clock, options).await.map(Self)
    }
}

#[async_trait]
impl Input for Relp {
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
