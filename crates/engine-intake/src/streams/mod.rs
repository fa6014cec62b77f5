//! What every input with connections does alike: accepting within limits, TLS, and ending in order.

mod link;
mod listener;
mod syslog;

pub(crate) use link::{Arrived, Link};
pub use listener::Listener;

use crate::counters::{Counters, add};
use crate::http::{Door, connection};
use crate::relp::session;
use crate::seats::{Full, Seat};
use crate::tls::{self, Certificates};
use crate::troubles::Tell;
use crate::{Identity, Sink, TcpOptions, Transport, TroubleKind};
use base_core::SharedClock;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// What is spoken on a connection.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Protocol {
    /// RFC 6587.
    Syslog,
    /// The rsyslog project's protocol with acknowledgements.
    Relp,
    /// Requests for the door.
    Http,
}

/// What an input is.
#[derive(Clone, Debug)]
pub(crate) struct Kind {
    pub(crate) what: &'static str,
    pub(crate) transport: Transport,
    pub(crate) protocol: Protocol,
    pub(crate) certificates: Option<Arc<Certificates>>,
}

/// What every connection of an input works with.
#[derive(Clone, Debug)]
pub(crate) struct Shared {
    pub(crate) kind: Kind,
    pub(crate) clock: SharedClock,
    pub(crate) options: Arc<TcpOptions>,
    pub(crate) counters: Arc<Counters>,
    /// Where requests are taken in; there while an input of HTTP runs.
    pub(crate) door: Option<Arc<Door>>,
}

impl Shared {
    /// Tells a mistake of a sender.
    pub(crate) fn tell(&self, kind: TroubleKind, source: String, place: String, reason: String, remedy: &'static str) {
        self.counters.tell(Tell { kind, source, place, reason, remedy, at: self.clock.now() });
    }

    fn turn_away(&self, peer: SocketAddr, full: Full) {
        add(&self.counters.connections_refused, 1);
        let (reason, remedy) = match full {
            Full::Altogether => (
                format!(
                    "{} connections are open, which is the most for {}",
                    self.options.max_connections, self.kind.what
                ),
                "look which senders hold them; relay small senders through one rsyslog or syslog-ng",
            ),
            Full::ForThisAddress => (
                format!("{} connections of this address are open", self.options.max_connections_per_peer),
                "the sender opens connections without closing them; restart it, and look at its configuration",
            ),
        };
        let place = format!("connection {peer}");
        self.tell(TroubleKind::Connections, peer.ip().to_canonical().to_string(), place, reason, remedy);
    }

    fn look_at_certificates(&self) {
        let Some(certificates) = &self.kind.certificates else { return };
        match certificates.reload_if_changed() {
            Ok(true) => tracing::info!(certificate = %certificates.place(), "the certificate was read again"),
            Ok(false) => {}
            Err(error) => {
                let place = certificates.place();
                let remedy = "the certificate read before stays in use; put the right files there";
                self.tell(TroubleKind::Certificate, self.kind.what.to_owned(), place, error.to_string(), remedy);
            }
        }
    }

    async fn connection(
        self,
        stream: TcpStream,
        peer: SocketAddr,
        seat: Seat,
        sink: Arc<dyn Sink>,
        stop: CancellationToken,
    ) {
        // Acknowledgements are small and awaited; they must not wait for company.
        let _ = stream.set_nodelay(true);
        let Some(certificates) = self.kind.certificates.clone() else {
            return self.speak(stream, peer, None, seat, sink, stop).await;
        };
        let acceptor = tokio_rustls::TlsAcceptor::from(self.tls_config(&certificates));
        let done = tokio::select! {
            biased;
            () = stop.cancelled() => return,
            done = timeout(self.options.handshake_timeout, acceptor.accept(stream)) => done,
        };
        let (reason, remedy) = match done {
            Ok(Ok(stream)) => {
                let identity = tls::identity_of(&stream);
                return self.speak(stream, peer, identity, seat, sink, stop).await;
            }
            Ok(Err(error)) => tls::explain(&error),
            Err(_) => (
                format!("TLS was not agreed on within {} s", self.options.handshake_timeout.as_secs()),
                "the sender may not speak TLS; set it to TLS, or send to the port without TLS",
            ),
        };
        add(&self.counters.handshakes_failed, 1);
        let place = format!("connection {peer}");
        self.tell(TroubleKind::Handshake, peer.ip().to_canonical().to_string(), place, reason, remedy);
    }

    /// What the connection is served with; for HTTP with the versions that are spoken (RFC 7301).
    fn tls_config(&self, certificates: &Certificates) -> Arc<rustls::ServerConfig> {
        let config = certificates.config();
        if !matches!(self.kind.protocol, Protocol::Http) {
            return config;
        }
        let mut config = (*config).clone();
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Arc::new(config)
    }

    async fn speak<S>(
        self,
        stream: S,
        peer: SocketAddr,
        identity: Option<Arc<Identity>>,
        seat: Seat,
        sink: Arc<dyn Sink>,
        stop: CancellationToken,
    ) where
        S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Send + Unpin + 'static,
    {
        match self.kind.protocol {
            Protocol::Http => connection(stream, peer, identity, &self, seat, stop).await,
            Protocol::Syslog => syslog::talk(Link::new(stream, peer, identity, self, seat, sink, stop)).await,
            Protocol::Relp => session::talk(Link::new(stream, peer, identity, self, seat, sink, stop)).await,
        }
    }
}
