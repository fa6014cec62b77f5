//! The files of a folder that are appended to: looking, reading in turns, remembering.

use super::checkpoint::{Checkpoint, Left, Mark};
use super::giver::{self, Told};
use super::lines::Limits;
use super::listing::{self, Found, is_packed, is_rotated, matches};
use super::reading::{Follower, Lines, is_copy};
use super::rotation::{self, Rest};
use super::{FolderError, FolderOptions};
use std::collections::{BTreeMap, VecDeque};
use std::io;

/// After so many looks without anything new a file is closed.
const QUIET_LOOKS: u32 = 60;

/// Lines of one file that wait for the sink.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) lines: Lines,
    /// Whose they are: of a file that is finished, or followed.
    finishing: bool,
    name: String,
}

/// The files of one folder.
#[derive(Debug)]
pub(crate) struct Tail {
    options: FolderOptions,
    checkpoint: Checkpoint,
    followers: BTreeMap<String, Follower>,
    /// Rotated files of which the rest is read, oldest first, with the name they are remembered by.
    finishing: VecDeque<(String, Follower)>,
    /// The file that was read last; the next one by name has its turn.
    turn: String,
    told: Vec<Told>,
    /// The checkpoint on disk is older than the one here.
    dirty: bool,
}

impl Tail {
    /// Goes on where the checkpoint says.
    pub(crate) fn open(options: FolderOptions) -> Result<Self, FolderError> {
        let checkpoint = Checkpoint::load(&options.checkpoint)?;
        let follower = |(name, mark): (&String, &Mark)| (name.clone(), Follower::at(name.clone(), mark.clone()));
        let followers = checkpoint.files.iter().map(follower).collect();
        let leaving = |(key, left): (&String, &Left)| {
            (key.clone(), Follower { last: true, ..Follower::at(left.name.clone(), left.mark.clone()) })
        };
        let finishing = checkpoint.leaving.iter().map(leaving).collect();
        Ok(Self { options, checkpoint, followers, finishing, turn: String::new(), told: Vec::new(), dirty: false })
    }

    /// What is to be told since the last call.
    pub(crate) fn take_told(&mut self) -> Vec<Told> {
        std::mem::take(&mut self.told)
    }

    /// Looks at the folder: new files, rotated ones, those cut to nothing.
    pub(crate) fn look(&mut self) {
        let mut found = match listing::list(&self.options.folder) {
            Ok(found) => found,
            Err(error) => return self.told.push(giver::unlistable(&self.options.folder, &error)),
        };
        self.find_rests_again(&found);
        let names: Vec<String> = self.followers.keys().cloned().collect();
        for name in names {
            let here = found.iter().find(|f| f.name == name);
            self.look_at(&name, here, &found);
        }
        found.retain(|f| matches(&self.options.pattern, &f.name) && !is_packed(&f.name));
        found.iter().for_each(|new| self.begin(new));
    }

    fn look_at(&mut self, name: &str, here: Option<&Found>, found: &[Found]) {
        let Some(follower) = self.followers.get_mut(name) else { return };
        match here {
            Some(here) if follower.is(here) => {
                let now = (here.size, here.modified);
                if now == follower.seen {
                    follower.quiet += 1;
                    if follower.quiet > QUIET_LOOKS {
                        follower.file = None;
                    }
                    return;
                }
                let before = std::mem::replace(&mut follower.seen, now);
                follower.quiet = 0;
                match follower.is_continued(&self.options.folder, here.size) {
                    Ok(true) => {}
                    Ok(false) => {
                        let fresh = Follower { seen: now, ..Follower::fresh(here) };
                        self.checkpoint.files.insert(name.to_owned(), fresh.mark.clone());
                        let old = std::mem::replace(follower, fresh);
                        // The open file is the emptied one, not where the rest is.
                        self.leave(name, Follower { file: None, seen: before, ..old }, found);
                    }
                    Err(error) => self.unreadable(name, &error),
                }
            }
            _ => {
                if let Some(gone) = self.followers.remove(name) {
                    self.checkpoint.files.remove(name);
                    self.leave(name, gone, found);
                }
            }
        }
    }

    /// A file is no longer where new lines are written: the rest of it is to be read.
    fn leave(&mut self, name: &str, old: Follower, found: &[Found]) {
        self.dirty = true;
        let mark = old.mark.clone();
        let follower = match (rotation::rest_of(&self.options.folder, found, name, &mark), old.file) {
            // Under a name that is followed itself it goes on as what it is.
            (Rest::In(other), file) if matches(&self.options.pattern, &other.name) && !is_packed(&other.name) => {
                let same = other.inode == mark.inode;
                let mark = Mark { device: other.device, inode: other.inode, ..mark };
                self.checkpoint.files.insert(other.name.clone(), mark.clone());
                let follower = Follower { file: file.filter(|_| same), ..Follower::at(other.name.clone(), mark) };
                self.followers.insert(other.name, follower);
                return;
            }
            (Rest::In(other), file) => {
                let file = file.filter(|_| other.inode == mark.inode);
                Follower { file, ..rotation::finish(&other, &mark) }
            }
            // Removed, or packed already; as long as it is open it can be read.
            (Rest::Lost, Some(file)) => Follower { file: Some(file), last: true, ..Follower::at(old.name, mark) },
            (Rest::Lost, None) => {
                // At the last look everything had been read; only after a restart nobody knows.
                if old.seen == (0, 0) || old.seen.0 > mark.offset {
                    let remedy =
                        "have rotation wait (logrotate: delaycompress), and keep the server running while it rotates";
                    let reason =
                        format!("was rotated or emptied, and what followed byte {} cannot be found", mark.offset);
                    self.told.push((self.place(name), reason, remedy));
                }
                return;
            }
        };
        let key = format!("{name} {}", follower.mark.inode);
        let left = Left { name: follower.name.clone(), mark: follower.mark.clone() };
        self.checkpoint.leaving.insert(key.clone(), left);
        self.finishing.push_back((key, follower));
    }

