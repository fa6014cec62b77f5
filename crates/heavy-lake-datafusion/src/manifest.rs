//! What belongs to the lake: a log of manifests.
//!
//! `manifests/<version>.json` says which files were added and removed and up to which journal
//! sequence number the lake is complete. A file in `data/` that no manifest names is not part
//! of the lake (a crash left it) and is removed when the lake is opened. Every 64th manifest is
//! a *snapshot* that lists all files; older ones are then deleted.

use crate::cold::is_cold;
use crate::schema::{FORMAT, OLDEST_FORMAT};
use crate::upkeep::Keep;
use engine_lake::LakeError;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::sync::Arc;

/// So many versions lie between two snapshots.
pub(crate) const SNAPSHOT_EVERY: u64 = 64;

/// Format of manifests that name files of the cold folder (`cold/data/…`). A program that does not know it
/// must not take them for missing. Manifests without such files, as those written before, say [`FORMAT`].
const TIERED: u32 = 3;

/// One data file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FileEntry {
    /// Path from the lake's folder.
    pub(crate) path: String,
    /// UTC day of its events, `unknown`, or `mixed`.
    pub(crate) day: String,
    /// Folder name of their kind, or `mixed`.
    pub(crate) folder: String,
    pub(crate) events: u64,
    pub(crate) bytes: u64,
    pub(crate) raw_bytes: u64,
    /// Earliest and latest time, µs.
    pub(crate) min_time: i64,
    pub(crate) max_time: i64,
    /// Lowest and highest journal sequence number of its events.
    pub(crate) first: u64,
    pub(crate) last: u64,
    /// Where its text index begins, and how long it is; 0 without one.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) index_at: u64,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) index_bytes: u64,
    /// BLAKE3 of all its bytes, hexadecimal; empty for files of format 1.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) hash: String,
    /// How long its events are kept; `None` as by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) keep: Option<Keep>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over references")]
const fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// One version of the lake as stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Manifest {
    pub(crate) format: u32,
    pub(crate) version: u64,
    /// Next journal sequence number the lake wants.
    pub(crate) committed: u64,
    /// Whether this version goes back to an earlier number, to be rebuilt from the journal.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) rewound: bool,
    /// Whether `add` lists all files of the lake.
    pub(crate) snapshot: bool,
    pub(crate) add: Vec<FileEntry>,
    /// Paths.
    pub(crate) remove: Vec<String>,
}

/// One version of the lake in memory.
#[derive(Debug, Default)]
pub(crate) struct Snapshot {
    pub(crate) version: u64,
    pub(crate) committed: u64,
    pub(crate) files: Vec<Arc<FileEntry>>,
    /// Files that belong to the lake and are missing or damaged, with what is wrong. Searches leave
    /// them out; the manifests keep them until they are rebuilt or a person accepts the loss.
    pub(crate) lost: Vec<(Arc<FileEntry>, String)>,
    /// The version this is the part of that can be reached: its files stay as long as this is read.
    #[expect(dead_code, reason = "it is held, not read")]
    pub(crate) part_of: Option<Arc<Snapshot>>,
}

impl Manifest {
    /// From a stored file.
    pub(crate) fn parse(file: &str, bytes: &[u8]) -> Result<Self, LakeError> {
        let damaged = |e: serde_json::Error| LakeError::Damaged { file: file.to_owned(), reason: e.to_string() };
        let manifest: Self = serde_json::from_slice(bytes).map_err(damaged)?;
        let known = FORMAT.max(TIERED);
        if !(OLDEST_FORMAT..=known).contains(&manifest.format) {
            return Err(LakeError::UnknownFormat { file: file.to_owned(), found: manifest.format, known });
        }
        Ok(manifest)
    }
}

