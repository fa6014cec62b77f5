//! Files handed in: read into the journal, what was skipped is shown, an interruption is made good.

use crate::given::{Given, given};
use area_events::ops::upload_job::{UploadJob, resume};
use std::sync::Arc;
use std::time::Duration;

async fn eventually(given: &Given, path: &str, part: &str) -> String {
    for _ in 0..200 {
        let page = given.console.get("phuong", path).await;
        if page.text.contains(part) {
            return page.text;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("{part} never came on {path}: {}", given.console.get("phuong", path).await.text);
}

#[tokio::test]
async fn a_file_is_read_and_what_was_skipped_is_told() {
    let given = given().await;
    let log = b"{\"a\":1}\n{\"a\":2}\nbroken {\n{\"a\":3}\n";
    let done = given.console.upload("phuong", "/tai-len", "/tai-len", &[("unit", "SYT")], ("nhật ký.json", log)).await;
    assert_eq!(done.status, 303, "{}", done.text);
    let at = done.header("location").to_owned();
    let page = eventually(&given, &at, "Đã đọc xong").await;
    assert!(page.contains("nhật ký.json"), "{page}");
    let entries = given.journal().await;
    assert!(entries.len() >= 3, "{}", entries.len());
    assert!(entries.iter().all(|e| e.unit.as_ref().is_some_and(|u| u.as_str() == "SYT")));
    let spool: Vec<_> = std::fs::read_dir(&given.ports.spool).expect("the folder").collect();
    assert!(spool.is_empty(), "the file is removed once it is in the journal");
    assert_eq!(given.console.get("hoa", &at).await.status, 403);
}

#[tokio::test]
async fn rubbish_and_empty_files_are_answered_with_what_to_do() {
    let given = given().await;
    let empty = given.console.upload("phuong", "/tai-len", "/tai-len", &[("unit", "")], ("x.log", b"")).await;
    assert_eq!(empty.status, 422);
    assert!(empty.text.contains("Tệp rỗng"), "{}", empty.text);
    let none = given.console.upload("phuong", "/tai-len", "/tai-len", &[("unit", "")], ("", b"")).await;
    assert_eq!(none.status, 422);
    let rubbish: Vec<u8> = (0..4096_u32).map(|n| u8::try_from(n * 37 % 251).unwrap_or(0)).collect();
    let done = given.console.upload("phuong", "/tai-len", "/tai-len", &[("unit", "")], ("x.bin", &rubbish)).await;
    assert_eq!(done.status, 303);
    eventually(&given, done.header("location"), "Không đọc được").await;
    let spool: Vec<_> = std::fs::read_dir(&given.ports.spool).expect("the folder").collect();
    assert!(spool.is_empty());
}

#[tokio::test]
async fn an_interrupted_reading_goes_on_where_it_was() {
    let given = given().await;
    let lines: String = (0..5_000).map(|n| format!("{{\"n\":{n}}}\n")).collect();
    let done =
        given.console.upload("phuong", "/tai-len", "/tai-len", &[("unit", "")], ("x.json", lines.as_bytes())).await;
    let at = done.header("location").to_owned();
    eventually(&given, &at, "Đã đọc xong").await;
    let first = given.journal().await.len();
    assert_eq!(first, 5_000);
    // As a stop after the first batch would have left it.
    let id = at.rsplit('/').next().unwrap_or_default().to_owned();
    std::fs::write(given.ports.spool.join(&id), lines.as_bytes()).expect("written");
    let ground = &given.console.ground;
    let mut tx = ground.db.begin().await.expect("a transaction");
    base_db::Sql::new("UPDATE events_upload SET state = 'running', records = 4096, finished_at = NULL WHERE id = ")
        .bind(id)
        .run(&mut tx)
        .await
        .expect("changed");
    tx.commit().await.expect("it commits");
    let job = UploadJob {
        db: ground.db.clone(),
        ids: Arc::clone(&ground.ids),
        journal: Arc::clone(&given.ports.journal),
        book: Arc::clone(&given.ports.book),
        spool: given.ports.spool.clone(),
        tell: Arc::new(|_| {}),
    };
    assert_eq!(resume(&job).await.expect("resumed"), 1);
    let entries = given.journal().await;
    assert_eq!(entries.len(), first + 5_000 - 4_096, "what was read before the stop does not come again");
    assert_eq!(entries.last().map(|e| e.raw.clone()), Some(b"{\"n\":4999}".to_vec()));
    assert_eq!(resume(&job).await.expect("nothing left"), 0);
}
