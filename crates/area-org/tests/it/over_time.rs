//! Units over time through operations and pages: changes with their basis, “as of”, plans, and what survives.

use super::{console, province, system};
use area_org::model::{Block, Change, NewEvent, NewUnit, Succession, parse_day};
use area_org::ops::{self, Edit};
use base_authz::{Action, Grant, Principal, Role};
use base_core::{AccountId, ContentError, Kind, Timestamp, UnitId};
use base_testkit::console::BEGIN;
use base_web::ports::UnitDirectory;
use http::StatusCode;

fn day(text: &str) -> Timestamp {
    parse_day(text).unwrap()
}

fn wait_until(ground: &base_testkit::console::Ground, at: Timestamp) {
    ground.clock.advance_secs(at.micros_since(ground.ids.now()) / 1_000_000);
}

fn on(at: &str, change: Change) -> NewEvent {
    NewEvent { at: day(at), change, decision: "12/NQ-HĐND".into(), decided_on: None, note: None }
}

fn rename(at: &str, unit: &str, name: &str) -> NewEvent {
    on(at, Change::Rename { unit: UnitId::new(unit), name: name.into(), short: String::new() })
}

fn merge(at: &str, from: &[&str], into: &str) -> NewEvent {
    on(at, Change::Merge { from: from.iter().map(UnitId::new).collect(), into: UnitId::new(into) })
}

#[tokio::test]
async fn a_planned_change_takes_hold_by_itself() {
    let (ground, org) = province().await;
    let syt = UnitId::new("SYT");
    // The clock stands at 05/3/2014.
    ops::record_event(&org, &system(), &rename("2014-04-01", "SYT", "Sở Y tế và Dân số")).await.unwrap();
    ops::record_event(&org, &system(), &merge("2014-05-01", &["TTT"], "SYT")).await.unwrap();
    assert_eq!(org.name(&syt), "Sở Y tế");
    assert!(org.unit(&UnitId::new("TTT")).unwrap().active);
    wait_until(&ground, day("2014-04-01"));
    assert_eq!(org.name(&syt), "Sở Y tế và Dân số", "without anybody asking for it");
    wait_until(&ground, day("2014-05-01"));
    assert!(!org.unit(&UnitId::new("TTT")).unwrap().active);
    assert_eq!(org.name_at(&syt, BEGIN), "Sở Y tế", "what is told of the past keeps its name");
    assert_eq!(org.timeline().heirs_at(&UnitId::new("TTT"), day("2015-01-01")), [syt]);
}

#[tokio::test]
async fn what_cannot_be_is_refused_and_nothing_is_written() {
    let (_ground, org) = province().await;
    let code =
        async |new: NewEvent| ops::record_event(&org, &system(), &new).await.unwrap_err().fields[0].message.clone();
    ops::record_event(&org, &system(), &merge("2014-05-01", &["TTT"], "SYT")).await.unwrap();
    assert_eq!(code(merge("2014-06-01", &["TTT"], "STC")).await, "unit-ended|TTT");
    assert_eq!(code(merge("2014-06-01", &["STC"], "TTT")).await, "unit-ended|TTT");
    assert_eq!(code(merge("2014-06-01", &["STC"], "STC")).await, "unit-itself|STC");
    assert_eq!(code(rename("2014-06-01", "STC", "Sở Tài chính")).await, "nothing-new|STC");
    // The day before, SYT itself would end: the merger of May would have nobody to go to.
    assert_eq!(code(merge("2014-04-30", &["SYT"], "STC")).await, "later-event|SYT 2014-05-01");
    let into = |at: &str, unit: &str, parent: &str| {
        on(at, Change::Move { unit: UnitId::new(unit), parent: Some(UnitId::new(parent)) })
    };
    ops::record_event(&org, &system(), &into("2014-03-01", "STC", "SYT")).await.unwrap();
    assert_eq!(code(into("2014-03-02", "SYT", "STC")).await, "tree-circle|SYT");
    assert_eq!(code(into("2014-03-02", "SYT", "ABSENT")).await, "unit-not-yet|ABSENT");
    assert_eq!(org.timeline().lives().len(), 3);
    // A plan is dropped; what rests on it would have to go first.
    let events: Vec<String> = {
        let line = org.timeline();
        assert!(line.life(&UnitId::new("TTT")).unwrap().to.is_some());
        let new = NewUnit {
            valid_from: Some(day("2014-05-02")),
            ..NewUnit::new("PHONG1", "Phòng Một", Block::Department)
        };
        ops::save_unit(&org, &system(), &new, Edit::Add).await.unwrap();
        let first = ops::record_event(&org, &system(), &merge("2014-07-01", &["PHONG1"], "STC")).await.unwrap();
        vec![first]
    };
    assert_eq!(ops::cancel_event(&org, &system(), &events[0], " ").await.unwrap_err().fields[0].message, "why-missing");
    ops::cancel_event(&org, &system(), &events[0], "Không sáp nhập nữa").await.unwrap();
    assert!(org.timeline().life(&UnitId::new("PHONG1")).unwrap().to.is_none());
    assert_eq!(ops::cancel_event(&org, &system(), &events[0], "x").await.unwrap_err().kind, Kind::NotFound);
}

