//! What can go wrong, with place and remedy.

use std::io;
use std::path::{Path, PathBuf};

/// Why an archive cannot be made, read or restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// A file or folder cannot be used.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried: “read”, “write” …
        action: &'static str,
        /// Which one.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The disk is full.
    #[error("the disk of {} is full; free some space, or write to another disk. Nothing half-written was left", path.display())]
    Full {
        /// Where.
        path: PathBuf,
    },
    /// There is something already.
    #[error("{} exists already; choose another name, nothing is overwritten", path.display())]
    Exists {
        /// What.
        path: PathBuf,
    },
    /// The folder to restore to holds something.
    #[error("{} is not empty; restore into a new folder, and put that in the place of the old one afterwards", path.display())]
    NotEmpty {
        /// Which folder.
        path: PathBuf,
    },
    /// The file is no backup.
    #[error("{} is no backup: {reason}", path.display())]
    NoBackup {
        /// Which file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// None of the keys opens it.
    #[error("{} was encrypted for another key; give the one that belongs to it", path.display())]
    WrongKey {
        /// Which file.
        path: PathBuf,
    },
    /// It was encrypted with a passphrase, and a key was given, or the other way round.
    #[error("{} was encrypted with {with}; give that", path.display())]
    OtherKind {
        /// Which file.
        path: PathBuf,
        /// “a passphrase” or “a key”.
        with: &'static str,
    },
    /// A key cannot be understood.
    #[error("{place}: {reason}")]
    Key {
        /// Where the key came from.
        place: String,
        /// What is wrong and what to write.
        reason: String,
    },
    /// It ends too early.
    #[error("{} is not whole: what should follow its {at} bytes is missing, or its end was altered; copy it again, or take another backup", path.display())]
    CutOff {
        /// Which file.
        path: PathBuf,
        /// Its length.
        at: u64,
    },
    /// Bytes of it were changed.
    #[error("{} is damaged at about byte {at}: {reason}; copy it again, or take another backup", path.display())]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// How much of it was read.
        at: u64,
        /// What does not fit.
        reason: String,
    },
    /// A newer version made it.
    #[error("this backup was made by Mangrove {made_by}; this is {own}. Restore it with that version or a later one")]
    Newer {
        /// The version that made it.
        made_by: String,
        /// This version.
        own: String,
    },
    /// A file of this name cannot be part of an archive.
    #[error("“{0}” is no name of a file in a backup")]
    Name(String),
    /// A file became shorter while it was read.
    #[error("{} changed while it was read; run the backup again", path.display())]
    Changed {
        /// Which file.
        path: PathBuf,
    },
    /// Whoever listens to the progress ended it.
    #[error("stopped; nothing was left behind")]
    Stopped,
}

impl BackupError {
    /// From what the system said of a path.
    pub(crate) fn io(action: &'static str, path: &Path) -> impl Fn(io::Error) -> Self + use<> {
        let path = path.to_path_buf();
        move |source| match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
                Self::Full { path: path.clone() }
            }
            _ => Self::Io { action, path: path.clone(), source },
        }
    }
}
