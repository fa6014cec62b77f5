//! Sources: declaring, tokens shown once, health, counts, scope.

use crate::given::{event, given};
use area_events::book::SourceBook;
use area_events::model::{BatchCounts, Checkpoint, SourceKeep};
use area_events::ops::{commit_counts, pulse};
use base_core::{Scope, UnitId};
use base_testkit::console::BEGIN;

#[tokio::test]
async fn a_token_is_shown_once_and_never_stored() {
    let given = given().await;
    let fields = [
        ("name", "Máy chủ web"),
        ("unit", "SYT"),
        ("transport", "http"),
        ("peers", ""),
        ("hint", ""),
        ("silent_minutes", "10"),
    ];
    let made = given.console.post("an", "/nguon/moi", "/nguon/moi", &fields).await;
    assert_eq!((made.status.as_u16(), made.header("cache-control")), (200, "no-store"), "{}", made.text);
    let token = made.text.split("mgv_").nth(1).map(|t| t.chars().take(64).collect::<String>()).expect("a token");
    let again = given.console.post("an", "/nguon/moi", "/nguon/moi", &fields).await;
    assert_eq!(again.status, 422);
    assert!(again.text.contains("Đã có nguồn khác mang tên này"));
    let list = given.console.get("an", "/nguon").await;
    let href = list.text.split("href=\"/nguon/").find(|h| h.contains("Máy chủ web")).expect("its link");
    let page = given.console.get("an", &format!("/nguon/{}", href.split('"').next().unwrap_or_default())).await;
    assert!(page.text.contains("https://mangrove.example/api/v1/events") && !page.text.contains(&token));
    if given.console.ground.db.engine() == base_db::Engine::Postgres {
        // The files of the server are elsewhere; what was looked for in SQLite's is the same text.
        return;
    }
    let file = std::fs::read(given.console.ground.dir.path().join("mangrove.db")).expect("the database");
    let wal = std::fs::read(given.console.ground.dir.path().join("mangrove.db-wal")).unwrap_or_default();
    let stored = [file, wal].concat();
    assert!(!stored.windows(token.len()).any(|w| w == token.as_bytes()), "only its hash is stored");
}

#[tokio::test]
async fn counts_commit_with_the_checkpoint_and_health_follows_the_clock() {
    let given = given().await;
    let (id, _) = given.declare("Tường lửa", "SYT", "syslog", "192.0.2.1").await;
    let ground = &given.console.ground;
    let mut batch = BatchCounts::default();
    for n in 0..10 {
        let mut e = event(n, Some("SYT"), "fw", "x");
        e.source = Some(id.clone());
        e.marks.unparsed = n < 5;
        batch.add(&e);
    }
    for _ in 0..2 {
        let mut tx = ground.db.begin().await.expect("a transaction");
        commit_counts::commit_counts(&mut tx, &batch).await.expect("counted");
        let at = Checkpoint { next: 10, warm: 3 };
        commit_counts::set_checkpoint(&mut tx, "pipeline", 77, at, BEGIN).await.expect("kept");
        tx.commit().await.expect("it commits");
    }
    let at = commit_counts::checkpoint(&ground.db, "pipeline", 77).await.expect("read");
    assert_eq!(at, Some(Checkpoint { next: 10, warm: 3 }));
    assert_eq!(commit_counts::checkpoint(&ground.db, "pipeline", 78).await.expect("read"), None, "another journal");

    ground.clock.advance_secs(30);
    let flow = pulse::flow(&ground.db, &Scope::province(), BEGIN.plus_secs(30)).await.expect("read");
    assert_eq!((flow.minutes.len(), flow.minutes[29], flow.unparsed_share), (30, 20, Some(0.5)));
    assert_eq!((flow.sources, flow.silent), (1, 0));
    let other = pulse::flow(&ground.db, &Scope::units([UnitId::new("STC")]), BEGIN).await.expect("read");
    assert_eq!((other.sources, other.minutes.iter().sum::<i64>()), (0, 0), "another unit sees nothing of it");
    assert!(given.console.get("an", "/nguon?health=unread").await.text.contains("Tường lửa"));

    ground.clock.advance_secs(601);
    let silent = given.console.get("hoa", "/nguon?health=silent").await;
    assert!(silent.text.contains("Tường lửa"), "an hour of silence shows: {}", silent.text);
    let course = given.console.get("hoa", &format!("/nguon/{id}")).await;
    assert!(course.text.contains("20 sự kiện trong 24 giờ qua"), "{}", course.text);
    assert_eq!(commit_counts::forget_old_minutes(&ground.db, BEGIN.plus_secs(9 * 86_400)).await.expect("cleaned"), 1);
}

