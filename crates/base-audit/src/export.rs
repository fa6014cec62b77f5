//! The trail as a file that is checked without this program's database: NDJSON, one entry per line, then the
//! checkpoints.

use crate::chain::{Broken, Fault, Verified, Walker};
use crate::checkpoint;
use crate::note::{Checkpoint, Verifier};
use crate::sealed::Entry;
use crate::verify::read;
use base_core::Result;
use base_db::Db;
use serde::{Deserialize, Serialize};
use std::io::{BufRead, Read, Write};

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

/// Writes the whole trail; how many entries.
///
/// # Errors
/// When the database cannot be read or `out` cannot be written.
pub async fn export(db: &Db, key: &Verifier, out: &mut (impl Write + Send)) -> Result<i64> {
    // Before the entries, so that none of them is missing from the entries that follow.
    let checkpoints = checkpoint::all(db).await?;
    let head = Head { mangrove_audit: 1, key: key.to_string() };
    line(out, &head)?;
    let mut after = 0;
    loop {
        let rows = read(db, after).await?;
        let Some(last) = rows.last() else { break };
        after = last.seq;
        for row in &rows {
            line(out, row)?;
        }
    }
    for signed in checkpoints {
        line(out, &Point { checkpoint: signed.note })?;
    }
    out.flush().map_err(writing)?;
    Ok(after)
}

fn line(out: &mut impl Write, value: &impl Serialize) -> Result<()> {
    let mut text = serde_json::to_vec(value).map_err(|e| base_core::Error::new(base_core::Kind::Bug, e.to_string()))?;
    text.push(b'\n');
    out.write_all(&text).map_err(writing)
}

fn writing(error: std::io::Error) -> base_core::Error {
    base_core::Error::new(base_core::Kind::Unavailable, format!("the export cannot be written: {error}"))
        .caused_by(error)
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
