//! Search: results, mistakes shown with their place, scope, paging, exports.

use crate::given::{event, given};
use base_testkit::console::BEGIN;

const ALL: &str = "range=all";

#[tokio::test]
async fn finds_escapes_and_opens_events() {
    let given = given().await;
    let events =
        [event(0, Some("SYT"), "pc-1", "<script>alert(1)</script> tường lửa"), event(1, Some("STC"), "pc-2", "other")];
    given.ports.lake.write(0..2, &events).await.expect("kept");
    let page = given.console.get("phuong", &format!("/tim-kiem?{ALL}&q=tuong+lua")).await;
    assert_eq!(page.status, 200, "{}", page.text);
    assert!(page.text.contains("pc-1") && !page.text.contains("pc-2"));
    assert!(page.text.contains("1 sự kiện phù hợp") && !page.text.contains("<script>alert"));
    assert!(!page.text.contains("⟦"), "a text is missing");
    let id = events[0].id;
    let one = given.console.get("phuong", &format!("/su-kien/{id}?near={}", BEGIN.as_micros())).await;
    assert!(one.text.contains("&lt;script&gt;alert(1)") && one.text.contains("TargetUserName"), "{}", one.text);
    let part = given.console.fragment("phuong", &format!("/su-kien/{id}")).await;
    assert!(part.text.contains("TargetUserName") && !part.text.contains("<html"));
}

#[tokio::test]
async fn a_unit_finds_only_its_own_on_every_path() {
    let given = given().await;
    let events = [event(0, Some("SYT"), "pc-1", "x"), event(1, Some("STC"), "pc-2", "x"), event(2, None, "pc-3", "x")];
    given.ports.lake.write(0..3, &events).await.expect("kept");
    let page = given.console.get("hoa", &format!("/tim-kiem?{ALL}")).await;
    assert!(page.text.contains("pc-1") && !page.text.contains("pc-2") && !page.text.contains("pc-3"));
    assert!(page.text.contains("1 sự kiện phù hợp"), "the picture counts no other unit's: {}", page.text);
    for other in &events[1..] {
        assert_eq!(given.console.get("hoa", &format!("/su-kien/{}", other.id)).await.status, 404);
    }
    assert_eq!(given.console.get("hoa", &format!("/tim-kiem/xuat.csv?{ALL}")).await.status, 403);
}

#[tokio::test]
async fn mistakes_show_their_place_and_every_fault_has_its_words() {
    let given = given().await;
    let page = given.console.get("phuong", "/tim-kiem?q=a+AND+%28b").await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("a AND <mark>(</mark>b") && page.text.contains("chưa được đóng"), "{}", page.text);
    let tr = base_i18n::Tr::new(base_core::Lang::En, std::sync::Arc::clone(given.console.web.strings()));
    for key in engine_lake::query::QueryFault::KEYS {
        assert_ne!(tr.dynamic("events-query-fault-", key), key, "{key} has no words");
    }
    let help = page.text.split("href=\"/tim-kiem?q=").skip(1).filter_map(|h| h.split('"').next());
    let mut followed = 0;
    for query in help {
        let page = given.console.get("phuong", &format!("/tim-kiem?q={}", query.replace("&amp;", "&"))).await;
        assert!(!page.text.contains("Câu tìm sai"), "the help teaches a wrong query: {query}");
        followed += 1;
    }
    assert!(followed >= 9, "{followed}");
    let hint = given.console.fragment("phuong", "/tim-kiem/goi-y?q=user.na").await;
    assert!(hint.text.contains("user.name:"), "{}", hint.text);
}

#[tokio::test]
async fn pages_follow_one_another_and_exports_have_all() {
    let given = given().await;
    let events: Vec<_> = (0..120).map(|n| event(n, Some("SYT"), &format!("pc-{n:03}"), "=cmd()")).collect();
    given.ports.lake.write(0..120, &events).await.expect("kept");
    let mut seen = 0;
    let mut at = format!("/tim-kiem?{ALL}");
    for _ in 0..3 {
        let page = given.console.get("phuong", &at).await;
        seen += page.text.matches("hx-target=\"#event\"").count();
        let next = page.text.split("rel=\"next\" href=\"").nth(1).and_then(|h| h.split('"').next());
        match next {
            Some(next) => at = next.replace("&amp;", "&"),
            None => break,
        }
    }
    assert_eq!(seen, 120);
    let csv = given.console.get("phuong", &format!("/tim-kiem/xuat.csv?{ALL}")).await;
    assert_eq!(csv.text.lines().count(), 121);
    assert!(csv.text.contains("\"'=cmd()\""), "a spreadsheet must not run what a log says");
    let lines = given.console.get("phuong", &format!("/tim-kiem/xuat.ndjson?{ALL}&q=host.name:pc-007")).await;
    let one: serde_json::Value = serde_json::from_str(lines.text.trim()).expect("one object");
    assert_eq!((&one["common"]["host.name"], &one["raw"]), (&"pc-007".into(), &"=cmd()".into()));
    let trail = base_audit::verify(&given.console.ground.db).await.expect("read").expect("whole");
    assert_eq!(trail.acts, 2, "each export stands in the trail");
}

#[tokio::test]
async fn any_address_is_answered() {
    let given = given().await;
    for query in [
        "?after=x",
        "?from=x&until=y",
        "?from=9223372036854775807",
        "?order=z&range=q",
        "?q=%00%22",
        "?from=-1&until=-9223372036854775808",
    ] {
        let page = given.console.get("phuong", &format!("/tim-kiem{query}")).await;
        assert_eq!(page.status, 200, "{query}: {}", page.text);
    }
    assert_eq!(given.console.get("phuong", "/su-kien/zz").await.status, 404);
}
