//! The database through its public face: durability settings, readers that cannot write, migrations.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use base_core::{Kind, Scope, Timestamp, UnitId};
use base_db::{Db, DbExt, Engine, Migration, RowExt, Sql, flag, migrate};
use base_testkit::{Records, records};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

const FIRST: Migration = Migration {
    area: "t",
    name: "20260101T0000_things",
    sql: "CREATE TABLE t_thing (id TEXT PRIMARY KEY, unit_id TEXT, seen BIGINT NOT NULL, share DOUBLE PRECISION);
          CREATE INDEX t_thing_unit ON t_thing (unit_id);",
};

async fn fresh() -> (tempfile::TempDir, Db) {
    let Records { db, dir, .. } = Records::new().await;
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
    if db.engine() == Engine::Postgres {
        let sync: String = sqlx::query_scalar("SHOW synchronous_commit").fetch_one(tx.conn()).await.unwrap();
        assert_eq!(sync, "on");
        return;
    }
    // 2 = FULL (https://www.sqlite.org/pragma.html#pragma_synchronous)
    let sync: i64 = sqlx::query_scalar("PRAGMA synchronous").fetch_one(tx.conn()).await.unwrap();
    let mode: String = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(tx.conn()).await.unwrap();
    assert_eq!((sync, mode.as_str()), (2, "wal"));
}

#[tokio::test]
async fn one_writer_at_a_time_also_from_another_process() {
    let records = Records::new().await;
    migrate(&records.db, &[FIRST], Timestamp::EPOCH).await.unwrap();
    // What another process has: pools of its own over the same database.
    let other = Db::open(&records.url).await.unwrap();
    let work = [(&records.db, "a"), (&other, "b")].map(|(db, name)| {
        let db = db.clone();
        tokio::spawn(async move {
            for _ in 0..25 {
                // Read, then write what was read and one: two writers side by side would lose some.
                let mut tx = db.begin().await.unwrap();
                let count: i64 = sqlx::query_scalar("SELECT count(*) FROM t_thing").fetch_one(tx.conn()).await.unwrap();
                tokio::task::yield_now().await;
                Sql::new("INSERT INTO t_thing (id, seen) VALUES (")
                    .bind(format!("{count}"))
                    .comma(flag(name == "a"))
                    .push(")")
                    .run(&mut tx)
                    .await
                    .unwrap();
                tx.commit().await.unwrap();
            }
        })
    });
    for task in work {
        task.await.unwrap();
    }
    assert_eq!(Sql::new("SELECT count(*) FROM t_thing").count(records.db.read()).await.unwrap(), 50);
}

#[tokio::test]
async fn a_zero_character_is_replaced_on_both() {
    let (_dir, db) = fresh().await;
    insert(&db, "a\0b", Some("\0")).await.unwrap();
    let row = Sql::new("SELECT id, unit_id FROM t_thing WHERE id = ").bind("a\0b").one(db.read()).await.unwrap();
    assert_eq!((row.text("id").unwrap().as_str(), row.text("unit_id").unwrap().as_str()), ("a\u{fffd}b", "\u{fffd}"));
    // Bound by hand, it is an answer, not a defect.
    let by_hand = sqlx::query("SELECT id FROM t_thing WHERE id = $1").bind("a\0b").fetch_optional(db.read()).await.db();
    match by_hand {
        Ok(found) => assert_eq!((found.is_none(), db.engine()), (true, Engine::Sqlite)),
        Err(error) => assert_eq!((error.kind, db.engine()), (Kind::Invalid, Engine::Postgres), "{error}"),
    }
}

/// Text is compared by its bytes on both, so lists have one order and pages go on where they ended.
#[tokio::test]
async fn text_is_ordered_by_its_bytes() {
    let (_dir, db) = fresh().await;
    for id in ["b", "A", "_", "Đ", "a", "B", "é"] {
        insert(&db, id, None).await.unwrap();
    }
    let rows = Sql::new("SELECT id FROM t_thing ORDER BY id").all(db.read()).await.unwrap();
    let ids: Vec<String> = rows.iter().map(|r| r.text("id").unwrap()).collect();
    assert_eq!(ids, ["A", "B", "_", "a", "b", "é", "Đ"]);
}

#[tokio::test]
async fn a_server_that_cannot_be_used_is_named_without_its_password() {
    let port = base_testkit::free_port();
    let error = Db::open(&format!("postgres://mangrove:geheim@127.0.0.1:{port}/records")).await.unwrap_err();
    assert_eq!(error.kind, Kind::Unavailable);
    let text = error.to_string();
    assert!(text.contains(&format!("'records' of user 'mangrove' at 127.0.0.1:{port}")), "{text}");
    assert!(!text.contains("geheim"), "{text}");
    let error = Db::open("postgres://mangrove:geheim@:x/records").await.unwrap_err();
    assert!(error.message.contains("postgres://<user>") && !error.message.contains("geheim"), "{error}");
    if records::on_postgres() {
        let server = std::env::var(records::VARIABLE).unwrap();
        let (front, _) = server.rsplit_once('/').unwrap();
        let error = Db::open(&format!("{front}/latin")).await.unwrap_err();
        assert!(error.message.contains("LC_COLLATE 'C'"), "{error}");
    }
}

#[tokio::test]
async fn a_reader_cannot_write() {
    let (_dir, db) = fresh().await;
    let written = sqlx::query("DELETE FROM t_thing").execute(db.read()).await.db();
    assert_eq!(written.unwrap_err().kind, Kind::Unavailable);
    assert_eq!(Sql::new("SELECT count(*) FROM t_thing").count(db.read()).await.unwrap(), 0);
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
    let dir = tempfile::tempdir().unwrap();
    drop(Db::open_file(&dir.path().join("a folder?#%.db")).await.unwrap());
    assert!(dir.path().join("a folder?#%.db").is_file());
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
