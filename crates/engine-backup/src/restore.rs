//! Restoring an archive into a new folder: all of it, or nothing.

use crate::Told;
use crate::archive::Head;
use crate::error::BackupError;
use crate::keys::Identities;
use crate::read::{Sink, Verified, walk};
use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Restores the archive into `target`, which must not exist or be empty. Everything is written beside
/// it, compared with the sums and brought to the disk; only then does the folder get its name. Files
/// and folders are readable by their owner only.
///
/// # Errors
/// When `target` holds something, `own` (this program's version) is older than the archive's, or the
/// archive is not whole; nothing is left behind then.
pub fn restore(
    path: &Path,
    keys: &Identities,
    target: &Path,
    own: &str,
    told: &mut Told<'_>,
) -> Result<Verified, BackupError> {
    let there = empty_or_absent(target)?;
    let mut beside = target.as_os_str().to_owned();
    beside.push(format!(".restoring-{}", std::process::id()));
    let beside = Beside(PathBuf::from(beside));
    let mut sink = Folder { root: beside.0.clone(), own: own.to_owned(), file: None, folders: BTreeSet::new() };
    make_folder(&beside.0)?;
    let verified = walk(path, keys, &mut sink, told)?;
    // Deepest first, so that no name becomes durable before what it names.
    for folder in sink.folders.iter().rev().chain([&beside.0]) {
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(BackupError::io("sync", folder))?;
    }
    if there {
        std::fs::remove_dir(target).map_err(BackupError::io("replace", target))?;
    }
    std::fs::rename(&beside.0, target).map_err(BackupError::io("rename into place", target))?;
    std::mem::forget(beside);
    let above = target.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(above).and_then(|folder| folder.sync_all()).map_err(BackupError::io("sync", above))?;
    Ok(verified)
}

/// Whether the folder is there (and empty).
fn empty_or_absent(target: &Path) -> Result<bool, BackupError> {
    match std::fs::read_dir(target) {
        Ok(mut items) => match items.next() {
            None => Ok(true),
            Some(_) => Err(BackupError::NotEmpty { path: target.to_path_buf() }),
        },
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(BackupError::io("look into", target)(error)),
    }
}

/// The folder that is filled; goes when it does not get its name.
struct Beside(PathBuf);

impl Drop for Beside {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn make_folder(path: &Path) -> Result<(), BackupError> {
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(BackupError::io("make the folder", path))
}

/// Writes the files below a folder.
struct Folder {
    root: PathBuf,
    own: String,
    file: Option<(BufWriter<File>, PathBuf)>,
    folders: BTreeSet<PathBuf>,
}

impl Sink for Folder {
    fn begin(&mut self, head: &Head) -> Result<(), BackupError> {
        head.check(&self.own)
    }

    fn open(&mut self, name: &str) -> Result<(), BackupError> {
        // The name was checked: it stays below the root.
        let path = self.root.join(name);
        for folder in path.ancestors().skip(1).take_while(|folder| *folder != self.root) {
            if !self.folders.insert(folder.to_path_buf()) {
                break;
            }
        }
        if let Some(folder) = path.parent() {
            make_folder(folder)?;
        }
        let opened = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
        self.file = Some((BufWriter::with_capacity(1 << 20, opened.map_err(BackupError::io("write", &path))?), path));
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), BackupError> {
        match &mut self.file {
            Some((file, path)) => file.write_all(bytes).map_err(BackupError::io("write", path)),
            None => Ok(()),
        }
    }

    fn close(&mut self) -> Result<(), BackupError> {
        let Some((file, path)) = self.file.take() else { return Ok(()) };
        let file = file.into_inner().map_err(|e| BackupError::io("write", &path)(e.into_error()))?;
        file.sync_all().map_err(BackupError::io("sync", &path))
    }
}
