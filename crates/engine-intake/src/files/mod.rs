//! Files on this machine: lines that are appended ([`TailedFolder`]), and whole files that are
//! dropped in ([`DropFolder`], EVTX above all).
//!
//! Folders are looked at in intervals, which works on every file system, also mounted ones that tell
//! nobody about changes. What was read is remembered in a checkpoint file, written after the sink has
//! the records: a restart in order goes on exactly; after a crash at most the last batch comes again.

mod checkpoint;
mod drop_folder;
mod giver;
pub mod lines;
mod listing;
mod reading;
mod rotation;
mod tail;
mod tailed;

pub use drop_folder::DropFolder;
pub use tailed::TailedFolder;

use crate::Quota;
use std::path::PathBuf;
use std::time::Duration;

/// What a watched folder is.
#[derive(Clone, Debug)]
pub struct FolderOptions {
    /// Its name: the identity of its records, so two folders need two names.
    pub name: String,
    /// Where it is. Folders inside it are not looked at, symbolic links not followed.
    pub folder: PathBuf,
    /// Which files, by name; `*` stands for any text, such as `*.log`.
    pub pattern: String,
    /// The checkpoint file, outside the folder.
    pub checkpoint: PathBuf,
    /// How often the folder is looked at.
    pub every: Duration,
    /// Longest record in bytes; of a longer one the beginning is kept.
    pub max_record_bytes: usize,
    /// Most files that are followed; more are told and not read.
    pub max_files: usize,
    /// Bytes read at once.
    pub read_bytes: usize,
    /// Most records handed to the sink at once.
    pub batch_records: usize,
    /// What the folder may bring; beyond it reading waits.
    pub quota: Quota,
}

impl FolderOptions {
    /// With usual limits.
    #[must_use]
    pub fn new(name: &str, folder: PathBuf, pattern: &str, checkpoint: PathBuf) -> Self {
        Self {
            name: name.to_owned(),
            folder,
            pattern: pattern.to_owned(),
            checkpoint,
            every: Duration::from_secs(1),
            max_record_bytes: 256 * 1024,
            max_files: 1000,
            read_bytes: 256 * 1024,
            batch_records: 2000,
            quota: Quota::NONE,
        }
    }
}

/// A watched folder cannot be begun with.
#[derive(Debug, thiserror::Error)]
#[error("{place}: {reason}; {remedy}")]
pub struct FolderError {
    /// The file or folder at fault.
    pub place: String,
    /// What is wrong.
    pub reason: String,
    /// What to do.
    pub remedy: &'static str,
}
