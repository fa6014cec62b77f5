//! The lists of indicators in memory, kept in step with the records.
//!
//! Files lie compressed in the data folder; the records say which of them are in force. The shelf
//! looks at the records when it is woken and every few seconds, because the command line writes
//! them too, reads what is new beside the running pipeline, and puts it into force as a whole.
//! Lists that did not change are taken over from memory and not read again.

pub mod file;

use crate::model::indicator_list::{FileState, IndicatorList, ListFile, ListReport, Standing};
use crate::store::lists;
use base_core::{ContentFile, Error, Result, SharedClock};
use base_db::Db;
use engine_detect::RuleInfo;
use engine_detect::indicators::{Allow, Builder, IndicatorStore, ListSpec, load};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::{Notify, watch};

/// How often the records are looked at without being woken.
const LOOK_EVERY: Duration = Duration::from_secs(3);

/// See the module.
#[derive(Debug)]
pub struct Shelf {
    store: Arc<IndicatorStore>,
    clock: SharedClock,
    folder: PathBuf,
    specs: Vec<ListSpec>,
    allow: Vec<ContentFile>,
    /// What is in memory, by list: the id of its file, and a print of its description.
    held: Mutex<HashMap<String, Held>>,
    standings: RwLock<HashMap<String, Standing>>,
    rules: RwLock<Arc<[Arc<RuleInfo>]>>,
    own_allow: Mutex<Option<String>>,
    wake: Notify,
    /// Whether everything was looked at once since the start.
    ready: watch::Sender<bool>,
    /// One change at a time.
    changing: tokio::sync::Mutex<()>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Held {
    file: String,
    spec: ListSpec,
}

/// A list that is to be in force.
#[derive(Clone, Debug)]
struct Wanted {
    spec: ListSpec,
    file: ListFile,
}

impl Shelf {
    /// A shelf over the files in `folder`, with the lists and allow lists that content describes.
    /// Nothing is in force before [`Shelf::catch_up`].
    #[must_use]
    pub fn new(clock: SharedClock, folder: PathBuf, specs: Vec<ListSpec>, allow: Vec<ContentFile>) -> Arc<Self> {
        let store = IndicatorStore::new(Arc::clone(&clock));
        store.replace_allow(Arc::new(Allow::load(&allow).0));
        let rules = specs.iter().map(ListSpec::rule).collect();
        Arc::new(Self {
            store,
            clock,
            folder,
            specs,
            allow,
            held: Mutex::default(),
            standings: RwLock::default(),
            rules: RwLock::new(rules),
            own_allow: Mutex::default(),
            wake: Notify::new(),
            ready: watch::Sender::new(false),
            changing: tokio::sync::Mutex::default(),
        })
    }

    /// What is in force, for the threads that watch.
    #[must_use]
    pub fn store(&self) -> &Arc<IndicatorStore> {
        &self.store
    }

    /// Folder of the files.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The lists that content describes.
    #[must_use]
    pub fn specs(&self) -> &[ListSpec] {
        &self.specs
    }

    /// What content allows.
    #[must_use]
    pub fn shipped_allow(&self) -> &[ContentFile] {
        &self.allow
    }

    /// How far a list is on its way into memory; `None` when it is not to be there.
    #[must_use]
    pub fn standing(&self, list: &str) -> Option<Standing> {
        self.standings.read().unwrap_or_else(PoisonError::into_inner).get(list).cloned()
    }

    /// The rule that stands for a list, by the id of the rule.
    #[must_use]
    pub fn find(&self, rule: &str) -> Option<Arc<RuleInfo>> {
        let rules = Arc::clone(&self.rules.read().unwrap_or_else(PoisonError::into_inner));
        rules.iter().find(|r| *r.id == *rule).cloned()
    }

    /// Waits until [`Shelf::keep_up`] has looked at everything once: events that are held against the lists
    /// before would pass unseen.
    pub async fn ready(&self) {
        // The sender lives as long as the shelf.
        let _ = self.ready.subscribe().wait_for(|ready| *ready).await;
    }

