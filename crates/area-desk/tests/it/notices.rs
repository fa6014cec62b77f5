//! Findings of the program itself: without rule and event, and marked when they are over.

use crate::given::ports;
use area_desk::model::{Explained, Explanation, Notice, State};
use area_desk::ops::{notice, set_state};
use base_authz::Role;
use base_core::{AlertId, Severity, UnitId};
use base_testkit::console::{BEGIN, Console, Ground, caller, person};

fn silent(key: &str) -> Notice {
    let words =
        |what: &str| Explanation {
            what: what.to_owned(), why: "Vì sao".to_owned(), do_now: vec!["Làm gì".to_owned()]
        };
    Notice {
        key: key.to_owned(),
        kind: "mangrove-source-silent",
        title: "Event source has fallen silent",
        severity: Severity::Medium,
        unit: Some(UnitId::new("SYT")),
        entity: ("source", "Tường lửa <7>".to_owned()),
        time: BEGIN,
        explain: Explained {
            vi: words("Nguồn Tường lửa im lặng. Đã lâu."), en: words("The firewall is silent.")
        },
        facts: vec![("source.normal_per_hour".to_owned(), "600".to_owned())],
    }
}

async fn console() -> Console {
    let people = [person("phuong", Role::Analyst, None)];
    Console::start(Ground::new().await, vec![area_desk::area(ports())], &people).await
}

async fn raise(ground: &Ground, key: &str) -> Option<AlertId> {
    let mut tx = ground.db.begin().await.expect("a transaction");
    let touched = notice::raise(&mut tx, &ground.ids, silent(key)).await.expect("raised");
    tx.commit().await.expect("it commits");
    touched.map(|t| t.alert)
}

async fn ended(ground: &Ground, key: &str) -> bool {
    let mut tx = ground.db.begin().await.expect("a transaction");
    let unit = notice::ended(&mut tx, &ground.ids, key).await.expect("ended");
    tx.commit().await.expect("it commits");
    unit.is_some()
}

#[tokio::test]
async fn its_page_explains_and_offers_no_rule_and_no_event() {
    let console = console().await;
    let id = raise(&console.ground, "k1").await.expect("new");
    assert_eq!(raise(&console.ground, "k1").await, None, "once");
    let page = console.get("phuong", &format!("/canh-bao/{id}")).await;
    assert_eq!(page.status, 200, "{}", page.text);
    for part in ["Nguồn Tường lửa im lặng", "Vì sao", "Làm gì", "nguồn sự kiện", "Tường lửa &lt;7&gt;", "600"]
    {
        assert!(page.text.contains(part), "{part} is missing in {}", page.text);
    }
    for part in ["/quy-tac/luat/", "/su-kien/", "⟦"] {
        assert!(!page.text.contains(part), "{part} is in {}", page.text);
    }
    assert!(ended(&console.ground, "k1").await && !ended(&console.ground, "unknown").await);
    let page = console.get("phuong", &format!("/canh-bao/{id}")).await;
    assert!(page.text.contains("Hệ thống ghi nhận tình trạng đã chấm dứt"), "{}", page.text);
    let closed = console.get("phuong", "/canh-bao?state=closed-true").await;
    assert!(closed.text.contains("Nguồn Tường lửa im lặng"), "{}", closed.text);
}

#[tokio::test]
async fn what_somebody_has_taken_up_stays_with_them() {
    let console = console().await;
    let ground = &console.ground;
    let id = raise(ground, "k1").await.expect("new");
    let analyst = caller(&person("phuong", Role::Analyst, None), BEGIN);
    let input = set_state::Input { alert: id.clone(), to: State::Looking, note: String::new(), version: 1 };
    set_state::set_state(&ground.db, &ground.ids, &ground.news, &analyst, &input, |_| {}).await.expect("taken up");
    assert!(ended(ground, "k1").await);
    let page = console.get("phuong", &format!("/canh-bao/{id}")).await;
    assert!(page.text.contains("Hệ thống ghi nhận tình trạng đã chấm dứt"), "{}", page.text);
    let open = console.get("phuong", "/canh-bao?state=looking").await;
    assert!(open.text.contains("Nguồn Tường lửa im lặng"), "{}", open.text);
}
