//! Holds for incidents: times whose events nothing deletes.
//!
//! They stand in `holds.json`, which is replaced as a whole. Whoever reads them to delete, or changes
//! them, has `holds.lock` meanwhile, so that the command line can put a hold beside a running server:
//! the deletion that is under way ends first, and every later one sees the hold.

use crate::lake::ParquetLake;
use engine_lake::LakeError;
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

const HOLDS: &str = "holds.json";
const LOCK: &str = "holds.lock";
/// Looks for the lock, one each [`WAIT`]: a minute, longer than any deletion takes.
const TRIES: u32 = 2_400;
const WAIT: Duration = Duration::from_millis(25);

/// Events that an incident needs: nothing of this time is deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// Name, such as the incident's number.
    pub name: String,
    /// Begin, µs.
    pub from: i64,
    /// End, exclusive, µs.
    pub until: i64,
    /// Why.
    pub why: String,
}

/// The holds of a lake's folder, whether or not a server has the lake.
#[derive(Clone, Debug)]
pub struct HoldBook {
    dir: PathBuf,
}

/// Nobody else reads holds to delete, or changes them, as long as this lives.
#[derive(Debug)]
pub(crate) struct Turn {
    _lock: File,
}

impl HoldBook {
    /// Of the lake in `dir`.
    #[must_use]
    pub fn of(dir: &Path) -> Self {
        Self { dir: dir.to_path_buf() }
    }

    /// Makes the file that is locked, so that it belongs to whom the lake belongs to.
    pub(crate) fn prepare(&self) -> Result<(), LakeError> {
        self.lock_file().map(drop)
    }

    fn lock_file(&self) -> Result<File, LakeError> {
        let path = self.dir.join(LOCK);
        // Reading is enough to lock it: it may belong to somebody else.
        let opened = match File::open(&path) {
            Err(e) if e.kind() == ErrorKind::NotFound => {
                OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path)
            }
            opened => opened,
        };
        opened.map_err(|e| LakeError::engine("open its holds", format!("{}: {e}", path.display())))
    }

    fn take_turn(&self) -> Result<Turn, LakeError> {
        let file = self.lock_file()?;
        for _ in 0..TRIES {
            match file.try_lock() {
                Ok(()) => return Ok(Turn { _lock: file }),
                Err(TryLockError::WouldBlock) => std::thread::sleep(WAIT),
                Err(TryLockError::Error(e)) => return Err(LakeError::engine("lock its holds", e)),
            }
        }
        Err(LakeError::engine("lock its holds", format!("{} stays locked for a minute", self.dir.join(LOCK).display())))
    }

    /// Waits for a turn; with the holds that are in force as long as it lasts.
    pub(crate) async fn turn(self) -> Result<(Turn, Vec<Hold>), LakeError> {
        let taken = tokio::task::spawn_blocking(move || Ok((self.take_turn()?, self.list()?)));
        taken.await.map_err(|e| LakeError::engine("read its holds", e))?
    }

    /// The holds in force.
    ///
    /// # Errors
    /// When they cannot be read; nothing is deleted then.
    pub fn list(&self) -> Result<Vec<Hold>, LakeError> {
        let damaged = |reason: String| LakeError::Damaged { file: HOLDS.to_owned(), reason };
        match std::fs::read(self.dir.join(HOLDS)) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|e| damaged(e.to_string())),
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(Vec::new()),
            Err(e) => Err(damaged(e.to_string())),
        }
    }

    /// Puts a hold in force, in place of one of the same name. When this returns, no deletion that
    /// began before is under way, and none that follows touches its time.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn put(&self, hold: Hold) -> Result<(), LakeError> {
        let _turn = self.take_turn()?;
        let mut holds = self.list()?;
        holds.retain(|known| known.name != hold.name);
        holds.push(hold);
        self.write(&holds)
    }

    /// Lifts a hold; `false` when there is none of this name.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn lift(&self, name: &str) -> Result<bool, LakeError> {
        let _turn = self.take_turn()?;
        let mut holds = self.list()?;
        let before = holds.len();
        holds.retain(|known| known.name != name);
        if holds.len() == before {
            return Ok(false);
        }
        self.write(&holds).map(|()| true)
    }

    fn write(&self, holds: &[Hold]) -> Result<(), LakeError> {
        let (path, fresh) = (self.dir.join(HOLDS), self.dir.join("holds.json.new"));
        let text = serde_json::to_vec_pretty(holds).map_err(|e| LakeError::engine("write its holds", e))?;
        let written = File::create(&fresh)
            .and_then(|mut file| file.write_all(&text).and_then(|()| file.sync_all()))
            .and_then(|()| std::fs::rename(&fresh, &path))
            .and_then(|()| File::open(&self.dir)?.sync_all());
        written.map_err(|e| LakeError::engine("write its holds", format!("{}: {e}", path.display())))
    }
}

impl ParquetLake {
    pub(crate) fn holds_book(&self) -> HoldBook {
        HoldBook::of(self.store.root())
    }

    /// The holds in force.
    ///
    /// # Errors
    /// When they cannot be read; nothing is deleted then.
    pub async fn holds(&self) -> Result<Vec<Hold>, LakeError> {
        let book = self.holds_book();
        tokio::task::spawn_blocking(move || book.list()).await.map_err(|e| LakeError::engine("read its holds", e))?
    }

    /// Puts a hold in force: [`HoldBook::put`].
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn hold(&self, hold: Hold) -> Result<(), LakeError> {
        let book = self.holds_book();
        tokio::task::spawn_blocking(move || book.put(hold))
            .await
            .map_err(|e| LakeError::engine("write its holds", e))?
    }

    /// Lifts a hold: [`HoldBook::lift`].
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn lift_hold(&self, name: &str) -> Result<bool, LakeError> {
        let (book, name) = (self.holds_book(), name.to_owned());
        let lifted = tokio::task::spawn_blocking(move || book.lift(&name));
        lifted.await.map_err(|e| LakeError::engine("write its holds", e))?
    }
}
