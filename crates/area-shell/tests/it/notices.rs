//! Notices: who is told, what is counted, what stays.

use crate::given::{console, people};
use base_authz::{Action, Principal};
use base_core::{AccountId, UnitId};
use base_testkit::console::Console;
use base_ui::{Href, Tone};
use base_web::notice::{self, Notice, To};

async fn tell(console: &Console, notice: Notice) -> bool {
    let ground = &console.ground;
    let mut tx = ground.db.begin().await.unwrap();
    let fresh = notice::tell(&mut tx, &ground.ids, &ground.news, notice).await.unwrap();
    tx.commit().await.unwrap();
    fresh
}

fn of_unit(once: &str, unit: Option<&str>) -> Notice {
    let unit = unit.map(UnitId::new);
    Notice::new("alert-critical", once, To::May(Action::AlertsRead), Href::new("/canh-bao").segment(once))
        .unit(unit.as_ref())
        .tone(Tone::Bad)
        .word("title", format!("Cảnh báo {once}"))
        .word("entity", "pc-<1>")
}

fn who(name: &str) -> Principal {
    people().into_iter().find(|p| p.account.as_str() == name).unwrap()
}

async fn unread(console: &Console, name: &str) -> i64 {
    notice::unread(console.ground.db.read(), &who(name)).await.unwrap()
}

#[tokio::test]
async fn a_unit_is_told_of_itself_and_an_account_of_its_own() {
    let console = console().await;
    assert!(tell(&console, of_unit("mot", Some("SYT"))).await);
    assert!(!tell(&console, of_unit("mot", Some("SYT"))).await, "said once");
    tell(&console, of_unit("hai", Some("STC"))).await;
    tell(&console, of_unit("ba", None)).await;
    let own = Notice::new("grant-given", "1", To::Account(AccountId::new("lan")), Href::new("/tai-khoan-cua-toi"));
    tell(&console, own.by(&AccountId::new("chu")).word("who", "Người chủ")).await;
    let by_lan = of_unit("bon", Some("STC")).by(&AccountId::new("lan"));
    tell(&console, by_lan).await;

    let counts = [("phuong", 4), ("chu", 4), ("hoa", 1), ("lan", 2)];
    for (name, expected) in counts {
        assert_eq!(unread(&console, name).await, expected, "{name}");
    }
    let page = console.get("hoa", "/thong-bao").await.text;
    assert!(page.contains("Cảnh báo mot") && page.contains("pc-&lt;1&gt;") && !page.contains("Cảnh báo hai"), "{page}");
    assert!(page.contains("Thông báo: 1 chưa đọc") && page.contains("bell-count"), "the bell counts: {page}");
    let page = console.get("lan", "/thong-bao").await.text;
    assert!(page.contains("Người chủ đã cấp quyền cho bạn") && !page.contains("Cảnh báo bon"), "{page}");
}

#[tokio::test]
async fn opening_reads_and_leads_on_and_nobody_opens_another_units() {
    let console = console().await;
    tell(&console, of_unit("mot", Some("SYT"))).await;
    let (told, _) = notice::list(console.ground.db.read(), &who("hoa"), true, (9, 0)).await.unwrap();
    let address = format!("/thong-bao/{}/mo", told[0].id);
    assert_eq!(console.get("lan", &address).await.status, 404);
    let answer = console.get("hoa", &address).await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "/canh-bao/mot"));
    assert_eq!((unread(&console, "hoa").await, unread(&console, "phuong").await), (0, 1), "read by one is read by one");
    let count = console.fragment("hoa", "/thong-bao/so").await.text;
    assert!(count.contains("không có thông báo chưa đọc") && !count.contains("bell-count"), "{count}");
    let all = console.get("hoa", "/thong-bao?show=all").await.text;
    assert!(all.contains("Cảnh báo mot") && !all.contains("Đánh dấu tất cả"), "{all}");
}

#[tokio::test]
async fn marking_all_leaves_what_came_after_the_page() {
    let console = console().await;
    tell(&console, of_unit("mot", Some("SYT"))).await;
    let page = console.get("hoa", "/thong-bao").await.text;
    let until = page.split("name=\"until\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    console.ground.clock.advance_secs(5);
    tell(&console, of_unit("hai", Some("SYT"))).await;
    let answer = console.post("hoa", "/thong-bao", "/thong-bao/da-doc", &[("until", &until)]).await;
    assert_eq!(answer.status, 303);
    assert_eq!(unread(&console, "hoa").await, 1);
    // A time in the future reads no further than now.
    console.post("hoa", "/thong-bao", "/thong-bao/da-doc", &[("until", "9000000000000000")]).await;
    console.ground.clock.advance_secs(5);
    tell(&console, of_unit("ba", Some("SYT"))).await;
    assert_eq!(unread(&console, "hoa").await, 1);
    let one = notice::list(console.ground.db.read(), &who("hoa"), true, (9, 0)).await.unwrap().0.remove(0);
    let answer =
        console.post("hoa", "/thong-bao", &format!("/thong-bao/{}/da-doc", one.id), &[("next", "//evil")]).await;
    assert_eq!(answer.header("location"), "/thong-bao");
    assert_eq!(unread(&console, "hoa").await, 0);
}

#[tokio::test]
async fn old_notices_go_and_the_count_is_bounded() {
    let console = console().await;
    for n in 0..120 {
        tell(&console, of_unit(&n.to_string(), Some("SYT"))).await;
    }
    assert_eq!(unread(&console, "hoa").await, notice::COUNTED);
    assert!(console.get("hoa", "/thong-bao").await.text.contains("99+"));
    let later = console.ground.ids.now().plus_secs((notice::KEPT_DAYS + 1) * 86_400);
    assert_eq!(notice::forget(&console.ground.db, console.ground.ids.now()).await.unwrap(), 0);
    assert_eq!(notice::forget(&console.ground.db, later).await.unwrap(), 120);
    assert!(console.get("hoa", "/thong-bao").await.text.contains("Không có thông báo"));
}
