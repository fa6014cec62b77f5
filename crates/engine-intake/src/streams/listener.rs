//! The input: a port with connections, whatever is spoken on them.

use super::{Kind, Protocol, Shared};
use crate::counters::add;
use crate::http::Door;
use crate::seats::Seats;
use crate::{Certificates, Counters, Gate, HttpOptions, Input, IntakeError, Sink, TcpOptions, Transport};
use async_trait::async_trait;
use base_core::SharedClock;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

/// Wait after an accept that failed (out of file descriptors, say), so as not to spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Listens for connections: syslog over TCP and TLS, RELP, HTTP.
#[derive(Debug)]
pub struct Listener {
    socket: TcpListener,
    address: SocketAddr,
    shared: Shared,
    /// Who may send by HTTP, and how much.
    http: Option<(Arc<dyn Gate>, HttpOptions)>,
}

impl Listener {
    /// Syslog over TCP (RFC 6587, RFC 5424, RFC 3164).
    ///
    /// # Errors
    /// [`IntakeError`], which names the port and the remedy.
    pub async fn syslog_tcp(at: SocketAddr, clock: SharedClock, options: TcpOptions) -> Result<Self, IntakeError> {
        let (transport, protocol) = (Transport::SyslogTcp, Protocol::Syslog);
        Self::bind(at, Kind { what: "syslog over TCP", transport, protocol, certificates: None }, clock, options).await
    }

    /// Syslog over TLS. 6514 is the port RFC 5425 §4.1 gives it.
    ///
    /// # Errors
    /// [`IntakeError`], which names the port and the remedy.
    pub async fn syslog_tls(
        at: SocketAddr,
        clock: SharedClock,
        options: TcpOptions,
        certificates: Arc<Certificates>,
    ) -> Result<Self, IntakeError> {
        let (transport, protocol, certificates) = (Transport::SyslogTls, Protocol::Syslog, Some(certificates));
        Self::bind(at, Kind { what: "syslog over TLS", transport, protocol, certificates }, clock, options).await
    }

    /// RELP. There is no registered port; 2514 and 20514 are usual. With certificates every connection begins with
    /// TLS, as librelp does it; the `starttls` of the specification is not in use anywhere and not offered.
    ///
    /// # Errors
    /// [`IntakeError`], which names the port and the remedy.
    pub async fn relp(
        at: SocketAddr,
        clock: SharedClock,
        options: TcpOptions,
        certificates: Option<Arc<Certificates>>,
    ) -> Result<Self, IntakeError> {
        let what = if certificates.is_some() { "RELP over TLS" } else { "RELP over TCP" };
        let (transport, protocol) = (Transport::Relp, Protocol::Relp);
        Self::bind(at, Kind { what, transport, protocol, certificates }, clock, options).await
    }

    /// HTTP/1.1 and HTTP/2, told apart by their first bytes. 9200 is usual for the API of Elasticsearch, 4318 and
    /// 4317 for OTLP; each port takes all of it. With certificates every connection begins with TLS, and the
    /// certificate of a sender can stand for its token.
    ///
    /// # Errors
    /// [`IntakeError`], which names the port and the remedy.
    pub async fn http(
        at: SocketAddr,
        clock: SharedClock,
        options: HttpOptions,
        gate: Arc<dyn Gate>,
        certificates: Option<Arc<Certificates>>,
    ) -> Result<Self, IntakeError> {
        let what = if certificates.is_some() { "events over HTTPS" } else { "events over HTTP" };
        let (transport, protocol) = (Transport::Http, Protocol::Http);
        let connections = TcpOptions { quota: options.quota, ..options.connections.clone() };
        let bound = Self::bind(at, Kind { what, transport, protocol, certificates }, clock, connections).await?;
        Ok(Self { http: Some((gate, options)), ..bound })
    }

    async fn bind(at: SocketAddr, kind: Kind, clock: SharedClock, options: TcpOptions) -> Result<Self, IntakeError> {
        let fail = |source| IntakeError { what: kind.what, address: at, source };
        let socket = TcpListener::bind(at).await.map_err(fail)?;
        let address = socket.local_addr().map_err(fail)?;
        let counters = Arc::new(Counters::with_quota(options.quota));
        let shared = Shared { kind, clock, options: Arc::new(options), counters, door: None };
        Ok(Self { socket, address, shared, http: None })
    }
}

#[async_trait]
impl Input for Listener {
    fn name(&self) -> &'static str {
        self.shared.kind.what
    }

    fn local_addr(&self) -> Option<SocketAddr> {
        Some(self.address)
    }

    fn counters(&self) -> Arc<Counters> {
        Arc::clone(&self.shared.counters)
    }

    async fn run(self: Box<Self>, sink: Arc<dyn Sink>, stop: CancellationToken) {
        let Self { socket, mut shared, http, .. } = *self;
        shared.door = http.map(|(gate, options)| {
            Door::counted(gate, Arc::clone(&sink), Arc::clone(&shared.clock), options, Arc::clone(&shared.counters))
        });
        let seats = Arc::new(Seats::default());
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
                accepted = socket.accept() => accepted,
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
        drop(socket);
        while connections.join_next().await.is_some() {}
    }
}
