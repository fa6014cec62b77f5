//! What every input with connections does alike: accepting within limits, TLS, and ending in order.

mod link;
mod syslog;

pub(crate) use link::{Arrived, Link};

use crate::counters::{Counters, add};
use crate::http::{Door, connection};
use crate::relp::session;
use crate::seats::{Full, Seat, Seats};
use crate::tls::{self, Certificates};
use crate::troubles::Tell;
use crate::{Identity, IntakeError, Sink, TcpOptions, Transport, TroubleKind};
use base_core::SharedClock;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;

/// Wait after an accept that failed (out of file descriptors, say), so as not to spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

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

/// A listener and its connections.
#[derive(Debug)]
pub(crate) struct Streams {
    listener: TcpListener,
    address: SocketAddr,
    shared: Shared,
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

impl Streams {
    pub(crate) async fn bind(
        address: SocketAddr,
        kind: Kind,
        clock: SharedClock,
        options: TcpOptions,
    ) -> Result<Self, IntakeError> {
        let fail = |source| IntakeError { what: kind.what, address, source };
        let listener = TcpListener::bind(address).await.map_err(fail)?;
        let address = listener.local_addr().map_err(fail)?;
        let counters = Arc::new(Counters::with_quota(options.quota));
        Ok(Self { listener, address, shared: Shared { kind, clock, options: Arc::new(options), counters, door: None } })
    }

    pub(crate) const fn name(&self) -> &'static str {
        self.shared.kind.what
    }

    pub(crate) const fn local_addr(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn counters(&self) -> Arc<Counters> {
        Arc::clone(&self.shared.counters)
    }

    pub(crate) fn clock(&self) -> SharedClock {
        Arc::clone(&self.shared.clock)
    }

    /// Requests are for this door.
    pub(crate) fn open(&mut self, door: Arc<Door>) {
        self.shared.door = Some(door);
    }

    pub(crate) async fn run(self, sink: Arc<dyn Sink>, stop: CancellationToken) {
        let (seats, shared) = (Arc::new(Seats::default()), self.shared);
        let mut connections = JoinSet::new();
        let mut looks = interval(shared.options.certificate_check.max(Duration::from_millis(10)));
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let accepted = tokio::select! {
                biased;
                () = stop.cancelled() => break,
                // Ended connections are taken out as they end, so that the set stays small.
                Some(_) = connections.join_next(), if !connections.is_empty() => continue,
                _ = looks.tick(), if shared.kind.certificates.is_some() => {
                    shared.look_at_certificates();
                    continue;
                }
                accepted = self.listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, peer)) => match seats.take(peer.ip(), &shared.options, &shared.counters) {
                    Ok(seat) => {
                        add(&shared.counters.connections, 1);
                        let link = (shared.clone(), peer, seat, Arc::clone(&sink), stop.clone());
                        connections.spawn(async move {
                            let (shared, peer, seat, sink, stop) = link;
                            shared.connection(stream, peer, seat, sink, stop).await;
                        });
                    }
                    Err(full) => shared.turn_away(peer, full),
                },
                Err(error) => {
                    tracing::warn!(%error, "a connection for {} could not be accepted", shared.kind.what);
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
        drop(self.listener);
        while connections.join_next().await.is_some() {}
    }
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
