//! The lake as its users see it.

use crate::LakeOptions;
use crate::manifest::{self, FileEntry, SNAPSHOT_EVERY, Snapshot};
use crate::open::{self, OpenReport};
use crate::scan::Engine;
use crate::seal::{Partition, SealedFile, Signer};
use crate::store::Store;
use async_trait::async_trait;
use base_core::{Scope, Timestamp};
use engine_event::{Event, EventId};
use engine_lake::{Bucket, DayStats, Lake, LakeError, LakeStats, SearchPage, SearchRequest, Survey, SurveyAsk};
use std::collections::BTreeMap;
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
    /// Files found damaged at opening, with the reason.
    pub(crate) damaged: Vec<(String, String)>,
    /// The same as the manifest has them.
    pub(crate) lost: Vec<Arc<FileEntry>>,
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
        let (store, snapshot, report, lost) = open::open(dir, &options).await?;
        let mut lake = Self::made_of(store, snapshot, options)?;
        lake.damaged = report.damaged.clone();
        lake.lost = lost;
        lake.load_seals().await?;
        Ok((lake, report))
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
            damaged: Vec::new(),
            lost: Vec::new(),
        })
    }

    /// Goes over to a version that another process has made.
    pub(crate) fn replace_snapshot(&self, snapshot: Snapshot) {
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(snapshot);
    }

    /// The newest version; files it names stay readable as long as it is held.
    pub(crate) fn snapshot(&self) -> Arc<Snapshot> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
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

    pub(crate) fn damaged_paths(&self) -> impl Iterator<Item = &str> {
        self.damaged.iter().map(|(path, _)| path.as_str())
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
        if self.options.read_only {
            return Err(LakeError::engine("write", "it was opened only to look"));
        }
        let before = self.snapshot();
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

    /// Removes whole files whose newest event is older than `before`; gives the number of
    /// events that went. Files that reach past it stay until all of them is older.
    ///
    /// # Errors
    /// When the new version cannot be written.
    pub async fn expire(&self, before: Timestamp) -> Result<u64, LakeError> {
        let mut commit = self.commit.lock().await;
        let snapshot = self.snapshot();
        let old: Vec<_> = snapshot.files.iter().filter(|file| file.max_time < before.as_micros()).collect();
        let old: Vec<Arc<FileEntry>> = old.into_iter().cloned().collect();
        let (events, paths) =
            (old.iter().map(|f| f.events).sum(), old.iter().map(|f| f.path.clone()).collect::<Vec<_>>());
        let committed = snapshot.committed;
        drop(snapshot);
        if !paths.is_empty() {
            self.record_deletions(&old, self.options.clock.now(), "expired").await?;
            self.publish(&mut commit, committed, Vec::new(), &paths, "expired").await?;
        }
        Ok(events)
    }
}

#[async_trait]
impl Lake for ParquetLake {
    async fn write(&self, range: Range<u64>, events: &[Event]) -> Result<(), LakeError> {
        self.write_range(range, events).await
    }

    async fn committed(&self) -> Result<u64, LakeError> {
        Ok(self.snapshot().committed)
    }

    async fn search(&self, scope: &Scope, request: &SearchRequest) -> Result<SearchPage, LakeError> {
        self.search_pages(scope, request).await
    }

    async fn histogram(
        &self,
        scope: &Scope,
        request: &SearchRequest,
        buckets: usize,
    ) -> Result<Vec<Bucket>, LakeError> {
        self.count_over_time(scope, request, buckets).await
    }

    async fn get(&self, scope: &Scope, id: &EventId, near: Option<Timestamp>) -> Result<Option<Event>, LakeError> {
        self.find_event(scope, id, near).await
    }

    async fn survey(&self, scope: &Scope, request: &SearchRequest, ask: &SurveyAsk) -> Result<Survey, LakeError> {
        self.count_values(scope, request, ask).await
    }

    async fn stats(&self) -> Result<LakeStats, LakeError> {
        let snapshot = self.snapshot();
        let mut days: BTreeMap<&str, DayStats> = BTreeMap::new();
        for file in &snapshot.files {
            let day =
                days.entry(&file.day).or_insert_with(|| DayStats { day: file.day.clone(), ..DayStats::default() });
            day.events += file.events;
            day.stored_bytes += file.bytes;
            day.files += 1;
        }
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
        })
    }
}
