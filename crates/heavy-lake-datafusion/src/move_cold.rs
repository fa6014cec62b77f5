//! Moving closed days to the cold folder.
//!
//! Copy, bring to the disk, read back and compare, then one manifest that names the copy instead of the
//! original, which goes when no search reads it any more. A crash before the manifest leaves a copy that
//! nothing names, one after it an original that nothing names: opening the lake removes either.

use crate::cold::{self, COLD};
use crate::lake::ParquetLake;
use crate::manifest::FileEntry;
use base_core::Timestamp;
use engine_lake::LakeError;
use std::collections::HashSet;
use std::sync::Arc;

const DAY_MICROS: i64 = 86_400_000_000;
/// Most files moved with one manifest.
const MAX_FILES: usize = 64;

/// What was moved to the cold folder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moved {
    /// Files.
    pub files: usize,
    /// Their bytes.
    pub bytes: u64,
}

impl ParquetLake {
    /// Moves files of days that closed longer ago than the options say, if they have their final form and
    /// the cold folder can be reached; a few at a time, so call it regularly.
    ///
    /// # Errors
    /// When a copy cannot be written or read back, or the new version cannot be written; the lake is then
    /// as it was.
    pub async fn move_cold(&self, now: Timestamp) -> Result<Moved, LakeError> {
        let Some(tier) = &self.options.cold else { return Ok(Moved::default()) };
        self.move_older(now, i64::from(tier.after_days) * DAY_MICROS).await
    }

    /// As [`ParquetLake::move_cold`], for files whose newest event is older than `age`, in µs.
    pub(crate) async fn move_older(&self, now: Timestamp, age: i64) -> Result<Moved, LakeError> {
        if self.options.cold.is_none() {
            return Ok(Moved::default());
        }
        self.look_at_cold().await;
        if !self.store.cold.is_here() {
            return Ok(Moved::default());
        }
        let _turn = self.merging.lock().await;
        let old = |file: &FileEntry| file.max_time.saturating_add(age) < now.as_micros();
        let last = |file: &FileEntry| file.index_bytes > 0 && !file.hash.is_empty();
        let whole = self.whole();
        let mut chosen: Vec<Arc<FileEntry>> =
            whole.files.iter().filter(|f| !cold::is_cold(f) && last(f) && old(f)).cloned().collect();
        drop(whole);
        chosen.sort_by_key(|file| file.max_time);
        chosen.truncate(MAX_FILES);
        let mut copies = Vec::new();
        for file in chosen {
            match self.copy(&file).await {
                Ok(Some(copy)) => copies.push((file, copy)),
                Ok(None) => {}
                // What is copied by now moves; the rest is tried again.
                Err(error) => {
                    tracing::warn!(file.path = %file.path, %error, "a file of the event lake could not be copied to the cold folder");
                    break;
                }
            }
        }
        self.swap(copies).await
    }

    /// The copy, on the disk and compared; `None` for an original that is not as it was written.
    async fn copy(&self, file: &FileEntry) -> Result<Option<FileEntry>, LakeError> {
        let bytes = self.store.get(&file.path).await?;
        if crate::seal::hash_of(&bytes) != file.hash {
            tracing::error!(file.path = %file.path, "a file of the event lake is not as it was written and stays where it is; check with `mangrove lake verify`");
            return Ok(None);
        }
        let path = format!("{COLD}/{}", file.path);
        self.store.put(&path, bytes.to_vec()).await?;
        let back = async {
            self.store.sync(std::slice::from_ref(&path)).await?;
            self.store.get(&path).await
        };
        let reason = match back.await {
            Ok(read) if crate::seal::hash_of(&read) == file.hash => {
                return Ok(Some(FileEntry { path, ..file.clone() }));
            }
            Ok(_) => "the copy is not what was written; check that disk".to_owned(),
            Err(error) => error.to_string(),
        };
        self.store.remove(&path).await;
        Err(LakeError::engine("copy a file to the cold folder", format!("{path}: {reason}")))
    }

    /// Names the copies instead of the originals.
    async fn swap(&self, copies: Vec<(Arc<FileEntry>, FileEntry)>) -> Result<Moved, LakeError> {
        // What was written while the disk went away lies in its mount point.
        self.look_at_cold().await;
        let mut commit = self.commit.lock().await;
        let current = self.whole();
        let known: HashSet<&str> = current.files.iter().map(|file| file.path.as_str()).collect();
        let here = self.store.cold.is_here();
        let (good, gone): (Vec<_>, Vec<_>) =
            copies.into_iter().partition(|(file, _)| here && known.contains(file.path.as_str()));
        let committed = current.committed;
        drop(known);
        drop(current);
        for (_, copy) in gone {
            self.store.remove(&copy.path).await;
        }
        if good.is_empty() {
            return Ok(Moved::default());
        }
        let moved = Moved { files: good.len(), bytes: good.iter().map(|(file, _)| file.bytes).sum() };
        let removed: Vec<String> = good.iter().map(|(file, _)| file.path.clone()).collect();
        let added = good.into_iter().map(|(_, copy)| copy).collect();
        self.publish(&mut commit, committed, added, &removed, "moved to the cold folder").await?;
        tracing::info!(lake.files = moved.files, lake.bytes = moved.bytes, "closed days moved to the cold folder");
        Ok(moved)
    }
}
