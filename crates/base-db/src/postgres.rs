//! PostgreSQL: the records on a server of their own, for those who have one.
//!
//! The same SQL must give the same answers as SQLite, so the database has to compare text by its
//! bytes (collation `C`) and keep it as UTF-8; both are checked when it is opened.

use crate::db::Engine;
use crate::{Db, DbExt, RowExt};
use base_core::{Error, Kind, Result};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AnyConnection, Connection};

/// The oldest version the tests are run against, as PostgreSQL numbers them.
const OLDEST: i64 = 150_000;

/// Settings of every connection. A commit must be on disk when it returns, whatever the server's own
/// setting: the journal of events is cut after it.
const SETTINGS: &str = "
    SET application_name = 'mangrove';
    SET TIME ZONE 'UTC';
    SET lock_timeout = '15s';
    SET synchronous_commit = on;
    SET client_min_messages = warning;
";

/// Keeps a reader from writing by mistake: a write outside [`Db::begin`] is a defect.
const READ_ONLY: &str = "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY;";

/// Lets one writer in at a time, as SQLite does: operations read, check and write, and the audit trail
/// is a chain. The number is ours; the schema sets installations in one database apart.
pub(crate) const ONE_WRITER: &str = "SELECT pg_advisory_xact_lock(1297043030, hashtext(current_schema()))";

const FACTS: &str = "SELECT CAST(current_setting('server_version_num') AS BIGINT) AS version,
    current_setting('server_encoding') AS encoding, CAST(current_schema() AS TEXT) AS schema,
    CAST((SELECT datcollate FROM pg_database WHERE datname = current_database()) AS TEXT) AS collation";

/// Opens the database of this address.
pub(crate) async fn open(url: &str) -> Result<Db> {
    // The parser of the driver tells nothing of the address but what is wrong with it.
    let options: PgConnectOptions = url.parse().map_err(|e: sqlx::Error| {
        let message = format!("the database address is not understood: {e}; it has the form postgres://<user>:<password>@<host>:<port>/<database>");
        Error::new(Kind::Invalid, message)
    })?;
    let place = place(&options);
    // A pool goes on trying for as long as a caller may wait, and then says only that; one connection says why.
    let first = AnyConnection::connect(url).await.map_err(|e| opening(&place, e))?;
    first.close().await.map_err(|e| opening(&place, e))?;
    let db = Db::with_settings(Engine::Postgres, url, &[SETTINGS], &[SETTINGS, READ_ONLY])
        .await
        .map_err(|e| opening(&place, e))?;
    check(&db, &place).await?;
    Ok(db)
}

/// The database in words, without the password.
fn place(options: &PgConnectOptions) -> String {
    format!(
        "PostgreSQL database '{}' of user '{}' at {}:{}",
        options.get_database().unwrap_or_else(|| options.get_username()),
        options.get_username(),
        options.get_host(),
        options.get_port()
    )
}

fn opening(place: &str, error: sqlx::Error) -> Error {
    let message = format!(
        "{place} cannot be opened: {error}; check that the server runs, that address, user and password are right, \
         and that pg_hba.conf lets this machine in"
    );
    Error::new(Kind::Unavailable, message).caused_by(error)
}

/// Refuses a database on which the same statement would answer otherwise than on SQLite.
async fn check(db: &Db, place: &str) -> Result<()> {
    let row = sqlx::query(FACTS).fetch_one(db.read()).await.db()?;
    let refuse = |message: String| Err(Error::new(Kind::Invalid, message));
    if row.int("version")? < OLDEST {
        return refuse(format!("{place} is older than PostgreSQL {}; upgrade the server", OLDEST / 10_000));
    }
    let (encoding, collation) = (row.text("encoding")?, row.text("collation")?);
    if encoding != "UTF8" || !matches!(collation.as_str(), "C" | "POSIX" | "C.UTF-8" | "C.utf8") {
        return refuse(format!(
            "{place} has encoding {encoding} and collation {collation}; Mangrove needs UTF8 and C. Make it anew: \
             CREATE DATABASE … ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"
        ));
    }
    if row.text_opt("schema")?.is_none() {
        return refuse(format!(
            "{place} has no schema that may be used; grant the user one, or name it in search_path"
        ));
    }
    Ok(())
}
