//! Writing a range: files by day and kind, then the manifest.

use crate::data_file::FileWriter;
use crate::encode;
use crate::lake::ParquetLake;
use crate::manifest::{FileEntry, folder_of};
use crate::upkeep::{Keep, Retention};
use base_core::{SourceId, UnitId};
use engine_event::Event;
use engine_lake::LakeError;
use std::collections::BTreeMap;
use std::ops::Range;

/// A write makes at most so many files; days and kinds with the fewest events share one. Else
/// a sender of random times could make thousands of files with each batch.
const MAX_FILES: usize = 32;
/// Name of the day and folder of such shared files.
pub(crate) const MIXED: &str = "mixed";
const DAY_MICROS: i64 = 86_400_000_000;

type Groups<'a> = BTreeMap<(String, String, Keep), Vec<&'a Event>>;

impl ParquetLake {
    /// See [`engine_lake::Lake::write`].
    pub(crate) async fn write_range(&self, range: Range<u64>, events: &[Event]) -> Result<(), LakeError> {
        let mut commit = self.commit.lock().await;
        let committed = self.whole().committed;
        if range.start > committed {
            return Err(LakeError::Gap { committed, start: range.start, end: range.end });
        }
        if range.end <= committed {
            return Ok(());
        }
        let whole = range.start == committed;
        let fresh = events.iter().filter(|event| whole || event.id.sequence() >= committed);
        let groups = group(fresh, &*self.options.retention);
        let mut added = Vec::with_capacity(groups.len());
        for ((day, folder, keep), events) in groups {
            let stamp = format!("{:020}-{:020}", committed, range.end);
            let path = format!("data/day={day}/kind={folder}/{stamp}{}.parquet", name_of(keep));
            added.push(self.put_file(path, (day, folder, keep), events).await?);
        }
        let paths: Vec<String> = added.iter().map(|file| file.path.clone()).collect();
        self.store.sync(&paths).await?;
        self.publish(&mut commit, range.end, added, &[], "written").await
    }

    /// Writes one file and describes it. It belongs to the lake only once published.
    async fn put_file(
        &self,
        path: String,
        (day, folder, keep): (String, String, Keep),
        events: Vec<&Event>,
    ) -> Result<FileEntry, LakeError> {
        let times = || events.iter().map(|event| event.time.as_micros());
        let numbers = || events.iter().map(|event| event.id.sequence());
        let mut entry = FileEntry {
            path,
            day,
            folder,
            events: events.len() as u64,
            bytes: 0,
            raw_bytes: events.iter().map(|event| event.raw.len() as u64).sum(),
            min_time: times().min().unwrap_or(0),
            max_time: times().max().unwrap_or(0),
            first: numbers().min().unwrap_or(0),
            last: numbers().max().unwrap_or(0),
            index_at: 0,
            index_bytes: 0,
            hash: String::new(),
            keep: (keep != Keep::default()).then_some(keep),
        };
        let failed = |e: &dyn std::fmt::Display| LakeError::engine("make a file", e);
        let events_len = events.len();
        let batches = encode::sorted_columns(events).map_err(|e| failed(&e))?;
        let level = self.options.fresh_zstd;
        let rows = events_len;
        let encoded = tokio::task::spawn_blocking(move || {
            let mut writer = FileWriter::new(rows, level, false)?;
            batches.iter().try_for_each(|batch| writer.write(batch))?;
            writer.finish()
        });
        let file = encoded.await.map_err(|e| failed(&e))??;
        entry.bytes = file.bytes.len() as u64;
        entry.hash = file.hash;
        self.store.put(&entry.path, file.bytes).await?;
        Ok(entry)
    }
}

/// What tells files of one day and kind apart that are kept for other times.
fn name_of(keep: Keep) -> String {
    match keep {
        keep if keep == Keep::default() => String::new(),
        Keep { at_least_days, at_most_days: None } => format!(".{at_least_days}d"),
        Keep { at_least_days, at_most_days: Some(most) } => format!(".{at_least_days}-{most}d"),
    }
}

/// The events by day, folder of their kind and time they are kept.
fn group<'a>(events: impl Iterator<Item = &'a Event>, retention: &dyn Retention) -> Groups<'a> {
    let mut groups: Groups<'a> = BTreeMap::new();
    // Neighbours mostly share day and kind: the names are made anew only when they change.
    let mut last: Option<(i64, &str, (String, String))> = None;
    let mut last_keep: Option<(Option<&UnitId>, Option<&SourceId>, Keep)> = None;
    for event in events {
        let day = event.time.as_micros().div_euclid(DAY_MICROS);
        let key = match &last {
            Some((last_day, kind, key)) if *last_day == day && **kind == *event.kind => key.clone(),
            _ => (event.time.utc_day(), folder_of(&event.kind)),
        };
        last = Some((day, &event.kind, key.clone()));
        let keep = match &last_keep {
            Some((unit, source, keep)) if *unit == event.unit.as_ref() && *source == event.source.as_ref() => *keep,
            _ => retention.keep(event.unit.as_ref(), event.source.as_ref()),
        };
        last_keep = Some((event.unit.as_ref(), event.source.as_ref(), keep));
        groups.entry((key.0, key.1, keep)).or_default().push(event);
    }
    if groups.len() > MAX_FILES {
        let mut sizes: Vec<usize> = groups.values().map(Vec::len).collect();
        sizes.sort_unstable_by(|a, b| b.cmp(a));
        // Groups larger than the size at the limit keep their own file.
        let limit = sizes.get(MAX_FILES - 1).copied().unwrap_or(0);
        let (large, small): (Groups<'a>, Groups<'a>) = groups.into_iter().partition(|(_, group)| group.len() > limit);
        groups = large;
        // Kept as long as the longest of them.
        let least = small.keys().map(|(_, _, keep)| keep.at_least_days).max().unwrap_or(0);
        let most = small.keys().map(|(_, _, keep)| keep.at_most_days).reduce(|a, b| a.zip(b).map(|(a, b)| a.max(b)));
        let keep = Keep { at_least_days: least, at_most_days: most.flatten() };
        groups.insert((MIXED.to_owned(), MIXED.to_owned(), keep), small.into_values().flatten().collect());
    }
    groups
}