#[tokio::test]
async fn a_unit_sees_its_own_sources_and_manages_none() {
    let given = given().await;
    let (own, _) = given.declare("Tường lửa SYT", "SYT", "syslog", "192.0.2.1").await;
    let (other, _) = given.declare("Tường lửa STC", "STC", "syslog", "192.0.2.2").await;
    let page = given.console.get("hoa", "/nguon").await;
    assert!(page.text.contains("Tường lửa SYT") && !page.text.contains("Tường lửa STC"));
    let csv = given.console.get("hoa", "/nguon/xuat.csv").await;
    assert!(!csv.text.contains("Tường lửa STC"), "{}", csv.text);
    assert_eq!(given.console.get("hoa", &format!("/nguon/{own}")).await.status, 200);
    assert_eq!(given.console.get("hoa", &format!("/nguon/{other}")).await.status, 404);
    assert_eq!(given.console.get("hoa", "/nguon/moi").await.status, 403);
    assert_eq!(given.console.post("hoa", "/nguon", &format!("/nguon/{own}/tat"), &[]).await.status, 403);
    let edit = [
        ("name", "Tường lửa SYT 2"),
        ("unit", "SYT"),
        ("transport", "syslog"),
        ("peers", "192.0.2.3"),
        ("silent_minutes", "5"),
        ("version", "1"),
    ];
    let at = format!("/nguon/{own}/sua");
    assert_eq!(given.console.post("an", &at, &at, &edit).await.status, 303);
    assert_eq!(given.console.post("an", &at, &at, &edit).await.status, 409, "the version has gone on");
    assert_eq!(given.ports.book.by_address("192.0.2.3".parse().expect("address")).map(|k| k.id), Some(own));
}

#[tokio::test]
async fn a_source_is_never_kept_shorter_than_the_level_of_its_unit_demands() {
    let given = given().await;
    let (id, _) = given.declare("Tường lửa SYT", "SYT", "syslog", "192.0.2.1").await;
    let (page, at) = (format!("/nguon/{id}"), format!("/nguon/{id}/sua"));
    let text = given.console.get("an", &page).await.text;
    assert!(text.contains("ít nhất 93 ngày") && text.contains("cấp độ 3"), "{text}");
    let change = async |unit: &str, least: &str, most: &str, version: &str| {
        let fields = [
            ("name", "Tường lửa SYT"),
            ("unit", unit),
            ("transport", "syslog"),
            ("peers", "192.0.2.1"),
            ("silent_minutes", "10"),
            ("keep_least", least),
            ("keep_most", most),
            ("version", version),
        ];
        given.console.post("an", &at, &at, &fields).await
    };
    for (unit, least, most, says) in [
        ("SYT", "", "60", "TCVN 14423:2026, mục 5.8"),
        ("SYT", "30", "", "TCVN 14423:2026, mục 5.8"),
        ("STC", "", "200", "Chưa có hệ thống nào của đơn vị"),
        ("SYT", "180", "120", "không được ngắn hơn"),
        ("SYT", "0", "", "số ngày"),
    ] {
        let refused = change(unit, least, most, "1").await;
        assert_eq!(refused.status, 422, "{unit} {least} {most}");
        assert!(refused.text.contains(says), "{says}: {}", refused.text);
    }
    assert_eq!(given.ports.book.keep(&id), SourceKeep::default());
    assert_eq!(change("SYT", "100", "120", "1").await.status, 303);
    assert_eq!(given.ports.book.keep(&id), SourceKeep { at_least_days: Some(100), at_most_days: Some(120) });
    let text = given.console.get("an", &page).await.text;
    assert!(text.contains("ít nhất 100 ngày") && text.contains("nhiều nhất 120 ngày"), "{text}");
    // Who the change is by, and what it was before, stands in the trail.
    let rows =
        base_db::Sql::new("SELECT COUNT(*) AS n FROM audit_act WHERE action = 'sources.change' AND after_json LIKE ")
            .bind("%\"at_most_days\":120%")
            .all(given.console.ground.db.read())
            .await
            .expect("the trail");
    assert_eq!(base_db::RowExt::int(&rows[0], "n").expect("a count"), 1);
    // A book that is read anew, as after a start, has it too.
    let again = SourceBook::new();
    again.reload(&given.console.ground.db).await.expect("reads");
    assert_eq!(again.keep(&id).at_most_days, Some(120));
}

#[tokio::test]
async fn sources_are_found_by_name_within_the_scope() {
    let given = given().await;
    let (own, _) = given.declare("Tường lửa 50% Sở Y tế", "SYT", "http", "").await;
    given.declare("Tường lửa Sở Tài chính", "STC", "http", "").await;
    let find = async |who, q| given.console.get(who, &format!("/tim-nhanh?q={q}")).await.text;
    assert_eq!(find("phuong", "tuong+lua").await.lines().count(), 2);
    assert_eq!(find("hoa", "tuong+lua").await, format!("Tường lửa 50% Sở Y tế · Sở Y tế · /nguon/{own}"));
    assert_eq!(find("phuong", "50%25").await.lines().count(), 1, "a wild card of the person is literal");
}
