//! The trail holds, and every kind of edit behind its back is found and named.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod checkpoints;
mod list;
mod tampering;

use base_audit::{Act, MIGRATIONS, record};
use base_authz::Caller;
use base_core::{Timestamp, UnitId};
use base_db::{Db, Sql, migrate};
use base_testkit::Records;
use serde_json::json;

/// When the acts of these tests are done, a second apart.
const BEGIN: i64 = 1_400_000_000;

/// A trail of so many acts.
async fn trail(acts: usize) -> Records {
    let records = Records::new().await;
    migrate(&records.db, MIGRATIONS, Timestamp::EPOCH).await.unwrap();
    add(&records.db, 0..acts).await;
    records
}

/// Adds acts with these numbers as their objects.
async fn add(db: &Db, numbers: std::ops::Range<usize>) {
    for n in numbers {
        let now = Timestamp::from_secs(BEGIN + i64::try_from(n).unwrap());
        let mut tx = db.begin().await.unwrap();
        let act = Act::new("alerts.close", "alert", n.to_string())
            .unit(Some(&UnitId::new(if n % 2 == 0 { "SNV" } else { "STC" })))
            .change(Some(json!({"state": "new"})), Some(json!({"state": "closed", "token": "geheim"})))
            .why("báo động giả");
        record(&mut tx, &Caller::system("test", now), act).await.unwrap();
        tx.commit().await.unwrap();
    }
}

/// What somebody does who has the database but not the program.
async fn tamper(db: &Db, statements: &[&'static str]) {
    let mut tx = db.begin().await.unwrap();
    for sql in statements {
        Sql::new(sql).run(&mut tx).await.unwrap();
    }
    tx.commit().await.unwrap();
}
