//! Files through `object_store`, made durable, with errors that name the place.

use crate::cold::{COLD, Cold};
use engine_lake::LakeError;
use futures::TryStreamExt;
use object_store::local::LocalFileSystem;
use object_store::path::Path as StorePath;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt};
use std::collections::BTreeSet;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The lake's folder as a store.
#[derive(Debug)]
pub(crate) struct Store {
    pub(crate) objects: Arc<dyn ObjectStore>,
    root: PathBuf,
    sync: bool,
    /// Held as long as the lake is open; none when it is only looked at.
    lock: Option<File>,
    /// The cold folder.
    pub(crate) cold: Cold,
}

impl Store {
    /// Opens the folder, making it when absent, and takes it for this process.
    pub(crate) fn open(root: &Path, sync: bool) -> Result<Self, LakeError> {
        let fail = |e: std::io::Error| io_error(root, &e, "open the folder");
        std::fs::create_dir_all(root.join("data")).map_err(fail)?;
        std::fs::create_dir_all(root.join("manifests")).map_err(fail)?;
        let lock = lock(root)?;
        Ok(Self { lock: Some(lock), ..Self::look(root, sync)? })
    }

    /// Whether this process has taken the folder.
    pub(crate) const fn is_ours(&self) -> bool {
        self.lock.is_some()
    }

    /// The folder.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Opens a folder that is there, to be read only; another process may have taken it.
    pub(crate) fn look(root: &Path, sync: bool) -> Result<Self, LakeError> {
        let root = root.canonicalize().map_err(|e| io_error(root, &e, "open the folder"))?;
        let objects = LocalFileSystem::new_with_prefix(&root).map_err(|e| store_error(&root, "open the folder", &e))?;
        let cold = Cold::of(&root);
        Ok(Self { objects: Arc::new(objects), root, sync, lock: None, cold })
    }

    /// Writes a file; it is in place whole or not at all, and durable after [`Store::sync`].
    pub(crate) async fn put(&self, path: &str, bytes: Vec<u8>) -> Result<(), LakeError> {
        if self.lock.is_none() {
            return Err(LakeError::engine("write", "this folder is only looked at; the process that has it writes"));
        }
        let put = self.objects.put(&StorePath::from(path), bytes.into()).await;
        put.map(|_| ()).map_err(|e| store_error(&self.root.join(path), "write", &e))
    }

    pub(crate) async fn get(&self, path: &str) -> Result<bytes::Bytes, LakeError> {
        let failed = |e| store_error(&self.root.join(path), "read", &e);
        self.objects.get(&StorePath::from(path)).await.map_err(failed)?.bytes().await.map_err(failed)
    }

    /// A small text file; empty when it is not there.
    pub(crate) async fn get_text(&self, path: &str) -> Result<String, LakeError> {
        if !self.exists(path).await? {
            return Ok(String::new());
        }
        let damaged = |_| LakeError::Damaged { file: path.to_owned(), reason: "it is not UTF-8".to_owned() };
        String::from_utf8(self.get(path).await?.to_vec()).map_err(damaged)
    }

    pub(crate) async fn exists(&self, path: &str) -> Result<bool, LakeError> {
        match self.objects.head(&StorePath::from(path)).await {
            Ok(_) => Ok(true),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(e) => Err(store_error(&self.root.join(path), "read", &e)),
        }
    }

    /// The data files that are there, in both tiers as far as they can be reached.
    pub(crate) async fn list_data(&self) -> Result<Vec<ObjectMeta>, LakeError> {
        let mut listed = self.list("data").await?;
        if self.cold.is_here() {
            listed.extend(self.list(&format!("{COLD}/data")).await?);
        }
        Ok(listed)
    }

    /// Bytes free for this program, and bytes of the file system, below a path of the lake.
    pub(crate) fn room(&self, path: &str) -> Result<(u64, u64), LakeError> {
        let place = self.root.join(path);
        let figures = rustix::fs::statvfs(&place).map_err(|e| io_error(&place, &e.into(), "look at the disk"))?;
        Ok((figures.f_bavail.saturating_mul(figures.f_frsize), figures.f_blocks.saturating_mul(figures.f_frsize)))
    }

    /// Moves a damaged file out of the way, to `set-aside/`, under a name that says where it was.
    pub(crate) fn set_aside(&self, path: &str) -> Result<PathBuf, LakeError> {
        // Beside the data of its tier: a name moves within one disk only.
        let (tier, rest) = path.split_once("data/").unwrap_or(("", path));
        let folder = self.root.join(tier).join("set-aside");
        let target = folder.join(rest.replace('/', "."));
        let fail = |e: std::io::Error| io_error(&target, &e, "set aside a damaged file");
        std::fs::create_dir_all(&folder).map_err(fail)?;
        std::fs::rename(self.root.join(path), &target).map_err(fail)?;
        Ok(target)
    }

    /// Part of a file.
    pub(crate) async fn get_range(&self, path: &str, range: std::ops::Range<u64>) -> Result<bytes::Bytes, LakeError> {
        let failed = |e| store_error(&self.root.join(path), "read", &e);
        self.objects.get_range(&StorePath::from(path), range).await.map_err(failed)
    }

