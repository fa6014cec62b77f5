//! Opening the database: one writer, several readers.

use crate::{DbExt, Tx};
use base_core::{Error, Kind, Result};
use sqlx::any::AnyPoolOptions;
use sqlx::{AnyConnection, AnyPool, Connection};
use std::path::Path;
use std::time::Duration;

/// How long a statement waits for a lock, and a caller for a connection.
const WAIT: Duration = Duration::from_secs(15);

/// Connections for reading. Pages read side by side with the one writer (write-ahead log).
const READERS: u32 = 6;

/// Settings of every connection. 256 MiB of the file are read through memory mapping; the
/// write-ahead log is truncated back to 64 MiB after a checkpoint.
const PRAGMAS: &str = "
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

/// The records. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Db {
    read: AnyPool,
    write: AnyPool,
}

impl Db {
    /// Opens a database by address: `sqlite:///var/lib/mangrove/mangrove.db`.
    ///
    /// # Errors
    /// When the address is not understood or the database cannot be opened; the message names it.
    pub async fn open(url: &str) -> Result<Self> {
        if !url.starts_with("sqlite:") {
            let message = format!("database address '{url}' is not understood; this version opens sqlite://<file>");
            return Err(Error::new(Kind::Invalid, message));
        }
        sqlx::any::install_default_drivers();
        let url = if url.contains('?') { url.to_owned() } else { format!("{url}?mode=rwc") };
        // The writer opens first, so that the file and its log exist for the readers.
        let write = pool(&url, 1, PRAGMAS).await.map_err(|e| opening(&url, e))?;
        let reader = const_format(PRAGMAS, READ_ONLY);
        let read = pool(&url, READERS, reader).await.map_err(|e| opening(&url, e))?;
        Ok(Self { read, write })
    }

    /// Opens (and makes, where absent) the database file `path`.
    ///
    /// # Errors
    /// When the file cannot be made or opened.
    pub async fn open_file(path: &Path) -> Result<Self> {
        // The address is percent-decoded by the driver; these characters would end the path.
        let mut text = String::new();
        for c in path.to_string_lossy().chars() {
            match c {
                '%' => text.push_str("%25"),
                '?' => text.push_str("%3F"),
                '#' => text.push_str("%23"),
                ' ' => text.push_str("%20"),
                c => text.push(c),
            }
        }
        Self::open(&format!("sqlite://{text}")).await
    }

    /// The pool for reading. Statements that write fail on it.
    #[must_use]
    pub fn read(&self) -> &AnyPool {
        &self.read
    }

    /// Begins the write transaction; waits for the one before it to end.
    ///
    /// # Errors
    /// `Busy` when the writer before did not end within 15 s.
    pub async fn begin(&self) -> Result<Tx> {
        Ok(Tx::new(self.write.begin_with("BEGIN IMMEDIATE").await.db()?))
    }

    /// Closes all connections; what was begun and not committed is rolled back.
    pub async fn close(&self) {
        self.read.close().await;
        self.write.close().await;
    }
}

/// Both texts; only called once per start.
fn const_format(first: &'static str, second: &'static str) -> &'static str {
    // Leaked on purpose: a few hundred bytes per opened database, needed for its whole life.
    Box::leak(format!("{first}{second}").into_boxed_str())
}

async fn pool(url: &str, connections: u32, settings: &'static str) -> Result<AnyPool, sqlx::Error> {
    AnyPoolOptions::new()
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(WAIT)
        // A connection keeps its cache; there is nothing to gain from opening it anew.
        .idle_timeout(None)
        .max_lifetime(None)
        .after_connect(move |conn, _| Box::pin(async move { settle(conn, settings).await }))
        // SQLite rolls a transaction back by itself when the disk is full or fails; the driver still
        // counts it as open, and would refuse every later one. Such a connection is closed.
        .before_acquire(|conn, _| Box::pin(async move { Ok(!conn.is_in_transaction()) }))
        .connect(url)
        .await
}

async fn settle(conn: &mut AnyConnection, settings: &'static str) -> Result<(), sqlx::Error> {
    sqlx::raw_sql("PRAGMA busy_timeout = 15000;").execute(&mut *conn).await?;
    sqlx::raw_sql(settings).execute(conn).await?;
    Ok(())
}

fn opening(url: &str, error: sqlx::Error) -> Error {
    let file = url.trim_start_matches("sqlite://").split('?').next().unwrap_or(url);
    let message = format!(
        "database {file} cannot be opened: {error}; check that its folder exists, may be written, and has free space"
    );
    Error::new(Kind::Unavailable, message).caused_by(error)
}
