//! Switching rules off, and filters: what they hide, what is kept of it, and that they end.

use crate::given::{console, detect, event, ports};
use area_rules::model::filter::FilterInput;
use area_rules::model::{BatchFigures, Condition, Hidden, Verdict};
use area_rules::ops::commit_figures::commit_batch;
use area_rules::ops::switch_rule::{load_tuning, switch_off, switch_on};
use area_rules::ops::tune_rule::{add_filter, end_filter, read_filter, try_filter};
use area_rules::ports::RulesPorts;
use base_authz::Role;
use base_core::{Kind, UnitId};
use base_testkit::console::{BEGIN, Console, caller, person};
use engine_event::Event;

fn input(field: &str, value: &str) -> FilterInput {
    let condition = Condition { field: field.into(), value: value.into() };
    FilterInput { conditions: vec![condition], until: "2014-03-07".into(), reason: "Phần mềm kế toán".into() }
}

fn judged(ports: &RulesPorts, event: &Event) -> Vec<(String, Verdict)> {
    let (found, _) = detect(&ports.book.active().pack, std::slice::from_ref(event));
    found.iter().map(|d| (d.rule.id.to_string(), ports.book.tuning().judge(d, Some(event)))).collect()
}

#[tokio::test]
async fn a_filter_hides_by_time_of_receipt_and_ends_by_itself() {
    let ports = ports();
    let console = console(ports.clone()).await;
    let (db, ids) = (&console.ground.db, &console.ground.ids);
    let analyst = caller(&person("phuong", Role::Analyst, None), BEGIN);
    let id = add_filter(db, ids, &ports, &analyst, "temp", &input("Image", r"C:\TEMP\acc*.exe")).await.expect("made");
    let at = |secs| judged(&ports, &event(1, r"C:\Temp\Accounting.exe", "pc-1", Some("SYT"), secs));
    assert!(matches!(&at(10)[0].1, Verdict::Hidden(f) if **f == *id));
    assert_eq!(at(-10)[0].1, Verdict::Kept, "what was received before stays");
    assert_eq!(at(4 * 86_400)[0].1, Verdict::Kept, "its time is over");
    let other = judged(&ports, &event(2, r"C:\Temp\bad.exe", "pc-1", None, 10));
    assert_eq!(other[0].1, Verdict::Kept);
    // After a restart the same holds.
    load_tuning(db, &ports.book, BEGIN.plus_secs(60)).await.expect("read");
    assert!(matches!(at(70)[0].1, Verdict::Hidden(_)));
    let later = caller(&person("phuong", Role::Analyst, None), BEGIN.plus_secs(100));
    end_filter(db, &ports, &later, &id).await.expect("ended");
    assert_eq!(at(200)[0].1, Verdict::Kept);
    let again = end_filter(db, &ports, &later, &id).await.expect_err("it has ended");
    assert_eq!(again.kind, Kind::Conflict);
    base_audit::verify(db).await.expect("read").expect("the trail is whole");
}

#[tokio::test]
async fn what_a_filter_hid_is_counted_sampled_and_shown_within_the_scope() {
    let ports = ports();
    let console = console(ports.clone()).await;
    let (db, ids) = (&console.ground.db, &console.ground.ids);
    let analyst = caller(&person("phuong", Role::Analyst, None), BEGIN);
    let id = add_filter(db, ids, &ports, &analyst, "temp", &input("host.name", "pc-*")).await.expect("made");
    let pack = ports.book.active().pack.clone();
    for n in 0..150_u64 {
        let unit = if n % 2 == 0 { "SYT" } else { "STC" };
        let (found, tally) = detect(&pack, &[event(n, r"C:\Temp\a.exe", "pc-1", Some(unit), 5)]);
        let mut figures = BatchFigures::new(&pack, &tally, &found);
        figures.hidden = found
            .iter()
            .map(|d| Hidden {
                filter: id.as_str().into(),
                rule: d.rule.id.clone(),
                detection: d.key.clone(),
                time: d.time,
                unit: d.unit.clone(),
                entity_kind: d.entity.kind.as_str(),
                entity_name: d.entity.name.clone(),
                event: d.events[0].to_string(),
                fields: d.summary_fields.clone(),
            })
            .collect();
        let mut tx = db.begin().await.expect("a transaction");
        commit_batch(&mut tx, &figures, BEGIN).await.expect("counted");
        tx.commit().await.expect("committed");
    }
    let (filter, hidden, kept) = read_filter(db, &analyst, &id, 500, 0).await.expect("read");
    assert_eq!((filter.hidden, kept), (150, 100), "the first hundred, then one in a hundred");
    assert!(hidden.iter().any(|h| h.unit == Some(UnitId::new("STC"))));
    let of_unit = caller(&person("don", Role::Analyst, Some("SYT")), BEGIN);
    let (_, own, _) = read_filter(db, &of_unit, &id, 500, 0).await.expect("read");
    assert!(!own.is_empty() && own.iter().all(|h| h.unit == Some(UnitId::new("SYT"))), "another unit's machine shows");
    let page = console.get("phuong", &format!("/quy-tac/bo-loc/{id}")).await;
    assert_eq!(page.status, 200, "{}", page.text);
    assert!(page.text.contains("100 mẫu trong tổng số 150"), "{}", page.text);
    let csv = console.get("phuong", &format!("/quy-tac/bo-loc/{id}/xuat.csv")).await;
    assert_eq!(csv.text.lines().count(), 101, "{}", csv.text);
}