    /// After a restart, and when a rotated file is rotated on: under which name is it now?
    fn find_rests_again(&mut self, found: &[Found]) {
        for (_, follower) in self.finishing.iter_mut().filter(|(_, f)| f.file.is_none()) {
            if let Some(now) = found.iter().find(|f| follower.is(f)) {
                follower.name.clone_from(&now.name);
            }
        }
    }

    fn begin(&mut self, new: &Found) {
        if self.followers.contains_key(&new.name) {
            return;
        }
        // The same file under a second name, or one that is being finished.
        if self.followers.values().chain(self.finishing.iter().map(|(_, f)| f)).any(|f| f.is(new)) {
            return;
        }
        // A copy beside its original: rotation is about to empty the original, which the next look sees; a
        // copy that somebody keeps would only bring everything twice.
        let folder = &self.options.folder;
        let copy = |f: &&Follower| is_rotated(&new.name, &f.name) && is_copy(folder, new, &f.mark);
        if self.followers.values().any(|f| copy(&f)) {
            return;
        }
        if self.followers.len() >= self.options.max_files {
            let reason = format!("is not read: {} files of this folder are followed already", self.options.max_files);
            let remedy = "move old files elsewhere, or narrow the pattern";
            return self.told.push((self.place(&new.name), reason, remedy));
        }
        let mut follower = Follower::fresh(new);
        follower.seen = (new.size, new.modified);
        self.followers.insert(new.name.clone(), follower);
    }

    /// The next lines, of one file after the other; `None` when all are read to their end.
    pub(crate) fn next(&mut self) -> Option<Step> {
        let limits = Limits {
            read_bytes: self.options.read_bytes,
            max_record_bytes: self.options.max_record_bytes,
            batch_records: self.options.batch_records,
        };
        while let Some((key, follower)) = self.finishing.front_mut() {
            match follower.lines(&self.options.folder, limits) {
                Ok(Some(lines)) => return Some(Step { lines, finishing: true, name: key.clone() }),
                Ok(None) => {}
                Err(error) => {
                    let name = follower.name.clone();
                    self.unreadable(&name, &error);
                }
            }
            if let Some((key, _)) = self.finishing.pop_front() {
                self.checkpoint.leaving.remove(&key);
                self.dirty = true;
            }
        }
        let behind =
            self.followers.range::<String, _>((std::ops::Bound::Excluded(&self.turn), std::ops::Bound::Unbounded));
        let before = self.followers.range::<String, _>(..=&self.turn);
        let names: Vec<String> = behind.chain(before).map(|(name, _)| name.clone()).collect();
        for name in names {
            let Some(follower) = self.followers.get_mut(&name) else { continue };
            // Nothing new at the last look: not even opened.
            if follower.seen.0 <= follower.mark.offset {
                continue;
            }
            match follower.lines(&self.options.folder, limits) {
                Ok(Some(lines)) => {
                    self.turn.clone_from(&name);
                    return Some(Step { lines, finishing: false, name });
                }
                Ok(None) => {}
                Err(error) => self.unreadable(&name, &error),
            }
        }
        None
    }

    /// The sink has the lines: remembers it.
    ///
    /// # Errors
    /// When the checkpoint cannot be written.
    pub(crate) fn done(&mut self, step: Step) -> io::Result<()> {
        let mark = step.lines.mark;
        if step.finishing {
            if let Some((_, follower)) = self.finishing.front_mut().filter(|(key, _)| *key == step.name) {
                follower.mark = mark.clone();
                let left = Left { name: follower.name.clone(), mark };
                self.checkpoint.leaving.insert(step.name, left);
            }
        } else if let Some(follower) = self.followers.get_mut(&step.name) {
            follower.mark = mark.clone();
            self.checkpoint.files.insert(step.name, mark);
        }
        self.dirty = true;
        self.save()
    }

    /// Writes the checkpoint when something changed since.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn save(&mut self) -> io::Result<()> {
        if self.dirty {
            self.checkpoint.save(&self.options.checkpoint)?;
            self.dirty = false;
        }
        Ok(())
    }

    fn unreadable(&mut self, name: &str, error: &io::Error) {
        let remedy = "check that the server's account may read it; it is tried again at the next look";
        self.told.push((self.place(name), format!("cannot be read: {error}"), remedy));
    }

    fn place(&self, name: &str) -> String {
        self.options.folder.join(name).display().to_string()
    }
}
