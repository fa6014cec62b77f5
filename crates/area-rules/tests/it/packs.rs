//! Rule packs: taken in, compared, replayed, switched on, taken back.

use crate::given::{RULES, console, event, file, ports};
use area_rules::model::{ChangeKind, PackState};
use area_rules::ops::manage_pack::{Desk, NewPack, activate, discard, list, open, read, stage, undo};
use area_rules::ops::replay_pack;
use area_rules::ports::RulesPorts;
use base_authz::Role;
use base_core::Kind;
use base_testkit::console::{BEGIN, Console, caller, person};
use engine_detect::{RuleCache, RuleCacheKey};
use std::sync::Arc;

/// The shipped rules with one changed, one gone from the file, one added, and one mistaken.
fn new_pack() -> NewPack {
    let changed = RULES.replace(r"\\Temp\\", r"\\Windows\\").replace("'\\Temp\\'", "'\\Windows\\'");
    let kept = changed.split("---\n").take(2).collect::<Vec<_>>().join("---\n");
    let added = "title: Any program\nid: any\nlogsource: {product: windows, category: process_creation}\n\
                 detection:\n    s: {Image|contains: '.exe'}\n    condition: s\n";
    let files = vec![
        file("windows/temp.yml", &kept),
        file("windows/any.yml", added),
        file("windows/bad.yml", "title: b\ndetection:\n    s: [1\n    condition: s\n"),
    ];
    NewPack { name: "goi-moi.zip".into(), files, errors: Vec::new() }
}

async fn ready() -> (RulesPorts, Console) {
    let ports = ports();
    let events: Vec<_> = (0..10)
        .map(|n| event(n, if n < 3 { r"C:\Temp\a.exe" } else { r"C:\Windows\a.exe" }, "pc-1", Some("SYT"), -3_600))
        .collect();
    ports.lake.write(0..10, &events).await.expect("stored");
    let console = console(ports.clone()).await;
    (ports, console)
}

/// A place that keeps nothing.
struct Nowhere;

impl RuleCache for Nowhere {
    fn get(&self, _: &RuleCacheKey) -> Option<Vec<u8>> {
        None
    }

    fn put(&self, _: &RuleCacheKey, _: &[u8]) {}
}

#[tokio::test]
async fn a_pack_is_compared_replayed_switched_on_and_taken_back() {
    let (ports, console) = ready().await;
    let (db, ids) = (&console.ground.db, &console.ground.ids);
    let lead = caller(&person("lanh", Role::SecurityLead, None), BEGIN);
    let pack = stage(db, ids, &ports.shipped, &lead, new_pack()).await.expect("taken in");
    assert_eq!((pack.number, pack.rules, pack.state), (1, 3, PackState::Staged));
    assert_eq!(pack.mistakes.len(), 1);
    assert!(pack.mistakes[0].starts_with("windows/bad.yml:"), "{:?}", pack.mistakes);
    let (_, changes) = read(db, &ports, &lead, &pack.id).await.expect("compared");
    let told: Vec<(ChangeKind, String)> = changes.iter().map(|c| (c.kind, c.info.id.to_string())).collect();
    let expected = [
        (ChangeKind::Added, "any"),
        (ChangeKind::Changed, "temp"),
        (ChangeKind::Removed, "ssh"),
        (ChangeKind::Removed, "original"),
    ];
    assert_eq!(told.len(), 4, "{told:?}");
    for (kind, id) in expected {
        assert!(told.contains(&(kind, id.to_owned())), "{kind:?} {id} of {told:?}");
    }
    replayed(&ports, &console, &pack.id).await;
    let desk = Desk { db, book: &ports.book, shipped: &ports.shipped, caller: &lead };
    let mut changed = ports.book.changed();
    activate(desk, &pack.id).await.expect("switched on");
    assert!(changed.has_changed().expect("the book is there"), "the pipeline is told");
    changed.mark_unchanged();
    assert!(ports.book.active().pack.find("any").is_some() && ports.book.active().pack.find("ssh").is_none());
    assert_eq!(activate(desk, &pack.id).await.expect_err("it runs").kind, Kind::Conflict);
    // The next start of the program runs it too.
    assert!(open(db, &ports.shipped, Arc::new(Nowhere)).await.expect("opened").pack.find("any").is_some());
    assert_eq!(undo(desk).await.expect("taken back"), None);
    assert!(changed.has_changed().expect("the book is there"));
    assert!(ports.book.active().pack.find("any").is_none() && ports.book.active().pack.find("ssh").is_some());
    assert_eq!(undo(desk).await.expect_err("nothing runs").kind, Kind::Conflict);
    assert_eq!(discard(db, &lead, &pack.id).await.expect_err("it ran once").kind, Kind::Conflict);
    base_audit::verify(db).await.expect("read").expect("the trail is whole");
}

