//! Merging small files into larger ones.
//!
//! Files of one day and kind are merged when there are enough of about the same size, so that
//! each event is rewritten only a few times (a log-structured merge). The new file holds the
//! same events; a new manifest swaps it for the old ones, which are removed when no search
//! reads them any more. A crash before the manifest leaves the old files in place.

use crate::cold;
use crate::data_file::{DataFile, FileWriter};
use crate::decode::raw_column;
use crate::filter;
use crate::lake::ParquetLake;
use crate::manifest::FileEntry;
use crate::scan::{Reading, engine_error};
use crate::schema::{self, ROW_GROUP_RAW_BYTES, ROW_GROUP_ROWS};
use crate::upkeep::Keep;
use crate::window::Window;
use datafusion::arrow::record_batch::RecordBatch;
use engine_lake::LakeError;
use futures::TryStreamExt;
use std::collections::{BTreeMap, HashSet};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

/// A row group is read in so many windows of time, whose sizes are estimates.
const WINDOWS_OF_GROUP: u64 = 4;
/// So often all files get their final form.
const FINAL_FORM_EVERY: Duration = Duration::from_secs(24 * 3600);
/// Most files merged at once.
const MAX_INPUTS: usize = 64;
/// Files that may be merged: day, kind, how long they are kept, size class.
type Class<'a> = (&'a str, &'a str, Option<Keep>, u32);

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

/// How far a compaction is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CompactionProgress {
    /// What is done.
    pub done: Compacted,
    /// Files that are still to be merged or to get their final form.
    pub left: usize,
}

impl ParquetLake {
    /// Merges until nothing is worth merging. With `all`, any two files of a day and kind below
    /// the target size are worth it, and every file gets its final form: compressed hard, with a
    /// text index, in the newest format.
    ///
    /// # Errors
    /// As writing and searching; the lake is then as it was, or with some merges done.
    pub async fn compact(&self, all: bool) -> Result<Compacted, LakeError> {
        self.compact_while(all, |_| true).await
    }

    /// As [`ParquetLake::compact`]; `go_on` is told before each merger how far it is, and ends the whole by
    /// `false`: what is merged by then stays merged.
    ///
    /// # Errors
    /// As [`ParquetLake::compact`].
    pub async fn compact_while(
        &self,
        all: bool,
        mut go_on: impl FnMut(CompactionProgress) -> bool + Send,
    ) -> Result<Compacted, LakeError> {
        let _turn = self.merging.lock().await;
        let mut done = Compacted::default();
        let at_least = if all { 2 } else { self.options.merge_files.max(2) };
        while let Some((inputs, left)) = self.choose(at_least, all) {
            if !go_on(CompactionProgress { done, left }) {
                break;
            }
            let merged = self.merge(&inputs, all).await?;
            done.files_before += inputs.len();
            done.files_after += 1;
            done.bytes_before += inputs.iter().map(|file| file.bytes).sum::<u64>();
            done.bytes_after += merged;
        }
        Ok(done)
    }

    /// Gives all files their final form to save room, unless a merger is under way already.
    pub(crate) async fn compact_unless_busy(&self) -> Result<Compacted, LakeError> {
        match self.merging.try_lock() {
            Ok(turn) => drop(turn),
            Err(_) => return Ok(Compacted::default()),
        }
        self.compact(true).await
    }

