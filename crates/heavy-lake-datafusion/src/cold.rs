//! The cold tier: a second folder, on a larger or slower disk, for closed days in their final form.
//!
//! `cold` in the lake's folder is a symbolic link to it, so a file `data/day=…` that has moved is
//! `cold/data/day=…` for everything that reads. The folder bears a mark with the lake's id: an empty mount
//! point, or the folder of another lake, does not pass for it. While it cannot be reached its files stay
//! in the manifests; searches leave them out and say so.

use crate::manifest::FileEntry;
use serde::{Deserialize, Serialize};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

/// Name of the link, and first part of the paths of cold files.
pub(crate) const COLD: &str = "cold";
/// File in the lake's folder with its id, which the mark repeats.
const ID: &str = "lake.id";
/// File in the cold folder that says which lake it belongs to.
const MARK: &str = "mangrove-lake-cold.json";
/// Format version of the mark.
const FORMAT: u32 = 1;
/// Longest time the folder may take to answer: a disk in the network can hang.
const PATIENCE: Duration = Duration::from_secs(3);

/// The second folder of a lake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColdTier {
    /// The folder.
    pub dir: PathBuf,
    /// Days after which a closed day moves there.
    pub after_days: u32,
}

#[derive(Serialize, Deserialize)]
struct Mark {
    format: u32,
    lake: String,
}

/// Whether the folder can be reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// There is none.
    Unused,
    /// It can.
    Here,
    /// It cannot, and why.
    Away(String),
}

/// What is known of the cold folder of a lake's folder.
#[derive(Debug)]
pub(crate) struct Cold {
    root: PathBuf,
    reach: RwLock<Reach>,
    /// A look that hangs is not joined by others.
    looking: Arc<AtomicBool>,
}

/// Whether the file lies in the cold folder.
pub(crate) fn is_cold(file: &FileEntry) -> bool {
    is_cold_path(&file.path)
}

pub(crate) fn is_cold_path(path: &str) -> bool {
    path.strip_prefix(COLD).is_some_and(|rest| rest.starts_with('/'))
}

impl Cold {
    /// Of the lake in `root`, as it is found.
    pub(crate) fn of(root: &Path) -> Self {
        let own = root.to_path_buf();
        let reach = RwLock::new(patiently(move || look(&own)));
        Self { root: root.to_path_buf(), reach, looking: Arc::default() }
    }

    pub(crate) fn reach(&self) -> Reach {
        self.reach.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn is_here(&self) -> bool {
        *self.reach.read().unwrap_or_else(PoisonError::into_inner) == Reach::Here
    }

    /// Why cold files cannot be read.
    pub(crate) fn reason(&self) -> String {
        match self.reach() {
            Reach::Away(reason) => reason,
            Reach::Here | Reach::Unused => {
                format!("{} is not there; name the cold folder with --lake-cold", self.root.join(COLD).display())
            }
        }
    }

    /// Takes `dir` for the cold folder. When the lake has files there already (`used`), it must bear the
    /// lake's mark: nothing is begun anew.
    pub(crate) fn settle(&self, dir: &Path, used: bool) {
        let (root, dir) = (self.root.clone(), dir.to_path_buf());
        self.found(patiently(move || match prepare(&root, &dir, used) {
            Ok(()) => look(&root),
            Err(reason) => Reach::Away(reason),
        }));
    }

    /// Looks whether it can be reached; `true` when that has changed.
    pub(crate) async fn refresh(&self) -> bool {
        if self.reach() == Reach::Unused {
            return false;
        }
        if self.looking.swap(true, Ordering::AcqRel) {
            return false;
        }
        let (root, looking) = (self.root.clone(), Arc::clone(&self.looking));
        let (tell, told) = tokio::sync::oneshot::channel();
        // A thread of its own: the end of the server must not wait for one that hangs.
        std::thread::spawn(move || {
            let reach = look(&root);
            looking.store(false, Ordering::Release);
            // Whoever asked may have gone.
            let _ = tell.send(reach);
        });
        let reach = tokio::time::timeout(PATIENCE, told).await;
        self.found(reach.ok().and_then(Result::ok).unwrap_or_else(hangs))
    }

    /// Notes and tells what has changed.
    fn found(&self, reach: Reach) -> bool {
        let mut known = self.reach.write().unwrap_or_else(PoisonError::into_inner);
        if *known == reach {
            return false;
        }
        match &reach {
            Reach::Away(reason) => {
                tracing::error!(
                    reason,
                    "the cold folder of the event lake cannot be reached; its days are left out of searches until it is back"
                );
            }
            Reach::Here => tracing::info!("the cold folder of the event lake can be reached"),
            Reach::Unused => {}
        }
        *known = reach;
        true
    }
}

fn hangs() -> Reach {
    Reach::Away("it does not answer; look at its disk and mount".to_owned())
}

/// What the work finds, or that it hangs.
fn patiently(work: impl FnOnce() -> Reach + Send + 'static) -> Reach {
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || tell.send(work()));
    told.recv_timeout(PATIENCE).unwrap_or_else(|_| hangs())
}

