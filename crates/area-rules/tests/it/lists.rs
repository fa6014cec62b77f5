//! Lists of indicators: kept in the records and on disk, in memory, and on their pages.

use crate::given::{console, event, file, ports};
use area_rules::book::{Beside, RuleBook};
use area_rules::model::Standing;
use area_rules::ops::manage_list::{self, Desk, NewFile, NewList, Which};
use area_rules::ops::read_lists;
use area_rules::ports::RulesPorts;
use area_rules::shelf::Shelf;
use base_authz::{Caller, Role};
use base_core::{Kind, SharedClock};
use base_testkit::console::{BEGIN, Console, caller, person};
use engine_detect::indicators::{IndicatorWatch, ListSpec, Verdict};
use std::path::Path;
use std::sync::Arc;

/// Ports with a shelf over `folder` that has one list of content.
fn with_lists(folder: &Path, clock: SharedClock) -> (RulesPorts, Arc<Shelf>) {
    let spec = ListSpec { id: "national".into(), title: "Cảnh báo quốc gia".into(), ..ListSpec::default() };
    let shelf = Shelf::new(clock, folder.to_path_buf(), vec![spec], vec![file("allow.txt", "10.0.0.0/8\n")]);
    let mut ports = ports();
    let active = area_rules::book::Active {
        pack: ports.book.active().pack.clone(),
        files: ports.book.active().files.clone(),
        imported: None,
    };
    ports.book = RuleBook::with(active, Beside { lists: Some(Arc::clone(&shelf)), ..Beside::default() });
    (ports, shelf)
}

fn lead() -> Caller {
    caller(&person("lanh", Role::SecurityLead, None), BEGIN)
}

fn new_file(folder: &Path, list: Which, text: &str) -> NewFile {
    let raw = folder.join("raw");
    std::fs::write(&raw, text).expect("written");
    NewFile { list, name: "feed.txt".into(), raw }
}

fn told(shelf: &Shelf, value: &str) -> Option<Verdict> {
    shelf.store().probe(value, BEGIN).listed.first().map(|l| l.verdict.clone())
}

