//! The database through its public face: durability settings, readers that cannot write, migrations.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use base_core::{Kind, Scope, Timestamp, UnitId};
use base_db::{Db, DbExt, Migration, RowExt, Sql, flag, migrate};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

const FIRST: Migration = Migration {
    area: "t",
    name: "20260101T0000_things",
    sql: "CREATE TABLE t_thing (id TEXT PRIMARY KEY, unit_id TEXT, seen BIGINT NOT NULL, share DOUBLE PRECISION);
          CREATE INDEX t_thing_unit ON t_thing (unit_id);",
};

async fn fresh() -> (tempfile::TempDir, Db) {
    let dir = tempfile::tempdir().unwrap();
    let db = Db::open_file(&dir.path().join("a folder?#%.db")).await.unwrap();
    migrate(&db, &[FIRST], Timestamp::EPOCH).await.unwrap();
    (dir, db)
}

async fn insert(db: &Db, id: &str, unit: Option<&str>) -> base_core::Result<()> {
    let mut tx = db.begin().await?;
    Sql::new("INSERT INTO t_thing (id, unit_id, seen, share) VALUES (")
        .bind(id)
        .push(", ")
        .bind(unit)
        .push(", ")
        .bind(flag(true))
        .push(", ")
        .bind(0.5_f64)
        .push(")")
        .run(&mut tx)
        .await?;
    tx.commit().await
}

#[tokio::test]
async fn a_commit_is_durable_and_seen_by_readers() {
    let (_dir, db) = fresh().await;
    insert(&db, "1", Some("SNV")).await.unwrap();
    let row = Sql::new("SELECT * FROM t_thing").one(db.read()).await.unwrap();
    assert!(row.flag("seen").unwrap());
    assert_eq!(row.text_opt("unit_id").unwrap().as_deref(), Some("SNV"));
    assert_eq!(row.real_opt("share").unwrap(), Some(0.5));
    let mut tx = db.begin().await.unwrap();
    // 2 = FULL (https://www.sqlite.org/pragma.html#pragma_synchronous)
    let sync: i64 = sqlx::query_scalar("PRAGMA synchronous").fetch_one(tx.conn()).await.unwrap();
    let mode: String = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(tx.conn()).await.unwrap();
    assert_eq!((sync, mode.as_str()), (2, "wal"));
}

#[tokio::test]
async fn a_reader_cannot_write() {
    let (_dir, db) = fresh().await;
    let written = sqlx::query("DELETE FROM t_thing").execute(db.read()).await.db();
    assert_eq!(written.unwrap_err().kind, Kind::Unavailable);
}

#[tokio::test]
async fn a_taken_key_is_a_conflict_and_hooks_run_only_after_commit() {
    let (_dir, db) = fresh().await;
    insert(&db, "1", None).await.unwrap();
    assert_eq!(insert(&db, "1", None).await.unwrap_err().kind, Kind::Conflict);

    let told = Arc::new(AtomicUsize::new(0));
    for commit in [false, true] {
        let mut tx = db.begin().await.unwrap();
        let counter = Arc::clone(&told);
        tx.after_commit(move || {
            counter.fetch_add(1, Ordering::SeqCst);
        });
        if commit { tx.commit().await.unwrap() } else { tx.rollback().await.unwrap() }
    }
    assert_eq!(told.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn the_scope_hides_other_units_and_rows_of_no_unit() {
    let (_dir, db) = fresh().await;
    for (id, unit) in [("1", Some("SNV")), ("2", Some("STC")), ("3", None)] {
        insert(&db, id, unit).await.unwrap();
    }
    let seen = async |scope: Scope| {
        Sql::new("SELECT count(*) FROM t_thing WHERE 1 = 1").scope("unit_id", &scope).count(db.read()).await.unwrap()
    };
    assert_eq!(seen(Scope::province()).await, 3);
    assert_eq!(seen(Scope::units([UnitId::new("SNV")])).await, 1);
    assert_eq!(seen(Scope::units([])).await, 0);
}

#[tokio::test]
async fn migrations_run_once_and_refuse_changed_or_unknown_steps() {
    let (_dir, db) = fresh().await;
    assert_eq!(migrate(&db, &[FIRST], Timestamp::EPOCH).await.unwrap(), 0);
    let changed = Migration { sql: "CREATE TABLE t_other (id TEXT)", ..FIRST };
    let error = migrate(&db, &[changed], Timestamp::EPOCH).await.unwrap_err();
    assert!(error.message.contains("t/20260101T0000_things differs"), "{error}");
    let error = migrate(&db, &[], Timestamp::EPOCH).await.unwrap_err();
    assert!(error.message.contains("newer version"), "{error}");
    let broken = Migration { area: "t", name: "20260102T0000_broken", sql: "CREATE TABEL x (id TEXT)" };
    let error = migrate(&db, &[FIRST, broken], Timestamp::EPOCH).await.unwrap_err();
    assert!(error.message.contains("t/20260102T0000_broken failed"), "{error}");
}

#[tokio::test]
async fn an_unusable_folder_is_named() {
    let error = Db::open("sqlite:///nowhere/at/all.db").await.unwrap_err();
    assert!(error.message.contains("/nowhere/at/all.db"), "{error}");
    assert!(Db::open("mysql://x").await.is_err());
}

#[tokio::test]
async fn writing_goes_on_after_a_full_disk() {
    let Some(disk) = base_testkit::SmallDisk::mount(2_048) else {
        return base_testkit::skip("mounting a small disk is not allowed here");
    };
    let db = Db::open_file(&disk.path().join("small.db")).await.unwrap();
    migrate(&db, &[FIRST], Timestamp::EPOCH).await.unwrap();
    disk.fill();
    let mut refused = 0;
    for n in 0..200 {
        if let Err(error) = insert(&db, &format!("{n}-{}", "x".repeat(4_000)), None).await {
            assert_eq!(error.kind, Kind::Unavailable, "{error}");
            assert!(error.to_string().contains("free some space"), "{error}");
            refused += 1;
        }
    }
    assert!(refused > 0, "the disk was full");
    disk.free();
    insert(&db, "there is room again", None).await.unwrap();
}