/// Replays and looks at the outcome: 3 of 10 events matched before, 7 of the changed rule and all
/// of the new one after.
async fn replayed(ports: &RulesPorts, console: &Console, id: &str) {
    let lead = caller(&person("lanh", Role::SecurityLead, None), BEGIN);
    let (told, mut heard) = tokio::sync::mpsc::unbounded_channel();
    let tell = Arc::new(move || {
        let _ = told.send(());
    });
    let clock = console.ground.clock.clone();
    replay_pack::begin(&console.ground.db, ports, &lead, clock, id, tell).await.expect("begun");
    while ports.replays.of(id).is_some() {
        heard.recv().await.expect("the end is told");
    }
    assert_eq!(ports.replays.failure(id), None);
    let (pack, _) = read(&console.ground.db, ports, &lead, id).await.expect("read");
    let preview = pack.preview.expect("an outcome");
    assert_eq!((preview.events, preview.before, preview.after, preview.shortened), (10, 3, 17, false));
    let of = |rule: &str| preview.rules.iter().find(|d| d.rule == rule).map(|d| (d.before, d.after));
    assert_eq!((of("temp"), of("any"), of("ssh")), (Some((3, 7)), Some((0, 10)), None));
}

#[tokio::test]
async fn packs_go_back_one_after_the_other() {
    let (ports, console) = ready().await;
    let (db, ids) = (&console.ground.db, &console.ground.ids);
    let lead = caller(&person("lanh", Role::SecurityLead, None), BEGIN);
    let desk = Desk { db, book: &ports.book, shipped: &ports.shipped, caller: &lead };
    let first = stage(db, ids, &ports.shipped, &lead, new_pack()).await.expect("taken in");
    let mut other = new_pack();
    other.files.remove(0);
    let second = stage(db, ids, &ports.shipped, &lead, other).await.expect("taken in");
    activate(desk, &first.id).await.expect("on");
    activate(desk, &second.id).await.expect("on");
    let states =
        || async { list(db, &lead).await.expect("a list").iter().map(|p| (p.number, p.state)).collect::<Vec<_>>() };
    assert_eq!(states().await, [(2, PackState::Active), (1, PackState::Former)]);
    assert_eq!(undo(desk).await.expect("back"), Some(1));
    assert_eq!(states().await, [(2, PackState::Former), (1, PackState::Active)]);
    assert_eq!(undo(desk).await.expect("back"), None);
    assert_eq!(states().await, [(2, PackState::Former), (1, PackState::Former)]);
    let none = NewPack { name: "x".into(), files: vec![file("a.yml", "title: a\ndetection: [")], errors: Vec::new() };
    assert_eq!(stage(db, ids, &ports.shipped, &lead, none).await.expect_err("no rule loads").kind, Kind::Invalid);
    let analyst = caller(&person("phuong", Role::Analyst, None), BEGIN);
    let refused = stage(db, ids, &ports.shipped, &analyst, new_pack()).await.expect_err("no right");
    assert_eq!(refused.kind, Kind::Forbidden);
}

#[tokio::test]
async fn the_console_takes_an_upload_and_shows_what_differs() {
    let (_, console) = ready().await;
    let rule = new_pack().files[1].text.clone();
    let bad = console.upload("quan", "/quy-tac/goi", "/quy-tac/goi", &[], ("x.bin", b"hello")).await;
    assert_eq!(bad.status, 422, "{}", bad.text);
    assert!(bad.text.contains("Tệp không phải zip"), "{}", bad.text);
    let done = console.upload("quan", "/quy-tac/goi", "/quy-tac/goi", &[], ("any.yml", rule.as_bytes())).await;
    assert_eq!(done.status, 303, "{}", done.text);
    let at = done.header("location").to_owned();
    let page = console.get("quan", &at).await;
    for part in ["Any program", "Chờ áp dụng", "Xem lại trên sự kiện đã lưu", "Áp dụng gói này"] {
        assert!(page.text.contains(part), "{part} is missing in {}", page.text);
    }
    assert!(!page.text.contains("⟦"), "a text is missing");
    let reader = console.get("tam", &at).await;
    assert!(
        reader.text.contains("Any program") && !reader.text.contains("/ap-dung"),
        "no form for what may not be done"
    );
    assert_eq!(console.post("phuong", &at, &format!("{at}/ap-dung"), &[]).await.status, 403);
    assert_eq!(console.post("quan", &at, &format!("{at}/ap-dung"), &[]).await.status, 303);
    let list = console.get("quan", "/quy-tac/goi").await;
    assert!(list.text.contains("Đang chạy") && list.text.contains("/quy-tac/goi/hoan-tac"), "{}", list.text);
    assert_eq!(console.post("quan", "/quy-tac/goi", "/quy-tac/goi/hoan-tac", &[]).await.status, 303);
    assert!(console.get("quan", "/quy-tac/goi").await.text.contains("chưa nhập gói nào"));
    assert_eq!(console.get("quan", "/quy-tac/goi/none").await.status, 404);
}
