//! A copy of the database file that is whole, made while others write; and a check of its pages.

use crate::DbExt;
use crate::sqlite::address;
use base_core::{Error, Kind, Result};
use sqlx::{AnyConnection, Connection, Row};
use std::path::Path;

/// Most findings of a check: beyond these the file is to be restored anyway.
const FINDINGS_MOST: usize = 20;

/// Writes a copy of the SQLite file `from`, as it is at one moment, to `to`, which must not exist.
/// Writers go on meanwhile; the copy has no log beside it and needs as much room as the original.
///
/// # Errors
/// When `from` cannot be read, or the disk of `to` is full.
pub async fn copy_file(from: &Path, to: &Path) -> Result<()> {
    if to.exists() {
        return Err(Error::new(Kind::Conflict, format!("{} exists already; nothing is overwritten", to.display())));
    }
    let mut conn = connect(from).await?;
    let target = to.to_string_lossy().into_owned();
    let copied = sqlx::query("VACUUM INTO $1").bind(target).execute(&mut conn).await.db();
    // What was not finished is of no use to anybody.
    if copied.is_err() {
        let _ = std::fs::remove_file(to);
    }
    copied?;
    conn.close().await.db()
}

/// Reads every page of the SQLite file and compares its structures (`PRAGMA quick_check`): what is
/// wrong, in SQLite's words; empty when all is well.
///
/// # Errors
/// When the file cannot be opened as a database at all.
pub async fn check_file(file: &Path) -> Result<Vec<String>> {
    let mut conn = connect(file).await?;
    let rows = sqlx::query("PRAGMA quick_check(20)").fetch_all(&mut conn).await.db()?;
    let said = rows.iter().take(FINDINGS_MOST).map(|row| row.try_get::<String, _>(0).db());
    let said: Vec<String> = said.collect::<Result<_>>()?;
    conn.close().await.db()?;
    Ok(said.into_iter().filter(|line| line != "ok").collect())
}

async fn connect(file: &Path) -> Result<AnyConnection> {
    sqlx::any::install_default_drivers();
    // `rw`, not `ro`: reading a database with a write-ahead log needs its index beside it. Nothing is made.
    let mut conn = AnyConnection::connect(&format!("{}?mode=rw", address(file))).await.map_err(|error| {
        let message =
            format!("database {} cannot be opened: {error}; check that it is there and whose it is", file.display());
        Error::new(Kind::Unavailable, message).caused_by(error)
    })?;
    sqlx::raw_sql("PRAGMA busy_timeout = 15000;").execute(&mut conn).await.db()?;
    Ok(conn)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Db, Sql};

    #[tokio::test]
    async fn a_copy_is_one_moment_of_a_database_in_use() {
        let dir = tempfile::tempdir().expect("folder");
        let (file, copy) = (dir.path().join("a #1.db"), dir.path().join("b.db"));
        let db = Db::open_file(&file).await.expect("opens");
        let mut tx = db.begin().await.expect("begins");
        sqlx::raw_sql("CREATE TABLE t (n BIGINT); INSERT INTO t VALUES (1), (2)")
            .execute(tx.conn())
            .await
            .expect("made");
        tx.commit().await.expect("committed");
        // A transaction that is under way does not stop the copy, and is not in it.
        let mut open = db.begin().await.expect("begins");
        sqlx::raw_sql("INSERT INTO t VALUES (3)").execute(open.conn()).await.expect("written");
        copy_file(&file, &copy).await.expect("copied");
        open.commit().await.expect("committed");
        assert!(copy_file(&file, &copy).await.is_err(), "nothing is overwritten");
        let copied = Db::open_file(&dir.path().join("b.db")).await;
        // The second, refused copy must not have taken the first one away.
        let rows = Sql::new("SELECT n FROM t").all(copied.expect("opens").read()).await.expect("reads");
        assert_eq!(rows.len(), 2);
        assert!(check_file(&file).await.expect("checked").is_empty());
    }

    #[tokio::test]
    async fn a_damaged_page_is_found() {
        let dir = tempfile::tempdir().expect("folder");
        let file = dir.path().join("a.db");
        let db = Db::open_file(&file).await.expect("opens");
        let mut tx = db.begin().await.expect("begins");
        let many = "CREATE TABLE t (n BIGINT, s TEXT); CREATE INDEX i ON t (s);
            WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 5000)
            INSERT INTO t SELECT x, 'row number ' || x FROM c";
        sqlx::raw_sql(many).execute(tx.conn()).await.expect("made");
        tx.commit().await.expect("committed");
        db.close().await;
        let mut bytes = std::fs::read(&file).expect("read");
        let page = bytes.len() / 4096 / 2 * 4096;
        bytes.get_mut(page..page + 2000).expect("a page").fill(0xa5);
        std::fs::write(&file, bytes).expect("written");
        let found = check_file(&file).await;
        assert!(found.is_err() || found.is_ok_and(|found| !found.is_empty()));
        assert!(check_file(&dir.path().join("absent.db")).await.is_err());
    }
}
