//! Syslog inputs on real loopback sockets: framing, limits, bad clients, stopping.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

mod tcp;
mod udp;

use base_core::{ManualClock, SharedClock, Timestamp};
use engine_intake::{CancellationToken, Counters, Counts, Input, Received, Refused, Sink};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinHandle;

/// Any free port of the loopback.
const LOOPBACK: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

fn clock() -> SharedClock {
    ManualClock::at(Timestamp::from_secs(1_400_000_000))
}

/// A sink that passes records on, when it has been given leave.
struct Collect {
    records: mpsc::UnboundedSender<Received>,
    /// Batches it may take.
    leave: Semaphore,
    /// How often to say "busy" first.
    busy: AtomicUsize,
    deny: bool,
}

#[async_trait::async_trait]
impl Sink for Collect {
    async fn accept(&self, batch: Vec<Received>) -> Result<(), Refused> {
        if self.deny {
            return Err(Refused::Denied("unknown sender".to_owned()));
        }
        if self.busy.load(Ordering::SeqCst) > 0 {
            self.busy.fetch_sub(1, Ordering::SeqCst);
            return Err(Refused::Busy("disk full".to_owned()));
        }
        self.leave.acquire().await.expect("open").forget();
        for record in batch {
            self.records.send(record).expect("test listens");
        }
        Ok(())
    }
}

/// A running input.
struct Running {
    address: SocketAddr,
    sink: Arc<Collect>,
    records: mpsc::UnboundedReceiver<Received>,
    counters: Arc<Counters>,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

fn start(input: impl Input + 'static) -> Running {
    start_with(input, 1_000_000, 0, false)
}

fn start_with(input: impl Input + 'static, leave: usize, busy: usize, deny: bool) -> Running {
    let (sender, records) = mpsc::unbounded_channel();
    let sink = Arc::new(Collect { records: sender, leave: Semaphore::new(leave), busy: AtomicUsize::new(busy), deny });
    let (address, counters, stop) = (input.local_addr(), input.counters(), CancellationToken::new());
    let task = tokio::spawn(engine_intake::serve(vec![Box::new(input)], sink.clone(), stop.clone()));
    Running { address, sink, records, counters, stop, task }
}

impl Running {
    async fn next(&mut self) -> Received {
        self.records.recv().await.expect("a record")
    }

    async fn next_text(&mut self) -> String {
        String::from_utf8(self.next().await.bytes.to_vec()).expect("text")
    }

    /// Waits until the figures are as wanted; the test's own time limit bounds it.
    async fn until(&self, wanted: impl Fn(Counts) -> bool) -> Counts {
        loop {
            let counts = self.counters.counts();
            if wanted(counts) {
                return counts;
            }
            tokio::task::yield_now().await;
        }
    }

    async fn stop(self) -> (Counts, Vec<Received>) {
        self.stop.cancel();
        self.task.await.expect("ends");
        let (mut records, mut left) = (self.records, Vec::new());
        while let Ok(record) = records.try_recv() {
            left.push(record);
        }
        (self.counters.counts(), left)
    }
}
