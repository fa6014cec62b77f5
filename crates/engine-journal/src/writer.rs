//! The writer thread: collects concurrent appends, one write and one sync, then acknowledges all.

use crate::error::JournalError;
use crate::frame::{self, Frames};
use crate::segment::{self, FIRST_FRAME};
use crate::shared::Shared;
use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};

/// Entries of one caller, encoded but not numbered.
pub(crate) struct Request {
    pub(crate) frames: Frames,
    pub(crate) done: oneshot::Sender<Result<Range<u64>, JournalError>>,
    /// Room in the queue, given back when the request is done with.
    pub(crate) _room: OwnedSemaphorePermit,
}

/// What the thread is told.
pub(crate) enum Work {
    Append(Request),
    Stop,
}

struct Active {
    file: File,
    path: PathBuf,
    first: u64,
    length: u64,
}

pub(crate) struct Writer {
    shared: Arc<Shared>,
    work: mpsc::UnboundedReceiver<Work>,
    instance: u64,
    segment_bytes: u64,
    group_bytes: usize,
    next: u64,
    active: Option<Active>,
    buffer: Vec<u8>,
}

impl Writer {
    pub(crate) fn new(
        shared: Arc<Shared>,
        work: mpsc::UnboundedReceiver<Work>,
        instance: u64,
        sizes: (u64, usize),
        active: Option<(File, u64, u64)>,
    ) -> Self {
        let next = shared.tail.borrow().end;
        let active = active.map(|(file, first, length)| {
            let path = segment::path_of(&shared.dir, first);
            Active { file, path, first, length }
        });
        let (segment_bytes, group_bytes) = sizes;
        Self { shared, work, instance, segment_bytes, group_bytes, next, active, buffer: Vec::new() }
    }

    /// Works until told to stop or until every sender is gone.
    pub(crate) fn run(mut self) {
        let mut group = Vec::new();
        let mut stopping = false;
        while !stopping {
            let Some(work) = self.work.blocking_recv() else { break };
            let mut bytes = 0;
            let mut next_work = Some(work);
            while let Some(work) = next_work.take() {
                match work {
                    Work::Stop => stopping = true,
                    Work::Append(request) => {
                        bytes += request.frames.bytes.len();
                        group.push(request);
                    }
                }
                if !stopping && bytes < self.group_bytes {
                    next_work = self.work.try_recv().ok();
                }
            }
            if !group.is_empty() {
                self.commit(&mut group);
            }
        }
        self.work.close();
        self.shared.tail.send_modify(|tail| tail.closed = true);
    }

    /// Writes, syncs and acknowledges one group.
    fn commit(&mut self, group: &mut Vec<Request>) {
        let end = match self.write(group) {
            Ok(end) => end,
            Err(error) => {
                tracing::warn!(%error, requests = group.len(), "entries were not taken into the journal");
                for request in group.drain(..) {
                    let _ = request.done.send(Err(error.clone()));
                }
                return;
            }
        };
        let mut first = self.next;
        self.next = end;
        self.shared.syncs.fetch_add(1, Ordering::Relaxed);
        // Readers may see the entries before their senders hear of them: both are on disk.
        self.shared.tail.send_modify(|tail| tail.end = end);
        for request in group.drain(..) {
            let last = first + request.frames.starts.len() as u64;
            // A caller that went away does not mind; its entries are kept all the same.
            let _ = request.done.send(Ok(first..last));
            first = last;
        }
    }

    /// Numbers the entries and brings them to the disk; the sequence number behind them.
    fn write(&mut self, group: &mut [Request]) -> Result<u64, JournalError> {
        let mut next = self.next;
        self.buffer.clear();
        for request in group {
            let base = self.buffer.len();
            self.buffer.extend_from_slice(&request.frames.bytes);
            for at in &request.frames.starts {
                frame::number(&mut self.buffer, base + at, next, self.shared.seal);
                next += 1;
            }
        }
        let buffer = std::mem::take(&mut self.buffer);
        let written = self.write_buffer(&buffer);
        self.buffer = buffer;
        // One huge record must not hold its memory for ever.
        if self.buffer.capacity() > 4 * self.group_bytes {
            self.buffer = Vec::new();
        }
        written.map(|()| next)
    }

    fn write_buffer(&mut self, buffer: &[u8]) -> Result<(), JournalError> {
        let mut active = match self.active.take() {
            Some(active) if active.length < self.segment_bytes => active,
            _ => self.new_segment()?,
        };
        let written = active.file.write_all_at(buffer, active.length).and_then(|()| active.file.sync_data());
        if let Err(source) = written {
            let error = JournalError::write("write to", &active.path, buffer.len() as u64, source);
            // What was written in part must go. If even that fails, or if the sync failed (the
            // state of the pages is then unknown), the segment is not written to again: a new
            // one begins, and readers ignore what lies beyond its first number.
            let cut = active.file.set_len(active.length).and_then(|()| active.file.sync_data());
            if cut.is_ok() && error.is_temporary() {
                self.active = Some(active);
            }
            return Err(error);
        }
        active.length += buffer.len() as u64;
        self.shared.set_bytes(active.first, active.length);
        self.active = Some(active);
        Ok(())
    }

    fn new_segment(&self) -> Result<Active, JournalError> {
        let (file, path) = segment::create(&self.shared.dir, self.instance, self.next)?;
        self.shared.set_bytes(self.next, FIRST_FRAME);
        Ok(Active { file, path, first: self.next, length: FIRST_FRAME })
    }
}
