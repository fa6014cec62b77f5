//! The one data folder: its lay-out, its lock, its keys.

use anyhow::{Context, Result, bail};
use fs4::FileExt;
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// The data folder, held by this process as long as the value lives.
#[derive(Debug)]
pub(crate) struct DataDir {
    root: PathBuf,
    _lock: File,
}

impl DataDir {
    /// Creates the folder if need be (readable by its owner only) and takes its lock.
    ///
    /// # Errors
    /// When the folder cannot be made or another instance holds it; the message names the
    /// folder, the holder's process id and what to do.
    pub(crate) fn open(root: &Path) -> Result<Self> {
        std::fs::create_dir_all(root).with_context(|| {
            format!("cannot create the data folder {}; choose another with --data DIR", root.display())
        })?;
        std::fs::set_permissions(root, std::fs::Permissions::from_mode(0o700))
            .with_context(|| format!("cannot restrict the data folder {} to its owner", root.display()))?;
        let path = root.join("lock");
        let mut lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .mode(0o600)
            .open(&path)
            .with_context(|| format!("cannot open {}; check who owns the data folder", path.display()))?;
        if FileExt::try_lock(&lock).is_err() {
            let mut holder = String::new();
            let _ = lock.read_to_string(&mut holder);
            let holder = if holder.trim().is_empty() { "unknown".to_owned() } else { holder.trim().to_owned() };
            bail!(
                "another Mangrove (process {holder}) is using the data folder {}; stop it first, or choose another folder with --data DIR",
                root.display()
            );
        }
        lock.set_len(0)?;
        lock.seek(SeekFrom::Start(0))?;
        writeln!(lock, "{}", std::process::id())?;
        lock.sync_all()?;
        Ok(Self { root: root.to_path_buf(), _lock: lock })
    }

    /// Removes everything inside but the lock, for a fresh start.
    ///
    /// # Errors
    /// When a file cannot be removed.
    pub(crate) fn clear(&self) -> Result<()> {
        for entry in std::fs::read_dir(&self.root)? {
            let path = entry?.path();
            if path.file_name().is_some_and(|n| n == "lock") {
                continue;
            }
            let removed = if path.is_dir() { std::fs::remove_dir_all(&path) } else { std::fs::remove_file(&path) };
            removed.with_context(|| format!("cannot remove {}", path.display()))?;
        }
        Ok(())
    }

    /// Path of something inside.
    #[must_use]
    pub(crate) fn join(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// The folder itself.
    #[must_use]
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Where a data folder keeps a secret.
    #[must_use]
    pub(crate) fn key_path(root: &Path, name: &str) -> PathBuf {
        root.join("keys").join(name)
    }

    /// A secret of 32 bytes kept in `keys/<name>`, made at first use, readable by the owner only.
    ///
    /// # Errors
    /// When it cannot be read or written, or has another length than 32 bytes.
    pub(crate) fn secret(&self, name: &str) -> Result<[u8; 32]> {
        match self.kept_secret(name)? {
            Some(kept) => Ok(kept),
            None => self.new_secret(name),
        }
    }

    /// The secret kept in `keys/<name>`, if there is one.
    ///
    /// # Errors
    /// When it cannot be read or has another length than 32 bytes.
    pub(crate) fn kept_secret(&self, name: &str) -> Result<Option<[u8; 32]>> {
        let path = Self::key_path(&self.root, name);
        match std::fs::read(&path) {
            Ok(bytes) => <[u8; 32]>::try_from(bytes.as_slice()).map(Some).map_err(|_| {
                anyhow::anyhow!("{} is {} bytes, not 32; restore it from a backup", path.display(), bytes.len())
            }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            // One that cannot be read must not be taken for none and written over.
            Err(error) => Err(error).with_context(|| format!("cannot read {}; check who owns it", path.display())),
        }
    }

    /// A new secret in the place of whatever `keys/<name>` holds.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn new_secret(&self, name: &str) -> Result<[u8; 32]> {
        let fresh: [u8; 32] = rand::random();
        write_private(&Self::key_path(&self.root, name), &fresh)?;
        Ok(fresh)
    }
}

/// Writes a file only its owner can read, by way of a temporary name, synced.
///
/// # Errors
/// When the folder or file cannot be written.
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> Result<()> {
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent)?;
        std::fs::set_permissions(parent, std::fs::Permissions::from_mode(0o700))?;
    }
    let temporary = path.with_extension("new");
    let mut file =
        OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&temporary).with_context(|| {
            format!("cannot write {}; check free space and who owns the data folder", temporary.display())
        })?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&temporary, path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_holder_is_refused_by_name() {
        let dir = tempfile::tempdir().expect("temp dir");
        let first = DataDir::open(dir.path()).expect("first");
        let message = DataDir::open(dir.path()).expect_err("second").to_string();
        assert!(message.contains(&std::process::id().to_string()), "{message}");
        assert!(message.contains("--data"), "{message}");
        drop(first);
        DataDir::open(dir.path()).expect("free again");
    }

    #[test]
    fn a_secret_stays_the_same() {
        let dir = tempfile::tempdir().expect("temp dir");
        let data = DataDir::open(dir.path()).expect("opens");
        let first = data.secret("session").expect("made");
        assert_eq!(first, data.secret("session").expect("read"));
        data.clear().expect("clears");
        assert_ne!(first, data.secret("session").expect("made anew"));
    }
}
