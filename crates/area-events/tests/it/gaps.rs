//! A full disk leaves a gap, and the gap is remembered.

use crate::given::{Given, given};
use area_events::ops::keep_gap::GapKeeper;
use axum::body::Body;
use axum::http::Request;
use base_testkit::console::BEGIN;
use std::sync::Arc;

async fn send(given: &Given, token: &str) -> u16 {
    let request = Request::builder()
        .method("POST")
        .uri("/api/v1/events")
        .header("authorization", format!("Bearer {token}"))
        .body(Body::from("{}"));
    given.console.send(request.expect("a request")).await.status.as_u16()
}

fn keeper(given: &Given) -> GapKeeper {
    GapKeeper::new(Arc::clone(&given.ports.refusals), Arc::clone(&given.ports.inputs))
}

#[tokio::test]
async fn the_gap_of_a_full_disk_is_kept_over_a_restart_and_shown() {
    let given = given().await;
    let (_, token) = given.declare("Máy chủ web", "SYT", "http", "").await;
    let ground = &given.console.ground;
    let page = || given.console.get("an", "/nguon/dau-vao");
    assert!(page().await.text.contains("Chưa lần nào phải từ chối sự kiện mới"));

    let mut first = keeper(&given);
    first.look(&ground.db, false, BEGIN).await.expect("looked");
    given.ports.journal.refuse(true);
    for _ in 0..3 {
        assert_eq!(send(&given, &token).await, 503);
    }
    first.look(&ground.db, true, BEGIN.plus_secs(5)).await.expect("written");
    let full = page().await.text;
    assert!(full.contains("vẫn đang đầy") && full.contains("05/03/2014 08:00"), "{full}");

    // A restart; what was counted so far is counted once.
    ground.clock.advance_secs(600);
    let mut second = keeper(&given);
    given.ports.journal.refuse(false);
    assert_eq!(send(&given, &token).await, 202);
    second.look(&ground.db, false, BEGIN.plus_secs(600)).await.expect("written");
    let text = page().await.text;
    assert!(text.contains("05/03/2014 08:10") && !text.contains("vẫn đang đầy"), "{text}");
    second.look(&ground.db, false, BEGIN.plus_secs(605)).await.expect("looked");

    // A disk that is full between two looks is a gap as well.
    given.ports.journal.refuse(true);
    assert_eq!(send(&given, &token).await, 503);
    given.ports.journal.refuse(false);
    ground.clock.advance_secs(60);
    second.look(&ground.db, false, BEGIN.plus_secs(660)).await.expect("written");
    second.look(&ground.db, false, BEGIN.plus_secs(665)).await.expect("written");
    let text = page().await.text;
    assert!(text.contains("05/03/2014 08:11") && !text.contains("vẫn đang đầy"), "{text}");
    assert_eq!(
        given.console.get("hoa", "/nguon/dau-vao").await.status,
        403,
        "a unit does not see the province's inputs"
    );
}
