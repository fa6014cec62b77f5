//! The input: files of a folder that lines are appended to.

use super::giver::Giver;
use super::tail::{Step, Tail};
use super::{FolderError, FolderOptions};
use crate::counters::Counters;
use crate::{Input, Sink, Transport};
use async_trait::async_trait;
use base_core::SharedClock;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::task::spawn_blocking;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

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
        self.giver.place()
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
            giver.tell_unsaved(&error);
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
