//! The input: files of a folder that lines are appended to.

use super::tail::{Step, Tail, Told};
use super::{FolderError, FolderOptions};
use crate::counters::{Counters, add};
use crate::serve::{Handed, hand_over};
use crate::troubles::Tell;
use crate::{Identity, Input, Origin, Received, Sink, Transport, TroubleKind};
use async_trait::async_trait;
use base_core::SharedClock;
use bytes::Bytes;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::spawn_blocking;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

/// Files are of this machine.
const HERE: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// What both inputs of files need to hand records on.
#[derive(Debug)]
pub(super) struct Giver {
    pub(super) options: FolderOptions,
    pub(super) clock: SharedClock,
    pub(super) counters: Arc<Counters>,
    transport: Transport,
    identity: Arc<Identity>,
}

impl Giver {
    pub(super) fn new(options: FolderOptions, clock: SharedClock, transport: Transport) -> Self {
        let counters = Arc::new(Counters::with_quota(options.quota));
        let identity = Arc::new(Identity::Folder(options.name.clone()));
        Self { options, clock, counters, transport, identity }
    }

    pub(super) fn tell(&self, (place, reason, remedy): Told) {
        let (source, at) = (self.options.name.clone(), self.clock.now());
        // Each file is an entry of its own.
        let source = format!("{source}: {place}");
        self.counters.tell(Tell { kind: TroubleKind::File, source, place, reason, remedy, at });
    }

    /// Hands records over and waits as the quota asks; `false` when the program stops without them taken.
    pub(super) async fn give(&self, records: Vec<(Bytes, bool)>, sink: &dyn Sink, stop: &CancellationToken) -> bool {
        if records.is_empty() {
            return true;
        }
        let bytes = records.iter().map(|(bytes, _)| bytes.len()).sum();
        add(&self.counters.truncated, records.iter().filter(|(_, cut)| *cut).count());
        let wait = self.counters.charge(&Origin::of(HERE, Some(&self.identity)), records.len(), bytes);
        let received = self.clock.now();
        let batch = records
            .into_iter()
            .map(|(bytes, truncated)| Received {
                bytes,
                peer: HERE,
                identity: Some(Arc::clone(&self.identity)),
                transport: self.transport,
                received,
                truncated,
            })
            .collect();
        let taken = hand_over(sink, batch, &self.counters, stop).await != Handed::Stopped;
        if wait > Duration::ZERO {
            tokio::select! {
                () = stop.cancelled() => {}
                () = sleep(wait) => {}
            }
        }
        taken
    }
}

/// Follows the files of a folder: what is appended, through rotation and restarts.
///
/// A line is read when its line feed is written. What of a file was read is remembered by inode, offset
/// and the first bytes; the lines of a batch are remembered when the sink has them.
#[derive(Debug)]
pub struct TailedFolder {
    giver: Giver,
    tail: Tail,
}

impl TailedFolder {
    /// Goes on where the checkpoint says; without one, from the beginning of every file.
    ///
    /// # Errors
    /// [`FolderError`] when the checkpoint is there and cannot be used.
    pub fn open(options: FolderOptions, clock: SharedClock) -> Result<Self, FolderError> {
        let tail = Tail::open(options.clone())?;
        Ok(Self { giver: Giver::new(options, clock, Transport::File), tail })
    }
}

#[async_trait]
impl Input for TailedFolder {
    fn name(&self) -> &'static str {
        "lines of watched files"
    }

    fn local_addr(&self) -> Option<SocketAddr> {
        None
    }

    fn place(&self) -> String {
        self.giver.options.folder.join(&self.giver.options.pattern).display().to_string()
    }

    fn counters(&self) -> Arc<Counters> {
        Arc::clone(&self.giver.counters)
    }

    async fn run(self: Box<Self>, sink: Arc<dyn Sink>, stop: CancellationToken) {
        let Self { giver, mut tail } = *self;
        while !stop.is_cancelled() {
            // Disks can be slow and file systems can hang: never on the threads that serve connections.
            let looked = spawn_blocking(move || {
                tail.look();
                tail
            });
            tail = match looked.await {
                Ok(tail) => tail,
                Err(error) => return tracing::error!(%error, "the reading of files ended unexpectedly"),
            };
            tail = match read_all(&giver, tail, sink.as_ref(), &stop).await {
                Some(tail) => tail,
                None => return,
            };
            tokio::select! {
                () = stop.cancelled() => {}
                () = sleep(giver.options.every) => {}
            }
        }
    }
}

/// Reads until every file is at its end; `None` when the program stops or reading broke down.
async fn read_all(giver: &Giver, mut tail: Tail, sink: &dyn Sink, stop: &CancellationToken) -> Option<Tail> {
    let mut done: Option<Step> = None;
    loop {
        let ended = done.take();
        let read = spawn_blocking(move || {
            let saved = ended.map_or(Ok(()), |step| tail.done(step)).and_then(|()| tail.save());
            let step = if saved.is_ok() { tail.next() } else { None };
            (tail, step, saved)
        });
        let (told, step, saved) =
            read.await.map_err(|error| tracing::error!(%error, "the reading of files broke down")).ok()?;
        tail = told;
        tail.take_told().into_iter().for_each(|told| giver.tell(told));
        if let Err(error) = saved {
            // Reading on without remembering would bring everything twice after a restart.
            let place = giver.options.checkpoint.display().to_string();
            let remedy = "make room and check who may write there; reading goes on when it can be written";
            giver.tell((place, format!("the checkpoint cannot be written: {error}"), remedy));
            return Some(tail);
        }
        let Some(mut step) = step else { return Some(tail) };
        let records = std::mem::take(&mut step.lines.records);
        let taken = giver.give(records, sink, stop).await;
        if !taken {
            return None;
        }
        done = Some(step);
        if stop.is_cancelled() {
            // The last batch is remembered before we end.
            let saved = spawn_blocking(move || done.map_or(Ok(()), |step| tail.done(step))).await;
            if !matches!(saved, Ok(Ok(()))) {
                tracing::warn!("the last batch of a file could not be remembered; it will come again");
            }
            return None;
        }
    }
}
