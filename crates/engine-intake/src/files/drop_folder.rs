//! The input: whole files that are put into a folder, EVTX above all, each read once.

use super::checkpoint::{Checkpoint, Once};
use super::giver::{self, Giver};
use super::listing::{self, Found, matches};
use super::{FolderError, FolderOptions};
use crate::{Counters, Input, Sink, Transport};
use async_trait::async_trait;
use base_core::SharedClock;
use bytes::Bytes;
use engine_parse::{Limits, RecordReader};
use std::collections::{HashMap, HashSet};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::task::spawn_blocking;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

/// Files that were read and are no longer there of which the sums are remembered.
const MOST_GONE: usize = 10_000;
/// Faults of one file that are told; the rest are counted in the last of them.
const FAULTS_TOLD: usize = 20;

/// Reads each file of a folder once, completely, with the readers of `mangrove hunt` (EVTX, JSON, lines,
/// also packed). A file is known by the sum of its content, whatever it is called; one that grows or
/// changes later is another file and read again, so this is for files that are finished.
#[derive(Debug)]
pub struct DropFolder {
    giver: Giver,
    checkpoint: Checkpoint,
    /// Sums of the files that are there, by name.
    sums: HashMap<String, String>,
}

/// What is known of a file without reading it again.
type Stamp = (u64, u64, u64, i128);

fn stamp(found: &Found) -> Stamp {
    (found.device, found.inode, found.size, found.modified)
}

impl DropFolder {
    /// Goes on where the checkpoint says.
    ///
    /// # Errors
    /// [`FolderError`] when the checkpoint is there and cannot be used.
    pub fn open(options: FolderOptions, clock: SharedClock) -> Result<Self, FolderError> {
        let checkpoint = Checkpoint::load(&options.checkpoint)?;
        Ok(Self { giver: Giver::new(options, clock, Transport::Dropped), checkpoint, sums: HashMap::new() })
    }

    /// Reads one file; `false` when the program stops.
    async fn take(&mut self, name: &str, sink: &dyn Sink, stop: &CancellationToken) -> bool {
        let path = self.giver.options.folder.join(name);
        let place = path.display().to_string();
        let hashed = spawn_blocking({
            let (folder, name) = (self.giver.options.folder.clone(), name.to_owned());
            move || sum_of(&folder, &name)
        });
        let sum = match hashed.await.map_err(io::Error::other).and_then(|sum| sum) {
            Ok(sum) => sum,
            Err(error) => {
                let remedy = "check that the server's account may read it, and put it into the folder again";
                self.giver.tell((place, format!("cannot be read: {error}"), remedy));
                return true;
            }
        };
        self.sums.insert(name.to_owned(), sum.clone());
        let known = self.checkpoint.once.get(&sum).cloned().unwrap_or_default();
        if known.done {
            return true;
        }
        let limits = Limits { max_record_bytes: self.giver.options.max_record_bytes, ..Limits::default() };
        let opened = spawn_blocking(move || RecordReader::open(&path, limits)).await;
        let mut reader = match opened {
            Ok(Ok(reader)) => reader,
            Ok(Err(error)) => {
                self.giver.tell((place, error.reason, "give a file of a known kind (mangrove hunt FILE says more)"));
                return self.remember(&sum, Once { records: 0, done: true, gone: 0 }).await;
            }
            Err(_) => return true,
        };
        let (mut passed, mut records, mut faults) = (0_u64, known.records, 0);
        loop {
            let (most, skip) = (self.giver.options.batch_records.max(1), known.records);
            let read = spawn_blocking(move || {
                let batch = read_batch(&mut reader, most, &mut passed, skip);
                (reader, batch, passed)
            });
            let Ok((back, batch, now)) = read.await else { return true };
            (reader, passed) = (back, now);
            for fault in batch.faults {
                faults += 1;
                if faults <= FAULTS_TOLD {
                    self.giver.tell((
                        place.clone(),
                        fault,
                        "export it again from its machine if what is missing matters",
                    ));
                }
            }
            let count = batch.records.len() as u64;
            if !self.giver.give(batch.records, sink, stop).await {
                return false;
            }
            records += count;
            if !self.remember(&sum, Once { records, done: batch.end, gone: 0 }).await
                || (stop.is_cancelled() && !batch.end)
            {
                return false;
            }
            if batch.end {
                tracing::info!(file = place, records, "a file was read completely");
                return true;
            }
        }
    }

