//! From a database error to the error of the areas.

use base_core::{Error, Kind};

/// SQLite result codes that call for a remedy of their own (<https://www.sqlite.org/rescode.html>).
const SQLITE_BUSY: i64 = 5;
const SQLITE_READONLY: i64 = 8;
const SQLITE_IOERR: i64 = 10;
const SQLITE_CORRUPT: i64 = 11;
const SQLITE_FULL: i64 = 13;

/// Turns a database result into a result of the areas.
pub trait DbExt<T> {
    /// Maps the error: no row → not found, taken key → conflict, busy → busy,
    /// disk full or unreadable → unavailable with the remedy, the rest → bug.
    ///
    /// # Errors
    /// The mapped error.
    fn db(self) -> base_core::Result<T>;
}

impl<T> DbExt<T> for Result<T, sqlx::Error> {
    fn db(self) -> base_core::Result<T> {
        self.map_err(map)
    }
}

fn map(error: sqlx::Error) -> Error {
    let (kind, message) = match &error {
        sqlx::Error::RowNotFound => (Kind::NotFound, "no such record".to_owned()),
        sqlx::Error::PoolTimedOut => (Kind::Busy, "the database is busy; try again in a moment".to_owned()),
        sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => {
            (Kind::Unavailable, "the database has been closed; the program is stopping".to_owned())
        }
        sqlx::Error::Io(e) => (Kind::Unavailable, format!("the database file cannot be used: {e}")),
        sqlx::Error::Database(e) if e.is_unique_violation() => {
            (Kind::Conflict, format!("a record with this key exists already: {}", e.message()))
        }
        sqlx::Error::Database(e) => by_code(e.code().as_deref(), e.message()),
        other => (Kind::Bug, other.to_string()),
    };
    Error::new(kind, message).caused_by(error)
}

/// The primary result code is the low byte of the extended one.
fn by_code(code: Option<&str>, message: &str) -> (Kind, String) {
    let primary = code.and_then(|c| c.parse::<i64>().ok()).map(|c| c & 0xff);
    match primary {
        Some(SQLITE_BUSY) => (Kind::Busy, "the database is busy; try again in a moment".to_owned()),
        Some(SQLITE_FULL) => {
            (Kind::Unavailable, "the disk of the data folder is full; free some space, then try again".to_owned())
        }
        Some(SQLITE_READONLY) => {
            (Kind::Unavailable, "the database file may only be read; make the data folder writable".to_owned())
        }
        Some(SQLITE_IOERR) => (
            Kind::Unavailable,
            format!("the database file cannot be read or written ({message}); check the disk of the data folder"),
        ),
        Some(SQLITE_CORRUPT) => (
            Kind::Unavailable,
            format!("the database file is damaged ({message}); stop the program and restore the last backup"),
        ),
        _ => (Kind::Bug, message.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extended_codes_map_like_their_primary() {
        assert_eq!(by_code(Some("13"), "").0, Kind::Unavailable);
        assert_eq!(by_code(Some("778"), "disk I/O error").0, Kind::Unavailable); // SQLITE_IOERR_WRITE
        assert_eq!(by_code(Some("517"), "").0, Kind::Busy); // SQLITE_BUSY_SNAPSHOT
        assert_eq!(by_code(Some("1"), "near \"SELEC\"").0, Kind::Bug);
    }
}
