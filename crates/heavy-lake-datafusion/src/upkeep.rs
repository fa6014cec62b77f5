//! How long events stay: retention by owner and source, holds for incidents, and what happens
//! when the disk fills up. Whatever goes leaves a line in `deletions.jsonl`.
//!
//! Each file carries how long its events must and may be kept, as the [`Retention`] in force said
//! when they came in. Beyond "must" they stay as long as there is room; beyond "may" they go.

use crate::cold;
use crate::lake::ParquetLake;
use crate::manifest::FileEntry;
use base_core::{SourceId, Timestamp, UnitId};
use engine_lake::LakeError;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

const DAY_MICROS: i64 = 86_400_000_000;
pub(crate) const DELETIONS: &str = "deletions.jsonl";

/// How long events are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Keep {
    /// Days for which nothing but a person may delete them.
    pub at_least_days: u32,
    /// Days after which they are deleted; `None`: when room is needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most_days: Option<u32>,
}

impl Default for Keep {
    /// A year, the longest time TCVN 14423:2026 asks for (level 5), and then as room allows.
    fn default() -> Self {
        Self { at_least_days: 365, at_most_days: None }
    }
}

/// Says how long the events of a unit and source are kept.
pub trait Retention: Send + Sync + std::fmt::Debug {
    /// For events that come in now.
    fn keep(&self, unit: Option<&UnitId>, source: Option<&SourceId>) -> Keep;
}

/// The same for all.
impl Retention for Keep {
    fn keep(&self, _: Option<&UnitId>, _: Option<&SourceId>) -> Keep {
        *self
    }
}

/// What a deletion leaves behind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deletion {
    /// When, µs.
    pub at: i64,
    /// Why: `retention`, `room`, or a person's words.
    pub why: String,
    /// The file and its hash.
    pub path: String,
    /// BLAKE3, hexadecimal.
    pub hash: String,
    /// Events that went.
    pub events: u64,
    /// Their times, µs.
    pub oldest: i64,
    /// The newest of them.
    pub newest: i64,
    /// Hash of the line before, so that none can be taken out unseen.
    pub previous: String,
}

/// Shares of the disk at which something is done, in parts of a hundred that are free. But for the
/// warning, a part counts at most one GiB: on a disk of terabytes a tenth would lie idle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoomLimits {
    /// Warn below this.
    pub warn: u8,
    /// Give all files their final, small form below this.
    pub compact: u8,
    /// Delete the oldest files that nothing protects below this.
    pub delete: u8,
    /// Take no new events below this.
    pub refuse: u8,
}

impl Default for RoomLimits {
    fn default() -> Self {
        Self { warn: 20, compact: 15, delete: 10, refuse: 3 }
    }
}

/// How much room there is and what was done for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Room {
    /// Bytes free for the program.
    pub free: u64,
    /// Bytes of the file system.
    pub total: u64,
    /// Whether people should be warned.
    pub low: bool,
    /// Whether files were brought to their final form.
    pub compacted: bool,
    /// Files moved to the cold folder before their time.
    pub moved: usize,
    /// Events deleted to make room.
    pub deleted: u64,
    /// Whether new events should be refused.
    pub refuse: bool,
}

impl Room {
    /// Free share in parts of a hundred.
    #[must_use]
    pub fn percent(&self) -> u64 {
        (u128::from(self.free) * 100 / u128::from(self.total.max(1))).try_into().unwrap_or(100)
    }
}

impl ParquetLake {
    /// Deletes what may not be kept any longer. Gives the number of events.
    ///
    /// # Errors
    /// When the deletion cannot be recorded or the new version cannot be written.
    pub async fn expire_kept(&self, now: Timestamp) -> Result<u64, LakeError> {
        let past = |file: &FileEntry| {
            let most = file.keep.unwrap_or_default().at_most_days;
            most.is_some_and(|days| file.max_time.saturating_add(i64::from(days) * DAY_MICROS) < now.as_micros())
        };
        self.delete(now, "retention", past, u64::MAX).await
    }

