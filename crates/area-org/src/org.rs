//! Units in memory, and what was written of machines a moment ago.

use crate::model::{Event, Mistake, Timeline, Unit};
use crate::store;
use base_core::{IdSource, Result, Scope, SharedClock, Timestamp, UnitId};
use base_db::Db;
use base_web::ports::{UnitDirectory, UnitInfo};
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

/// The area's state: hand it to [`crate::area`], to the web glue as `UnitDirectory`, and to the pipeline.
pub struct Org {
    pub(crate) db: Db,
    pub(crate) clock: SharedClock,
    pub(crate) ids: Arc<IdSource>,
    known: RwLock<Known>,
    /// When each machine was last written, so that a machine that sends every second is written every
    /// few minutes.
    pub(crate) written: Arc<Mutex<HashMap<(UnitId, String), Written>>>,
}

/// The units as they are at a moment, and until when that is true.
#[derive(Clone, Default)]
struct Known {
    timeline: Arc<Timeline>,
    list: Arc<[UnitInfo]>,
    by_id: Arc<HashMap<UnitId, usize>>,
    by_code: Arc<HashMap<String, usize>>,
    /// The next moment at which a planned change takes hold.
    until: Option<Timestamp>,
}

/// What was last written of a machine.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Written {
    pub(crate) at: Timestamp,
    /// Fingerprint of its hygiene; 0 = none reported.
    pub(crate) hygiene: u64,
}

impl fmt::Debug for Org {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Org").field("units", &self.all().len()).finish_non_exhaustive()
    }
}

impl Org {
    /// Over the records of `db`, whose migrations have run.
    ///
    /// # Errors
    /// When the units cannot be read.
    pub async fn open(db: Db, clock: SharedClock, ids: Arc<IdSource>) -> Result<Arc<Self>> {
        let org = Self { db, clock, ids, known: RwLock::default(), written: Arc::new(Mutex::new(HashMap::new())) };
        org.refresh().await?;
        Ok(Arc::new(org))
    }

    /// Reads the units and their changes again; operations that change units do this themselves.
    ///
    /// # Errors
    /// When the units cannot be read.
    pub async fn refresh(&self) -> Result<()> {
        let units = store::unit::all(&self.db).await?;
        let events = store::event::all(&self.db).await?;
        let (timeline, mistakes) = replay_all(units, events);
        for mistake in &mistakes {
            // Operations let none in; a database that was changed by hand must not keep the program from starting.
            tracing::error!(unit.id = %mistake.unit, fault = mistake.fault.code(), event.id = mistake.event.as_deref(),
                "a stored change of a unit cannot have been and is left out");
        }
        let known = Known::at(Arc::new(timeline), self.clock.now());
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = known;
        Ok(())
    }

    /// Every unit over time.
    #[must_use]
    pub fn timeline(&self) -> Arc<Timeline> {
        self.known().timeline
    }

    /// What is known now; looked at again when a planned change has taken hold.
    fn known(&self) -> Known {
        let now = self.clock.now();
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner).clone();
        if known.until.is_none_or(|until| now < until) {
            return known;
        }
        let fresh = Known::at(known.timeline, now);
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = fresh.clone();
        fresh
    }
}

impl Known {
    fn at(timeline: Arc<Timeline>, now: Timestamp) -> Self {
        let list: Arc<[UnitInfo]> = timeline
            .lives()
            .iter()
            .filter_map(|life| {
                let form = life.form_at(now)?;
                Some(UnitInfo {
                    id: life.id.clone(),
                    code: life.code.to_string(),
                    name: form.name.to_string(),
                    short: form.short.to_string(),
                    block: life.block.as_str().to_owned(),
                    active: life.exists_at(now),
                })
            })
            .collect();
        let by_id = list.iter().enumerate().map(|(n, u)| (u.id.clone(), n)).collect();
        let by_code = list.iter().enumerate().map(|(n, u)| (u.code.to_ascii_uppercase(), n)).collect();
        let until = timeline.next_change(now);
        Self { timeline, list, by_id: Arc::new(by_id), by_code: Arc::new(by_code), until }
    }
}

/// Replays; what cannot have been is left out and told.
fn replay_all(mut units: Vec<Unit>, mut events: Vec<Event>) -> (Timeline, Vec<Mistake>) {
    let mut mistakes = Vec::new();
    loop {
        match Timeline::replay(&units, &events) {
            Ok(timeline) => return (timeline, mistakes),
            Err(mistake) => {
                match &mistake.event {
                    Some(id) => events.retain(|e| e.id != *id),
                    None => units.iter_mut().filter(|u| u.id == mistake.unit).for_each(|u| u.parent = None),
                }
                mistakes.push(mistake);
            }
        }
    }
}

impl Org {
    /// The highest level of the systems each unit owns or runs: that of the frame of 2026, else of 2016.
    ///
    /// # Errors
    /// When the systems cannot be read.
    pub async fn levels(&self) -> Result<HashMap<UnitId, i64>> {
        let mut levels = HashMap::new();
        for system in store::system::list(&self.db, &Scope::province()).await? {
            let Some(level) = system.level_2026.or(system.level_2016) else { continue };
            for unit in [system.owner, system.operator].into_iter().flatten() {
                let known = levels.entry(unit).or_insert(level);
                *known = level.max(*known);
            }
        }
        Ok(levels)
    }
}

impl UnitDirectory for Org {
    fn unit(&self, id: &UnitId) -> Option<UnitInfo> {
        let known = self.known();
        known.by_id.get(id).and_then(|n| known.list.get(*n)).cloned()
    }

    fn all(&self) -> Arc<[UnitInfo]> {
        self.known().list
    }

    fn resolve_code(&self, code: &str) -> Option<UnitInfo> {
        let known = self.known();
        known.by_code.get(&code.trim().to_ascii_uppercase()).and_then(|n| known.list.get(*n)).cloned()
    }

    fn name_at(&self, id: &UnitId, at: Timestamp) -> String {
        self.timeline().name_at(id, at).map_or_else(|| id.as_str().to_owned(), ToString::to_string)
    }
}
