//! Alerts out of detections: each counted once, repeats gathered, units kept apart.

use crate::given::{detection, rule, take};
use area_desk::model::{ListRequest, State};
use area_desk::ops::{add_note, list_alerts, note_warning, read_alert, set_state};
use base_authz::Role;
use base_core::{AlertId, Kind, Scope, Severity};
use base_testkit::console::{BEGIN, Ground, caller, person};

async fn ground() -> Ground {
    let ground = Ground::new().await;
    ground.migrate(area_desk::MIGRATIONS).await;
    ground
}

#[tokio::test]
async fn a_replay_changes_nothing() {
    let ground = ground().await;
    let r = rule("lsass", Severity::High);
    let batch = [detection("k1", &r, Some("SYT"), "pc-1", 0), detection("k2", &r, Some("SYT"), "pc-1", 60)];
    let first = take(&ground, &batch).await;
    assert_eq!((first.raised(), first.touched.len(), first.repeated), (1, 2, 0));
    let again = take(&ground, &batch).await;
    assert_eq!((again.raised(), again.touched.len(), again.repeated), (0, 0, 2));
    let analyst = caller(&person("phuong", Role::Analyst, None), BEGIN);
    let found = list_alerts::list(&ground.db, &analyst, &ListRequest::default()).await.expect("a list");
    assert_eq!((found.total, found.rows[0].detections), (1, 2));
    assert_eq!(found.rows[0].last_seen, BEGIN.plus_secs(60));
}

#[tokio::test]
async fn a_batch_given_up_leaves_no_trace() {
    let ground = ground().await;
    let r = rule("lsass", Severity::High);
    let batch = [detection("k1", &r, Some("SYT"), "pc-1", 0)];
    let mut tx = ground.db.begin().await.expect("a transaction");
    area_desk::ops::commit_detections::commit_detections(&mut tx, &ground.ids, &batch).await.expect("it is written");
    tx.rollback().await.expect("it is given up");
    assert_eq!(take(&ground, &batch).await.raised(), 1, "after a crash the same detection raises its alert");
}

#[tokio::test]
async fn repeats_within_an_hour_grow_one_alert_in_any_order() {
    let ground = ground().await;
    let r = rule("lsass", Severity::High);
    let d = |key, secs| detection(key, &r, Some("SYT"), "PC-1", secs);
    // Logs may come late: the earlier event second.
    take(&ground, &[d("a", 3_000), d("b", 0)]).await;
    assert_eq!(take(&ground, &[d("c", 6_500)]).await.raised(), 0, "within an hour of the last");
    assert_eq!(take(&ground, &[d("d", 6_500 + 3_601)]).await.raised(), 1, "an hour of quiet ends an alert");
    let others = [
        detection("e", &r, Some("STC"), "PC-1", 10),
        detection("f", &r, Some("SYT"), "PC-2", 10),
        detection("g", &rule("other", Severity::Low), Some("SYT"), "PC-1", 10),
        detection("h", &r, None, "PC-1", 10),
    ];
    assert_eq!(take(&ground, &others).await.raised(), 4, "another unit, machine or rule is another alert");
    let same = detection("i", &r, Some("SYT"), "pc-1", 20);
    assert_eq!(take(&ground, &[same]).await.raised(), 0, "names of machines differ by letter case only by chance");
}

#[tokio::test]
async fn a_closed_alert_takes_no_repeats() {
    let ground = ground().await;
    let r = rule("lsass", Severity::High);
    let raised = take(&ground, &[detection("a", &r, Some("SYT"), "pc-1", 0)]).await;
    let id = raised.touched[0].alert.clone();
    let analyst = caller(&person("phuong", Role::Analyst, None), BEGIN.plus_secs(30));
    let close =
        |version| set_state::Input {
            alert: id.clone(), to: State::ClosedFalse, note: "Máy diễn tập".into(), version
        };
    set_state::set_state(&ground.db, &ground.ids, &ground.news, &analyst, &close(1), |_| {}).await.expect("it closes");
    assert_eq!(take(&ground, &[detection("b", &r, Some("SYT"), "pc-1", 60)]).await.raised(), 1);
    let stale = set_state::set_state(&ground.db, &ground.ids, &ground.news, &analyst, &close(1), |_| {}).await;
    assert_eq!(stale.expect_err("an old version").kind, Kind::Conflict);
}

