//! The pages of the desk through the whole router.

use crate::given::{detection, ports, rule, take};
use area_desk::ops::commit_detections::{commit_detections, tell_critical};
use base_authz::Role;
use base_core::{AccountId, Severity};
use base_testkit::console::{Console, Ground};
use base_web::find::Words;
use base_web::{notice, person};

async fn console() -> (Console, String, String) {
    let ground = Ground::new().await;
    let person = base_testkit::console::person;
    let people = [
        person("phuong", Role::Analyst, None),
        person("nam", Role::Analyst, None),
        person("hoa", Role::UnitOfficer, Some("SYT")),
        person("tam", Role::Auditor, None),
    ];
    let console = Console::start(ground, vec![area_desk::area(ports())], &people).await;
    let r = rule("lsass", Severity::Critical);
    let batch = [detection("a", &r, Some("SYT"), "pc-1", 0), detection("b", &r, Some("STC"), "pc-2", 0)];
    let touched = take(&console.ground, &batch).await.touched;
    let (own, other) = (touched[0].alert.to_string(), touched[1].alert.to_string());
    (console, own, other)
}

#[tokio::test]
async fn the_alert_page_explains_marks_and_escapes() {
    let (console, own, _) = console().await;
    let page = console.get("phuong", &format!("/canh-bao/{own}")).await;
    assert_eq!(page.status, 200, "{}", page.text);
    for part in [
        "Có người đọc trộm mật khẩu trên máy pc-1",
        "Mất mật khẩu là mất tất cả.",
        "Rút dây mạng.",
        "<mark>mimikatz</mark>.exe &lt;script&gt;",
        "https://attack.mitre.org/techniques/T1003/001/",
        "title: Rule lsass",
        "/canh-bao-don-vi/moi?alert=",
        "01/CB-ATTT",
        "Đã rút dây mạng.",
        "hx-get=",
    ] {
        assert!(page.text.contains(part), "{part} is missing in {}", page.text);
    }
    assert!(!page.text.contains("⟦"), "a text is missing");
    assert!(!page.text.contains("mimikatz.exe <script>"), "data of a log got into the page unescaped");
}

#[tokio::test]
async fn an_analyst_takes_up_and_closes_with_a_note() {
    let (console, own, _) = console().await;
    let at = format!("/canh-bao/{own}");
    let act = format!("{at}/xu-ly");
    let done = console.post("phuong", &at, &act, &[("to", "looking"), ("version", "1"), ("note", "")]).await;
    assert_eq!((done.status.as_u16(), done.header("location")), (303, at.as_str()));
    let refused = console.post("phuong", &at, &act, &[("to", "closed-true"), ("version", "2"), ("note", " ")]).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text.contains("Cần ghi lý do"), "{}", refused.text);
    let old = console.post("phuong", &at, &act, &[("to", "closed-true"), ("version", "1"), ("note", "x")]).await;
    assert_eq!(old.status, 303, "somebody was faster: back to the page with a message");
    let done =
        console.post("phuong", &at, &act, &[("to", "closed-true"), ("version", "2"), ("note", "Đã cô lập máy")]).await;
    assert_eq!(done.status, 303);
    let page = console.get("phuong", &at).await;
    assert!(page.text.contains("Đã cô lập máy") && page.text.contains("Đã đóng: tấn công thật"));
    let side = console.fragment("phuong", &format!("{at}/tinh-hinh")).await;
    assert!(side.text.contains("Đã cô lập máy") && !side.text.contains("<html"), "the live part alone");
}

#[tokio::test]
async fn an_officer_sees_the_unit_alone_on_every_path() {
    let (console, own, other) = console().await;
    assert_eq!(console.get("hoa", &format!("/canh-bao/{own}")).await.status, 200);
    for path in ["", "/tinh-hinh", "/xung-quanh"] {
        assert_eq!(console.get("hoa", &format!("/canh-bao/{other}{path}")).await.status, 404, "{path}");
    }
    for path in ["/", "/canh-bao", "/canh-bao?unit=STC", "/canh-bao/xuat.csv"] {
        let page = console.get("hoa", path).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(!page.text.contains("pc-2"), "{path} shows another unit's machine");
    }
    let act = console
        .post("hoa", "/canh-bao", &format!("/canh-bao/{own}/xu-ly"), &[("to", "looking"), ("version", "1")])
        .await;
    assert_eq!(act.status, 403);
    let own_page = console.get("hoa", &format!("/canh-bao/{own}")).await;
    assert!(!own_page.text.contains("/xu-ly"), "no form for what may not be done");
}

#[tokio::test]
async fn every_number_of_the_overview_leads_to_what_it_counts() {
    let (console, ..) = console().await;
    let page = console.get("phuong", "/").await;
    assert_eq!(page.status, 200, "{}", page.text);
    for part in [
        "12,5",
        "Tường lửa 7",
        "/canh-bao?state=new",
        "/nguon?health=silent",
        "/tim-kiem?q=mark%3Aunparsed",
        "data-live=\"overview alerts sources warnings\"",
    ] {
        assert!(page.text.contains(part), "{part} is missing in {}", page.text);
    }
    let href = page.text.split("href=\"").find(|h| h.starts_with("/canh-bao?severity=critical")).expect("a link");
    let href = href.split('"').next().unwrap_or_default().replace("&amp;", "&");
    let list = console.get("phuong", &href).await;
    assert!(list.text.contains("1–2 trong tổng số 2"), "the list counts what the number did: {}", list.text);
    let live = console.fragment("phuong", "/").await;
    assert!(live.text.contains("12,5") && !live.text.contains("<html"));
}

