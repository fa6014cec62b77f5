//! The list of units in memory, and what was written of machines a moment ago.

use crate::model::Unit;
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
    list: RwLock<Arc<[UnitInfo]>>,
    /// When each machine was last written, so that a machine that sends every second is written every
    /// few minutes.
    pub(crate) written: Arc<Mutex<HashMap<(UnitId, String), Written>>>,
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
        let org =
            Self { db, clock, ids, list: RwLock::new(Arc::new([])), written: Arc::new(Mutex::new(HashMap::new())) };
        org.refresh().await?;
        Ok(Arc::new(org))
    }

    /// Reads the list of units again; operations that change units do this themselves.
    ///
    /// # Errors
    /// When the units cannot be read.
    pub async fn refresh(&self) -> Result<()> {
        let now = self.clock.now();
        let units = store::unit::all(&self.db).await?;
        let list: Arc<[UnitInfo]> = units.iter().map(|u| info(u, now)).collect();
        *self.list.write().unwrap_or_else(PoisonError::into_inner) = list;
        Ok(())
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

fn info(unit: &Unit, now: Timestamp) -> UnitInfo {
    UnitInfo {
        id: unit.id.clone(),
        code: unit.code.clone(),
        name: unit.name.clone(),
        short: unit.short.clone(),
        block: unit.block.as_str().to_owned(),
        active: unit.active_at(now),
    }
}

impl UnitDirectory for Org {
    fn unit(&self, id: &UnitId) -> Option<UnitInfo> {
        self.all().iter().find(|u| u.id == *id).cloned()
    }

    fn all(&self) -> Arc<[UnitInfo]> {
        Arc::clone(&self.list.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn resolve_code(&self, code: &str) -> Option<UnitInfo> {
        let code = code.trim();
        self.all().iter().find(|u| u.code.eq_ignore_ascii_case(code)).cloned()
    }
}
