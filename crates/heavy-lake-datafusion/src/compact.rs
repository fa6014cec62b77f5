//! Merging small files into larger ones.
//!
//! Files of one day and kind are merged when there are enough of about the same size, so that
//! each event is rewritten only a few times (a log-structured merge). The new file holds the
//! same events; a new manifest swaps it for the old ones, which are removed when no search
//! reads them any more. A crash before the manifest leaves the old files in place.

use crate::filter;
use crate::lake::ParquetLake;
use crate::manifest::FileEntry;
use crate::scan::{Reading, engine_error};
use crate::schema;
use crate::window::Window;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::parquet::arrow::ArrowWriter;
use engine_lake::{LakeError, Order};
use futures::TryStreamExt;
use std::collections::{BTreeMap, HashSet};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

/// Raw bytes held in memory at once while merging (about; times are taken as evenly spread).
const WINDOW_RAW_BYTES: u64 = 16 * 1024 * 1024;
/// Most files merged at once.
const MAX_INPUTS: usize = 64;
/// Files below this size all count as the smallest class.
const SMALLEST_CLASS_BYTES: u64 = 64 * 1024;

/// What a compaction did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Compacted {
    /// Files that were merged.
    pub files_before: usize,
    /// Files they became.
    pub files_after: usize,
    /// Bytes before.
    pub bytes_before: u64,
    /// Bytes after.
    pub bytes_after: u64,
}

impl ParquetLake {
    /// Merges until nothing is worth merging. With `all`, any two small files of a day and kind
    /// are worth it.
    ///
    /// # Errors
    /// As writing and searching; the lake is then as it was, or with some merges done.
    pub async fn compact(&self, all: bool) -> Result<Compacted, LakeError> {
        let mut done = Compacted::default();
        let at_least = if all { 2 } else { self.options.merge_files.max(2) };
        while let Some(inputs) = self.choose(at_least, all) {
            let merged = self.merge(&inputs).await?;
            done.files_before += inputs.len();
            done.files_after += 1;
            done.bytes_before += inputs.iter().map(|file| file.bytes).sum::<u64>();
            done.bytes_after += merged;
        }
        Ok(done)
    }

    /// Compacts every `every` until `stop` is ready. Errors are logged and tried again.
    pub async fn maintain(&self, every: Duration, stop: impl Future<Output = ()> + Send) {
        tokio::pin!(stop);
        loop {
            tokio::select! {
                () = &mut stop => return,
                () = tokio::time::sleep(every) => {}
            }
            match self.compact(false).await {
                Ok(done) if done.files_before > 0 => {
                    tracing::debug!(
                        lake.files_before = done.files_before,
                        lake.files_after = done.files_after,
                        lake.bytes_before = done.bytes_before,
                        lake.bytes_after = done.bytes_after,
                        "the event lake was compacted"
                    );
                }
                Ok(_) => {}
                Err(error) => tracing::warn!(%error, "the event lake could not be compacted"),
            }
            let mut commit = self.commit.lock().await;
            self.sweep(&mut commit).await;
        }
    }

    /// Files of one day, kind and size class that are worth merging, in order of the journal.
    fn choose(&self, at_least: usize, all: bool) -> Option<Vec<Arc<FileEntry>>> {
        let snapshot = self.snapshot();
        let mut classes: BTreeMap<(&str, &str, u32), Vec<&Arc<FileEntry>>> = BTreeMap::new();
        for file in snapshot.files.iter().filter(|file| file.bytes < self.options.target_bytes) {
            // Each class spans a factor of eight in size.
            let class = if all { 0 } else { (file.bytes.max(SMALLEST_CLASS_BYTES) / SMALLEST_CLASS_BYTES).ilog2() / 3 };
            classes.entry((&file.day, &file.folder, class)).or_default().push(file);
        }
        let mut group = classes.into_values().find(|files| files.len() >= at_least)?;
        group.sort_by_key(|file| file.first);
        let mut bytes = 0;
        let fits = |file: &&Arc<FileEntry>| {
            bytes += file.bytes;
            bytes <= self.options.target_bytes * 2
        };
        let chosen: Vec<_> = group.into_iter().take(MAX_INPUTS).take_while(fits).cloned().collect();
        (chosen.len() >= 2).then_some(chosen)
    }

