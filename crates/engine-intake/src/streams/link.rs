//! One connection: reading with time limits, handing over, waiting for a quota, answering.

use super::Shared;
use crate::counters::add;
use crate::seats::Seat;
use crate::serve::{Handed, hand_over};
use crate::{Identity, Origin, Received, Sink, TroubleKind};
use bytes::{Bytes, BytesMut};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::{Instant, sleep, timeout, timeout_at};
use tokio_util::sync::CancellationToken;

/// First size of reads; it doubles while they are filled, so that a quiet connection holds little.
const FIRST_READ: usize = 4096;
/// Longest time given to the last bytes that lie in our socket when the program stops.
const LAST_READ: Duration = Duration::from_millis(20);
/// Longest time given to the orderly end of a connection.
const CLOSING: Duration = Duration::from_millis(500);
/// A connection holding less than this is not cut when all together hold too much.
const SMALL_ENOUGH: usize = 4096;

/// What a read brought.
#[derive(Debug)]
pub(crate) enum Arrived {
    /// Bytes.
    Bytes,
    /// The sender closed, or the connection broke, or a time limit passed.
    End,
    /// The program stops.
    Stop,
}

/// One connection.
pub(crate) struct Link<S> {
    stream: S,
    peer: SocketAddr,
    identity: Option<Arc<Identity>>,
    origin: Origin,
    pub(crate) shared: Shared,
    seat: Seat,
    sink: Arc<dyn Sink>,
    stop: CancellationToken,
    /// When the record that is not ended was begun.
    begun: Option<Instant>,
    read_size: usize,
    /// Bytes read since the connection was made.
    total: u64,
}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Link<S> {
    pub(crate) fn new(
        stream: S,
        peer: SocketAddr,
        identity: Option<Arc<Identity>>,
        shared: Shared,
        seat: Seat,
        sink: Arc<dyn Sink>,
        stop: CancellationToken,
    ) -> Self {
        let origin = Origin::of(peer, identity.as_ref());
        let read_size = FIRST_READ.min(shared.options.read_bytes.max(1));
        Self { stream, peer, identity, origin, shared, seat, sink, stop, begun: None, read_size, total: 0 }
    }

    /// Waits for bytes, as long as the time limits allow, and takes what else is there already.
    pub(crate) async fn read(&mut self, buffer: &mut BytesMut) -> Arrived {
        let idle = Instant::now() + self.shared.options.idle_timeout;
        let slow = self.begun.map(|begun| begun + self.shared.options.record_timeout);
        let deadline = slow.map_or(idle, |slow| slow.min(idle));
        buffer.reserve(self.read_size);
        let read = tokio::select! {
            biased;
            () = self.stop.cancelled() => return Arrived::Stop,
            read = timeout_at(deadline, self.stream.read_buf(buffer)) => read,
        };
        match read {
            Ok(Ok(0)) => Arrived::End,
            Ok(Ok(count)) => {
                self.count(count);
                self.read_more(buffer).await;
                Arrived::Bytes
            }
            Ok(Err(error)) => {
                self.broke(&error);
                Arrived::End
            }
            Err(_) if slow.is_some_and(|slow| slow <= idle) => {
                add(&self.shared.counters.connections_slow, 1);
                let reason = format!("a record was not ended in {} s", self.shared.options.record_timeout.as_secs());
                self.tell(TroubleKind::Slow, 0, reason, "look at the network to the sender, and at the sender itself");
                Arrived::End
            }
            Err(_) => {
                add(&self.shared.counters.connections_idle, 1);
                Arrived::End
            }
        }
    }

    fn count(&mut self, read: usize) {
        self.total += read as u64;
        if read >= self.read_size {
            self.read_size = (self.read_size * 2).min(self.shared.options.read_bytes.max(1));
        }
    }

    /// What is there without waiting, so that one batch for the sink is not as small as one TLS record.
    async fn read_more(&mut self, buffer: &mut BytesMut) {
        while buffer.len() < self.read_size {
            buffer.reserve(self.read_size);
            let read = tokio::select! {
                biased;
                read = self.stream.read_buf(buffer) => read,
                () = std::future::ready(()) => return,
            };
            match read {
                // An end or a fault shows again at the next read that waits.
                Ok(0) | Err(_) => return,
                Ok(count) => self.count(count),
            }
        }
    }

    /// After the stop: what the sender believes delivered because it lies in our socket already.
    pub(crate) async fn read_last(&mut self, buffer: &mut BytesMut) -> bool {
        buffer.reserve(self.read_size);
        match timeout(LAST_READ, self.stream.read_buf(buffer)).await {
            Ok(Ok(count)) => {
                self.count(count);
                count > 0
            }
            _ => false,
        }
    }

    /// Says whether records were completed since the last read, and whether another is begun.
    pub(crate) fn progress(&mut self, completed: bool, amid: bool) {
        self.begun = match (amid, self.begun) {
            (false, _) => None,
            (true, Some(begun)) if !completed => Some(begun),
            (true, _) => Some(Instant::now()),
        };
    }

    /// Says how much is held of an unfinished record; `true` when it has to be cut, because all connections
    /// together hold too much.
    pub(crate) fn must_cut(&mut self, held: usize) -> bool {
        self.seat.hold(held) > self.shared.options.max_held_bytes && held > SMALL_ENOUGH
    }

    /// Hands records over and lets a source that sent more than its quota wait.
    pub(crate) async fn hand_over(&mut self, records: Vec<(Bytes, bool)>) -> Handed {
        if records.is_empty() {
            return Handed::Taken;
        }
        let (received, counters) = (self.shared.clock.now(), Arc::clone(&self.shared.counters));
        let bytes = records.iter().map(|(bytes, _)| bytes.len()).sum();
        let cut = records.iter().filter(|(_, truncated)| *truncated).count();
        if cut > 0 {
            add(&counters.truncated, cut);
            let reason =
                format!("a record is longer than {} bytes or was not ended", self.shared.options.max_record_bytes);
            self.tell(
                TroubleKind::Oversized,
                0,
                reason,
                "its beginning was kept; have the sender write shorter records",
            );
        }
        let wait = counters.charge(&self.origin, records.len(), bytes);
        let batch = records
            .into_iter()
            .map(|(bytes, truncated)| Received {
                bytes,
                peer: self.peer,
                identity: self.identity.clone(),
                transport: self.shared.kind.transport,
                received,
                id: None,
                truncated,
            })
            .collect();
        let handed = hand_over(self.sink.as_ref(), batch, &counters, &self.stop).await;
        if wait > Duration::ZERO {
            let remedy = "the sender is made to wait; raise its quota if the amount is right, or have it send less";
            self.tell(TroubleKind::Quota, 0, "more than the quota of a source was sent".to_owned(), remedy);
            // Not reading is what makes the sender wait.
            tokio::select! {
                () = self.stop.cancelled() => {}
                () = sleep(wait) => {}
            }
        }
        handed
    }

    /// Counts and tells broken framing; `held` bytes of what was read were not looked at yet.
    pub(crate) fn framing_error(&self, times: usize, held: usize, reason: String, remedy: &'static str) {
        add(&self.shared.counters.framing_errors, times);
        self.tell(TroubleKind::Framing, held, reason, remedy);
    }

    fn tell(&self, kind: TroubleKind, held: usize, reason: String, remedy: &'static str) {
        let byte = self.total.saturating_sub(held as u64);
        let place = format!("connection {}, byte {byte}", self.peer);
        self.shared.tell(kind, self.origin.to_string(), place, reason, remedy);
    }

    /// Bytes read since the connection was made.
    pub(crate) const fn total(&self) -> u64 {
        self.total
    }

    /// Sends an answer; `false` when the connection is of no use any more.
    pub(crate) async fn answer(&mut self, bytes: &[u8]) -> bool {
        let sent = timeout(self.shared.options.write_timeout, async {
            self.stream.write_all(bytes).await?;
            self.stream.flush().await
        });
        match sent.await {
            Ok(Ok(())) => true,
            Ok(Err(error)) => {
                self.broke(&error);
                false
            }
            Err(_) => {
                add(&self.shared.counters.connections_slow, 1);
                let seconds = self.shared.options.write_timeout.as_secs();
                let reason = format!("acknowledgements were not read for {seconds} s");
                let remedy =
                    "the connection was closed, the sender repeats what was not acknowledged; restart it if it hangs";
                self.tell(TroubleKind::Unread, 0, reason, remedy);
                false
            }
        }
    }

    fn broke(&self, error: &io::Error) {
        tracing::debug!(client.address = %self.peer, %error, "a connection of {} broke", self.shared.kind.what);
    }

    /// Ends the connection in order (TLS says good-bye), within reason.
    pub(crate) async fn close(mut self) {
        let _ = timeout(CLOSING, self.stream.shutdown()).await;
    }
}
