//! Looks after the event lake while the server runs: how long events are kept, room on the disk,
//! daily seals.

use crate::app::Kept;
use crate::data_dir::DataDir;
use crate::serve;
use area_events::book::SourceBook;
use area_events::model::{Required, RequiredKeep};
use area_events::ops::keep_gap::GapKeeper;
use area_org::Org;
use base_core::{SourceId, UnitId};
use heavy_lake_datafusion::{Keep, Retention, Room, RoomLimits};
use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::watch;

/// Name of the secret that seals are signed with, in the folder of keys.
pub(crate) const SEAL_KEY: &str = "lake-seal.key";

/// How often the room on the disk is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// Looks between two readings of the systems' levels, and between two mergers to make room: merging
/// the day's files anew with each look would wear the disk out.
const LEVELS_EVERY: u32 = 120;

/// Days that logs of a system of a level are kept at least: TCVN 14423:2026 asks for 1, 3, 6 and 12
/// months at levels 2 to 5 and for none at level 1, which is kept as level 2. Months count 31 days.
const fn days_of(level: i64) -> u32 {
    match level {
        ..=2 => 31,
        3 => 93,
        4 => 186,
        _ => 366,
    }
}

/// Keeps a unit's events as long as the highest level of its systems asks for; where no level is
/// known, as long as the highest level does. What a person has set for a source can make it longer,
/// and gives it an end, but never makes it shorter.
#[derive(Debug, Default)]
pub(crate) struct LevelRetention {
    levels: RwLock<HashMap<UnitId, i64>>,
    /// What is set for sources; there is none before the server is wired.
    book: OnceLock<Arc<SourceBook>>,
}

impl LevelRetention {
    /// Reads the levels, and takes the book of sources for later.
    ///
    /// # Errors
    /// When the systems cannot be read.
    pub(crate) async fn learn(&self, org: &Org, book: &Arc<SourceBook>) -> base_core::Result<()> {
        self.set(org.levels().await?);
        let _ = self.book.set(Arc::clone(book));
        Ok(())
    }

    fn set(&self, levels: HashMap<UnitId, i64>) {
        *self.levels.write().unwrap_or_else(PoisonError::into_inner) = levels;
    }
}

impl RequiredKeep for LevelRetention {
    fn required(&self, unit: Option<&UnitId>) -> Required {
        let levels = self.levels.read().unwrap_or_else(PoisonError::into_inner);
        let level = unit.and_then(|unit| levels.get(unit)).copied();
        Required { days: level.map_or(Keep::default().at_least_days, days_of), level }
    }
}

impl Retention for LevelRetention {
    fn keep(&self, unit: Option<&UnitId>, source: Option<&SourceId>) -> Keep {
        let set = self.book.get().zip(source).map(|(book, source)| book.keep(source)).unwrap_or_default();
        let least = self.required(unit).days.max(set.at_least_days.unwrap_or(0));
        // The level may have risen since the end was set.
        Keep { at_least_days: least, at_most_days: set.at_most_days.map(|most| most.max(least)) }
    }
}

/// The seed of the signing key, if the data folder has one.
pub(crate) fn seal_key(data: &Path) -> Option<[u8; 32]> {
    std::fs::read(DataDir::key_path(data, SEAL_KEY)).ok()?.try_into().ok()
}