    /// Looks at the room on the disk and does what the limits ask, in order: warn, compact, move closed
    /// days to the cold folder, delete the oldest files that neither retention nor a hold protects, refuse.
    /// On the disk of the cold folder only the limit of deletion counts.
    ///
    /// # Errors
    /// As [`ParquetLake::compact`] and [`ParquetLake::expire_kept`].
    pub async fn keep_room(&self, limits: RoomLimits, now: Timestamp) -> Result<Room, LakeError> {
        let mut room = self.room("")?;
        room.low = room.percent() < u64::from(limits.warn);
        if room.free < Self::least(room.total, limits.compact) {
            // A full disk may have no room for the merged file: then deleting has to make some.
            match self.compact_unless_busy().await {
                Ok(done) => room.compacted = done.files_before > 0,
                Err(error) => tracing::warn!(%error, "the event lake could not be compacted to save room"),
            }
        }
        if self.wanted("", limits)? > 0 {
            // Rather moved before their time than deleted.
            match self.move_older(now, DAY_MICROS).await {
                Ok(moved) => room.moved = moved.files,
                Err(error) => tracing::warn!(%error, "closed days could not be moved to the cold folder to make room"),
            }
        }
        let unprotected = |file: &FileEntry| {
            let least = i64::from(file.keep.unwrap_or_default().at_least_days) * DAY_MICROS;
            file.max_time.saturating_add(least) < now.as_micros()
        };
        let wanted = self.wanted("", limits)?;
        if wanted > 0 {
            room.deleted = self.delete(now, "room", |f| unprotected(f) && !cold::is_cold(f), wanted).await?;
        }
        if self.store.cold.is_here() {
            let wanted = self.wanted(cold::COLD, limits)?;
            if wanted > 0 {
                room.deleted += self.delete(now, "room", |f| unprotected(f) && cold::is_cold(f), wanted).await?;
            }
        }
        let last = self.room("")?;
        (room.free, room.total) = (last.free, last.total);
        room.refuse = room.free < Self::least(room.total, limits.refuse);
        Ok(room)
    }

    /// Free bytes below which a limit of `percent` takes effect on a disk of `total` bytes.
    fn least(total: u64, percent: u8) -> u64 {
        (total / 100).min(1 << 30) * u64::from(percent)
    }

    /// Bytes that are missing to the limit of deletion, on the disk of a path of the lake.
    fn wanted(&self, path: &str, limits: RoomLimits) -> Result<u64, LakeError> {
        let room = self.room(path)?;
        Ok(Self::least(room.total, limits.delete).saturating_sub(room.free))
    }

    fn room(&self, path: &str) -> Result<Room, LakeError> {
        let (free, total) = self.store.room(path)?;
        Ok(Room { free, total, ..Room::default() })
    }

    /// Deletes files that `may` go and no hold protects, oldest first, until `bytes` are free.
    pub(crate) async fn delete(
        &self,
        now: Timestamp,
        why: &str,
        may: impl Fn(&FileEntry) -> bool + Send,
        bytes: u64,
    ) -> Result<u64, LakeError> {
        let mut commit = self.commit.lock().await;
        // Whoever puts a hold meanwhile waits for the end, and finds it in force or its events gone.
        let (_turn, holds) = self.holds_book().turn().await?;
        let snapshot = self.whole();
        let held = |file: &FileEntry| holds.iter().any(|h| file.max_time >= h.from && file.min_time < h.until);
        // A deletion that cannot be done is not recorded: it waits until the cold folder is back.
        let reached = |file: &FileEntry| self.store.cold.is_here() || !cold::is_cold(file);
        let mut gone: Vec<Arc<FileEntry>> =
            snapshot.files.iter().filter(|f| may(f) && !held(f) && reached(f)).cloned().collect();
        gone.sort_by_key(|file| file.max_time);
        let mut freed = 0;
        gone.retain(|file| {
            let needed = freed < bytes;
            freed += if needed { file.bytes } else { 0 };
            needed
        });
        if gone.is_empty() {
            return Ok(0);
        }
        self.record_deletions(&gone, now, why).await?;
        let paths: Vec<String> = gone.iter().map(|file| file.path.clone()).collect();
        let committed = snapshot.committed;
        drop(snapshot);
        self.publish(&mut commit, committed, Vec::new(), &paths, why).await?;
        let events = gone.iter().map(|file| file.events).sum();
        tracing::info!(
            lake.events = events,
            lake.files = gone.len(),
            why,
            "old events were deleted from the event lake"
        );
        Ok(events)
    }

    pub(crate) async fn record_deletions(
        &self,
        gone: &[Arc<FileEntry>],
        now: Timestamp,
        why: &str,
    ) -> Result<(), LakeError> {
        let mut text = self.store.get_text(DELETIONS).await?;
        for file in gone {
            let last = text.lines().last().unwrap_or_default();
            let line = Deletion {
                at: now.as_micros(),
                why: why.to_owned(),
                path: file.path.clone(),
                hash: file.hash.clone(),
                events: file.events,
                oldest: file.min_time,
                newest: file.max_time,
                previous: if last.is_empty() { String::new() } else { crate::seal::hash_of(last.as_bytes()) },
            };
            text += &serde_json::to_string(&line).map_err(|e| LakeError::engine("record a deletion", e))?;
            text.push('\n');
        }
        self.store.put(DELETIONS, text.into_bytes()).await?;
        self.store.sync(&[DELETIONS.to_owned()]).await
    }

