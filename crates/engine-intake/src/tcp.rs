//! Syslog over TCP (RFC 6587, RFC 5424, RFC 3164).

use crate::counters::{Counters, add};
use crate::framing::{Frame, Framer};
use crate::serve::hand_over;
use crate::{Input, IntakeError, Received, Sink, TcpOptions, Transport};
use async_trait::async_trait;
use base_core::SharedClock;
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

const WHAT: &str = "syslog over TCP";
/// Wait after an accept that failed (out of file descriptors, say), so as not to spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// How often a connection is still read after the stop.
const LAST_READS: usize = 64;

/// Listens for syslog connections.
#[derive(Debug)]
pub struct SyslogTcp {
    listener: TcpListener,
    address: SocketAddr,
    clock: SharedClock,
    options: Arc<TcpOptions>,
    counters: Arc<Counters>,
}

impl SyslogTcp {
    /// Binds the socket.
    ///
    /// # Errors
    /// [`IntakeError`], which names the port and the remedy.
    pub async fn bind(address: SocketAddr, clock: SharedClock, options: TcpOptions) -> Result<Self, IntakeError> {
        let fail = |source| IntakeError { what: WHAT, address, source };
        let listener = TcpListener::bind(address).await.map_err(fail)?;
        let address = listener.local_addr().map_err(fail)?;
        Ok(Self { listener, address, clock, options: Arc::new(options), counters: Arc::default() })
    }
}

#[async_trait]
impl Input for SyslogTcp {
    fn name(&self) -> &'static str {
        WHAT
    }

    fn local_addr(&self) -> SocketAddr {
        self.address
    }

    fn counters(&self) -> Arc<Counters> {
        self.counters.clone()
    }

    async fn run(self: Box<Self>, sink: Arc<dyn Sink>, stop: CancellationToken) {
        let open = Arc::new(Open::default());
        let mut connections = JoinSet::new();
        loop {
            let accepted = tokio::select! {
                biased;
                () = stop.cancelled() => break,
                // Ended connections are taken out as they end, so that the set stays small.
                Some(_) = connections.join_next(), if !connections.is_empty() => continue,
                accepted = self.listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, peer)) => {
                    let Some(seat) = open.take_seat(peer.ip(), &self.options, &self.counters) else {
                        add(&self.counters.connections_refused, 1);
                        tracing::debug!(client.address = %peer, "a connection was turned away: too many are open");
                        continue;
                    };
                    add(&self.counters.connections, 1);
                    let connection = Connection {
                        peer,
                        sink: sink.clone(),
                        stop: stop.clone(),
                        clock: self.clock.clone(),
                        options: self.options.clone(),
                        counters: self.counters.clone(),
                        _seat: seat,
                    };
                    connections.spawn(connection.run(stream));
                }
                Err(error) => {
                    tracing::warn!(%error, "a syslog connection could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
        drop(self.listener);
        while connections.join_next().await.is_some() {}
    }
}

/// Who is connected.
#[derive(Debug, Default)]
struct Open(Mutex<HashMap<IpAddr, usize>>);

impl Open {
    fn take_seat(self: &Arc<Self>, peer: IpAddr, options: &TcpOptions, counters: &Arc<Counters>) -> Option<Seat> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let total: usize = open.values().sum();
        let own = open.get(&peer).copied().unwrap_or(0);
        if total >= options.max_connections || own >= options.max_connections_per_peer {
            return None;
        }
        open.insert(peer, own + 1);
        counters.connections_open.fetch_add(1, Ordering::Relaxed);
        Some(Seat { open: self.clone(), peer, counters: counters.clone() })
    }
}

/// The right to be connected; given back when dropped.
struct Seat {
    open: Arc<Open>,
    peer: IpAddr,
    counters: Arc<Counters>,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut open = self.open.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = open.get_mut(&self.peer) {
            *own -= 1;
            if *own == 0 {
                open.remove(&self.peer);
            }
        }
        self.counters.connections_open.fetch_sub(1, Ordering::Relaxed);
    }
}

struct Connection {
    peer: SocketAddr,
    sink: Arc<dyn Sink>,
    stop: CancellationToken,
    clock: SharedClock,
    options: Arc<TcpOptions>,
    counters: Arc<Counters>,
    _seat: Seat,
}

impl Connection {
    async fn run(self, mut stream: TcpStream) {
        let mut framer = Framer::new(self.options.max_record_bytes);
        loop {
            framer.buffer().reserve(self.options.read_bytes.max(1024));
            let read = tokio::select! {
                biased;
                () = self.stop.cancelled() => break,
                read = tokio::time::timeout(self.options.idle_timeout, stream.read_buf(framer.buffer())) => read,
            };
            match read {
                Ok(Ok(0)) => break,
                Ok(Ok(_)) => {}
                Ok(Err(error)) => {
                    tracing::debug!(client.address = %self.peer, %error, "a syslog connection broke");
                    break;
                }
                Err(_) => {
                    add(&self.counters.connections_idle, 1);
                    break;
                }
            }
            // Not reading while the sink is busy is what makes the sender wait.
            let frames = self.cut(&mut framer);
            if !self.hand_over(frames).await {
                return;
            }
        }
        // What the sender believes delivered because it lies in our socket already, within reason.
        for _ in 0..LAST_READS {
            framer.buffer().reserve(self.options.read_bytes.max(1024));
            let more = stream.try_read_buf(framer.buffer()).is_ok_and(|count| count > 0);
            let frames = self.cut(&mut framer);
            if !more || !self.hand_over(frames).await {
                break;
            }
        }
        let rest = framer.finish();
        self.hand_over(Vec::from_iter(rest)).await;
    }

    fn cut(&self, framer: &mut Framer) -> Vec<Frame> {
        let frames = std::iter::from_fn(|| framer.next_frame()).collect();
        add(&self.counters.framing_errors, framer.take_errors());
        frames
    }

    async fn hand_over(&self, frames: Vec<Frame>) -> bool {
        if frames.is_empty() {
            return true;
        }
        let received = self.clock.now();
        add(&self.counters.received, frames.len());
        add(&self.counters.bytes, frames.iter().map(|f| f.bytes.len()).sum());
        add(&self.counters.truncated, frames.iter().filter(|f| f.truncated).count());
        let batch = frames
            .into_iter()
            .map(|frame| Received {
                bytes: frame.bytes,
                peer: self.peer,
                transport: Transport::SyslogTcp,
                received,
                truncated: frame.truncated,
            })
            .collect();
        hand_over(self.sink.as_ref(), batch, &self.counters, &self.stop).await
    }
}
