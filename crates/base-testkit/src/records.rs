//! An empty database for a test: SQLite, or a schema of its own on a PostgreSQL server.
//!
//! `MANGROVE_TEST_POSTGRES` holds the address of a server whose database and user may be written to;
//! `cargo xtask test` starts one and runs every suite that uses records a second time with it.

use base_db::{Db, Sql};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

/// Name of the variable with the address of the server.
pub const VARIABLE: &str = "MANGROVE_TEST_POSTGRES";

static COUNT: AtomicU64 = AtomicU64::new(0);

/// A database of its own for one test, and a folder that goes with it.
#[derive(Debug)]
pub struct Records {
    /// The empty database.
    pub db: Db,
    /// Its address, to open it a second time.
    pub url: String,
    /// The folder of this test; removed with it.
    pub dir: tempfile::TempDir,
}

impl Records {
    /// A new empty database.
    ///
    /// # Panics
    /// When it cannot be made.
    pub async fn new() -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let url = new_url(dir.path().join("mangrove.db")).await;
        let db = Db::open(&url).await.expect("a new database");
        Self { db, url, dir }
    }
}

/// Whether tests use a PostgreSQL server now.
#[must_use]
pub fn on_postgres() -> bool {
    server().is_some()
}

/// The address of a database that nobody else uses: a schema of the server, or else the file `path`.
///
/// # Panics
/// When the schema cannot be made.
pub async fn new_url(path: PathBuf) -> String {
    let Some(server) = server() else { return format!("sqlite://{}?mode=rwc", path.display()) };
    let schema = format!("t{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let db = Db::open(&server).await.expect("the server of MANGROVE_TEST_POSTGRES");
    let mut tx = db.begin().await.expect("a transaction");
    // A process id may come again within one server's life.
    for text in [format!("DROP SCHEMA IF EXISTS {schema} CASCADE"), format!("CREATE SCHEMA {schema}")] {
        // The text of a query must live as long as the program; a test makes few.
        Sql::new(Box::leak(text.into_boxed_str())).run(&mut tx).await.expect("a new schema");
    }
    tx.commit().await.expect("a new schema");
    db.close().await;
    let joint = if server.contains('?') { '&' } else { '?' };
    format!("{server}{joint}options[search_path]={schema}")
}

fn server() -> Option<String> {
    std::env::var(VARIABLE).ok().filter(|url| !url.is_empty())
}
