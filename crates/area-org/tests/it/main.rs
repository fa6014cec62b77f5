//! Units over HTTP and through the pipeline's door: scope, what was seen, sets in versions, files.
#![allow(clippy::unwrap_used, reason = "tests")]

mod browser;
mod import;
mod over_time;
mod people;
mod sets;
mod timeline;

use area_org::model::{Block, ContactKind, Licence, NewContact, NewSystem, NewUnit, ObservedDevice, ObservedMachine};
use area_org::ops::{self, Edit, ImportedUnit};
use area_org::ports::{Alone, OrgPorts};
use area_org::{MIGRATIONS, Org};
use base_authz::{Caller, Role};
use base_core::{Kind, Scope, Timestamp, UnitId};
use base_testkit::console::{BEGIN, Console, Ground, person, quick_search};
use base_web::ports::UnitDirectory;
use http::StatusCode;
use std::sync::Arc;

fn system() -> Caller {
    Caller::system("test", BEGIN)
}

fn unit(code: &str, name: &str, machines: i64) -> ImportedUnit {
    let contact = NewContact {
        kind: ContactKind::ContactPoint,
        name: "Đầu mối".to_owned(),
        mail: format!("attt@{}.example", code.to_lowercase()),
        phone: String::new(),
    };
    let unit = NewUnit { machines_declared: Some(machines), ..NewUnit::new(code, name, Block::Department) };
    ImportedUnit { unit, contacts: vec![contact] }
}

async fn province() -> (Ground, Arc<Org>) {
    let ground = Ground::new().await;
    ground.migrate(MIGRATIONS).await;
    let org = Org::open(ground.db.clone(), ground.clock.clone(), Arc::clone(&ground.ids)).await.unwrap();
    let units = [unit("SYT", "Sở Y tế", 10), unit("STC", "Sở Tài chính", 4), unit("TTT", "Thanh tra tỉnh", 6)];
    ops::import_units(&org, &system(), &units).await.unwrap();
    (ground, org)
}

fn alone() -> OrgPorts {
    OrgPorts { neighbours: Arc::new(Alone) }
}

async fn console() -> (Console, Arc<Org>) {
    let (ground, org) = province().await;
    let people = [
        person("minh", Role::SecurityLead, None),
        person("quan", Role::Administrator, None),
        person("lan", Role::UnitOfficer, Some("SYT")),
    ];
    let areas = vec![area_org::area(Arc::clone(&org), alone()), quick_search()];
    (Console::start(ground, areas, &people).await, org)
}

fn seen(unit: &str, host: &str, at: Timestamp, licence: Option<Licence>) -> ObservedMachine {
    ObservedMachine { av_licence: licence, ..ObservedMachine::seen(UnitId::new(unit), host, at) }
}

