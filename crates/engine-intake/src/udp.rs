//! Syslog over UDP (RFC 5426): one datagram, one record.

use crate::counters::{Counters, add};
use crate::framing::trim_line;
use crate::serve::{Handed, hand_over};
use crate::troubles::Tell;
use crate::waiting::Waiting;
use crate::{Input, IntakeError, Origin, Received, Sink, Transport, TroubleKind, UdpOptions};
use async_trait::async_trait;
use base_core::SharedClock;
use bytes::Bytes;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// Largest datagram there is.
const MAX_DATAGRAM_BYTES: usize = 65_535;
/// Longest time given to datagrams that lie in our socket when the program stops.
const LAST_READ: Duration = Duration::from_millis(20);
const WHAT: &str = "syslog over UDP";

/// Listens for syslog datagrams.
#[derive(Debug)]
pub struct SyslogUdp {
    socket: UdpSocket,
    address: SocketAddr,
    clock: SharedClock,
    options: UdpOptions,
    counters: Arc<Counters>,
    /// What of the queue each sender has.
    waiting: Arc<Waiting>,
}

impl SyslogUdp {
    /// Binds the socket.
    ///
    /// # Errors
    /// [`IntakeError`], which names the port and the remedy.
    pub async fn bind(address: SocketAddr, clock: SharedClock, options: UdpOptions) -> Result<Self, IntakeError> {
        let fail = |source| IntakeError { what: WHAT, address, source };
        let socket = UdpSocket::bind(address).await.map_err(fail)?;
        if let Err(error) = rustix::net::sockopt::set_socket_recv_buffer_size(&socket, options.socket_buffer_bytes) {
            tracing::debug!(%error, "the receive buffer keeps its size");
        }
        let address = socket.local_addr().map_err(fail)?;
        let counters = Arc::new(Counters::with_quota(options.quota));
        let waiting = Arc::new(Waiting::new(options.queue_records, options.queue_bytes));
        Ok(Self { socket, address, clock, options, counters, waiting })
    }
}

#[async_trait]
impl Input for SyslogUdp {
    fn name(&self) -> &'static str {
        WHAT
    }

    fn local_addr(&self) -> Option<SocketAddr> {
        Some(self.address)
    }

    fn counters(&self) -> Arc<Counters> {
        self.counters.clone()
    }

    async fn run(self: Box<Self>, sink: Arc<dyn Sink>, stop: CancellationToken) {
        let (queue, queued) = mpsc::channel(self.options.queue_records.max(1));
        let batch = self.options.batch_records.max(1);
        let sender =
            tokio::spawn(drain(queued, batch, sink, self.counters.clone(), self.waiting.clone(), stop.clone()));
        self.receive(queue, &stop).await;
        if let Err(error) = sender.await {
            tracing::error!(%error, "the queue of syslog over UDP ended unexpectedly");
        }
    }
}

impl SyslogUdp {
    /// Reads datagrams into the queue until told to stop. Reading never waits for the sink:
    /// what the operating system would drop unseen is dropped here and counted.
    async fn receive(&self, queue: mpsc::Sender<Received>, stop: &CancellationToken) {
        let mut buffer = vec![0; MAX_DATAGRAM_BYTES];
        loop {
            let arrived = tokio::select! {
                biased;
                () = stop.cancelled() => break,
                arrived = self.socket.recv_from(&mut buffer) => arrived,
            };
            self.take(arrived, &buffer, &queue);
            // While there is more, read on without going through the scheduler each time.
            for _ in 0..256 {
                match self.socket.try_recv_from(&mut buffer) {
                    Ok(arrived) => self.take(Ok(arrived), &buffer, &queue),
                    Err(_) => break,
                }
            }
        }
        // What had arrived before the stop, and not more than the queue holds: a flood must not keep us.
        for _ in 0..self.options.queue_records.max(1) {
            match timeout(LAST_READ, self.socket.recv_from(&mut buffer)).await {
                Ok(arrived) => self.take(arrived, &buffer, &queue),
                Err(_) => break,
            }
        }
    }

    fn take(&self, arrived: std::io::Result<(usize, SocketAddr)>, buffer: &[u8], queue: &mpsc::Sender<Received>) {
        let (length, peer) = match arrived {
            Ok(arrived) => arrived,
            Err(error) => {
                // An answer of ICMP to something sent earlier; the socket goes on.
                tracing::debug!(%error, "syslog over UDP");
                return;
            }
        };
        let bytes = trim_line(Bytes::copy_from_slice(buffer.get(..length).unwrap_or_default()));
        if bytes.is_empty() {
            return;
        }
        let origin = Origin::of(peer, None);
        if !self.counters.admit(&origin, bytes.len()) {
            return self.tell(TroubleKind::Quota, peer, "more than the quota of a source was sent; it was dropped");
        }
        let (received, length) = (self.clock.now(), bytes.len());
        let record = Received {
            bytes,
            peer,
            identity: None,
            transport: Transport::SyslogUdp,
            received,
            id: None,
            truncated: false,
        };
        if !self.waiting.enter(peer.ip(), length) {
            return self.counters.drop_one(&origin);
        }
        if queue.try_send(record).is_err() {
            self.waiting.leave(peer.ip(), length);
            self.counters.drop_one(&origin);
        }
    }

    fn tell(&self, kind: TroubleKind, peer: SocketAddr, reason: &str) {
        let (source, place) = (peer.ip().to_canonical().to_string(), format!("datagrams from {peer}"));
        let remedy = "send over TCP, TLS or RELP, where a sender can be made to wait, or raise the quota";
        self.counters.tell(Tell { kind, source, place, reason: reason.to_owned(), remedy, at: self.clock.now() });
    }
}

async fn drain(
    mut queue: mpsc::Receiver<Received>,
    batch_records: usize,
    sink: Arc<dyn Sink>,
    counters: Arc<Counters>,
    waiting: Arc<Waiting>,
    stop: CancellationToken,
) {
    let mut batch = Vec::new();
    while queue.recv_many(&mut batch, batch_records).await > 0 {
        let count = batch.len();
        let loads: Vec<_> = batch.iter().map(|r: &Received| (r.peer.ip(), r.bytes.len())).collect();
        if hand_over(sink.as_ref(), std::mem::take(&mut batch), &counters, &stop).await == Handed::Stopped {
            add(&counters.dropped, count);
        }
        // Until the sink has it a record takes room: bounded is what is held, not what is queued.
        loads.into_iter().for_each(|(sender, bytes)| waiting.leave(sender, bytes));
    }
}