    /// Everything that was deleted, oldest first.
    ///
    /// # Errors
    /// When the record cannot be read, or a line was altered or taken out.
    pub async fn deletions(&self) -> Result<Vec<Deletion>, LakeError> {
        let damaged = |reason: String| LakeError::Damaged { file: DELETIONS.to_owned(), reason };
        let text = self.store.get_text(DELETIONS).await?;
        let mut previous = String::new();
        let mut all = Vec::new();
        for (number, line) in text.lines().enumerate() {
            let deletion: Deletion =
                serde_json::from_str(line).map_err(|e| damaged(format!("line {}: {e}", number + 1)))?;
            if deletion.previous != previous {
                return Err(damaged(format!("line {} does not follow the line before it", number + 1)));
            }
            previous = crate::seal::hash_of(line.as_bytes());
            all.push(deletion);
        }
        Ok(all)
    }

    /// Goes back to before the first damaged file when the journal still has everything from
    /// there on; the pipeline then writes it again. Gives the number to go on from.
    ///
    /// `journal_start` is the oldest entry the journal has. Damaged files themselves were set
    /// aside when the lake was opened.
    ///
    /// # Errors
    /// When the new version cannot be written.
    pub async fn rebuild_from(&self, journal_start: u64) -> Result<Option<u64>, LakeError> {
        let mut commit = self.commit.lock().await;
        let snapshot = self.whole();
        // What the journal no longer has stays lost; newer damage is mended all the same.
        let lost: Vec<Arc<FileEntry>> =
            snapshot.lost.iter().map(|(file, _)| file).filter(|f| f.first >= journal_start).cloned().collect();
        let Some(mut from) = lost.iter().map(|file| file.first).min() else { return Ok(None) };
        // Files with events on both sides would lose the older or double the newer ones: they go, too.
        while let Some(lower) =
            snapshot.files.iter().filter(|f| f.first < from && f.last >= from).map(|f| f.first).min()
        {
            from = lower;
        }
        if from < journal_start || from >= snapshot.committed {
            return Ok(None);
        }
        let newer: Vec<String> = snapshot.files.iter().filter(|f| f.first >= from).map(|f| f.path.clone()).collect();
        drop(snapshot);
        let gone: Vec<String> = newer.iter().cloned().chain(lost.iter().map(|file| file.path.clone())).collect();
        self.publish(&mut commit, from, Vec::new(), &gone, "rebuilt from the journal").await?;
        tracing::warn!(from, files = newer.len(), "the event lake is rebuilt from the journal from here on");
        Ok(Some(from))
    }

    /// Files whose events are lost as long as nobody restores them, with what is wrong.
    #[must_use]
    pub fn lost(&self) -> Vec<(String, String)> {
        self.whole().lost.iter().map(|(file, reason)| (file.path.clone(), reason.clone())).collect()
    }

    /// Accepts that a damaged file is gone: it leaves the lake with a line in the record of deletions
    /// that gives `why`, and is not reported any more. What was set aside stays there. `cold` means all
    /// files of a cold folder that is away for good. Gives the number of events; `None` when nothing
    /// is lost under this path.
    ///
    /// # Errors
    /// When the loss cannot be recorded or the new version cannot be written.
    pub async fn accept_loss(&self, path: &str, why: &str) -> Result<Option<u64>, LakeError> {
        self.look_at_cold().await;
        let mut commit = self.commit.lock().await;
        let snapshot = self.whole();
        let (reason, gone): (String, Vec<Arc<FileEntry>>) = if path == cold::COLD && !self.store.cold.is_here() {
            (self.store.cold.reason(), snapshot.files.iter().filter(|file| cold::is_cold(file)).cloned().collect())
        } else {
            let found = snapshot.lost.iter().find(|(file, _)| file.path == path);
            found.map(|(file, reason)| (reason.clone(), vec![Arc::clone(file)])).unwrap_or_default()
        };
        if gone.is_empty() {
            return Ok(None);
        }
        let why = format!("lost ({reason}), accepted: {why}");
        self.record_deletions(&gone, self.options.clock.now(), &why).await?;
        let committed = snapshot.committed;
        drop(snapshot);
        let paths: Vec<String> = gone.iter().map(|file| file.path.clone()).collect();
        self.publish(&mut commit, committed, Vec::new(), &paths, "loss accepted").await?;
        Ok(Some(gone.iter().map(|file| file.events).sum()))
    }
}