    /// Has the records looked at soon.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    /// Keeps memory in step with the records until the task is ended; `tell` is called after
    /// each change.
    pub async fn keep_up(self: Arc<Self>, db: Db, tell: impl Fn()) {
        loop {
            match self.catch_up(&db).await {
                Ok(true) => tell(),
                Ok(false) => {}
                Err(error) => {
                    tracing::warn!(%error, "the lists of indicators could not be looked at; it is tried again");
                }
            }
            self.ready.send_replace(true);
            let _ = tokio::time::timeout(LOOK_EVERY, self.wake.notified()).await;
        }
    }

    /// Brings memory in step with the records. `true` when something changed.
    ///
    /// # Errors
    /// When the database does not answer. A file that cannot be used is told by its standing.
    pub async fn catch_up(self: &Arc<Self>, db: &Db) -> Result<bool> {
        let _one = self.changing.lock().await;
        let all = lists::all(db.read(), &self.specs).await?;
        *self.rules.write().unwrap_or_else(PoisonError::into_inner) = all.iter().map(|l| l.spec.rule()).collect();
        let allow_changed = self.take_allow(lists::allow(db.read()).await?.map(|a| a.text));
        let wanted = all.into_iter().filter_map(|l: IndicatorList| {
            let file = l.active.filter(|_| l.is_on)?;
            Some(Wanted { spec: l.spec, file })
        });
        let wanted: Vec<Wanted> = wanted.collect();
        let (fresh, gone) = self.compare(&wanted);
        if fresh.is_empty() && gone.is_empty() {
            return Ok(allow_changed);
        }
        let shelf = Arc::clone(self);
        tokio::task::spawn_blocking(move || shelf.change(fresh, &gone)).await.map_err(Error::bug)?;
        Ok(true)
    }

    /// Lists to be read, and ids of lists whose values in memory are to go. What failed stays
    /// as it is until its file is another.
    fn compare(&self, wanted: &[Wanted]) -> (Vec<Wanted>, Vec<String>) {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let as_wanted = |w: &&Wanted| held.get(&w.spec.id).is_some_and(|h| h.file == w.file.id && h.spec == w.spec);
        let fresh: Vec<Wanted> = wanted.iter().filter(|w| !as_wanted(w)).cloned().collect();
        let gone = held.keys().filter(|id| !wanted.iter().any(|w| w.spec.id == **id && as_wanted(&w))).cloned();
        (fresh, gone.collect())
    }

    fn stand(&self, list: &str, standing: Option<Standing>) {
        let mut all = self.standings.write().unwrap_or_else(PoisonError::into_inner);
        match standing {
            Some(standing) => drop(all.insert(list.to_owned(), standing)),
            None => drop(all.remove(list)),
        }
    }

    /// Reads the fresh lists, leaves out those that are gone, puts the whole into force. Blocks.
    fn change(&self, fresh: Vec<Wanted>, gone: &[String]) {
        for id in gone.iter().filter(|id| !fresh.iter().any(|w| w.spec.id == **id)) {
            self.stand(id, None);
        }
        fresh.iter().for_each(|w| self.stand(&w.spec.id, Some(Standing::Loading)));
        let now = self.clock.now();
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let without: Vec<&str> = gone.iter().map(String::as_str).collect();
        let mut builder =
            if held.len() == gone.len() { Builder::new() } else { self.store.indicators().reopened(&without, now) };
        held.retain(|id, _| !gone.contains(id));
        for Wanted { spec, file } in fresh {
            let id = spec.id.clone();
            let read = self.read(&mut builder, &spec, &file);
            if let Err(reason) = read {
                tracing::error!(list = id, reason, "a list of indicators cannot be put into force");
                self.stand(&id, Some(Standing::Failed(reason)));
            }
            // A failure is remembered too, so that it is not tried again every few seconds.
            held.insert(id, Held { file: file.id, spec });
        }
        let built = builder.build();
        for count in built.by_list(now) {
            if held.contains_key(&count.list) && !matches!(self.standing(&count.list), Some(Standing::Failed(_))) {
                let list = count.list.clone();
                self.stand(&list, Some(Standing::InForce(count)));
            }
        }
        self.store.replace(Arc::new(built));
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = held;
    }