    /// Merges the files into one; its size.
    async fn merge(&self, inputs: &[Arc<FileEntry>]) -> Result<u64, LakeError> {
        let Some(first) = inputs.first() else { return Ok(0) };
        let events: u64 = inputs.iter().map(|file| file.events).sum();
        let fold =
            |value: fn(&FileEntry) -> u64, join: fn(u64, u64) -> u64| inputs.iter().map(|f| value(f)).reduce(join);
        let (low, high) = (fold(|f| f.first, u64::min).unwrap_or(0), fold(|f| f.last, u64::max).unwrap_or(0));
        let bytes = self.merged_bytes(inputs, events).await?;
        let mut entry = FileEntry {
            path: String::new(),
            events,
            bytes: bytes.len() as u64,
            raw_bytes: inputs.iter().map(|file| file.raw_bytes).sum(),
            min_time: inputs.iter().map(|file| file.min_time).min().unwrap_or(0),
            max_time: inputs.iter().map(|file| file.max_time).max().unwrap_or(0),
            first: low,
            last: high,
            ..FileEntry::clone(first)
        };
        let mut commit = self.commit.lock().await;
        let current = self.snapshot();
        let known: HashSet<&str> = current.files.iter().map(|file| file.path.as_str()).collect();
        if !inputs.iter().all(|file| known.contains(file.path.as_str())) {
            // Expired meanwhile: the merged file would bring old events back.
            return Ok(0);
        }
        // The version makes the name new, whatever was merged before.
        let version = current.version + 1;
        entry.path = format!("data/day={}/kind={}/{low:020}-{high:020}-v{version}.parquet", entry.day, entry.folder);
        self.store.put(&entry.path, bytes).await?;
        self.store.sync(std::slice::from_ref(&entry.path)).await?;
        let (size, committed) = (entry.bytes, current.committed);
        let removed: Vec<String> = inputs.iter().map(|file| file.path.clone()).collect();
        drop(current);
        self.publish(&mut commit, committed, vec![entry], &removed).await?;
        Ok(size)
    }

    /// The merged file, made window by window of time so that memory stays bounded.
    async fn merged_bytes(&self, inputs: &[Arc<FileEntry>], events: u64) -> Result<Vec<u8>, LakeError> {
        let raw: u64 = inputs.iter().map(|file| file.raw_bytes).sum();
        let share = (events * WINDOW_RAW_BYTES).div_ceil(raw.max(1)).clamp(1000, 100_000);
        let mut rest = Window {
            low: inputs.iter().map(|file| i128::from(file.min_time)).min().unwrap_or(0),
            high: inputs.iter().map(|file| i128::from(file.max_time) + 1).max().unwrap_or(0),
        };
        let level = self.options.compact_zstd;
        let rows = usize::try_from(events).unwrap_or(usize::MAX);
        let failed = |e: &dyn std::fmt::Display| LakeError::engine("merge files", e);
        let properties = schema::writer_properties(rows, level);
        let mut writer =
            ArrowWriter::try_new(Vec::new(), schema::schema(), Some(properties)).map_err(|e| failed(&e))?;
        let mut written = 0;
        while !rest.is_empty() {
            let window = rest.take_oldest(inputs, share);
            let files = window.files(inputs);
            if files.is_empty() {
                continue;
            }
            let batches = self.sorted_window(&window, files).await?;
            written += batches.iter().map(|batch| batch.num_rows() as u64).sum::<u64>();
            // Compression is work for a thread of its own, not for the server's.
            let wrote = tokio::task::spawn_blocking(move || {
                batches.iter().try_for_each(|batch| writer.write(batch)).map(|()| writer)
            });
            writer = wrote.await.map_err(|e| failed(&e))?.map_err(|e| failed(&e))?;
        }
        if written != events {
            return Err(failed(&format!(
                "{written} events were read, the manifest says {events}; the files stay as they are"
            )));
        }
        let closed = tokio::task::spawn_blocking(move || writer.into_inner()).await;
        closed.map_err(|e| failed(&e))?.map_err(|e| failed(&e))
    }

    async fn sorted_window(&self, window: &Window, files: Vec<Arc<FileEntry>>) -> Result<Vec<RecordBatch>, LakeError> {
        let schema = schema::schema();
        let columns: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
        let conditions = filter::in_window(window);
        let rows =
            self.engine.read(Reading { files, conditions, columns: &columns, sorted: Some((Order::Oldest, None)) })?;
        rows.try_collect().await.map_err(|e| engine_error(&e))
    }
}