#[tokio::test]
async fn a_form_that_ends_a_unit_is_a_dissolution_and_a_name_corrects_what_gives_it() {
    let (_ground, org) = province().await;
    ops::record_event(&org, &system(), &rename("2014-02-01", "SYT", "Sở Y té")).await.unwrap();
    let typed = NewUnit { parent: Some("STC".into()), ..NewUnit::new("SYT", "Sở Y tế mới", Block::Department) };
    ops::save_unit(&org, &system(), &typed, Edit::Change(1)).await.unwrap();
    let syt = UnitId::new("SYT");
    assert_eq!((org.name(&syt), org.name_at(&syt, day("2014-01-01"))), ("Sở Y tế mới".into(), "Sở Y tế".into()));
    let circle = NewUnit { parent: Some("SYT".into()), ..NewUnit::new("STC", "Sở Tài chính", Block::Department) };
    let error = ops::save_unit(&org, &system(), &circle, Edit::Change(1)).await.unwrap_err();
    assert_eq!((error.fields[0].field.as_str(), error.fields[0].message.as_str()), ("parent", "tree-circle|SYT"));
    let ended = NewUnit { valid_to: Some(day("2014-12-31")), successor: Some("TTT".into()), ..typed.clone() };
    ops::save_unit(&org, &system(), &ended, Edit::Change(2)).await.unwrap();
    assert_eq!(org.timeline().heirs_at(&syt, day("2015-01-01")), [UnitId::new("TTT")]);
    // Without the day, the end is taken back.
    ops::save_unit(&org, &system(), &typed, Edit::Change(3)).await.unwrap();
    assert_eq!(org.timeline().heirs_at(&syt, day("2015-01-01")), std::slice::from_ref(&syt));
    ops::record_event(&org, &system(), &merge("2014-12-01", &["SYT"], "STC")).await.unwrap();
    let error = ops::save_unit(&org, &system(), &ended, Edit::Change(4)).await.unwrap_err();
    assert_eq!(error.fields[0].message, "ended-by-event|SYT", "a merger with its basis is not changed by a form");
}