    fn read(&self, builder: &mut Builder, spec: &ListSpec, file: &ListFile) -> Result<(), String> {
        let path = self.folder.join(&file.id);
        let id = builder.list(spec.clone()).ok_or("there are too many lists; remove some")?;
        // The whole file is checked first: half a list must not pass for one.
        file::check(&path, &file.digest)?;
        let mut text = file::open(&path).map_err(|e| file::unreadable(&path, &e))?;
        // Life times count from when the file came in, not from this start.
        load::read(builder, id, &file.name, file.format, &mut text, file.at);
        Ok(())
    }

    fn take_allow(&self, own: Option<String>) -> bool {
        let mut known = self.own_allow.lock().unwrap_or_else(PoisonError::into_inner);
        if *known == own {
            return false;
        }
        let mut files = self.allow.clone();
        files.extend(own.iter().map(|text| ContentFile { path: OWN_ALLOW.to_owned(), text: text.clone() }));
        self.store.replace_allow(Arc::new(Allow::load(&files).0));
        *known = own;
        true
    }

    /// Leaves out what has expired, when that is much, and counts anew. Blocks; once a day.
    pub fn sweep(&self) -> usize {
        let left_out = self.store.sweep();
        for count in self.store.indicators().by_list(self.clock.now()) {
            let list = count.list.clone();
            if matches!(self.standing(&list), Some(Standing::InForce(_))) {
                self.stand(&list, Some(Standing::InForce(count)));
            }
        }
        left_out
    }

    /// Removes files that no list has: what a crash between writing a file and its record left.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn tidy(&self, db: &Db) -> Result<()> {
        let known = lists::file_ids(db.read()).await?;
        let (folder, now) = (self.folder.clone(), self.clock.now());
        let removed = tokio::task::spawn_blocking(move || file::remove_unknown(&folder, &known, now));
        if let Err(error) = removed.await.map_err(Error::bug)? {
            tracing::warn!(%error, "the folder of indicator lists could not be tidied");
        }
        Ok(())
    }

    /// Takes a file in: unpacks, compresses and checks it, without putting anything into force.
    /// `raw` is where it lies as handed in. Blocks.
    ///
    /// # Errors
    /// What is wrong with the file as a whole, with the remedy.
    pub fn take_in(&self, raw: &Path, name: &str, spec: &ListSpec, id: &str) -> Result<file::Stored, file::Refused> {
        file::take_in(raw, &self.folder.join(id), name, spec, self.clock.now())
    }
}

/// The name of people's own list of what is allowed in messages.
pub const OWN_ALLOW: &str = "allow";

/// The report of a file that is only looked at.
///
/// # Errors
/// What is wrong with the file as a whole, with the remedy.
pub fn look_at(
    path: &Path,
    name: &str,
    spec: &ListSpec,
    clock: &SharedClock,
) -> Result<(load::Format, ListReport), file::Refused> {
    file::look_at(path, name, spec, clock.now())
}

impl ListFile {
    /// A file that waits, from what taking it in gave.
    #[must_use]
    pub fn staged(id: String, list: &str, name: &str, stored: file::Stored) -> Self {
        Self {
            id,
            list: list.to_owned(),
            state: FileState::Staged,
            name: name.to_owned(),
            format: stored.format,
            digest: stored.digest,
            bytes: i64::try_from(stored.bytes).unwrap_or(i64::MAX),
            report: stored.report,
            by_name: String::new(),
            at: stored.at,
            active_at: None,
        }
    }
}
