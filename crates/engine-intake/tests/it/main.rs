//! Inputs on real loopback sockets and real files: the contract that all keep, each protocol's own
//! ways, and the real programs that send.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test fails by panicking"
)]

mod bad_files;
mod clients;
mod contract;
mod files;
mod gate;
mod given;
mod http;
mod python;
mod relp;
mod sender;
mod tcp;
mod tls;
mod udp;

use base_core::{ManualClock, SharedClock, Timestamp};
use engine_intake::{CancellationToken, Counters, Counts, Input, Received, Refused, Sink, Taken};
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
    async fn accept(&self, batch: Vec<Received>) -> Result<Taken, Refused> {
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
        Ok(Taken::default())
    }
}

/// A running input.
struct Running {
    /// Where it listens; meaningless for files.
    address: SocketAddr,
    sink: Arc<Collect>,
    records: mpsc::UnboundedReceiver<Received>,
    counters: Arc<Counters>,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

fn start(input: impl Input + 'static) -> Running {
    start_with(Box::new(input), 1_000_000, 0, false)
}

fn start_with(input: Box<dyn Input>, leave: usize, busy: usize, deny: bool) -> Running {
    let (sender, records) = mpsc::unbounded_channel();
    let sink = Arc::new(Collect { records: sender, leave: Semaphore::new(leave), busy: AtomicUsize::new(busy), deny });
    let address = input.local_addr().unwrap_or(LOOPBACK);
    let (counters, stop) = (input.counters(), CancellationToken::new());
    let task = tokio::spawn(engine_intake::serve(vec![input], sink.clone(), stop.clone()));
    Running { address, sink, records, counters, stop, task }
}

impl Running {
    async fn next(&mut self) -> Received {
        self.records.recv().await.expect("a record")
    }

    async fn next_text(&mut self) -> String {
        String::from_utf8_lossy(&self.next().await.bytes).into_owned()
    }

    async fn next_texts(&mut self, count: usize) -> Vec<String> {
        let mut texts = Vec::new();
        for _ in 0..count {
            texts.push(self.next_text().await);
        }
        texts
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

    /// A trouble of a kind that is told, as text; waits for it, for it is told and counted one after the other.
    async fn trouble(&self, kind: engine_intake::TroubleKind) -> String {
        loop {
            if let Some(trouble) = self.counters.troubles().iter().find(|t| t.kind == kind) {
                return trouble.to_string();
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
