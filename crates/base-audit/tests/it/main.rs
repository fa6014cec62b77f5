//! The trail holds, and a change, a cut and a gap in it are found.
#![allow(clippy::unwrap_used, reason = "tests")]

use base_audit::{Act, Broken, MIGRATIONS, record, verify};
use base_authz::Caller;
use base_core::{Scope, Timestamp, UnitId};
use base_db::{Db, migrate};
use serde_json::json;

async fn trail(acts: usize) -> (tempfile::TempDir, Db) {
    let dir = tempfile::tempdir().unwrap();
    let db = Db::open_file(&dir.path().join("t.db")).await.unwrap();
    migrate(&db, MIGRATIONS, Timestamp::EPOCH).await.unwrap();
    let caller = Caller::system("test", Timestamp::from_secs(1_400_000_000));
    for n in 0..acts {
        let mut tx = db.begin().await.unwrap();
        let act = Act::new("alerts.close", "alert", n.to_string())
            .unit(Some(&UnitId::new(if n % 2 == 0 { "SNV" } else { "STC" })))
            .change(Some(json!({"state": "new"})), Some(json!({"state": "closed"})))
            .why("báo động giả");
        record(&mut tx, &caller, act).await.unwrap();
        tx.commit().await.unwrap();
    }
    (dir, db)
}

async fn tamper(db: &Db, sql: &'static str) {
    let mut tx = db.begin().await.unwrap();
    sqlx::query(sql).execute(tx.conn()).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_whole_trail_verifies_and_gives_its_head() {
    let (_dir, db) = trail(5).await;
    let verified = verify(&db).await.unwrap().unwrap();
    assert_eq!((verified.acts, verified.head.len()), (5, 64));
    let units = Scope::units([UnitId::new("STC")]);
    assert_eq!(base_audit::list(&db, &units, None, 10, 0).await.unwrap().len(), 2);
    assert_eq!(base_audit::list(&db, &Scope::province(), Some(("alert", "3")), 10, 0).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_changed_row_is_found() {
    let (_dir, db) = trail(5).await;
    tamper(&db, "UPDATE audit_act SET why = 'x' WHERE seq = 3").await;
    assert!(matches!(verify(&db).await.unwrap(), Err(Broken { seq: 3, .. })));
}

#[tokio::test]
async fn a_missing_row_is_found_and_a_cut_end_changes_the_head() {
    let (_dir, db) = trail(5).await;
    let head = verify(&db).await.unwrap().unwrap().head;
    tamper(&db, "DELETE FROM audit_act WHERE seq = 5").await;
    assert_ne!(verify(&db).await.unwrap().unwrap().head, head);
    tamper(&db, "DELETE FROM audit_act WHERE seq = 2").await;
    assert!(matches!(verify(&db).await.unwrap(), Err(Broken { seq: 2, .. })));
}