#[tokio::test]
async fn a_list_lives_through_staging_switching_damage_and_a_restart() {
    let dir = tempfile::tempdir().expect("folder");
    let clock: SharedClock = base_core::ManualClock::at(BEGIN);
    let (ports, shelf) = with_lists(&dir.path().join("lists"), Arc::clone(&clock));
    let console: Console = console(ports.clone()).await;
    let (db, ids) = (&console.ground.db, &console.ground.ids);
    let lead = lead();
    let desk = Desk { db, ids, shelf: &shelf, caller: &lead };
    let staged = manage_list::stage(desk, new_file(dir.path(), Which::Known("national".into()), "evil.example\n???\n"));
    let staged = staged.await.expect("taken in");
    assert_eq!((staged.report.added, staged.report.wrong()), (1, 1));
    assert!(!shelf.catch_up(db).await.expect("looked"), "what waits is not in force");
    manage_list::activate(desk, "national").await.expect("activated");
    assert!(shelf.catch_up(db).await.expect("looked"));
    assert_eq!(told(&shelf, "www.evil.example"), Some(Verdict::Told));
    assert!(matches!(shelf.standing("national"), Some(Standing::InForce(count)) if count.values == 1));

    // Beside it a new list; the first is taken over from memory. One value is in both.
    let new = NewList { title: "Nguồn B".into(), lifetime_days: "30".into(), ..NewList::default() };
    let file = new_file(dir.path(), Which::New(new.clone()), "evil.example\nother.example\n");
    let other = manage_list::stage(desk, file).await.expect("taken in");
    assert_eq!(other.list, "nguon-b");
    let again = manage_list::stage(desk, new_file(dir.path(), Which::New(new), "x.example\n")).await;
    assert_eq!(again.expect_err("known").kind, Kind::Invalid);
    manage_list::activate(desk, "nguon-b").await.expect("activated");
    shelf.catch_up(db).await.expect("looked");
    assert_eq!(shelf.store().probe("evil.example", BEGIN).listed.len(), 2);
    assert_eq!(shelf.store().probe("other.example", BEGIN.plus_secs(31 * 86_400)).listed[0].verdict, Verdict::Expired);

    manage_list::switch(desk, "nguon-b", false).await.expect("off");
    shelf.catch_up(db).await.expect("looked");
    assert_eq!((told(&shelf, "other.example"), told(&shelf, "evil.example")), (None, Some(Verdict::Told)));
    manage_list::switch(desk, "nguon-b", true).await.expect("on");
    manage_list::set_allow(desk, "other.example\n").await.expect("allowed");
    shelf.catch_up(db).await.expect("looked");
    assert_eq!(told(&shelf, "other.example"), Some(Verdict::Allowed("other.example".into())));

    // A restart reads everything anew; a file that was changed on disk is told and left out.
    std::fs::write(shelf.folder().join(&staged.id), b"broken").expect("written");
    let (_, anew) = with_lists(shelf.folder(), clock);
    assert!(anew.catch_up(db).await.expect("looked"));
    assert_eq!(told(&anew, "other.example"), Some(Verdict::Allowed("other.example".into())));
    assert!(matches!(anew.standing("national"), Some(Standing::Failed(why)) if why.contains("hand the list in again")));
    let page = console.get("lanh", "/quy-tac/chi-bao").await;
    assert!(page.status == 200 && page.text.contains("Cảnh báo quốc gia"), "{}", page.text);

    // Detections are of the list's rule, whose page and switch work as those of any rule.
    let mut found = Vec::new();
    let seen = event(1, r"C:\evil.example\www.other.example.exe evil.example", "pc-1", None, 0);
    IndicatorWatch::new(Arc::clone(shelf.store())).observe(&seen, &mut found);
    assert!(found.iter().any(|d| &*d.rule.id == "indicator-nguon-b"), "{found:?}");
    let page = console.get("lanh", "/quy-tac/luat/indicator-nguon-b").await;
    assert!(page.status == 200 && page.text.contains("Nguồn B") && !page.text.contains("⟦"), "{}", page.text);
    manage_list::remove(desk, "nguon-b").await.expect("removed");
    shelf.catch_up(db).await.expect("looked");
    assert_eq!(told(&shelf, "other.example"), None);
    let gone = read_lists::one(db, &shelf, &lead, "nguon-b").await;
    assert_eq!(gone.expect_err("gone").kind, Kind::NotFound);
    manage_list::remove(desk, "national").await.expect("emptied");
    let left = read_lists::one(db, &shelf, &lead, "national").await.expect("content describes it still");
    assert!(left.list.active.is_none());
    assert_eq!(std::fs::read_dir(shelf.folder()).expect("lists").count(), 0, "no file is left behind");
}

#[tokio::test]
async fn who_may_not_keeps_no_lists() {
    let dir = tempfile::tempdir().expect("folder");
    let (ports, _) = with_lists(dir.path(), base_core::ManualClock::at(BEGIN));
    let console = console(ports).await;
    for path in
        ["/quy-tac/chi-bao", "/quy-tac/chi-bao/national", "/quy-tac/chi-bao/cho-phep", "/quy-tac/chi-bao/xuat.csv"]
    {
        assert_eq!(console.get("hoa", path).await.status, 403, "{path} as an officer of a unit");
        let page = console.get("tam", path).await;
        assert_eq!(page.status, 200, "{path} as an auditor: {}", page.text);
        assert!(
            !page.text.contains("⟦") && !page.text.contains("<form method=\"post\" action=\"/quy-tac"),
            "{path}: {}",
            page.text
        );
    }
    for path in ["dua-vao", "bo", "tat", "bat", "xoa"] {
        let path = format!("/quy-tac/chi-bao/national/{path}");
        assert_eq!(console.post("tam", "/quy-tac/chi-bao/national", &path, &[]).await.status, 403, "{path}");
        let of_unit = console.post("don", "/quy-tac/chi-bao/national", &path, &[]).await.status;
        assert_eq!(of_unit, 403, "{path}: a right over one unit is not enough");
    }
    let probe = console.get("tam", "/quy-tac/chi-bao?value=10.1.2.3").await;
    assert!(probe.text.contains("10.0.0.0/8"), "{}", probe.text);
    assert!(console.get("phuong", "/quy-tac/chi-bao").await.text.contains("Chưa danh sách nào có dữ liệu"));
    assert_eq!(console.get("phuong", "/quy-tac/chi-bao/none").await.status, 404);
}
