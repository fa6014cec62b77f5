//! Syslog over UDP (RFC 5426): one datagram, one record.

use crate::counters::{Counters, add};
use crate::framing::trim_line;
use crate::serve::hand_over;
use crate::{Input, IntakeError, Received, Sink, Transport, UdpOptions};
use async_trait::async_trait;
use base_core::SharedClock;
use bytes::Bytes;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Largest datagram there is.
const MAX_DATAGRAM_BYTES: usize = 65_535;
const WHAT: &str = "syslog over UDP";

/// Listens for syslog datagrams.
#[derive(Debug)]
pub struct SyslogUdp {
    socket: UdpSocket,
    address: SocketAddr,
    clock: SharedClock,
    options: UdpOptions,
    counters: Arc<Counters>,
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
        Ok(Self { socket, address, clock, options, counters: Arc::default() })
    }
}

#[async_trait]
impl Input for SyslogUdp {
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
        let (queue, waiting) = mpsc::channel(self.options.queue_records.max(1));
        let batch = self.options.batch_records.max(1);
        let sender = tokio::spawn(drain(waiting, batch, sink, self.counters.clone(), stop.clone()));
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
        // What had arrived before the stop.
        while let Ok(arrived) = self.socket.try_recv_from(&mut buffer) {
            self.take(Ok(arrived), &buffer, &queue);
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
        add(&self.counters.received, 1);
        add(&self.counters.bytes, bytes.len());
        let received = self.clock.now();
        let record = Received { bytes, peer, transport: Transport::SyslogUdp, received, truncated: false };
        if queue.try_send(record).is_err() {
            add(&self.counters.dropped, 1);
        }
    }
}

async fn drain(
    mut waiting: mpsc::Receiver<Received>,
    batch_records: usize,
    sink: Arc<dyn Sink>,
    counters: Arc<Counters>,
    stop: CancellationToken,
) {
    let mut batch = Vec::new();
    while waiting.recv_many(&mut batch, batch_records).await > 0 {
        hand_over(sink.as_ref(), std::mem::take(&mut batch), &counters, &stop).await;
    }
}