    /// `false` when it cannot be remembered, which ends this look.
    async fn remember(&mut self, sum: &str, once: Once) -> bool {
        self.checkpoint.once.insert(sum.to_owned(), once);
        self.save().await
    }

    /// Forgets files that have long been taken away. To be called when every file that is there has been taken, so
    /// that the sum of each is known.
    async fn forget_gone(&mut self) {
        let here = self.sums.values().map(String::as_str).collect();
        if self.checkpoint.keep_once(&here, MOST_GONE) {
            self.save().await;
        }
    }

    async fn save(&self) -> bool {
        let (checkpoint, path) = (self.checkpoint.clone(), self.giver.options.checkpoint.clone());
        let saved = spawn_blocking(move || checkpoint.save(&path)).await;
        match saved.map_err(io::Error::other).and_then(|saved| saved) {
            Ok(()) => true,
            Err(error) => {
                self.giver.tell_unsaved(&error);
                false
            }
        }
    }
}

/// Records of a file that are new, and what could not be read.
struct Batch {
    records: Vec<(Bytes, bool)>,
    faults: Vec<String>,
    end: bool,
}

/// Reads on; the first `skip` records are with the sink already.
fn read_batch(reader: &mut RecordReader, most: usize, passed: &mut u64, skip: u64) -> Batch {
    let mut batch = Batch { records: Vec::new(), faults: Vec::new(), end: false };
    while batch.records.len() < most {
        match reader.next() {
            None => {
                batch.end = true;
                break;
            }
            Some(Ok(record)) => {
                *passed += 1;
                if *passed > skip {
                    batch.records.push((Bytes::from(record.bytes), record.truncated));
                }
            }
            Some(Err(skipped)) => batch.faults.push(format!("{}: {}", skipped.place, skipped.reason)),
        }
    }
    batch
}

fn sum_of(folder: &std::path::Path, name: &str) -> io::Result<String> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(listing::open(folder, name)?)?;
    Ok(hasher.finalize().to_hex().to_string())
}

#[async_trait]
impl Input for DropFolder {
    fn name(&self) -> &'static str {
        "files put into a folder"
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

    async fn run(mut self: Box<Self>, sink: Arc<dyn Sink>, stop: CancellationToken) {
        // What each name was at the last look, and whether it was taken as that.
        let mut seen: HashMap<String, (Stamp, bool)> = HashMap::new();
        while !stop.is_cancelled() {
            let folder = self.giver.options.folder.clone();
            let listed = spawn_blocking(move || listing::list(&folder)).await.map_err(io::Error::other);
            let (found, whole) = match listed.and_then(|found| found) {
                Ok(found) => (found, true),
                Err(error) => {
                    self.giver.tell(giver::unlistable(&self.giver.options.folder, &error));
                    (Vec::new(), false)
                }
            };
            let found: Vec<_> = found.into_iter().filter(|f| matches(&self.giver.options.pattern, &f.name)).collect();
            let names: HashSet<&str> = found.iter().map(|f| f.name.as_str()).collect();
            seen.retain(|name, _| names.contains(name.as_str()));
            self.sums.retain(|name, _| names.contains(name.as_str()));
            for file in found {
                let now = stamp(&file);
                let before = seen.insert(file.name.clone(), (now, false));
                match before {
                    // Unchanged since the last look: nobody is copying into it any more.
                    Some((then, taken)) if then == now => {
                        if !taken && !self.take(&file.name, sink.as_ref(), &stop).await {
                            break;
                        }
                        seen.insert(file.name, (now, true));
                    }
                    _ => {}
                }
            }
            // A folder that cannot be listed (a disk that is away) says nothing about what was taken out of it.
            if whole && seen.values().all(|(_, taken)| *taken) {
                self.forget_gone().await;
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = sleep(self.giver.options.every) => {}
            }
        }
    }
}