#[tokio::test]
async fn evidence_is_kept_for_the_first_few_only() {
    let ground = ground().await;
    let r = rule("lsass", Severity::High);
    let many: Vec<_> = (0..9).map(|n| detection(&format!("k{n}"), &r, Some("SYT"), "pc-1", n)).collect();
    let id = take(&ground, &many).await.touched[0].alert.clone();
    let analyst = caller(&person("phuong", Role::Analyst, None), BEGIN);
    let full = read_alert::read_alert(&ground.db, &analyst, &id).await.expect("it is there");
    assert_eq!((full.alert.detections, full.evidence.len()), (9, 5));
    assert_eq!(full.evidence[0], many[0].evidence);
    assert_eq!(full.rule.expect("its rule").source_text, r.source_text);
}

#[tokio::test]
async fn a_unit_sees_only_its_own_and_changes_nothing() {
    let ground = ground().await;
    let r = rule("lsass", Severity::High);
    let batch = [
        detection("a", &r, Some("SYT"), "pc-1", 0),
        detection("b", &r, Some("STC"), "pc-2", 0),
        detection("c", &r, None, "srv", 0),
    ];
    let touched = take(&ground, &batch).await.touched;
    let officer = caller(&person("hoa", Role::UnitOfficer, Some("SYT")), BEGIN);
    let request = ListRequest::default();
    let seen = list_alerts::list(&ground.db, &officer, &request).await.expect("a list");
    assert_eq!((seen.total, seen.rows[0].id.clone()), (1, touched[0].alert.clone()));
    assert_eq!(list_alerts::export(&ground.db, &officer, &request).await.expect("rows").len(), 1);
    for other in &touched[1..] {
        let refused = read_alert::read_alert(&ground.db, &officer, &other.alert).await.expect_err("not theirs");
        assert_eq!(refused.kind, Kind::NotFound, "a unit does not even learn that it exists");
    }
    let note = add_note::add_note(&ground.db, &ground.ids, &officer, &touched[0].alert, "x", |_| {}).await;
    assert_eq!(note.expect_err("no right").kind, Kind::Forbidden);
}

#[tokio::test]
async fn acts_leave_history_and_a_whole_audit_trail() {
    let ground = ground().await;
    let r = rule("lsass", Severity::High);
    let id = take(&ground, &[detection("a", &r, Some("SYT"), "pc-1", 0)]).await.touched[0].alert.clone();
    let analyst = caller(&person("phuong", Role::Analyst, None), BEGIN.plus_secs(5));
    let by = note_warning::Actor { account: "phuong", name: "phuong" };
    let mut tx = ground.db.begin().await.expect("a transaction");
    note_warning::warned(&mut tx, &ground.ids, &Scope::province(), &id, by, "01/CB-ATTT").await.expect("noted");
    note_warning::answered(&mut tx, &ground.ids, &id, by, "01/CB-ATTT", "Đã nhận").await.expect("noted");
    tx.commit().await.expect("it commits");
    add_note::add_note(&ground.db, &ground.ids, &analyst, &id, "  Đã gọi điện  ", |_| {}).await.expect("noted");
    let full = read_alert::read_alert(&ground.db, &analyst, &id).await.expect("it is there");
    let kinds: Vec<&str> = full.history.iter().map(|h| h.kind.as_str()).collect();
    assert_eq!(kinds, ["raised", "warned", "state", "answered", "note"]);
    assert_eq!(full.alert.state, State::Looking, "warning the unit takes the alert up");
    assert_eq!(full.history[4].note, "Đã gọi điện");
    let trail = base_audit::verify(&ground.db).await.expect("it can be read").expect("it is whole");
    assert_eq!(trail.acts, 1);
    let missing = add_note::add_note(&ground.db, &ground.ids, &analyst, &AlertId::new("none"), "x", |_| {}).await;
    assert_eq!(missing.expect_err("no such alert").kind, Kind::NotFound);
}

#[tokio::test]
async fn the_list_finds_without_accents_and_takes_wild_cards_literally() {
    let ground = ground().await;
    let r = rule("lsass", Severity::High);
    take(&ground, &[detection("a", &r, Some("SYT"), "pc_1", 0), detection("b", &r, Some("SYT"), "pcx1", 0)]).await;
    let analyst = caller(&person("phuong", Role::Analyst, None), BEGIN);
    let count = async |text: &str| {
        let request = ListRequest { text: text.to_owned(), ..ListRequest::default() };
        list_alerts::list(&ground.db, &analyst, &request).await.expect("a list").total
    };
    assert_eq!(count("DOC TROM mat khau").await, 2);
    assert_eq!(count("pc_1").await, 1);
    assert_eq!(count("%").await, 0);
}
