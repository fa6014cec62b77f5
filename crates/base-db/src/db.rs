//! Opening the database: one writer, several readers.

use crate::{DbExt, Tx, postgres, sqlite};
use base_core::{Error, Kind, Result};
use sqlx::any::AnyPoolOptions;
use sqlx::{AnyConnection, AnyPool, Connection};
use std::path::Path;
use std::time::Duration;

/// How long a statement waits for a lock, and a caller for a connection.
pub(crate) const WAIT: Duration = Duration::from_secs(15);

/// Connections for reading. Pages read side by side with the one writer.
const READERS: u32 = 6;

/// Which program keeps the records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// A file in the data folder.
    Sqlite,
    /// A PostgreSQL server.
    Postgres,
}

/// The records. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Db {
    read: AnyPool,
    write: AnyPool,
    engine: Engine,
}

impl Db {
    /// Opens a database by address: `sqlite:///var/lib/mangrove/mangrove.db` or
    /// `postgres://user:password@host/database`, with the parameters of libpq after a `?`
    /// (`sslmode=verify-full`, `sslrootcert=/etc/mangrove/ca.pem`, `options[search_path]=mangrove`).
    ///
    /// # Errors
    /// When the address is not understood, the database cannot be opened, or is not made as it must
    /// be (encoding, collation, version); the message names it, without its password.
    pub async fn open(url: &str) -> Result<Self> {
        sqlx::any::install_default_drivers();
        if url.starts_with("sqlite:") {
            return sqlite::open(url).await;
        }
        if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            return postgres::open(url).await;
        }
        let kind = url.split(':').next().unwrap_or_default();
        let message = format!(
            "a database address that begins with '{kind}:' is not understood; \
             give sqlite://<file> or postgres://<user>:<password>@<host>/<database>"
        );
        Err(Error::new(Kind::Invalid, message))
    }

    /// Opens (and makes, where absent) the SQLite database file `path`.
    ///
    /// # Errors
    /// When the file cannot be made or opened.
    pub async fn open_file(path: &Path) -> Result<Self> {
        Self::open(&sqlite::address(path)).await
    }

    /// The pool for reading. Statements that write fail on it.
    #[must_use]
    pub fn read(&self) -> &AnyPool {
        &self.read
    }

    /// Which program keeps the records.
    #[must_use]
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// Begins the write transaction; waits for the one before it to end. There is one writer at a
    /// time, over all processes that have the database open.
    ///
    /// # Errors
    /// `Busy` when the writer before did not end within 15 s.
    pub async fn begin(&self) -> Result<Tx> {
        match self.engine {
            Engine::Sqlite => Ok(Tx::new(self.write.begin_with("BEGIN IMMEDIATE").await.db()?)),
            Engine::Postgres => {
                let mut inner = self.write.begin().await.db()?;
                sqlx::raw_sql(postgres::ONE_WRITER).execute(&mut *inner).await.db()?;
                Ok(Tx::new(inner))
            }
        }
    }

    /// Closes all connections; what was begun and not committed is rolled back.
    pub async fn close(&self) {
        self.read.close().await;
        self.write.close().await;
    }

    /// Opens both pools. The writer opens first, so that a new file and its log exist for the readers.
    pub(crate) async fn with_settings(
        engine: Engine,
        url: &str,
        writer: &'static [&'static str],
        reader: &'static [&'static str],
    ) -> Result<Self, sqlx::Error> {
        let write = pool(url, 1, writer).await?;
        let read = pool(url, READERS, reader).await?;
        Ok(Self { read, write, engine })
    }
}

async fn pool(url: &str, connections: u32, settings: &'static [&'static str]) -> Result<AnyPool, sqlx::Error> {
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

async fn settle(conn: &mut AnyConnection, settings: &'static [&'static str]) -> Result<(), sqlx::Error> {
    for text in settings {
        sqlx::raw_sql(*text).execute(&mut *conn).await?;
    }
    Ok(())
}