#[tokio::test]
async fn a_unit_handed_on_by_a_merger_keeps_where_it_began_when_its_form_is_saved() {
    let (ground, org) = province().await;
    let room = |parent: &str| NewUnit {
        valid_from: Some(day("2014-01-01")),
        parent: Some(parent.into()),
        ..NewUnit::new("PHONG1", "Phòng Một", Block::Department)
    };
    ops::save_unit(&org, &system(), &room("TTT"), Edit::Add).await.unwrap();
    let new = NewUnit { valid_from: Some(day("2014-02-01")), ..NewUnit::new("MOI", "Sở Mới", Block::Department) };
    ops::save_unit(&org, &system(), &new, Edit::Add).await.unwrap();
    ops::record_event(&org, &system(), &merge("2014-03-01", &["TTT"], "MOI")).await.unwrap();
    wait_until(&ground, day("2014-03-06"));
    let now = base_authz::Caller::system("test", day("2014-03-06"));
    // As the form shows it: below the successor, which did not exist when the room began.
    ops::save_unit(&org, &now, &room("MOI"), Edit::Change(1)).await.unwrap();
    let parent_on = |at: &str| {
        let line = org.timeline();
        line.life(&UnitId::new("PHONG1")).unwrap().form_at(day(at)).unwrap().parent.clone().unwrap()
    };
    assert_eq!((parent_on("2014-02-28"), parent_on("2014-03-01")), (UnitId::new("TTT"), UnitId::new("MOI")));
    let error = ops::save_unit(&org, &now, &room("STC"), Edit::Change(2)).await.unwrap_err();
    assert_eq!((error.fields[0].field.as_str(), error.fields[0].message.as_str()), ("parent", "moved-by-event|PHONG1"));
    // A list is told the same before it is written.
    let list = "Mã;Đơn vị;Trực thuộc;Đến ngày\nPHONG1;Phòng Một;MOI;\nTTT;Thanh tra tỉnh;;\n";
    let id = ops::stage_import(&org, &now, "l.csv", list.as_bytes()).await.unwrap();
    let plan = ops::plan_import(&org, &now, &id).await.unwrap();
    assert_eq!(plan.counts(), [0, 0, 1, 1]);
    let ops::Outcome::Wrong(mistakes) = &plan.rows[1].outcome else { panic!("{:?}", plan.rows[1].outcome) };
    assert_eq!(mistakes[0].code, "ended-by-event|TTT");
}

#[tokio::test]
async fn lists_are_asked_as_of_a_day_and_the_day_stays_in_the_address() {
    let (console, org) = console().await;
    ops::record_event(&org, &system(), &rename("2014-02-01", "SYT", "Sở Y tế và Dân số")).await.unwrap();
    ops::record_event(&org, &system(), &merge("2014-05-01", &["TTT"], "STC")).await.unwrap();
    let now = console.get("minh", "/don-vi").await;
    assert!(now.text.contains("Sở Y tế và Dân số") && now.text.contains("Đến 01/05/2014"), "{}", now.text);
    let before = console.get("minh", "/don-vi?at=2014-01-31").await;
    assert!(before.text.contains(">Sở Y tế</a>") && before.text.contains("như tại ngày 31/01/2014"));
    assert!(before.text.contains("/don-vi/SYT?at=2014-01-31") && before.text.contains("/don-vi/so-do?at=2014-01-31"));
    let after = console.get("minh", "/don-vi?at=2014-05-01").await;
    assert!(!after.text.contains("/don-vi/TTT?") && after.text.contains("như dự kiến tại ngày 01/05/2014"));
    let tree = console.get("minh", "/don-vi/so-do?at=2014-05-01").await;
    assert!(!tree.text.contains("Thanh tra tỉnh") && tree.text.contains("Sở Y tế và Dân số"));
    let unit = console.get("minh", "/don-vi/TTT").await;
    assert!(unit.text.contains("Thanh tra tỉnh sáp nhập vào Sở Tài chính") && unit.text.contains("12/NQ-HĐND"));
    let wrong = console.get("minh", "/don-vi?at=2014-13-41").await;
    assert!(wrong.status == StatusCode::OK && wrong.text.contains("Ngày chưa đúng"));
    let file = console.get("minh", "/don-vi/export.csv?at=2014-01-31").await;
    assert!(file.text.contains("Sở Y tế") && !file.text.contains("Dân số"));
}

