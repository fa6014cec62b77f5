//! The journal's own facts: format version and instance number, in `journal.json`.

use crate::error::JournalError;
use crate::frame::FORMAT;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::Write;
use std::path::Path;

const META_FILE: &str = "journal.json";

#[derive(Serialize, Deserialize)]
struct Meta {
    format: u32,
    /// Sixteen hexadecimal digits: JSON numbers do not hold 64 bits everywhere.
    instance: String,
}

/// Reads the instance number; `None` when there is no file or it is damaged
/// (the segments' headers have the number too).
pub(crate) fn read(dir: &Path) -> Result<Option<u64>, JournalError> {
    let path = dir.join(META_FILE);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(e) if e.kind() == std::io::ErrorKind::InvalidData => return Ok(None),
        Err(e) => return Err(JournalError::io("read", &path)(e)),
    };
    let Ok(meta) = serde_json::from_str::<Meta>(&text) else { return Ok(None) };
    if meta.format > FORMAT {
        return Err(JournalError::UnknownFormat { path, found: meta.format, known: FORMAT });
    }
    Ok(u64::from_str_radix(&meta.instance, 16).ok())
}

/// Writes the file beside and renames it into place.
pub(crate) fn write(dir: &Path, instance: u64) -> Result<(), JournalError> {
    let (path, beside) = (dir.join(META_FILE), dir.join("journal.json.new"));
    let meta = Meta { format: FORMAT, instance: format!("{instance:016x}") };
    let text = serde_json::to_string(&meta).unwrap_or_default();
    let written = File::create(&beside).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    written.map_err(|e| JournalError::write("write", &beside, text.len() as u64, e))?;
    std::fs::rename(&beside, &path).map_err(JournalError::io("rename into place", &path))?;
    sync_dir(dir)
}

/// Makes names in the folder durable.
pub(crate) fn sync_dir(dir: &Path) -> Result<(), JournalError> {
    File::open(dir).and_then(|d| d.sync_all()).map_err(JournalError::io("sync the folder", dir))
}
