//! The journal as its users see it.

use crate::entry::Entry;
use crate::error::JournalError;
use crate::frame::{self, Frames, MAX_PAYLOAD_BYTES, Seal};
use crate::lock::FolderLock;
use crate::reader::JournalReader;
use crate::recovery::{self, Recovery};
use crate::shared::{JournalStats, Shared};
use crate::writer::{Request, Work, Writer};
use crate::{JournalOptions, meta};
use std::ops::Range;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use tokio::sync::{Semaphore, mpsc, oneshot};

/// A journal in a folder. See the crate's text.
#[derive(Debug)]
pub struct Journal {
    shared: Arc<Shared>,
    instance: u64,
    work: mpsc::UnboundedSender<Work>,
    room: Arc<Semaphore>,
    queue_bytes: u32,
    max_raw_bytes: usize,
    thread: Mutex<Option<JoinHandle<()>>>,
    refusing: AtomicBool,
    _lock: FolderLock,
}

impl Journal {
    /// Opens the journal in `dir`, making the folder when it is absent, and recovers from
    /// whatever a crash has left. Reads all kept segments once.
    ///
    /// # Errors
    /// [`JournalError::Locked`] when another process has the folder, [`JournalError::UnknownFormat`]
    /// for files of a newer version, [`JournalError::Full`] and [`JournalError::Io`] as they say.
    /// Damaged segments are no error: see [`Recovery`].
    #[expect(clippy::needless_pass_by_value, reason = "options are handed over; what is kept of them may grow")]
    pub fn open(dir: &Path, options: JournalOptions) -> Result<(Arc<Self>, Recovery), JournalError> {
        std::fs::create_dir_all(dir).map_err(JournalError::io("make the folder", dir))?;
        let lock = FolderLock::take(dir)?;
        let opened = recovery::open(dir, &options)?;
        if opened.recovery.created {
            // The folder's own name must survive a power cut as well.
            if let Some(parent) = dir.parent().filter(|p| !p.as_os_str().is_empty()) {
                meta::sync_dir(parent)?;
            }
        }
        let seal = Seal::of(opened.instance);
        let spare = options.spare_segments;
        let shared = Arc::new(Shared::new(dir.to_path_buf(), seal, opened.segments, opened.end, spare));
        let (work, receiver) = mpsc::unbounded_channel();
        let sizes = (options.segment_bytes.max(4096), options.group_bytes.max(1));
        let writer = Writer::new(shared.clone(), receiver, opened.instance, sizes, opened.active);
        let thread = std::thread::Builder::new()
            .name("journal".to_owned())
            .spawn(move || writer.run())
            .map_err(JournalError::io("start the writer of", dir))?;
        let queue_bytes = u32::try_from(options.queue_bytes.clamp(1, 1 << 30)).unwrap_or(1 << 30);
        let journal = Self {
            shared,
            instance: opened.instance,
            work,
            room: Arc::new(Semaphore::new(queue_bytes as usize)),
            queue_bytes,
            max_raw_bytes: options.max_raw_bytes.min(MAX_PAYLOAD_BYTES - 8 * 1024),
            thread: Mutex::new(Some(thread)),
            refusing: AtomicBool::new(false),
            _lock: lock,
        };
        Ok((Arc::new(journal), opened.recovery))
    }

    /// Keeps `entries` and returns their sequence numbers once they are on the disk.
    ///
    /// Waits while more than [`JournalOptions::queue_bytes`] wait for the disk. When the
    /// returned future is dropped early, the entries may have been kept or not.
    ///
    /// # Errors
    /// [`JournalError::TooLarge`] before anything is written; [`JournalError::Full`] when the
    /// disk has no room: none of `entries` was kept, try again later; [`JournalError::Closed`]
    /// after [`Journal::shutdown`]; [`JournalError::Io`] when the disk fails.
    pub async fn append(&self, entries: Vec<Entry>) -> Result<Range<u64>, JournalError> {
        for (index, entry) in entries.iter().enumerate() {
            entry.check(index, self.max_raw_bytes)?;
        }
        if entries.is_empty() {
            let end = self.end();
            return Ok(end..end);
        }
        let total: usize = entries.iter().map(Entry::stored_bytes).sum();
        if self.refusing.load(Ordering::Relaxed) {
            let source = Arc::new(std::io::Error::from(std::io::ErrorKind::StorageFull));
            return Err(JournalError::Full { dir: self.shared.dir.clone(), bytes: total as u64, source });
        }
        // More than the whole queue must still get through: it then has the queue for itself.
        let wanted = u32::try_from(total).unwrap_or(u32::MAX).min(self.queue_bytes);
        let room = self.room.clone().acquire_many_owned(wanted).await.map_err(|_| JournalError::Closed)?;
        let mut frames = Frames { bytes: Vec::with_capacity(total), starts: Vec::with_capacity(entries.len()) };
        for entry in &entries {
            let at = frame::begin(&mut frames);
            entry.encode(&mut frames.bytes);
            frame::finish(&mut frames, at);
        }
        drop(entries);
        let (done, answer) = oneshot::channel();
        let request = Request { frames, done, _room: room };
        self.work.send(Work::Append(request)).map_err(|_| JournalError::Closed)?;
        answer.await.map_err(|_| JournalError::Closed)?
    }

    /// Whether appends are answered as on a full disk, so that what is left of the disk stays for
    /// records, alerts and the events that were acknowledged already. Gives what was said before.
    pub fn refuse(&self, refuse: bool) -> bool {
        self.refusing.swap(refuse, Ordering::Relaxed)
    }

    /// Whether appends are answered as on a full disk ([`Journal::refuse`]).
    #[must_use]
    pub fn refuses(&self) -> bool {
        self.refusing.load(Ordering::Relaxed)
    }

    /// The journal's own random number, made when its folder was first opened. Together with
    /// the sequence number it names an event for ever.
    #[must_use]
    pub const fn instance(&self) -> u64 {
        self.instance
    }

    /// Sequence number after the last acknowledged entry.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.shared.tail.borrow().end
    }

    /// Sequence number of the first entry that is still kept.
    #[must_use]
    pub fn start(&self) -> u64 {
        self.shared.start()
    }

    /// The folder.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.shared.dir
    }

    /// Figures for the console.
    #[must_use]
    pub fn stats(&self) -> JournalStats {
        self.shared.stats()
    }

    /// A reader that begins with entry `from` and then follows the tail. When older entries
    /// were released it begins with the oldest kept.
    #[must_use]
    pub fn reader(&self, from: u64) -> JournalReader {
        JournalReader::new(self.shared.clone(), from)
    }

    /// Says that entries below `before` are no longer needed; whole segments below it are
    /// removed. Gives how many.
    pub fn release(&self, before: u64) -> usize {
        self.shared.release(before.min(self.end()))
    }

    /// Ends the journal: what was queued is still written, later appends get
    /// [`JournalError::Closed`], readers get the rest and then [`JournalError::Closed`].
    pub fn shutdown(&self) {
        let _ = self.work.send(Work::Stop);
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        self.shutdown();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            // The folder's lock must outlive the writer. At most one group is still written.
            let _ = thread.join();
        }
    }
}
