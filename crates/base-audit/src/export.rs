//! The trail as a file that is checked without this program's database: NDJSON, one entry per line, then the
//! checkpoints.

use crate::chain::{Broken, Fault, Verified, Walker};
use crate::checkpoint;
use crate::note::{Checkpoint, Verifier};
use crate::sealed::Entry;
use crate::verify::read;
use base_core::{Error, Kind, Result};
use base_db::Db;
use serde::{Deserialize, Serialize};
use std::io::{BufRead, Read};

/// Longest line that is read: the longest states of an act are a few hundred kilobytes.
const MAX_LINE: u64 = 16 << 20;

/// How the line of a checkpoint begins.
const POINT: &[u8] = b"{\"checkpoint\"";

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    mangrove_audit: u32,
    key: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Point {
    checkpoint: String,
}

/// Makes an export piece by piece, a few thousand entries each, so that it can be sent while it is made.
#[derive(Debug)]
pub struct Exporter {
    db: Db,
    key: String,
    after: i64,
    /// Read before the entries, so that none of them counts an entry that does not follow.
    checkpoints: Option<Vec<checkpoint::Signed>>,
    done: bool,
}

impl Exporter {
    /// Begins at the first entry.
    #[must_use]
    pub fn new(db: &Db, key: &Verifier) -> Self {
        Self { db: db.clone(), key: key.to_string(), after: 0, checkpoints: None, done: false }
    }

    /// The next piece: whole lines; `None` after the last.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>> {
        let mut piece = Vec::new();
        if self.done {
            return Ok(None);
        }
        if self.checkpoints.is_none() {
            self.checkpoints = Some(checkpoint::all(&self.db).await?);
            line(&mut piece, &Head { mangrove_audit: 1, key: self.key.clone() })?;
        }
        let rows = read(&self.db, self.after).await?;
        rows.iter().try_for_each(|row| line(&mut piece, row))?;
        match rows.last() {
            Some(last) => self.after = last.seq,
            None => {
                self.done = true;
                for signed in self.checkpoints.iter().flatten() {
                    line(&mut piece, &Point { checkpoint: signed.note.clone() })?;
                }
            }
        }
        Ok(Some(piece))
    }

    /// How many entries have been given out.
    #[must_use]
    pub fn entries(&self) -> i64 {
        self.after
    }
}

fn line(out: &mut Vec<u8>, value: &impl Serialize) -> Result<()> {
    serde_json::to_writer(&mut *out, value).map_err(|e| Error::new(Kind::Bug, e.to_string()))?;
    out.push(b'\n');
    Ok(())
}

/// Why a file could not be checked.
#[derive(Debug)]
pub struct Unreadable {
    /// Line, from 1.
    pub line: u64,
    /// What is wrong with it.
    pub reason: String,
}

impl std::fmt::Display for Unreadable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}: {}", self.line, self.reason)
    }
}

impl std::error::Error for Unreadable {}

/// A file that was checked.
#[derive(Debug)]
pub struct Checked {
    /// Whole or broken.
    pub verdict: std::result::Result<Verified, Broken>,
    /// The key the signatures were held against.
    pub key: Verifier,
    /// Whether that key came from the file itself, which proves nothing about who made it.
    pub own_key: bool,
}

/// Checks an export, holding memory for a few entries only. Checkpoints stand at its end, so it is read twice: `open`
/// is called for each reading.
///
/// # Errors
/// When the file cannot be read or a line is not of an export.
pub fn verify_export<R: BufRead>(
    open: impl Fn() -> std::io::Result<R>,
    key: Option<&Verifier>,
    others: &[Checkpoint],
) -> std::result::Result<Checked, Unreadable> {
    let mut given = None;
    let mut notes = Vec::new();
    each_line(&open, |text, number| {
        if number == 1 {
            let head: Head = serde_json::from_slice(text).map_err(|_| "this is not an export of the audit trail")?;
            given = Some(Verifier::parse(&head.key).map_err(|e| e.to_string())?);
        } else if text.starts_with(POINT) {
            notes.push(serde_json::from_slice::<Point>(text).map_err(|e| e.to_string())?.checkpoint);
        }
        Ok(())
    })?;
    let Some(own) = given else {
        return Err(Unreadable { line: 1, reason: "the file is empty".to_owned() });
    };
    let (key, own_key) = key.map_or((own, true), |key| (key.clone(), false));
    let mut checkpoints = others.to_vec();
    for note in &notes {
        match Checkpoint::open(note, &key) {
            Ok(opened) => checkpoints.push(opened),
            Err(_) => {
                let size = note.lines().nth(1).and_then(|l| l.parse().ok()).unwrap_or_default();
                let verdict = Err(Broken { seq: 1, fault: Fault::FalseCheckpoint(size) });
                return Ok(Checked { verdict, key, own_key });
            }
        }
    }
    let mut walker = Walker::new(checkpoints);
    let mut broken = None;
    each_line(&open, |text, number| {
        if number == 1 || broken.is_some() {
            return Ok(());
        }
        if !text.starts_with(POINT) {
            let entry: Entry = serde_json::from_slice(text).map_err(|e| e.to_string())?;
            broken = walker.push(entry).err();
        }
        Ok(())
    })?;
    let verdict = broken.map_or_else(|| walker.finish(), Err);
    Ok(Checked { verdict, key, own_key })
}

fn each_line<R: BufRead>(
    open: &impl Fn() -> std::io::Result<R>,
    mut take: impl FnMut(&[u8], u64) -> std::result::Result<(), String>,
) -> std::result::Result<(), Unreadable> {
    let at = |line: u64| move |reason: String| Unreadable { line, reason };
    let mut reader = open().map_err(|e| at(0)(e.to_string()))?;
    let (mut text, mut number) = (Vec::new(), 0);
    loop {
        text.clear();
        number += 1;
        let read =
            reader.by_ref().take(MAX_LINE).read_until(b'\n', &mut text).map_err(|e| at(number)(e.to_string()))?;
        if read == 0 {
            return Ok(());
        }
        if text.pop_if(|last| *last == b'\n').is_none() && read as u64 == MAX_LINE {
            return Err(at(number)("the line is longer than any entry".to_owned()));
        }
        if !text.is_empty() {
            take(&text, number).map_err(at(number))?;
        }
    }
}
