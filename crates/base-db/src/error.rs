//! From a database error to the error of the areas.

use base_core::{Error, Kind};

/// SQLite result codes that call for a remedy of their own (<https://www.sqlite.org/rescode.html>).
const SQLITE_BUSY: i64 = 5;
const SQLITE_READONLY: i64 = 8;
const SQLITE_IOERR: i64 = 10;
const SQLITE_CORRUPT: i64 = 11;
const SQLITE_FULL: i64 = 13;

const BUSY: &str = "the database is busy; try again in a moment";

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
        sqlx::Error::PoolTimedOut => (Kind::Busy, BUSY.to_owned()),
        sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => {
            (Kind::Unavailable, "the database has been closed; the program is stopping".to_owned())
        }
        sqlx::Error::Io(e) => (Kind::Unavailable, format!("the database cannot be reached: {e}")),
        sqlx::Error::Database(e) if e.is_unique_violation() => {
            (Kind::Conflict, format!("a record with this key exists already: {}", e.message()))
        }
        sqlx::Error::Database(e) => by_code(e.code().as_deref(), e.message()),
        other => (Kind::Bug, other.to_string()),
    };
    Error::new(kind, message).caused_by(error)
}

/// SQLite's codes are numbers of at most four digits, PostgreSQL's SQLSTATEs have five characters.
fn by_code(code: Option<&str>, message: &str) -> (Kind, String) {
    match code {
        Some(state) if state.len() == 5 => by_state(state, message),
        // The primary result code is the low byte of the extended one.
        other => by_number(other.and_then(|c| c.parse::<i64>().ok()).map(|c| c & 0xff), message),
    }
}

fn by_number(primary: Option<i64>, message: &str) -> (Kind, String) {
    match primary {
        Some(SQLITE_BUSY) => (Kind::Busy, BUSY.to_owned()),
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

/// The classes of <https://www.postgresql.org/docs/15/errcodes-appendix.html>.
fn by_state(state: &str, message: &str) -> (Kind, String) {
    match state {
        // lock_not_available, deadlock_detected, serialization_failure, too_many_connections
        "55P03" | "40P01" | "40001" | "53300" => (Kind::Busy, BUSY.to_owned()),
        "53100" => (
            Kind::Unavailable,
            "the disk of the database server is full; free some space there, then try again".to_owned(),
        ),
        // read_only_sql_transaction: a write on a connection for reading.
        "25006" => (Kind::Unavailable, "this connection to the database only reads".to_owned()),
        "42501" => (
            Kind::Unavailable,
            format!("the database user lacks a right ({message}); grant it the rights of an owner of its schema"),
        ),
        // untranslatable_character and character_not_in_repertoire: a zero character, above all.
        "22021" | "22P05" => {
            (Kind::Invalid, "a text holds a character that the database cannot keep (code 0)".to_owned())
        }
        // Connection exceptions, operator intervention (shut down), system errors.
        _ if ["08", "57", "58"].iter().any(|class| state.starts_with(class)) => {
            (Kind::Unavailable, format!("the database server does not answer ({message}); start it, then try again"))
        }
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

    #[test]
    fn states_of_the_server_map_by_what_helps() {
        assert_eq!(by_code(Some("55P03"), "").0, Kind::Busy);
        assert_eq!(by_code(Some("53100"), "").0, Kind::Unavailable);
        assert_eq!(by_code(Some("57P01"), "terminating connection").0, Kind::Unavailable);
        assert_eq!(by_code(Some("22021"), "").0, Kind::Invalid);
        assert_eq!(by_code(Some("42601"), "syntax error").0, Kind::Bug);
    }
}
