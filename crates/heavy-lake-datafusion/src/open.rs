//! Opening: which version is the newest, what is missing, what a crash has left.

use crate::LakeOptions;
use crate::cold::{self, Reach};
use crate::manifest::{self, Manifest, Snapshot};
use crate::store::Store;
use engine_lake::LakeError;
use std::collections::{HashMap, HashSet};
use std::path::Path;

/// What opening a lake found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpenReport {
    /// Files of the lake.
    pub files: usize,
    /// Events in them.
    pub events: u64,
    /// Files of an interrupted write that were removed. Their events are still in the journal.
    pub orphans_removed: usize,
    /// Files that belong to the lake but are missing or have another size, with the reason.
    /// Searches leave them out until they are rebuilt ([`crate::ParquetLake::rebuild_from`]) or a
    /// person accepts the loss ([`crate::ParquetLake::accept_loss`]).
    pub damaged: Vec<(String, String)>,
    /// Why the cold folder cannot be reached, if there is one; its files count as files of the lake.
    pub cold_away: Option<String>,
}

/// Reads the newest version and tidies up.
pub(crate) async fn open(dir: &Path, options: &LakeOptions) -> Result<(Store, Snapshot, OpenReport), LakeError> {
    let store = Store::open(dir, options.sync)?;
    let mut snapshot = newest(&store).await?;
    let used = snapshot.files.iter().any(|file| cold::is_cold(file));
    if let Some(tier) = &options.cold {
        store.cold.settle(&tier.dir, used);
    }
    let mut report = OpenReport { orphans_removed: store.remove_unfinished(), ..OpenReport::default() };
    // Files of a folder that is away are not lost.
    let away = !store.cold.is_here();
    if used && away || matches!(store.cold.reach(), Reach::Away(_)) {
        report.cold_away = Some(store.cold.reason());
    }
    let present: HashMap<String, u64> =
        store.list_data().await?.into_iter().map(|meta| (meta.location.to_string(), meta.size)).collect();
    let (mut whole, mut lost) = (Vec::new(), Vec::new());
    for file in std::mem::take(&mut snapshot.files) {
        if away && cold::is_cold(&file) {
            whole.push(file);
            continue;
        }
        let reason = match present.get(&file.path) {
            None => "it is not there".to_owned(),
            Some(size) if *size != file.bytes => format!("it has {size} bytes, not {}", file.bytes),
            Some(_) => {
                whole.push(file);
                continue;
            }
        };
        report.damaged.push((file.path.clone(), reason.clone()));
        lost.push((file, reason));
    }
    (snapshot.files, snapshot.lost) = (whole, lost);
    tidy(&store, &snapshot, &present, &mut report).await;
    report.files = snapshot.files.len();
    report.events = snapshot.files.iter().map(|file| file.events).sum();
    Ok((store, snapshot, report))
}

/// Removes what an interrupted write has left, and sets damaged files aside for whoever wants to
/// mend them.
async fn tidy(store: &Store, snapshot: &Snapshot, present: &HashMap<String, u64>, report: &mut OpenReport) {
    let known: HashSet<&str> = snapshot.files.iter().map(|file| file.path.as_str()).collect();
    let damaged: HashSet<&str> = report.damaged.iter().map(|(path, _)| path.as_str()).collect();
    for (path, _) in report.damaged.iter().filter(|(path, _)| present.contains_key(path)) {
        match store.set_aside(path) {
            Ok(target) => tracing::error!(file.path = path, to = %target.display(), "the damaged file is set aside"),
            Err(error) => tracing::warn!(%error, "a damaged file stays where it is"),
        }
    }
    for orphan in present.keys().filter(|p| !known.contains(p.as_str()) && !damaged.contains(p.as_str())) {
        store.remove(orphan).await;
        report.orphans_removed += 1;
    }
}

/// Reads the newest version and changes nothing: for looking beside the process that has the lock.
pub(crate) async fn look(dir: &Path, options: &LakeOptions) -> Result<(Store, Snapshot), LakeError> {
    let store = Store::look(dir, options.sync)?;
    let snapshot = newest(&store).await?;
    Ok((store, snapshot))
}

/// Applies the manifests from the newest snapshot on. Changes nothing.
pub(crate) async fn newest(store: &Store) -> Result<Snapshot, LakeError> {
    let listed = store.list("manifests").await?;
    let mut versions: Vec<u64> = listed.iter().filter_map(|m| manifest::version_of(m.location.as_ref())).collect();
    versions.sort_unstable();
    let start = versions.iter().rposition(|version| version.is_multiple_of(manifest::SNAPSHOT_EVERY)).unwrap_or(0);
    let mut state = Snapshot::default();
    for (index, version) in versions.iter().enumerate().skip(start) {
        let path = manifest::path_of(*version);
        let manifest = Manifest::parse(&path, &store.get(&path).await?)?;
        let follows = manifest.version == *version && (manifest.snapshot || state.version + 1 == *version);
        if !follows {
            let reason = format!("version {} does not follow version {}", manifest.version, state.version);
            return Err(LakeError::Damaged { file: path, reason });
        }
        if index > start && manifest.committed < state.committed && !manifest.rewound {
            let reason = format!("it goes back from {} to {}", state.committed, manifest.committed);
            return Err(LakeError::Damaged { file: path, reason });
        }
        state = state.apply(manifest);
    }
    // What a crash between a snapshot and the tidying after it has left.
    for old in versions.iter().take(if store.is_ours() { start } else { 0 }) {
        store.remove(&manifest::path_of(*old)).await;
    }
    Ok(state)
}