    /// Compacts every `every` until `stop` is ready. Errors are logged and tried again.
    pub async fn maintain(&self, every: Duration, stop: impl Future<Output = ()> + Send) {
        tokio::pin!(stop);
        let rounds = u64::try_from(FINAL_FORM_EVERY.as_micros() / every.as_micros().max(1)).unwrap_or(1).max(1);
        for round in 1_u64.. {
            tokio::select! {
                () = &mut stop => return,
                () = tokio::time::sleep(every) => {}
            }
            match self.compact(round.is_multiple_of(rounds)).await {
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
            if round.is_multiple_of(rounds) {
                self.daily().await;
            }
            if let Err(error) = self.move_cold(self.options.clock.now()).await {
                tracing::warn!(%error, "closed days could not be moved to the cold folder");
            }
            let mut commit = self.commit.lock().await;
            self.sweep(&mut commit).await;
        }
    }

    /// What is done once a day: old events go, and what is there is sealed.
    async fn daily(&self) {
        let now = self.options.clock.now();
        if let Err(error) = self.expire_kept(now).await {
            tracing::warn!(%error, "events beyond their retention could not be deleted");
        }
        if let Err(error) = self.seal(now).await {
            tracing::error!(%error, "the event lake could not be sealed; check with `mangrove lake verify`");
        }
    }

    /// Files of one day, kind and size class that are worth merging, in order of the journal, and how
    /// many files are in all.
    fn choose(&self, at_least: usize, all: bool) -> Option<(Vec<Arc<FileEntry>>, usize)> {
        let snapshot = self.whole();
        let mut classes: BTreeMap<Class<'_>, Vec<&Arc<FileEntry>>> = BTreeMap::new();
        let (bytes, events) = (self.options.target_bytes, self.options.target_events);
        let small = |file: &&Arc<FileEntry>| file.bytes < bytes && file.events < events && !cold::is_cold(file);
        for file in snapshot.files.iter().filter(small) {
            // Each class spans a factor of eight in size.
            let class = if all { 0 } else { (file.bytes.max(SMALLEST_CLASS_BYTES) / SMALLEST_CLASS_BYTES).ilog2() / 3 };
            classes.entry((&file.day, &file.folder, file.keep, class)).or_default().push(file);
        }
        // Alone, too, a file is worth its final form once.
        let raw = |files: &[&Arc<FileEntry>]| all && files.iter().any(|file| file.index_bytes == 0);
        let mut worth = classes.into_values().filter(|files| files.len() >= at_least || raw(files));
        let mut group = worth.next()?;
        let left = group.len() + worth.map(|files| files.len()).sum::<usize>();
        group.sort_by_key(|file| file.first);
        let (mut bytes, mut events) = (0, 0);
        let fits = |file: &&Arc<FileEntry>| {
            bytes += file.bytes;
            events += file.events;
            bytes <= self.options.target_bytes * 2 && events <= self.options.target_events * 2
        };
        let chosen: Vec<_> = group.iter().copied().take(MAX_INPUTS).take_while(fits).cloned().collect();
        (chosen.len() >= 2 || raw(&group)).then_some((chosen, left))
    }

    /// Merges the files into one; its size.
    async fn merge(&self, inputs: &[Arc<FileEntry>], last: bool) -> Result<u64, LakeError> {
        let Some(first) = inputs.first() else { return Ok(0) };
        let events: u64 = inputs.iter().map(|file| file.events).sum();
        let fold =
            |value: fn(&FileEntry) -> u64, join: fn(u64, u64) -> u64| inputs.iter().map(|f| value(f)).reduce(join);
        let (low, high) = (fold(|f| f.first, u64::min).unwrap_or(0), fold(|f| f.last, u64::max).unwrap_or(0));
        for input in inputs {
            self.check_hash(input).await?;
        }
        let file = self.merged_file(inputs, events, last).await?;
        let mut entry = FileEntry {
            path: String::new(),
            events,
            bytes: file.bytes.len() as u64,
            raw_bytes: inputs.iter().map(|file| file.raw_bytes).sum(),
            min_time: inputs.iter().map(|file| file.min_time).min().unwrap_or(0),
            max_time: inputs.iter().map(|file| file.max_time).max().unwrap_or(0),
            first: low,
            last: high,
            index_at: file.index_at,
            index_bytes: file.index_bytes,
            hash: file.hash,
            ..FileEntry::clone(first)
        };
        let mut commit = self.commit.lock().await;
        let current = self.whole();
        let known: HashSet<&str> = current.files.iter().map(|file| file.path.as_str()).collect();
        if !inputs.iter().all(|file| known.contains(file.path.as_str())) {
            // Expired meanwhile: the merged file would bring old events back.
            return Ok(0);
        }
        // The version makes the name new, whatever was merged before.
        let version = current.version + 1;
        entry.path = format!("data/day={}/kind={}/{low:020}-{high:020}-v{version}.parquet", entry.day, entry.folder);
        self.store.put(&entry.path, file.bytes).await?;
        self.store.sync(std::slice::from_ref(&entry.path)).await?;
        let (size, committed) = (entry.bytes, current.committed);
        let removed: Vec<String> = inputs.iter().map(|file| file.path.clone()).collect();
        drop(current);
        self.publish(&mut commit, committed, vec![entry], &removed, "compacted").await?;
        Ok(size)
    }

    /// What was altered on the disk must not become part of a new file, whose hash would be right.
    async fn check_hash(&self, file: &FileEntry) -> Result<(), LakeError> {
        if file.hash.is_empty() || crate::seal::hash_of(&self.store.get(&file.path).await?) == file.hash {
            return Ok(());
        }
        Err(LakeError::Damaged {
            file: file.path.clone(),
            reason: "its bytes are not those that were written".to_owned(),
        })
    }

    /// The merged file, made row group by row group of time so that memory stays bounded.
    async fn merged_file(&self, inputs: &[Arc<FileEntry>], events: u64, last: bool) -> Result<DataFile, LakeError> {
        let raw: u64 = inputs.iter().map(|file| file.raw_bytes).sum();
        let share = (events * ROW_GROUP_RAW_BYTES / WINDOWS_OF_GROUP).div_ceil(raw.max(1));
        let share = share.clamp(1000, ROW_GROUP_ROWS as u64 / WINDOWS_OF_GROUP);
        let mut rest = Window {
            low: inputs.iter().map(|file| i128::from(file.min_time)).min().unwrap_or(0),
            high: inputs.iter().map(|file| i128::from(file.max_time) + 1).max().unwrap_or(0),
        };
        let large = last || raw >= self.options.index_from_raw_bytes || events >= self.options.target_events;
        let level = if large { self.options.compact_zstd } else { self.options.merge_zstd };
        let rows = usize::try_from(events).unwrap_or(usize::MAX);
        let mut writer = FileWriter::new(rows, level, large)?;
        let mut group = Group::default();
        while !rest.is_empty() {
            let window = rest.take_oldest(inputs, share);
            let files = window.files(inputs);
            if files.is_empty() {
                continue;
            }
            self.read_window(&window, files, &mut group).await?;
            if group.is_full() {
                writer = write_group(writer, &mut group).await?;
            }
        }
        writer = write_group(writer, &mut group).await?;
        if writer.written() != events {
            return Err(merge_failed(&format!(
                "{} events were read, the manifest says {events}; the files stay as they are",
                writer.written()
            )));
        }
        tokio::task::spawn_blocking(move || writer.finish()).await.map_err(|e| merge_failed(&e))?
    }

    async fn read_window(
        &self,
        window: &Window,
        files: Vec<Arc<FileEntry>>,
        group: &mut Group,
    ) -> Result<(), LakeError> {
        let schema = schema::schema();
        let columns: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
        let conditions = filter::in_window(window);
        let mut rows = self.engine.read(Reading {
            files,
            conditions,
            columns: &columns,
            pruning: None,
            sorted: None,
            counted: false,
        })?;
        while let Some(batch) = rows.try_next().await.map_err(|e| engine_error(&e))? {
            group.add(batch)?;
        }
        Ok(())
    }
}

fn merge_failed(e: &dyn std::fmt::Display) -> LakeError {
    LakeError::engine("merge files", e)
}

/// Rows that become one row group.
#[derive(Default)]
struct Group {
    batches: Vec<RecordBatch>,
    rows: usize,
    raw_bytes: u64,
}

impl Group {
    fn add(&mut self, batch: RecordBatch) -> Result<(), LakeError> {
        self.rows += batch.num_rows();
        self.raw_bytes += raw_column(&batch)?.lengths().map(u64::from).sum::<u64>();
        self.batches.push(batch);
        Ok(())
    }

    /// Whether another window of the usual size might be too much.
    fn is_full(&self) -> bool {
        let share = |whole: u64| whole - whole / WINDOWS_OF_GROUP;
        self.raw_bytes > share(ROW_GROUP_RAW_BYTES) || self.rows as u64 > share(ROW_GROUP_ROWS as u64)
    }
}

/// Sorting and compression are work for a thread of its own, not for the server's.
async fn write_group(mut writer: FileWriter, group: &mut Group) -> Result<FileWriter, LakeError> {
    let batches = std::mem::take(group).batches;
    let wrote = tokio::task::spawn_blocking(move || writer.write_group(&batches).map(|()| writer));
    wrote.await.map_err(|e| merge_failed(&e))?
}