async fn observe(org: &Org, ground: &Ground, batch: &[ObservedMachine]) {
    let mut tx = ground.db.begin().await.unwrap();
    ops::observe_machines(org, &mut tx, batch).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn importing_again_changes_nothing_and_the_directory_knows_all() {
    let (_ground, org) = province().await;
    ops::import_units(&org, &system(), &[unit("SYT", "Sở Y tế", 10)]).await.unwrap();
    assert_eq!(org.all().iter().map(|u| u.code.as_str()).collect::<Vec<_>>(), ["SYT", "STC", "TTT"]);
    assert_eq!(org.resolve_code("stc").unwrap().name, "Sở Tài chính");
    let contacts = ops::contacts(&org, &Scope::province(), &UnitId::new("SYT")).await.unwrap();
    assert_eq!(contacts.len(), 1);
    let other = Scope::units([UnitId::new("STC")]);
    assert!(ops::contacts(&org, &other, &UnitId::new("SYT")).await.unwrap().is_empty());
}

#[tokio::test]
async fn one_wrong_unit_stops_the_whole_import_and_is_named() {
    let (_ground, org) = province().await;
    let error =
        ops::import_units(&org, &system(), &[unit("SNV", "Sở Nội vụ", 1), unit("x y", "", 1)]).await.unwrap_err();
    assert!(error.message.contains("'x y'") && error.message.contains("code"), "{error}");
    org.refresh().await.unwrap();
    assert!(org.resolve_code("SNV").is_none());
}

#[tokio::test]
async fn a_machine_under_its_two_names_is_one_and_late_sights_do_not_undo() {
    let (ground, org) = province().await;
    let later = BEGIN.plus_secs(600);
    observe(
        &org,
        &ground,
        &[
            seen("SYT", "PC-01", BEGIN, Some(Licence::Free)),
            seen("SYT", "pc-01.syt.example", later, Some(Licence::Licensed)),
        ],
    )
    .await;
    // An old event that was held back, and one that says nothing of hygiene.
    observe(&org, &ground, &[seen("SYT", "PC-01", BEGIN.plus_secs(-60), Some(Licence::None))]).await;
    observe(&org, &ground, &[seen("SYT", "PC-01", later.plus_secs(400), None)]).await;
    observe(&org, &ground, &[seen("NONE", "PC-01", BEGIN, None), seen("SYT", " ", BEGIN, None)]).await;
    ops::define_set(&org, &system(), "all", ("Tất cả", "All"), None, &["SYT".into()]).await.unwrap();
    let facts = ops::measure_antivirus(&org, "all", later).await.unwrap();
    let fact = &facts.facts[0];
    assert_eq!((fact.numerator, fact.denominator, fact.unknown), (1, 10, 9));
}

#[tokio::test]
async fn a_batch_that_is_rolled_back_is_written_when_it_comes_again() {
    let (ground, org) = province().await;
    let batch = [seen("SYT", "pc-01", BEGIN, Some(Licence::Licensed))];
    let mut tx = ground.db.begin().await.unwrap();
    ops::observe_machines(&org, &mut tx, &batch).await.unwrap();
    tx.rollback().await.unwrap();
    observe(&org, &ground, &batch).await;
    ops::define_set(&org, &system(), "all", ("Tất cả", "All"), None, &["SYT".into()]).await.unwrap();
    assert_eq!(ops::measure_antivirus(&org, "all", BEGIN).await.unwrap().facts[0].numerator, 1);
}

#[tokio::test]
async fn a_unit_nothing_was_seen_of_is_unknown_not_without_firewall() {
    let (ground, org) = province().await;
    observe(&org, &ground, &[seen("STC", "pc-9", BEGIN, None)]).await;
    let device = ObservedDevice {
        unit: UnitId::new("SYT"),
        host: "fw1".into(),
        kind: "firewall",
        product: Some("FortiGate".into()),
        at: BEGIN,
    };
    let mut tx = ground.db.begin().await.unwrap();
    ops::observe_devices(&mut tx, &[device.clone(), device]).await.unwrap();
    tx.commit().await.unwrap();
    let codes: Vec<String> = ["SYT", "STC", "TTT"].map(String::from).to_vec();
    ops::define_set(&org, &system(), "all", ("Tất cả", "All"), None, &codes).await.unwrap();
    let facts = ops::measure_firewalls(&org, "all", BEGIN).await.unwrap().facts;
    let figures: Vec<_> = facts.iter().map(|f| (f.unit.as_str(), f.numerator, f.denominator, f.unknown)).collect();
    assert_eq!(figures, [("SYT", 1, 1, 0), ("STC", 0, 1, 0), ("TTT", 0, 1, 1)]);
    let stale = ops::measure_firewalls(&org, "all", BEGIN.plus_secs(31 * 86_400)).await.unwrap().facts;
    assert_eq!(stale[0].numerator, 0, "a firewall silent for a month no longer counts");
}

#[tokio::test]
async fn a_set_gets_a_version_when_it_changes_and_only_then() {
    let (_ground, org) = province().await;
    let define = async |codes: &[&str]| {
        let codes: Vec<String> = codes.iter().map(ToString::to_string).collect();
        ops::define_set(&org, &system(), "s", ("Tập", "Set"), None, &codes).await
    };
    assert_eq!(define(&["SYT", "STC"]).await.unwrap().version, 1);
    assert_eq!(define(&["STC", "SYT", "SYT"]).await.unwrap().version, 1);
    assert_eq!(define(&["STC"]).await.unwrap().version, 2);
    assert_eq!(define(&["NOPE"]).await.unwrap_err().kind, Kind::Invalid);
    assert_eq!(ops::measure_firewalls(&org, "absent", BEGIN).await.unwrap_err().kind, Kind::NotFound);
}

#[tokio::test]
async fn a_change_over_somebody_elses_is_refused() {
    let (_ground, org) = province().await;
    let change = NewUnit::new("SYT", "Sở Y tế tỉnh", Block::Department);
    ops::save_unit(&org, &system(), &change, Edit::Change(1)).await.unwrap();
    assert_eq!(ops::save_unit(&org, &system(), &change, Edit::Change(1)).await.unwrap_err().kind, Kind::Conflict);
    assert_eq!(ops::save_unit(&org, &system(), &change, Edit::Add).await.unwrap_err().fields[0].message, "code-taken");
    let ended = NewUnit { valid_to: Some(BEGIN), successor: Some("STC".into()), ..change };
    ops::save_unit(&org, &system(), &ended, Edit::Change(2)).await.unwrap();
    assert!(!org.unit(&UnitId::new("SYT")).unwrap().active);
}

#[tokio::test]
async fn an_officer_sees_the_own_unit_and_no_other() {
    let (console, org) = console().await;
    let system_of = |code: &str, owner: &str| NewSystem {
        code: code.into(),
        name: format!("Hệ thống {code}"),
        kind: "internal".into(),
        level_2016: Some(2),
        level_2026: Some(3),
        level_note: String::new(),
        owner: Some(owner.into()),
        operator: None,
        host: String::new(),
    };
    ops::import_systems(&org, &system(), &[system_of("EMR", "SYT"), system_of("TABMIS", "STC")]).await.unwrap();

    let list = console.get("lan", "/don-vi").await;
    assert!(list.text.contains("Sở Y tế") && !list.text.contains("Sở Tài chính"), "{}", list.text);
    assert_eq!(console.get("lan", "/don-vi/SYT").await.status, StatusCode::OK);
    let absent = console.get("lan", "/don-vi/ABSENT").await.status;
    assert_eq!(
        (console.get("lan", "/don-vi/STC").await.status, absent),
        (StatusCode::NOT_FOUND, StatusCode::NOT_FOUND)
    );
    assert_eq!(console.get("lan", "/don-vi/SYT/sua").await.status, StatusCode::FORBIDDEN);
    assert_eq!(console.get("lan", "/don-vi/export.csv").await.status, StatusCode::FORBIDDEN);
    let systems = console.get("lan", "/he-thong").await;
    assert!(systems.text.contains("EMR") && !systems.text.contains("TABMIS"));
    let file = console.get("lan", "/he-thong/export.csv").await;
    assert!(file.text.contains("EMR") && !file.text.contains("TABMIS"));
    let all = console.get("minh", "/he-thong").await;
    assert!(all.text.contains("EMR") && all.text.contains("TABMIS"));
}

#[tokio::test]
async fn lists_filter_without_accents_and_export_what_is_shown() {
    let (console, org) = console().await;
    observe(&org, &console.ground, &[seen("SYT", "=cmd", BEGIN, Some(Licence::Licensed))]).await;
    let found = console.get("minh", "/don-vi?q=tai+chinh").await;
    assert!(found.text.contains("/don-vi/STC") && !found.text.contains("/don-vi/SYT"));
    let file = console.get("minh", "/don-vi/export.csv?q=tai+chinh").await;
    assert!(file.header("content-disposition").contains("don-vi.csv"));
    assert!(file.text.starts_with('\u{feff}') && file.text.contains("Sở Tài chính") && !file.text.contains("Sở Y tế"));
    let machines = console.get("minh", "/don-vi/SYT/may.csv").await;
    assert!(machines.text.contains("'=cmd"), "a cell that begins like a formula is disarmed: {}", machines.text);
    let page = console.get("minh", "/don-vi/SYT?licence=licensed").await;
    assert!(page.text.contains("=cmd") && page.text.contains("Có bản quyền"));
}

#[tokio::test]
async fn units_and_contacts_are_kept_through_the_pages() {
    let (console, _org) = console().await;
    let fields = [
        ("code", "snv"),
        ("name", "Sở Nội vụ"),
        ("block", "department"),
        ("machines", "1.074"),
        ("valid_from", "2014-01-01"),
    ];
    let made = console.post("minh", "/don-vi/them", "/don-vi/them", &fields).await;
    assert_eq!((made.status, made.header("location")), (StatusCode::SEE_OTHER, "/don-vi/SNV"));
    let wrong = console
        .post("minh", "/don-vi/them", "/don-vi/them", &[("code", "SNV"), ("name", "X"), ("block", "department")])
        .await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text.contains("Mã này đã có đơn vị dùng"));
    let contact = [("kind", "contact_point"), ("name", "Đầu mối"), ("mail", "khong-dung"), ("phone", "")];
    let refused = console.post("minh", "/don-vi/SNV", "/don-vi/SNV/lien-he", &contact).await;
    assert!(refused.text.contains("Địa chỉ thư điện tử chưa đúng dạng"));
    let contact = [("kind", "contact_point"), ("name", "Đầu mối"), ("mail", "attt@snv.example"), ("phone", "")];
    assert_eq!(
        console.post("minh", "/don-vi/SNV", "/don-vi/SNV/lien-he", &contact).await.status,
        StatusCode::SEE_OTHER
    );
    let page = console.get("minh", "/don-vi/SNV").await;
    assert!(page.text.contains("attt@snv.example") && page.text.contains("1.074") && page.text.contains("01/01/2014"));
    assert!(base_audit::verify(&console.ground.db).await.unwrap().is_ok());
}