#[tokio::test]
async fn the_preview_counts_what_the_filter_would_have_hidden() {
    let ports = ports();
    let events: Vec<Event> = [
        event(0, r"C:\Temp\acc.exe", "pc-1", Some("SYT"), -3_600),
        event(1, r"C:\Windows\acc.exe", "pc-1", Some("SYT"), -3_600),
        event(2, r"C:\Temp\bad.exe", "pc-2", Some("SYT"), -3_600),
        event(3, r"C:\Temp\acc.exe", "pc-1", Some("SYT"), -9 * 86_400),
    ]
    .into();
    ports.lake.write(0..4, &events).await.expect("stored");
    let analyst = caller(&person("phuong", Role::Analyst, None), BEGIN);
    let trial = try_filter(&ports, &analyst, "temp", &input("host.name", "PC-1").conditions).await.expect("tried");
    assert_eq!((trial.fitting, trial.hidden, trial.cut), (2, 1, false));
    assert_eq!(trial.events[0].id, events[0].id);
    let open = try_filter(&ports, &analyst, "temp", &input("host.name", "*").conditions).await.expect_err("too open");
    assert_eq!(open.kind, Kind::Invalid);
    let unit = caller(&person("don", Role::Analyst, Some("SYT")), BEGIN);
    let refused = try_filter(&ports, &unit, "temp", &input("host.name", "pc-1").conditions).await;
    assert_eq!(refused.expect_err("a right over a unit is not enough").kind, Kind::Forbidden);
}

async fn ready() -> (RulesPorts, Console) {
    let ports = ports();
    let console = console(ports.clone()).await;
    (ports, console)
}

#[tokio::test]
async fn a_rule_is_switched_off_and_on_with_a_reason_by_who_may() {
    let (ports, console) = ready().await;
    let db = &console.ground.db;
    let lead = caller(&person("lanh", Role::SecurityLead, None), BEGIN);
    let analyst = caller(&person("phuong", Role::Analyst, None), BEGIN);
    let refused = switch_off(db, &ports.book, &analyst, "temp", "Không dùng nữa").await.expect_err("no right");
    assert_eq!(refused.kind, Kind::Forbidden);
    assert_eq!(switch_off(db, &ports.book, &lead, "temp", " ").await.expect_err("no reason").kind, Kind::Invalid);
    assert_eq!(switch_off(db, &ports.book, &lead, "none", "Không có").await.expect_err("unknown").kind, Kind::NotFound);
    switch_off(db, &ports.book, &lead, "temp", "Không có Windows").await.expect("off");
    let e = event(1, r"C:\Temp\m.exe", "pc-1", None, 10);
    assert_eq!(judged(&ports, &e), [("temp".into(), Verdict::Off), ("tool".into(), Verdict::Kept)]);
    let page = console.get("phuong", "/quy-tac?flag=off").await;
    assert!(page.text.contains("/quy-tac/luat/temp") && !page.text.contains("/quy-tac/luat/tool"), "{}", page.text);
    switch_on(db, &ports.book, &lead, "temp").await.expect("on");
    assert_eq!(judged(&ports, &e)[0].1, Verdict::Kept);
    let page = console.get("lanh", "/quy-tac/luat/temp").await;
    assert!(
        page.text.contains("tắt quy tắc") && page.text.contains("Không có Windows"),
        "the history tells: {}",
        page.text
    );
}