fn look(root: &Path) -> Reach {
    let link = root.join(COLD);
    if link.symlink_metadata().is_err() {
        return Reach::Unused;
    }
    let id = match std::fs::read_to_string(root.join(ID)) {
        Ok(id) => id,
        Err(e) => return Reach::Away(format!("{}: {e}; restore the file from a backup", root.join(ID).display())),
    };
    let dir = std::fs::read_link(&link).unwrap_or(link);
    match mark_of(&dir) {
        Ok(Some(lake)) if lake == id.trim() => Reach::Here,
        Ok(Some(_)) => Reach::Away(format!("{} belongs to another lake", dir.display())),
        Ok(None) => Reach::Away(format!("{} does not bear the mark of this lake; is its disk mounted?", dir.display())),
        Err(reason) => Reach::Away(reason),
    }
}

/// The lake that a folder belongs to.
fn mark_of(dir: &Path) -> Result<Option<String>, String> {
    let path = dir.join(MARK);
    let said = |e: &dyn std::fmt::Display| format!("{}: {e}", path.display());
    match std::fs::read(&path) {
        Ok(bytes) => serde_json::from_slice::<Mark>(&bytes).map(|mark| Some(mark.lake)).map_err(|e| said(&e)),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        Err(e) => Err(said(&e)),
    }
}

fn prepare(root: &Path, dir: &Path, used: bool) -> Result<(), String> {
    let said = |path: &Path, e: &std::io::Error| format!("{}: {e}", path.display());
    if !used {
        std::fs::create_dir_all(dir).map_err(|e| said(dir, &e))?;
    }
    let dir = dir.canonicalize().map_err(|e| said(dir, &e))?;
    if dir.starts_with(root) || root.starts_with(&dir) {
        return Err(format!(
            "{} and the lake's own folder lie in one another; choose a folder beside it",
            dir.display()
        ));
    }
    let id = id_of(root)?;
    match mark_of(&dir)? {
        Some(lake) if lake == id => {}
        Some(_) => return Err(format!("{} belongs to another lake; choose another folder", dir.display())),
        None if used => {
            return Err(format!(
                "{} does not bear the mark of this lake, which has files in its cold folder; mount the right disk there",
                dir.display()
            ));
        }
        None => {
            let text = serde_json::to_vec(&Mark { format: FORMAT, lake: id }).map_err(|e| e.to_string())?;
            write(&dir, MARK, &text).map_err(|e| said(&dir, &e))?;
        }
    }
    let link = root.join(COLD);
    if std::fs::read_link(&link).ok().as_ref() != Some(&dir) {
        let fresh = root.join("cold.new");
        let _ = std::fs::remove_file(&fresh);
        let linked = std::os::unix::fs::symlink(&dir, &fresh)
            .and_then(|()| std::fs::rename(&fresh, &link))
            .and_then(|()| std::fs::File::open(root)?.sync_all());
        linked.map_err(|e| said(&link, &e))?;
    }
    Ok(())
}

/// The lake's id, made when it has none.
fn id_of(root: &Path) -> Result<String, String> {
    let said = |e: &dyn std::fmt::Display| format!("{}: {e}", root.join(ID).display());
    match std::fs::read_to_string(root.join(ID)) {
        Ok(id) if !id.trim().is_empty() => return Ok(id.trim().to_owned()),
        Err(e) if e.kind() != ErrorKind::NotFound => return Err(said(&e)),
        Ok(_) | Err(_) => {}
    }
    let random: [u8; 16] =
        ring::rand::generate(&ring::rand::SystemRandom::new()).map_err(|_| said(&"no randomness"))?.expose();
    let id = hex::encode(random);
    write(root, ID, id.as_bytes()).map_err(|e| said(&e))?;
    Ok(id)
}

/// Writes a small file as a whole and durably.
fn write(dir: &Path, name: &str, bytes: &[u8]) -> std::io::Result<()> {
    let fresh = dir.join(format!("{name}.new"));
    std::fs::write(&fresh, bytes)?;
    std::fs::File::open(&fresh)?.sync_all()?;
    std::fs::rename(&fresh, dir.join(name))?;
    std::fs::File::open(dir)?.sync_all()
}
