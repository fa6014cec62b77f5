//! Checking the chain, row by row, from wherever the rows come, and saying what was done to it.

use crate::merkle::Tree;
use crate::note::Checkpoint;
use crate::sealed::{Entry, GENESIS};
use std::collections::{BTreeMap, VecDeque};
use std::fmt;

/// How far around a broken place its explanation is looked for, in rows.
pub(crate) const WINDOW: usize = 64;

/// The trail is whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// How many acts.
    pub acts: i64,
    /// Hash of the last one; written down elsewhere, it proves that nothing was cut off the end.
    pub head: String,
    /// Root of the tree over all of them, as a checkpoint signs it.
    pub root: [u8; 32],
    /// How many acts the last signed checkpoint covers; 0 without one.
    pub signed: i64,
}

/// The first place where the trail does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Number of the first row that is not as it was written.
    pub seq: i64,
    /// What was done there, as far as the rest tells.
    pub fault: Fault,
}

/// What was done to the trail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The row was changed after it was written.
    Altered,
    /// So many rows were taken out here.
    Removed(i64),
    /// So many rows were put in here.
    Inserted(i64),
    /// The row that belongs here stands at this number.
    Moved(i64),
    /// Rows were cut off the end: a signed checkpoint counted this many.
    CutOff(i64),
    /// Rows up to this one, from `seq` on, were replaced together with their hashes: they fit each other, but not
    /// what was signed.
    Rewritten(i64),
    /// The signed checkpoint over this many rows is not one of this log's key.
    FalseCheckpoint(i64),
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seq = self.seq;
        match self.fault {
            Fault::Altered => write!(f, "entry {seq} was altered after it was written"),
            Fault::Removed(n) => write!(f, "{n} entries were removed from entry {seq} on"),
            Fault::Inserted(n) => write!(f, "{n} entries were inserted from entry {seq} on"),
            Fault::Moved(to) => write!(f, "entries were reordered: entry {seq} stands at {to}"),
            Fault::CutOff(n) => write!(f, "the trail was cut off before entry {seq}: {n} entries were signed"),
            Fault::Rewritten(to) => write!(f, "entries from {seq} to {to} were rewritten after they were signed"),
            Fault::FalseCheckpoint(n) => write!(f, "the checkpoint over {n} entries was not made by this log's key"),
        }
    }
}

/// Walks over rows in the order of their numbers.
#[derive(Debug)]
pub struct Walker {
    /// Rows read ahead, so that a broken place can be looked at from both sides.
    ahead: VecDeque<Entry>,
    previous: String,
    done: i64,
    tree: Tree,
    /// Signed sizes with their roots that were not reached yet.
    signed: BTreeMap<i64, [u8; 32]>,
    covered: i64,
}

impl Walker {
    /// Begins before the first row. `checkpoints` have been opened with the key of the log.
    #[must_use]
    pub fn new(checkpoints: impl IntoIterator<Item = Checkpoint>) -> Self {
        let signed = checkpoints.into_iter().filter(|c| c.size > 0).map(|c| (c.size, c.root)).collect();
        let previous = GENESIS.to_owned();
        Self { ahead: VecDeque::new(), previous, done: 0, tree: Tree::default(), signed, covered: 0 }
    }

    /// Takes the next row.
    ///
    /// # Errors
    /// When a row before it does not fit.
    pub fn push(&mut self, entry: Entry) -> Result<(), Broken> {
        self.ahead.push_back(entry);
        if self.ahead.len() > WINDOW { self.step() } else { Ok(()) }
    }

    /// Every row has been taken.
    ///
    /// # Errors
    /// When a row does not fit, or signed rows are missing at the end.
    pub fn finish(mut self) -> Result<Verified, Broken> {
        while !self.ahead.is_empty() {
            self.step()?;
        }
        if let Some((size, _)) = self.signed.pop_last() {
            return Err(Broken { seq: self.done.saturating_add(1), fault: Fault::CutOff(size) });
        }
        Ok(Verified { acts: self.done, head: self.previous, root: self.tree.root(), signed: self.covered })
    }

    fn step(&mut self) -> Result<(), Broken> {
        let Some(entry) = self.ahead.front() else { return Ok(()) };
        let seq = self.done.saturating_add(1);
        let links = entry.previous.as_deref().is_none_or(|p| p == self.previous);
        if entry.seq != seq || !links || !entry.fits(&self.previous, seq) {
            return Err(self.explain(seq));
        }
        let Some(entry) = self.ahead.pop_front() else { return Ok(()) };
        let mut leaf = [0; 32];
        // The hash has just been compared, so it is one.
        let _ = hex::decode_to_slice(&entry.hash, &mut leaf);
        self.tree.push(&leaf);
        self.previous = entry.hash;
        self.done = seq;
        if let Some(root) = self.signed.remove(&seq) {
            if root != self.tree.root() {
                return Err(Broken { seq: self.covered.saturating_add(1), fault: Fault::Rewritten(seq) });
            }
            self.covered = seq;
        }
        Ok(())
    }

    /// Says what happened at `seq`, where the first of the rows ahead does not fit.
    fn explain(&self, seq: i64) -> Broken {
        let at = |seq, fault| Broken { seq, fault };
        let Some(entry) = self.ahead.front() else { return at(seq, Fault::Altered) };
        if entry.seq > seq {
            return at(seq, Fault::Removed(entry.seq.saturating_sub(seq)));
        }
        // Whether the row that belongs here stands further on: put in before it, or exchanged with it.
        let mut others = (seq.saturating_add(1)..).zip(self.ahead.iter().skip(1));
        let moved_to = others.find(|(_, e)| e.fits(&self.previous, seq)).map(|(place, _)| place);
        match (written_as(entry, seq), moved_to) {
            // Sealed as it stands, but over another row before it: that one was changed and sealed anew.
            (Some(own), None) if own == seq => at(seq.saturating_sub(1).max(1), Fault::Altered),
            (Some(own), Some(place)) if own > seq => at(seq, Fault::Moved(place)),
            (Some(own), None) if own > seq => at(seq, Fault::Removed(own.saturating_sub(seq))),
            // It was written for an earlier place, which one put in before it has taken.
            (Some(own), _) => at(own, Fault::Inserted(seq.saturating_sub(own).max(1))),
            (None, Some(place)) => at(seq, Fault::Inserted(place.saturating_sub(seq))),
            (None, None) => at(seq, Fault::Altered),
        }
    }
}

/// The number a row was sealed with, when its fields are as they were and the number is near `seq`.
fn written_as(entry: &Entry, seq: i64) -> Option<i64> {
    let previous = entry.previous.as_deref()?;
    let reach = i64::try_from(WINDOW).unwrap_or(i64::MAX);
    let near = (0..=reach).flat_map(|d| [seq.saturating_add(d), seq.saturating_sub(d)]);
    near.filter(|n| *n > 0).find(|n| entry.fits(previous, *n))
}
