//! What is remembered of files, on disk.
//!
//! One JSON file, written whole to a second name, synced and renamed: it is the old one or the new
//! one, never half of one.

use super::FolderError;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashSet};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Version of the form.
const VERSION: u32 = 1;
/// Largest checkpoint that is read; some hundred bytes per file are usual.
const MOST_BYTES: u64 = 64 * 1024 * 1024;

/// What is remembered of a file that is appended to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Mark {
    /// Device and inode: what stays when a file is renamed.
    pub(crate) device: u64,
    /// Inode.
    pub(crate) inode: u64,
    /// Everything before it is with the sink.
    pub(crate) offset: u64,
    /// The rest of a line that was too long is being passed over.
    #[serde(default)]
    pub(crate) skipping: bool,
    /// Length of the beginning that the head sum is of; files begin to be told apart by it.
    pub(crate) head_bytes: u64,
    /// Sum of the beginning.
    pub(crate) head: String,
    /// Sum of the last bytes before the offset: with the head it says whether another file is a copy of this one.
    pub(crate) tail: String,
}

/// A rotated file whose rest is being read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Left {
    /// Its name now.
    pub(crate) name: String,
    /// Where its rest begins.
    pub(crate) mark: Mark,
}

/// What is remembered of files that are read once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Once {
    /// Records that are with the sink.
    pub(crate) records: u64,
    /// All of them are.
    pub(crate) done: bool,
    /// Rises with each file that is no longer there; 0 while it is.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) gone: u64,
}

const fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// Everything that is remembered of a folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Checkpoint {
    version: u32,
    /// Files that are appended to, by their name in the folder.
    #[serde(default)]
    pub(crate) files: BTreeMap<String, Mark>,
    /// Rotated files whose rest is being read.
    #[serde(default)]
    pub(crate) leaving: BTreeMap<String, Left>,
    /// Files read once, by the sum of their content.
    #[serde(default)]
    pub(crate) once: BTreeMap<String, Once>,
}

impl Default for Checkpoint {
    fn default() -> Self {
        Self { version: VERSION, files: BTreeMap::new(), leaving: BTreeMap::new(), once: BTreeMap::new() }
    }
}

impl Checkpoint {
    /// Notes which of the files that are read once are still there. Of those that are gone the last `most` are
    /// remembered, in case one is put in again. Whether anything changed.
    pub(crate) fn keep_once(&mut self, here: &HashSet<&str>, most: usize) -> bool {
        let mut last = self.once.values().map(|o| o.gone).max().unwrap_or(0);
        let mut changed = false;
        for (sum, once) in &mut self.once {
            let gone = !here.contains(sum.as_str());
            if gone != (once.gone > 0) {
                changed = true;
                last += u64::from(gone);
                once.gone = if gone { last } else { 0 };
            }
        }
        let mut gone: Vec<u64> = self.once.values().map(|o| o.gone).filter(|g| *g > 0).collect();
        if let Some(too_many) = gone.len().checked_sub(most).filter(|n| *n > 0) {
            gone.sort_unstable();
            let limit = gone.get(too_many - 1).copied().unwrap_or(0);
            self.once.retain(|_, once| once.gone == 0 || once.gone > limit);
        }
        changed
    }

    /// Reads it; empty when there is none yet.
    ///
    /// # Errors
    /// When it is there and cannot be read: going on without it would bring every file again, so that
    /// is for a person to decide.
    pub(crate) fn load(path: &Path) -> Result<Self, FolderError> {
        let remedy = "restore it from a backup, or delete it to have every file read again from its beginning";
        let fail = |reason: String| FolderError { place: path.display().to_string(), reason, remedy };
        match std::fs::metadata(path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Ok(meta) if meta.len() > MOST_BYTES => return Err(fail("is too large for a checkpoint".to_owned())),
            _ => {}
        }
        let bytes = std::fs::read(path).map_err(|e| fail(format!("cannot be read: {e}")))?;
        let read: Self = serde_json::from_slice(&bytes).map_err(|e| fail(format!("is no checkpoint: {e}")))?;
        if read.version != VERSION {
            return Err(fail(format!("has version {}, {VERSION} is known", read.version)));
        }
        Ok(read)
    }

    /// Writes it.
    ///
    /// # Errors
    /// When the disk does not take it; what is on disk stays as it was.
    pub(crate) fn save(&self, path: &Path) -> io::Result<()> {
        let temporary = new_name(path);
        let mut file = std::fs::File::create(&temporary)?;
        file.write_all(&serde_json::to_vec(self)?)?;
        file.sync_data()?;
        std::fs::rename(&temporary, path)
    }
}

fn new_name(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_files_that_are_gone_the_last_are_remembered() {
        let mut checkpoint = Checkpoint::default();
        for name in ["a", "b", "c", "d"] {
            checkpoint.once.insert(name.to_owned(), Once { records: 1, done: true, gone: 0 });
        }
        assert!(!checkpoint.keep_once(&HashSet::from(["a", "b", "c", "d"]), 2));
        assert!(checkpoint.keep_once(&HashSet::from(["b", "c", "d"]), 2));
        assert!(checkpoint.keep_once(&HashSet::from(["d"]), 2), "b and c went later than a");
        assert_eq!(checkpoint.once.keys().collect::<Vec<_>>(), ["b", "c", "d"]);
        assert!(checkpoint.keep_once(&HashSet::from(["b", "d"]), 2), "b is back");
        assert!(checkpoint.keep_once(&HashSet::new(), 2));
        assert_eq!(checkpoint.once.len(), 2);
        assert!(!checkpoint.once.contains_key("c"), "{checkpoint:?}");
    }

    #[test]
    fn it_is_read_back_and_a_damaged_one_is_told() {
        let dir = tempfile::tempdir().expect("temp dir");
        let path = dir.path().join("mark.json");
        let mut checkpoint = Checkpoint::load(&path).expect("none yet");
        assert_eq!(checkpoint, Checkpoint::default());
        checkpoint.files.insert("a.log".to_owned(), Mark { inode: 7, offset: 9, ..Mark::default() });
        checkpoint.once.insert("sum".to_owned(), Once { records: 3, done: false, gone: 0 });
        checkpoint.save(&path).expect("saves");
        assert_eq!(Checkpoint::load(&path).expect("reads"), checkpoint);
        std::fs::write(&path, "{\"version\":").expect("writes");
        let text = Checkpoint::load(&path).expect_err("damaged").to_string();
        assert!(text.contains("mark.json: is no checkpoint") && text.contains("delete it"), "{text}");
        std::fs::write(&path, "{\"version\":99}").expect("writes");
        assert!(Checkpoint::load(&path).expect_err("newer").to_string().contains("version 99"));
    }
}