    pub(crate) async fn list(&self, folder: &str) -> Result<Vec<ObjectMeta>, LakeError> {
        let listed = self.objects.list(Some(&StorePath::from(folder))).try_collect().await;
        listed.map_err(|e| store_error(&self.root.join(folder), "list", &e))
    }

    /// Removes a file that is no longer needed; failing to do so costs only space.
    pub(crate) async fn remove(&self, path: &str) {
        if self.lock.is_none() {
            return;
        }
        match self.objects.delete(&StorePath::from(path)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
            Err(error) => {
                tracing::warn!(file.path = path, %error, "a lake file that is no longer needed cannot be removed");
            }
        }
    }

    /// Brings written files, and the names of the folders above them, to the disk.
    pub(crate) async fn sync(&self, paths: &[String]) -> Result<(), LakeError> {
        if !self.sync || paths.is_empty() {
            return Ok(());
        }
        let files: Vec<PathBuf> = paths.iter().map(|path| self.root.join(path)).collect();
        let root = self.root.clone();
        let synced = tokio::task::spawn_blocking(move || {
            let mut folders = BTreeSet::new();
            for file in &files {
                File::open(file).and_then(|f| f.sync_all()).map_err(|e| io_error(file, &e, "sync"))?;
                folders.extend(file.ancestors().skip(1).take_while(|f| f.starts_with(&root)).map(Path::to_path_buf));
            }
            // Deepest first, so that no name becomes durable before what it names.
            for folder in folders.iter().rev() {
                File::open(folder).and_then(|f| f.sync_all()).map_err(|e| io_error(folder, &e, "sync"))?;
            }
            Ok(())
        });
        synced.await.map_err(|e| LakeError::engine("sync its files", e))?
    }

    /// Removes what an interrupted `put` has left beside its target (`name#1`).
    pub(crate) fn remove_unfinished(&self) -> usize {
        let mut removed = 0;
        let mut folders = vec![self.root.join("data"), self.root.join("manifests")];
        if self.cold.is_here() {
            folders.push(self.root.join(COLD).join("data"));
        }
        while let Some(folder) = folders.pop() {
            let Ok(items) = std::fs::read_dir(&folder) else { continue };
            for item in items.flatten() {
                let unfinished = item.file_name().to_string_lossy().contains('#');
                match item.file_type() {
                    Ok(kind) if kind.is_dir() => folders.push(item.path()),
                    Ok(_) if unfinished && std::fs::remove_file(item.path()).is_ok() => removed += 1,
                    _ => {}
                }
            }
        }
        removed
    }
}

/// A holder that is just ending (or a child process between its fork and its exec, which shares
/// the lock for that moment) gets half a second before the folder counts as taken.
fn try_for_a_while(file: &File) -> Result<(), TryLockError> {
    const TRIES: u32 = 20;
    for _ in 1..TRIES {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => std::thread::sleep(std::time::Duration::from_millis(25)),
            done => return done,
        }
    }
    file.try_lock()
}

/// Whether a process has the lake in `root` at this moment.
pub(crate) fn is_held(root: &Path) -> bool {
    let file = File::open(root.join("lake.lock"));
    file.is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
}

fn lock(root: &Path) -> Result<File, LakeError> {
    let path = root.join("lake.lock");
    let fail = |e: std::io::Error| io_error(&path, &e, "open");
    let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).map_err(fail)?;
    match try_for_a_while(&file) {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut pid = String::new();
            let _ = (&mut file).take(32).read_to_string(&mut pid);
            let holder =
                if pid.trim().is_empty() { "another process".to_owned() } else { format!("process {}", pid.trim()) };
            return Err(LakeError::Locked { dir: root.to_path_buf(), holder });
        }
        Err(TryLockError::Error(e)) => return Err(fail(e)),
    }
    // The process id is only for the message of a second instance.
    let _ = file.set_len(0).and_then(|()| file.rewind()).and_then(|()| writeln!(file, "{}", std::process::id()));
    Ok(file)
}

fn is_full(kind: std::io::ErrorKind) -> bool {
    use std::io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    matches!(kind, StorageFull | QuotaExceeded | FileTooLarge)
}

fn io_error(place: &Path, error: &std::io::Error, action: &'static str) -> LakeError {
    if is_full(error.kind()) {
        return LakeError::Full { place: place.display().to_string(), reason: error.to_string() };
    }
    LakeError::engine(action, format!("{}: {error}", place.display()))
}

/// Finds what the operating system said below the store's own words.
fn store_error(place: &Path, action: &'static str, error: &object_store::Error) -> LakeError {
    // Told apart first: a reader beside the server looks again for what was merged away meanwhile.
    if let object_store::Error::NotFound { .. } = error {
        return LakeError::Damaged { file: place.display().to_string(), reason: "it is not there".to_owned() };
    }
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(current) = cause {
        if let Some(io) = current.downcast_ref::<std::io::Error>() {
            return io_error(place, io, action);
        }
        cause = current.source();
    }
    LakeError::engine(action, format!("{}: {error}", place.display()))
}