#[tokio::test]
async fn the_list_survives_any_address() {
    let (console, ..) = console().await;
    for query in [
        "?page=-1",
        "?page=99999999999999999999",
        "?sort=x&dir=y",
        "?severity=a,b&state=q",
        "?from=x&until=9223372036854775807",
        "?q=%25%27%22%00",
    ] {
        let page = console.get("phuong", &format!("/canh-bao{query}")).await;
        assert_eq!(page.status, 200, "{query}");
    }
    for sort in ["raised", "severity", "count", "last-seen", "title", "entity"] {
        for dir in ["", "desc"] {
            let page = console.get("tam", &format!("/canh-bao?sort={sort}&dir={dir}")).await;
            assert!(page.text.contains("pc-1"), "{sort} {dir}");
        }
    }
    let csv = console.get("tam", "/canh-bao/xuat.csv?severity=critical").await;
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(csv.text.lines().count(), 3, "{}", csv.text);
}

#[tokio::test]
async fn a_person_chooses_columns_and_takes_the_list_along() {
    let (console, ..) = console().await;
    let ground = &console.ground;
    let before = console.get("phuong", "/canh-bao").await.text;
    assert!(before.contains("data-label=\"Số lần phát hiện\"") && !before.contains("data-label=\"Người xử lý\""));
    let mut tx = ground.db.begin().await.expect("a transaction");
    let (account, columns) = (AccountId::new("phuong"), ["unit", "holder"].map(str::to_owned));
    person::choose_columns(&mut tx, &account, "alerts", &columns).await.expect("kept");
    tx.commit().await.expect("kept");
    for list in [console.get("phuong", "/canh-bao").await, console.fragment("phuong", "/canh-bao").await] {
        assert!(!list.text.contains("data-label=\"Số lần phát hiện\""), "{}", list.text);
        assert!(list.text.contains("data-label=\"Người xử lý\"") && list.text.contains("data-label=\"Cảnh báo\""));
    }
    assert_eq!(console.get("tam", "/canh-bao").await.text.matches("data-label=\"Số lần phát hiện\"").count(), 2);
    let book = console.get("tam", "/canh-bao/xuat.xlsx?severity=critical").await;
    assert!(book.text.starts_with("PK") && book.header("content-type").contains("spreadsheetml"), "{:?}", book.headers);
    assert!(book.header("content-disposition").contains("canh-bao.xlsx"));
}

#[tokio::test]
async fn critical_alerts_and_changes_by_others_are_told() {
    let (console, own, _) = console().await;
    let ground = &console.ground;
    let r = rule("ransom", Severity::Critical);
    let mut tx = ground.db.begin().await.expect("a transaction");
    let batch = [detection("x", &r, Some("SYT"), "pc-8", 0), detection("y", &r, Some("STC"), "pc-9", 0)];
    let committed = commit_detections(&mut tx, &ground.ids, &batch).await.expect("taken in");
    tell_critical(&mut tx, &ground.ids, &ground.news, &committed).await.expect("told");
    tx.commit().await.expect("kept");
    let told = async |name: &str, role, unit| {
        let who = base_testkit::console::person(name, role, unit);
        notice::list(console.ground.db.read(), &who, true, (50, 0)).await.expect("read").0
    };
    let officer = told("hoa", Role::UnitOfficer, Some("SYT")).await;
    assert_eq!(officer.len(), 1, "{officer:?}");
    assert_eq!(officer[0].words["entity"], "pc-8");
    assert!(officer[0].words["title-vi"].contains("pc-8"), "in the reader's words: {officer:?}");
    let at = format!("/canh-bao/{own}");
    let act = format!("{at}/xu-ly");
    console.post("phuong", &at, &act, &[("to", "looking"), ("version", "1"), ("note", "")]).await;
    assert_eq!(told("phuong", Role::Analyst, None).await.len(), 2, "one's own act is no news");
    console.post("nam", &at, &act, &[("to", "closed-true"), ("version", "2"), ("note", "xong")]).await;
    let newest = told("phuong", Role::Analyst, None).await.remove(0);
    assert_eq!((newest.kind.as_str(), newest.words["state"].as_str()), ("alert-taken", "closed-true"));
    assert_eq!(told("nam", Role::Analyst, None).await.len(), 2);
}

#[tokio::test]
async fn the_quick_search_finds_alerts_of_the_own_unit_alone() {
    let (console, own, other) = console().await;
    let find = async |who: &str, unit: &str| {
        let role = if unit.is_empty() { Role::Analyst } else { Role::UnitOfficer };
        let who = base_testkit::console::person(who, role, Some(unit).filter(|u| !u.is_empty()));
        let scope = who.scope_for(base_authz::Action::AlertsRead).expect("a right");
        area_desk::ops::list_alerts::find(&console.ground.db, &scope, &Words::of("doc trom MAT khau"), 8)
            .await
            .expect("found")
    };
    let ids = |found: Vec<area_desk::model::Alert>| found.iter().map(|a| a.id.to_string()).collect::<Vec<_>>();
    let all = ids(find("phuong", "").await);
    assert!(all.contains(&own) && all.contains(&other), "{all:?}");
    assert_eq!(ids(find("hoa", "SYT").await), [own]);
}
