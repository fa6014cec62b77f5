//! Looks after the event lake while the server runs: how long events are kept, room on the disk,
//! daily seals.

use crate::app::Kept;
use crate::data_dir::DataDir;
use crate::serve;
use area_events::ops::keep_gap::GapKeeper;
use area_org::Org;
use base_core::{SourceId, UnitId};
use heavy_lake_datafusion::{Keep, Retention, Room, RoomLimits};
use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};
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
/// known, as long as the highest level does.
#[derive(Debug, Default)]
pub(crate) struct LevelRetention {
    levels: RwLock<HashMap<UnitId, i64>>,
}

impl LevelRetention {
    fn set(&self, levels: HashMap<UnitId, i64>) {
        *self.levels.write().unwrap_or_else(PoisonError::into_inner) = levels;
    }
}

impl Retention for LevelRetention {
    fn keep(&self, unit: Option<&UnitId>, _: Option<&SourceId>) -> Keep {
        let levels = self.levels.read().unwrap_or_else(PoisonError::into_inner);
        match unit.and_then(|unit| levels.get(unit)) {
            Some(level) => Keep { at_least_days: days_of(*level), at_most_days: None },
            None => Keep::default(),
        }
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
}