#[tokio::test]
async fn a_change_is_recorded_and_taken_back_through_the_pages() {
    let (console, _org) = console().await;
    let from = "/don-vi/bien-dong/them?kind=merge&unit=TTT";
    let form = console.get("minh", from).await;
    assert!(form.text.contains("from.TTT") && form.text.contains("Các đơn vị kết thúc"));
    let fields =
        [("kind", "merge"), ("from.TTT", "1"), ("into", "TTT"), ("at", "2014-05-01"), ("decision", "5/QĐ-UBND")];
    let refused = console.post("minh", from, "/don-vi/bien-dong/them", &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        refused.text.contains("không thể trực thuộc hoặc kế thừa chính mình") && refused.text.contains("5/QĐ-UBND")
    );
    let fields =
        [("kind", "merge"), ("from.TTT", "1"), ("into", "STC"), ("at", "2014-05-01"), ("decision", "5/QĐ-UBND")];
    let made = console.post("minh", from, "/don-vi/bien-dong/them", &fields).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.text);
    let page = made.header("location").to_owned();
    let list = console.get("minh", "/don-vi/bien-dong").await;
    assert!(list.text.contains("Thanh tra tỉnh sáp nhập vào Sở Tài chính") && list.text.contains("Dự kiến"));
    // The officer of another unit knows nothing of it, and may not record any.
    assert!(!console.get("lan", "/don-vi/bien-dong").await.text.contains("Thanh tra"));
    assert_eq!(console.get("lan", &page).await.status, StatusCode::NOT_FOUND);
    assert_eq!(console.get("lan", from).await.status, StatusCode::FORBIDDEN);
    let file = console.get("minh", "/don-vi/bien-dong/export.csv").await;
    assert!(file.text.contains("01/05/2014,") && file.text.contains("5/QĐ-UBND"));
    let cancel = format!("{page}/huy");
    assert_eq!(console.post("minh", &page, &cancel, &[("why", "Ghi nhầm")]).await.status, StatusCode::SEE_OTHER);
    assert!(console.get("minh", "/don-vi/bien-dong").await.text.contains("Chưa có biến động nào"));
    assert!(base_audit::verify(&console.ground.db).await.unwrap().is_ok());
}

pub(super) fn preset() -> Result<Succession, ContentError> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../content/succession/2025.toml");
    Succession::parse("succession/2025.toml", &std::fs::read_to_string(path).unwrap())
}

/// The units of 2014 that the preset speaks of.
pub(super) async fn units_of_2014(org: &area_org::Org) {
    let departments = [
        ("SNV", "Sở Nội vụ"),
        ("SKHDT", "Sở Kế hoạch và Đầu tư"),
        ("SNNPTNT", "Sở Nông nghiệp và Phát triển nông thôn"),
        ("SGTVT", "Sở Giao thông vận tải"),
        ("SXD", "Sở Xây dựng"),
        ("STNMT", "Sở Tài nguyên và Môi trường"),
        ("STTTT", "Sở Thông tin và Truyền thông"),
        ("SLDTBXH", "Sở Lao động - Thương binh và Xã hội"),
        ("SKHCN", "Sở Khoa học và Công nghệ"),
        ("BDT", "Ban Dân tộc tỉnh"),
    ];
    let districts = ["TPCM", "UMINH", "TBINH", "TVTHOI", "CNUOC", "DDOI", "NCAN", "PTAN", "NHIEN"];
    let unit =
        |code: &str, name: &str, block| ops::ImportedUnit { unit: NewUnit::new(code, name, block), contacts: vec![] };
    let mut units: Vec<_> = departments.iter().map(|(c, n)| unit(c, n, Block::Department)).collect();
    units.extend(districts.iter().map(|c| unit(c, &format!("UBND huyện {c}"), Block::District)));
    ops::import_units(org, &system(), &units).await.unwrap();
}

