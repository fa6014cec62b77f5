//! What can go wrong with the journal, with the place and the remedy.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// An error of the journal. Cheap to clone, because one failed group commit is told to
/// every caller whose entries were in it.
#[derive(Clone, Debug, thiserror::Error)]
pub enum JournalError {
    /// Another process has the folder.
    #[error(
        "the journal folder {dir} is in use by {}; stop that program, or give this one another data folder",
        holder(*.pid)
    )]
    Locked {
        /// The folder.
        dir: PathBuf,
        /// Process id written in the lock file by the holder, if it could be read.
        pid: Option<u32>,
    },
    /// No room on the disk (or quota used up, or file size limit reached).
    #[error(
        "no room to write {bytes} bytes to the journal in {dir} ({source}); free some space on that disk, \
         nothing that was acknowledged is lost and writing goes on by itself once there is room"
    )]
    Full {
        /// The folder.
        dir: PathBuf,
        /// How much was to be written.
        bytes: u64,
        /// What the operating system said.
        source: Arc<io::Error>,
    },
    /// An entry is longer than the journal takes.
    #[error(
        "entry {index} of the batch has {bytes} bytes in its {field}, the journal takes at most {limit}; cut it first"
    )]
    TooLarge {
        /// Place in the batch, from 0.
        index: usize,
        /// Which field.
        field: &'static str,
        /// Its length.
        bytes: usize,
        /// The most that is taken.
        limit: usize,
    },
    /// The journal was shut down.
    #[error("the journal is shut down; start the program again to go on")]
    Closed,
    /// A file was written by a newer or unknown version.
    #[error("{path} has journal format {found}, this program knows {known}; use the program version that wrote it")]
    UnknownFormat {
        /// The file.
        path: PathBuf,
        /// Version in the file.
        found: u32,
        /// Version this program writes.
        known: u32,
    },
    /// The operating system refused.
    #[error("cannot {action} {path}: {source}; check the disk and the permissions of that folder")]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// What the operating system said.
        source: Arc<io::Error>,
    },
}

fn holder(pid: Option<u32>) -> String {
    pid.map_or_else(|| "another process".to_owned(), |pid| format!("process {pid}"))
}

impl JournalError {
    /// Turns an error of the operating system into one with its place.
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { action, path: path.to_path_buf(), source: Arc::new(source) }
    }

    /// As [`JournalError::io`], for writes, where a full disk is a case of its own.
    pub(crate) fn write(action: &'static str, path: &Path, bytes: u64, source: io::Error) -> Self {
        if is_full(&source) {
            let dir = path.parent().unwrap_or(path).to_path_buf();
            return Self::Full { dir, bytes, source: Arc::new(source) };
        }
        Self::Io { action, path: path.to_path_buf(), source: Arc::new(source) }
    }

    /// Whether trying again later may help.
    #[must_use]
    pub const fn is_temporary(&self) -> bool {
        matches!(self, Self::Full { .. })
    }
}

/// `ENOSPC`, `EDQUOT` and `EFBIG` all mean: no room here.
fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge)
}
