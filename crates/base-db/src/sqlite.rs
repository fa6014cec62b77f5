//! SQLite: the records as one file in the data folder.

use crate::Db;
use crate::db::Engine;
use base_core::{Error, Kind, Result};
use std::path::Path;

/// Settings of every connection. 256 MiB of the file are read through memory mapping; the
/// write-ahead log is truncated back to 64 MiB after a checkpoint.
const PRAGMAS: &str = "
    PRAGMA busy_timeout = 15000;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = ON;
    PRAGMA temp_store = MEMORY;
    PRAGMA cache_size = -16000;
    PRAGMA mmap_size = 268435456;
    PRAGMA journal_size_limit = 67108864;
";

/// Keeps a reader from writing by mistake: a write outside [`Db::begin`] is a defect.
const READ_ONLY: &str = "PRAGMA query_only = ON;";

/// Opens the file of this address, and makes it where it is absent.
pub(crate) async fn open(url: &str) -> Result<Db> {
    let url = if url.contains('?') { url.to_owned() } else { format!("{url}?mode=rwc") };
    Db::with_settings(Engine::Sqlite, &url, &[PRAGMAS], &[PRAGMAS, READ_ONLY]).await.map_err(|e| opening(&url, e))
}

/// The address of a file. The driver percent-decodes it; some characters would end the path.
pub(crate) fn address(path: &Path) -> String {
    let mut text = String::from("sqlite://");
    for c in path.to_string_lossy().chars() {
        match c {
            '%' => text.push_str("%25"),
            '?' => text.push_str("%3F"),
            '#' => text.push_str("%23"),
            ' ' => text.push_str("%20"),
            c => text.push(c),
        }
    }
    text
}

fn opening(url: &str, error: sqlx::Error) -> Error {
    let file = url.trim_start_matches("sqlite://").split('?').next().unwrap_or(url);
    let message = format!(
        "database {file} cannot be opened: {error}; check that its folder exists, may be written, and has free space"
    );
    Error::new(Kind::Unavailable, message).caused_by(error)
}