#[tokio::test]
async fn history_survives_the_reorganisation_of_2025() {
    let (ground, org) = province().await;
    units_of_2014(&org).await;
    let set = ["STTTT", "SNV", "CNUOC"].map(String::from);
    ops::define_set(&org, &system(), "state-units", ("31 đơn vị", "31 units"), None, &set).await.unwrap();
    super::observe(&org, &ground, &[super::seen("STTTT", "pc-1", BEGIN, Some(area_org::model::Licence::Licensed))])
        .await;

    let preset = preset().unwrap();
    assert_eq!(ops::apply_succession(&org, &system(), &preset).await.unwrap(), 1 + 6 + 9);
    assert_eq!(ops::apply_succession(&org, &system(), &preset).await.unwrap(), 0, "doing it again adds nothing");
    wait_until(&ground, day("2026-11-23"));

    // The old unit under its old name, at its old date; who answers now.
    let (old, heir) = (UnitId::new("STTTT"), UnitId::new("SKHCN"));
    let line = org.timeline();
    assert!(!org.unit(&old).unwrap().active);
    assert_eq!(org.name_at(&old, BEGIN), "Sở Thông tin và Truyền thông");
    assert_eq!(line.heirs_at(&old, day("2026-11-23")), std::slice::from_ref(&heir));
    assert_eq!(line.heirs_at(&UnitId::new("STNMT"), day("2025-03-01")), [UnitId::new("SNNMT")]);
    assert_eq!(org.name_at(&UnitId::new("BDT"), day("2025-02-28")), "Ban Dân tộc tỉnh");
    assert_eq!(org.name_at(&UnitId::new("BDT"), day("2025-03-01")), "Sở Dân tộc và Tôn giáo");
    let block_on = |block: Block, at: &str| line.as_of(day(at)).filter(|(l, _)| l.block == block).count();
    assert_eq!((block_on(Block::District, "2025-06-30"), block_on(Block::District, "2025-07-01")), (9, 0));
    assert_eq!((block_on(Block::Department, "2025-02-28"), block_on(Block::Department, "2025-03-01")), (13, 8));

    // What was measured of the old units is still of them, and still readable.
    let facts = ops::measure_antivirus(&org, "state-units", BEGIN).await.unwrap();
    let measured = facts.facts.iter().find(|f| f.unit == old).unwrap();
    assert_eq!((measured.numerator, measured.denominator), (1, 1));

    // The rule on rights: they stay with the unit they were given for, and do not travel to its heirs.
    let holder = |unit: &UnitId| {
        let grants = [Grant::unit(Role::UnitOfficer, unit.clone())];
        Principal::new(AccountId::new("a"), "a", "A", grants, day("2026-11-23"))
    };
    let sees = |who: &Principal, unit: &UnitId| who.scope_for(Action::AlertsRead).unwrap().contains(unit);
    assert!(sees(&holder(&old), &old) && !sees(&holder(&old), &heir));
    assert!(sees(&holder(&heir), &heir) && !sees(&holder(&heir), &old));
}

#[tokio::test]
async fn districts_go_to_the_communes_that_are_imported_later() {
    let (_ground, org) = province().await;
    units_of_2014(&org).await;
    // The names of the real ones come from the official list; here it is their number that counts.
    let communes: Vec<_> = (1..=64)
        .map(|n| {
            let unit = NewUnit::new(format!("XA{n:02}"), format!("Xã số {n}"), Block::Commune);
            ops::ImportedUnit { unit: NewUnit { valid_from: Some(day("2025-07-01")), ..unit }, contacts: vec![] }
        })
        .collect();
    ops::import_units(&org, &system(), &communes).await.unwrap();
    let into: Vec<UnitId> = (1..=7).map(|n| UnitId::new(format!("XA{n:02}"))).collect();
    ops::record_event(
        &org,
        &system(),
        &on("2025-07-01", Change::Split { unit: UnitId::new("CNUOC"), into: into.clone() }),
    )
    .await
    .unwrap();
    let line = org.timeline();
    assert_eq!(line.heirs_at(&UnitId::new("CNUOC"), day("2025-06-30")), [UnitId::new("CNUOC")]);
    assert_eq!(line.heirs_at(&UnitId::new("CNUOC"), day("2025-07-01")), into);
    assert_eq!(line.as_of(day("2025-07-01")).filter(|(l, _)| l.block == Block::Commune).count(), 64);
}