#[tokio::test]
async fn units_and_machines_are_found_within_the_scope() {
    let (console, org) = console().await;
    let batch = [seen("SYT", "syt-pc-007", BEGIN, None), seen("STC", "STC-PC-007", BEGIN, None)];
    observe(&org, &console.ground, &batch).await;
    let find = async |who, q| console.get(who, &format!("/tim-nhanh?q={q}")).await.text;
    let units = find("minh", "so+tai").await;
    assert!(units.starts_with("Sở Tài chính · STC · ") && units.ends_with("/don-vi/STC"), "{units}");
    assert!(find("lan", "tai+chinh").await.is_empty(), "another unit");
    let machines = find("minh", "pc-007").await;
    assert!(machines.contains("syt-pc-007 · Sở Y tế · /don-vi/SYT?q=syt-pc-007"), "{machines}");
    assert!(
        machines.contains("/don-vi/STC?q=stc-pc-007") || machines.contains("/don-vi/STC?q=STC-PC-007"),
        "{machines}"
    );
    let own = find("lan", "pc-007").await;
    assert!(own.contains("syt-pc-007") && !own.to_lowercase().contains("stc"), "{own}");
    assert!(find("minh", "so+do+to+chuc").await.contains("/don-vi/so-do"), "pages below the navigation");
    assert!(!find("lan", "nhap").await.contains("/don-vi/nhap"), "a page that may not be opened");
    for odd in ["%25", "_", "%27", "%5C"] {
        assert!(!find("lan", odd).await.to_lowercase().contains("stc"), "{odd}");
    }
}
