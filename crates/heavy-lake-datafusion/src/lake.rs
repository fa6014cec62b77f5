//! The lake as its users see it.

use crate::LakeOptions;
use crate::cold;
use crate::manifest::{self, FileEntry, SNAPSHOT_EVERY, Snapshot};
use crate::open::{self, OpenReport};
use crate::scan::Engine;
use crate::seal::{Partition, SealedFile, Signer};
use crate::store::Store;
use async_trait::async_trait;
use base_core::{Scope, Timestamp};
use engine_event::{Event, EventId};
use engine_lake::{
    Bucket, DayStats, Lake, LakeError, LakeStats, OutOfReach, SearchPage, SearchRequest, Survey, SurveyAsk,
};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock, Weak};
use tokio::sync::{Mutex, MutexGuard, Semaphore};

/// The event lake in a folder of Parquet files.
#[derive(Debug)]
pub struct ParquetLake {
    pub(crate) store: Arc<Store>,
    pub(crate) options: LakeOptions,
    pub(crate) engine: Engine,
    current: RwLock<Arc<Snapshot>>,
    pub(crate) commit: Mutex<Commit>,
    /// Turns of questions in SQL.
    pub(crate) questions: Semaphore,
    pub(crate) signer: Option<Signer>,
    sealed: std::sync::Mutex<BTreeMap<Partition, Vec<SealedFile>>>,
    /// Held by whoever replaces files by others of the same events: one merger at a time.
    pub(crate) merging: Mutex<()>,
}

/// What only the holder of the commit lock touches.
#[derive(Debug, Default)]
pub(crate) struct Commit {
    /// Versions that searches may still be reading, oldest first.
    read: Vec<(u64, Weak<Snapshot>)>,
    /// Files removed from the lake, with the first version without them.
    garbage: Vec<(u64, Vec<String>)>,
}

impl ParquetLake {
    /// Opens the lake in `dir`, making the folder when it is absent, and removes what an
    /// interrupted write has left.
    ///
    /// # Errors
    /// [`LakeError::Locked`] when another process has the folder, [`LakeError::Damaged`] when
    /// a manifest cannot be read, [`LakeError::UnknownFormat`] for a newer version's files.
    /// Damaged data files are no error: see [`OpenReport`].
    pub async fn open(dir: &Path, options: LakeOptions) -> Result<(Self, OpenReport), LakeError> {
        let (store, snapshot, report) = open::open(dir, &options).await?;
        let lake = Self::made_of(store, snapshot, options)?;
        lake.holds_book().prepare()?;
        lake.load_seals().await?;
        Ok((lake, report))
    }

    /// Whether a process has the lake in `dir` at this moment.
    #[must_use]
    pub fn is_held(dir: &Path) -> bool {
        crate::store::is_held(dir)
    }

    /// The lake of a store and the version found in it.
    pub(crate) fn made_of(store: Store, snapshot: Snapshot, options: LakeOptions) -> Result<Self, LakeError> {
        let signer = options.seal_key.as_ref().map(Signer::new).transpose()?;
        let engine = Engine::new(&store, &options)?;
        Ok(Self {
            store: Arc::new(store),
            options,
            engine,
            current: RwLock::new(Arc::new(snapshot)),
            commit: Mutex::new(Commit::default()),
            questions: Semaphore::new(crate::sql::QUESTIONS_AT_ONCE),
            signer,
            sealed: std::sync::Mutex::default(),
            merging: Mutex::default(),
        })
    }

    /// Goes over to a version that another process has made.
    pub(crate) fn replace_snapshot(&self, snapshot: Snapshot) {
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(snapshot);
    }

    /// The newest version; files it names stay where they are as long as it is held.
    pub(crate) fn whole(&self) -> Arc<Snapshot> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What can be read of the newest version: without the files of a cold folder that is away.
    pub(crate) fn snapshot(&self) -> Arc<Snapshot> {
        let whole = self.whole();
        if self.store.cold.is_here() || !whole.files.iter().any(|file| cold::is_cold(file)) {
            return whole;
        }
        Arc::new(Snapshot::without_cold(whole))
    }

    /// Looks whether the cold folder can be reached, and tells in the log when that has changed; `true` if so.
    pub async fn look_at_cold(&self) -> bool {
        self.store.cold.refresh().await
    }

    /// The public key of its seals, hexadecimal.
    #[must_use]
    pub fn seal_key(&self) -> Option<String> {
        self.signer.as_ref().map(Signer::public)
    }

    /// What each sealed partition held when it was sealed.
    pub(crate) fn sealed(&self) -> std::sync::MutexGuard<'_, BTreeMap<Partition, Vec<SealedFile>>> {
        self.sealed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes a new version durable and visible. The added files must be durable already.
    pub(crate) async fn publish(
        &self,
        commit: &mut MutexGuard<'_, Commit>,
        committed: u64,
        add: Vec<FileEntry>,
        remove: &[String],
        why: &str,
    ) -> Result<(), LakeError> {
        let before = self.whole();
        let (next, manifest) = before.next(committed, add, remove);
        if !remove.is_empty() {
            self.seal_change(&next, remove, self.options.clock.now(), why).await?;
        }
        let version = next.version;
        let path = manifest::path_of(version);
        let text = serde_json::to_vec(&manifest).map_err(|e| LakeError::engine("write its manifest", e))?;
        self.store.put(&path, text).await?;
        self.store.sync(&[path]).await?;
        commit.read.push((before.version, Arc::downgrade(&before)));
        if !remove.is_empty() {
            commit.garbage.push((version, remove.to_vec()));
        }
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(next);
        drop(before);
        if manifest.snapshot {
            for old in version.saturating_sub(SNAPSHOT_EVERY)..version {
                self.store.remove(&manifest::path_of(old)).await;
            }
        }
        self.sweep(commit).await;
        Ok(())
    }