impl Snapshot {
    /// The version after this one: files added and removed, complete up to `committed`.
    pub(crate) fn next(&self, committed: u64, add: Vec<FileEntry>, remove: &[String]) -> (Self, Manifest) {
        let gone: HashSet<&str> = remove.iter().map(String::as_str).collect();
        let kept = self.files.iter().filter(|file| !gone.contains(file.path.as_str())).cloned();
        let files: Vec<Arc<FileEntry>> = kept.chain(add.iter().cloned().map(Arc::new)).collect();
        let lost: Vec<_> = self.lost.iter().filter(|(file, _)| !gone.contains(file.path.as_str())).cloned().collect();
        let version = self.version + 1;
        let snapshot = version.is_multiple_of(SNAPSHOT_EVERY);
        let all = || files.iter().chain(lost.iter().map(|(file, _)| file)).map(|file| FileEntry::clone(file)).collect();
        let tiered = files.iter().chain(lost.iter().map(|(file, _)| file)).any(|file| is_cold(file));
        let manifest = Manifest {
            format: if tiered { FORMAT.max(TIERED) } else { FORMAT },
            version,
            committed,
            rewound: committed < self.committed,
            snapshot,
            add: if snapshot { all() } else { add },
            remove: if snapshot { Vec::new() } else { remove.to_vec() },
        };
        (Self { version, committed, files, lost, part_of: None }, manifest)
    }

    /// What can be read of a version while the cold folder is away.
    pub(crate) fn without_cold(whole: Arc<Self>) -> Self {
        Self {
            version: whole.version,
            committed: whole.committed,
            files: whole.files.iter().filter(|file| !is_cold(file)).cloned().collect(),
            lost: Vec::new(),
            part_of: Some(whole),
        }
    }

    /// This version with a stored one applied.
    pub(crate) fn apply(self, manifest: Manifest) -> Self {
        let Manifest { version, committed, snapshot, add, remove, .. } = manifest;
        let gone: HashSet<String> = remove.into_iter().collect();
        let mut files: Vec<Arc<FileEntry>> =
            if snapshot { Vec::new() } else { self.files.into_iter().filter(|f| !gone.contains(&f.path)).collect() };
        files.extend(add.into_iter().map(Arc::new));
        Self { version, committed, files, lost: Vec::new(), part_of: None }
    }
}

/// Path of a manifest.
pub(crate) fn path_of(version: u64) -> String {
    format!("manifests/{version:020}.json")
}

/// The version from a manifest's path.
pub(crate) fn version_of(path: &str) -> Option<u64> {
    path.strip_prefix("manifests/")?.strip_suffix(".json")?.parse().ok()
}

/// Folder name for a kind: any text becomes a harmless name.
pub(crate) fn folder_of(kind: &str) -> String {
    let mut name: String = kind
        .chars()
        .map(|c| match c {
            'a'..='z' | '0'..='9' | '-' | '_' => c,
            'A'..='Z' => c.to_ascii_lowercase(),
            '/' => '.',
            _ => '_',
        })
        .take(80)
        .collect();
    if name.is_empty() {
        name.push('_');
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_become_harmless_folder_names() {
        assert_eq!(folder_of("microsoft/windows-security"), "microsoft.windows-security");
        assert_eq!(folder_of("../../etc/ü%2f"), "__.__.etc.__2f");
        assert_eq!(folder_of(""), "_");
        assert!(folder_of(&"x".repeat(1000)).len() <= 80);
    }

    #[test]
    fn versions_apply_to_the_same_state_as_in_memory() {
        let entry = |n: u64| FileEntry {
            path: format!("data/{n}"),
            day: "2014-03-01".to_owned(),
            folder: "x".to_owned(),
            events: n,
            bytes: n,
            raw_bytes: n,
            min_time: i64::MIN,
            max_time: i64::MAX,
            first: n,
            last: u64::MAX,
            index_at: 0,
            index_bytes: 0,
            hash: String::new(),
            keep: None,
        };
        let (mut memory, mut stored) = (Snapshot::default(), Snapshot::default());
        for n in 0..200 {
            let remove = if n % 3 == 2 { vec![format!("data/{}", n - 1)] } else { Vec::new() };
            let (next, manifest) = memory.next(n, vec![entry(n)], &remove);
            let text = serde_json::to_vec(&manifest).expect("serialises");
            stored = stored.apply(Manifest::parse("m", &text).expect("parses"));
            memory = next;
            assert_eq!((stored.version, stored.committed), (memory.version, memory.committed));
            assert_eq!(stored.files, memory.files);
        }
    }
}