/// Runs until the server stops.
pub(crate) async fn keep(kept: Kept, org: Arc<Org>, mut gaps: GapKeeper, mut stopped: watch::Receiver<bool>) {
    let (mut looks, mut before) = (0, Room::default());
    loop {
        if looks % LEVELS_EVERY == 0 {
            match org.levels().await {
                Ok(levels) => kept.levels.set(levels),
                Err(error) => tracing::warn!(%error, "the levels of the systems could not be read"),
            }
        }
        // Told in the log when it goes away or comes back.
        kept.parquet.look_at_cold().await;
        let usual = RoomLimits::default();
        let limits = RoomLimits { compact: if looks % LEVELS_EVERY == 0 { usual.compact } else { 0 }, ..usual };
        looks += 1;
        match kept.parquet.keep_room(limits, kept.clock.now()).await {
            Ok(room) => {
                tell(&kept, before, room);
                before = room;
            }
            Err(error) => tracing::error!(%error, "the room on the disk could not be looked after"),
        }
        note_gap(&kept, &mut gaps, before.refuse).await;
        tokio::select! {
            () = serve::stopped(&mut stopped) => return note_gap(&kept, &mut gaps, before.refuse).await,
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
}

/// Keeps the gap that a full disk leaves. A failure is said at a low level: on a full disk there is one with every look,
/// and nothing of it is lost.
async fn note_gap(kept: &Kept, gaps: &mut GapKeeper, refusing: bool) {
    if let Err(error) = gaps.look(&kept.db, refusing, kept.clock.now()).await {
        tracing::debug!(%error, "the gap of the full disk could not be written yet");
    }
}

/// Says what has changed, once; refuses or takes events.
fn tell(kept: &Kept, before: Room, room: Room) {
    let (free, percent) = (room.free, room.percent());
    if room.low && !before.low {
        tracing::warn!(
            disk.free_bytes = free,
            disk.free_percent = percent,
            "the disk of the data folder fills up; give it room, or old events will be deleted to make some"
        );
    }
    if room.deleted > 0 {
        tracing::warn!(
            lake.events = room.deleted,
            disk.free_percent = percent,
            "the oldest events that neither retention nor a hold protects were deleted to make room"
        );
    }
    if kept.journal.refuse(room.refuse) == room.refuse {
        return;
    }
    if room.refuse {
        tracing::error!(
            disk.free_percent = percent,
            journal.next = kept.journal.end(),
            "the disk is full: senders are told so and new events are refused until there is room"
        );
    } else {
        tracing::warn!(
            disk.free_percent = percent,
            journal.next = kept.journal.end(),
            "there is room again: events are taken from here on; what senders did not repeat is missing before"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use area_events::model::SourceForm;
    use area_events::ops::manage_source;
    use base_authz::Caller;
    use base_core::{IdSource, Scope, SharedClock};
    use base_db::Db;
    use engine_lake::contract::samples;
    use engine_lake::{Lake, SearchRequest};
    use heavy_lake_datafusion::{LakeOptions, ParquetLake};

    #[test]
    fn the_level_decides_how_long_events_stay() {
        let retention = LevelRetention::default();
        let unit = UnitId::new("stttt");
        assert_eq!(retention.keep(Some(&unit), None), Keep::default());
        for (level, days) in [(1, 31), (2, 31), (3, 93), (4, 186), (5, 366)] {
            retention.set([(unit.clone(), level)].into());
            assert_eq!(retention.keep(Some(&unit), None).at_least_days, days);
        }
        assert_eq!(retention.keep(None, None).at_least_days, 365);
    }

    const DAY: i64 = 86_400;

    /// The records of a data folder, with what is read of them at each start.
    async fn started(dir: &Path, clock: &SharedClock) -> (Db, Arc<IdSource>, Arc<SourceBook>, Arc<LevelRetention>) {
        let (db, ids) =
            (Db::open_file(&dir.join("mangrove.db")).await.expect("opens"), IdSource::new(Arc::clone(clock)));
        base_db::migrate(&db, &crate::wire::migrations(), clock.now()).await.expect("tables");
        let (book, retention, ids) = (SourceBook::new(), Arc::new(LevelRetention::default()), Arc::new(ids));
        book.reload(&db).await.expect("reads");
        let org = Org::open(db.clone(), Arc::clone(clock), Arc::clone(&ids)).await.expect("opens");
        retention.learn(&org, &book).await.expect("reads");
        (db, ids, book, retention)
    }

    #[tokio::test]
    async fn events_of_two_sources_are_kept_apart_and_only_the_short_ones_expire() {
        let dir = tempfile::tempdir().expect("folder");
        let clock: SharedClock = Arc::new(base_core::SystemClock);
        let (db, ids, book, retention) = started(dir.path(), &clock).await;
        let declare = async |name: &str, keep_most: &str| {
            let form = SourceForm {
                name: name.into(),
                transport: "http".into(),
                silent_minutes: "60".into(),
                keep_most: keep_most.into(),
                ..SourceForm::default()
            };
            let caller = Caller::system("test", clock.now());
            manage_source::declare(&db, &ids, &book, &*retention, &caller, &form).await.map(|(id, _)| id)
        };
        let refused = declare("Quá ngắn", "200").await.expect_err("the level is not known");
        assert_eq!(refused.fields.first().map(|f| f.message.as_str()), Some("keep-unknown"));
        let (short, long) = (
            declare("Tường lửa", "400").await.expect("is declared"),
            declare("Máy chủ", "").await.expect("is declared"),
        );
        drop((db, book, retention));

        // As after a start of the server: the first event already goes where it belongs.
        let (_db, _, book, retention) = started(dir.path(), &clock).await;
        assert_eq!(retention.keep(None, Some(&short)), Keep { at_least_days: 365, at_most_days: Some(400) });
        assert_eq!(retention.keep(None, Some(&long)), Keep::default());
        // A level that has risen goes before what was set.
        let unit = UnitId::new("stttt");
        retention.set([(unit.clone(), 5)].into());
        assert_eq!(retention.keep(Some(&unit), Some(&short)), Keep { at_least_days: 366, at_most_days: Some(400) });
        assert_eq!(book.keep(&short).at_most_days, Some(400));
        let options = LakeOptions { retention, sync: false, ..LakeOptions::default() };
        let lake = ParquetLake::open(&dir.path().join("lake"), options).await.expect("opens").0;
        let mut events = samples::events(40);
        for (n, event) in events.iter_mut().enumerate() {
            (event.unit, event.source) = (None, Some(if n % 2 == 0 { short.clone() } else { long.clone() }));
        }
        lake.write(0..40, &events).await.expect("writes");
        lake.compact(true).await.expect("compacts");
        assert_eq!(lake.expire_kept(samples::START.plus_secs(399 * DAY)).await.expect("looks"), 0);
        assert_eq!(lake.expire_kept(samples::START.plus_secs(410 * DAY)).await.expect("expires"), 20);
        let request = SearchRequest { limit: 100, ..SearchRequest::default() };
        let left = lake.search(&Scope::province(), &request).await.expect("searches").events;
        assert_eq!(left.len(), 20);
        assert!(left.iter().all(|event| event.source.as_ref() == Some(&long)));
    }
}