    /// Removes files that no search can still be reading.
    pub(crate) async fn sweep(&self, commit: &mut MutexGuard<'_, Commit>) {
        commit.read.retain(|(_, snapshot)| snapshot.strong_count() > 0);
        let oldest = commit.read.first().map_or(u64::MAX, |(version, _)| *version);
        let (gone, kept) = std::mem::take(&mut commit.garbage).into_iter().partition(|(version, _)| *version <= oldest);
        commit.garbage = kept;
        let gone: Vec<(u64, Vec<String>)> = gone;
        for path in gone.into_iter().flat_map(|(_, paths)| paths) {
            self.store.remove(&path).await;
        }
    }

    /// Removes whole files whose newest event is older than `before` and that no hold protects;
    /// gives the number of events that went. Files that reach past it stay until all of them is older.
    ///
    /// # Errors
    /// When the deletion cannot be recorded or the new version cannot be written.
    pub async fn expire(&self, before: Timestamp) -> Result<u64, LakeError> {
        let old = |file: &FileEntry| file.max_time < before.as_micros();
        self.delete(self.options.clock.now(), "expired", old, u64::MAX).await
    }
}

/// Asks with what can be reached; once more when the cold folder has gone away meanwhile.
macro_rules! reaching {
    ($self:ident, $ask:expr) => {{
        $self.look_at_cold().await;
        match $ask.await {
            Err(_) if $self.look_at_cold().await => $ask.await,
            answer => answer,
        }
    }};
}

#[async_trait]
impl Lake for ParquetLake {
    async fn write(&self, range: Range<u64>, events: &[Event]) -> Result<(), LakeError> {
        self.write_range(range, events).await
    }

    async fn committed(&self) -> Result<u64, LakeError> {
        Ok(self.whole().committed)
    }

    async fn search(&self, scope: &Scope, request: &SearchRequest) -> Result<SearchPage, LakeError> {
        reaching!(self, self.search_pages(scope, request))
    }

    async fn histogram(
        &self,
        scope: &Scope,
        request: &SearchRequest,
        buckets: usize,
    ) -> Result<Vec<Bucket>, LakeError> {
        reaching!(self, self.count_over_time(scope, request, buckets))
    }

    async fn get(&self, scope: &Scope, id: &EventId, near: Option<Timestamp>) -> Result<Option<Event>, LakeError> {
        reaching!(self, self.find_event(scope, id, near))
    }

    async fn survey(&self, scope: &Scope, request: &SearchRequest, ask: &SurveyAsk) -> Result<Survey, LakeError> {
        reaching!(self, self.count_values(scope, request, ask))
    }

    async fn stats(&self) -> Result<LakeStats, LakeError> {
        let snapshot = self.whole();
        let mut days: BTreeMap<&str, DayStats> = BTreeMap::new();
        for file in &snapshot.files {
            let day =
                days.entry(&file.day).or_insert_with(|| DayStats { day: file.day.clone(), ..DayStats::default() });
            day.events += file.events;
            day.stored_bytes += file.bytes;
            day.files += 1;
        }
        let cold = || snapshot.files.iter().filter(|file| cold::is_cold(file));
        let sum = |value: fn(&FileEntry) -> u64| snapshot.files.iter().map(|file| value(file)).sum();
        Ok(LakeStats {
            committed: snapshot.committed,
            events: sum(|file| file.events),
            stored_bytes: sum(|file| file.bytes),
            raw_bytes: sum(|file| file.raw_bytes),
            files: snapshot.files.len() as u64,
            oldest: snapshot.files.iter().map(|file| file.min_time).min().map(Timestamp::from_micros),
            newest: snapshot.files.iter().map(|file| file.max_time).max().map(Timestamp::from_micros),
            days: days.into_values().collect(),
            cold_files: cold().count() as u64,
            cold_bytes: cold().map(|file| file.bytes).sum(),
        })
    }

    async fn out_of_reach(&self, from: Option<Timestamp>, until: Option<Timestamp>) -> Option<OutOfReach> {
        self.look_at_cold().await;
        if self.store.cold.is_here() {
            return None;
        }
        let (from, until) = (from.map_or(i64::MIN, Timestamp::as_micros), until.map_or(i64::MAX, Timestamp::as_micros));
        let whole = self.whole();
        let asked = whole.files.iter().filter(|f| cold::is_cold(f) && f.max_time >= from && f.min_time < until);
        let days: BTreeSet<String> = asked.map(|file| file.day.clone()).collect();
        (!days.is_empty()).then(|| OutOfReach { days: days.into_iter().collect(), reason: self.store.cold.reason() })
    }
}
