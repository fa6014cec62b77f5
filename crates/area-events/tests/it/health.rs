//! The figures on the page of a source, from events that are known.

use crate::given::{event, given};
use area_events::model::BatchCounts;
use area_events::ops::commit_counts::{KnownFields, commit_counts, commit_fields};
use base_core::{SourceId, Timestamp};
use base_db::Db;
use base_testkit::console::BEGIN;
use engine_event::Event;

async fn commit(db: &Db, batch: &BatchCounts) {
    let mut tx = db.begin().await.expect("a transaction");
    commit_counts(&mut tx, batch).await.expect("counted");
    commit_fields(&mut tx, batch, &KnownFields::default()).await.expect("kept");
    tx.commit().await.expect("it commits");
}

/// An event of a source, received at a time, so many seconds after it happened.
fn of(source: &SourceId, received: Timestamp, lag: i64) -> Event {
    let mut event = event(0, Some("SYT"), "fw", "x");
    (event.source, event.received, event.time) = (Some(source.clone()), received, received.plus_secs(-lag));
    event
}

/// The value that stands behind a label of a list of facts.
fn behind(page: &str, label: &str) -> String {
    let rest = page.split_once(label).unwrap_or_else(|| panic!("no {label} in {page}")).1;
    let mut text = String::new();
    let mut inside = true;
    for c in rest.chars().take(400) {
        match c {
            '<' => {
                inside = true;
                text.push(' ');
            }
            '>' => inside = false,
            c if !inside => text.push(c),
            _ => {}
        }
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn the_page_shows_what_was_received_against_what_is_normal() {
    let given = given().await;
    let (id, _) = given.declare("Tường lửa", "SYT", "syslog", "192.0.2.1").await;
    let db = &given.console.ground.db;
    let mut batch = BatchCounts::default();
    // Ten days of 40 events in this hour of the day, and 7 in the last whole hour, each 3 s under way.
    for day in 1..=10 {
        for n in 0..40 {
            batch.add(&of(&id, BEGIN.plus_secs(-3_600 - day * 86_400 + n), 3));
        }
    }
    for n in 0..7 {
        batch.add(&of(&id, BEGIN.plus_secs(-3_600 + n), 3));
    }
    // In this hour: one that took 20 s, one from the future, one that nobody can read, one with a field of a new name.
    batch.add(&of(&id, BEGIN, 20));
    batch.add(&of(&id, BEGIN, -300));
    let mut unread = of(&id, BEGIN.plus_secs(1), 3);
    (unread.marks.unparsed, unread.marks.no_time, unread.raw) = (true, true, b"???<broken>".as_slice().into());
    batch.add(&unread);
    commit(db, &batch).await;
    let mut later = BatchCounts::default();
    let mut new = of(&id, BEGIN.plus_secs(2), 3);
    new.record.push_text("brand_new_field", "1");
    later.add(&new);
    commit(db, &later).await;

    given.console.ground.clock.advance_secs(60);
    let page = given.console.get("hoa", &format!("/nguon/{id}")).await.text;
    assert!(behind(&page, "Sự kiện trong giờ trọn vẹn gần nhất").starts_with("7 Khác thường"), "{page}");
    assert!(behind(&page, "Mức thường lệ của giờ này").starts_with("40 "), "{page}");
    // (7 + 1) · 3 s + 20 s over the ten events of the last day that carry a time, the one from the future as none.
    let mean = behind(&page, "Độ trễ trung bình");
    assert!(mean.starts_with("4,4 giây"), "{mean}");
    let most = behind(&page, "Độ trễ lớn nhất");
    assert!(most.starts_with("20 giây") || most.starts_with("20,0 giây"), "{most}");
    assert!(page.contains("???&lt;broken&gt;"), "the record itself: {page}");
    assert!(page.contains("brand_new_field") && !page.contains(">TargetUserName<"), "only what is new: {page}");
    assert!(page.contains("05/03/2014 08:00"), "last seen: {page}");
    let list = given.console.get("hoa", "/nguon").await.text;
    assert!(list.contains(">25\u{a0}%<"), "one of the last hour's four: {list}");
}
