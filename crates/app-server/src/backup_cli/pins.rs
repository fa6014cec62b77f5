//! Taking hold of files that a running server may remove meanwhile: a second name (hard link) for each, in
//! a folder on the same disk. That costs no room and no time, and what the second name leads to stays.

use anyhow::{Context, Result, bail};
use fs4::FileExt;
use std::fs::{self, File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Name of the folders with second names.
pub(crate) const STAGING: &str = "backup-staging";
/// One backup of a data folder at a time.
pub(crate) const LOCK: &str = "backup.lock";

/// The second names; they go when this is dropped.
pub(crate) struct Pins {
    folders: Vec<PathBuf>,
    _lock: File,
}

/// Lets go of what a backup that was killed still holds: the server does so at its start, for files that
/// are held take up room although nothing names them any more.
pub(crate) fn let_go(data: &Path) {
    // A backup under way keeps what it holds.
    let Ok(mut pins) = Pins::take(data) else { return };
    let left = ["", "lake", "journal"].map(|part| data.join(part).join(STAGING));
    pins.folders.extend(left.into_iter().filter(|folder| folder.is_dir()));
}

/// What came of taking hold of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Pinned {
    /// It is held under this name.
    As(PathBuf),
    /// Its disk has no second names; it is read under its own.
    Unheld,
    /// It is not there any more.
    Gone,
}

impl Pins {
    /// Takes the turn, and clears away what a backup that was killed has left.
    ///
    /// # Errors
    /// When another backup is under way, or the data folder may not be written.
    pub(crate) fn take(data: &Path) -> Result<Self> {
        let path = data.join(LOCK);
        let lock = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(&path);
        let lock = lock.with_context(|| {
            format!("cannot write into the data folder {}; run as the server's account", data.display())
        })?;
        if FileExt::try_lock(&lock).is_err() {
            bail!("another backup of {} is under way; wait for its end", data.display());
        }
        Ok(Self { folders: Vec::new(), _lock: lock })
    }

    /// An empty folder for second names beside what is in `of`.
    ///
    /// # Errors
    /// When it cannot be made.
    pub(crate) fn folder(&mut self, of: &Path) -> Result<PathBuf> {
        let folder = of.join(STAGING);
        let made = match fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => fs::DirBuilder::new().mode(0o700).create(&folder),
        };
        made.with_context(|| format!("cannot make {}; run as the server's account", folder.display()))?;
        if !self.folders.contains(&folder) {
            self.folders.push(folder.clone());
        }
        Ok(folder)
    }
}

impl Drop for Pins {
    fn drop(&mut self) {
        for folder in &self.folders {
            if let Err(error) = fs::remove_dir_all(folder) {
                tracing::warn!(%error, folder = %folder.display(), "what the backup held stays behind; the next one removes it");
            }
        }
    }
}

/// Takes hold of `file` under `held`.
///
/// # Errors
/// When it can neither be held nor is gone, such as for a full disk.
pub(crate) fn pin(file: &Path, held: &Path) -> Result<Pinned> {
    if let Some(folder) = held.parent() {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    match fs::hard_link(file, held) {
        Ok(()) => Ok(Pinned::As(held.to_path_buf())),
        // Held before, and unchanged: files are replaced as a whole, so the name leads where it did.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(Pinned::As(held.to_path_buf())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Pinned::Gone),
        Err(error) if matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded) => {
            Err(error).with_context(|| format!("cannot take hold of {}", file.display()))
        }
        // FAT and some network disks have none; protected_hardlinks refuses files of other accounts.
        Err(_) if file.exists() => Ok(Pinned::Unheld),
        Err(_) => Ok(Pinned::Gone),
    }
}
