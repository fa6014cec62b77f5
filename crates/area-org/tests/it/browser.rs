//! The pages of the organisation in a real browser: looked at in three widths and both schemes, checked by axe-core.

use super::over_time::{preset, units_of_2014};
use super::{Ground, alone, observe, seen, system};
use area_org::model::{Block, ContactKind, Licence, Members, NewContact, NewSet, NewUnit, SetRule, parse_day};
use area_org::ops::{self, NewEntry};
use area_org::{MIGRATIONS, Org};
use base_authz::{Grant, Principal, Role};
use base_core::AccountId;
use base_testkit::Browser;
use base_testkit::browser::Scheme;
use base_testkit::console::{BEGIN, Console, person};
use std::net::SocketAddr;
use std::sync::Arc;

/// Faults are told together at the end, so that one run shows all of them.
struct Looks<'b> {
    browser: &'b Browser,
    origin: String,
    faults: Vec<String>,
}

impl Looks<'_> {
    fn at(&mut self, path: &str, name: &str) {
        self.browser.goto(&format!("{}{path}", self.origin));
        self.here(name);
    }

    fn here(&mut self, name: &str) {
        self.browser.shots(name);
        let mut faults = Vec::new();
        for scheme in [Scheme::Dark, Scheme::Light] {
            self.browser.scheme(scheme);
            faults.extend(self.browser.accessibility().unwrap_or_default());
        }
        for width in [768, 360, 320] {
            self.browser.size(width, 900);
            if self.browser.overflows() {
                faults.push(format!("must be scrolled sideways at {width} px"));
            }
        }
        self.browser.size(1440, 900);
        let mut errors = self.browser.console_errors();
        errors.retain(|e| !e.contains("422"));
        faults.extend(errors);
        faults.dedup();
        self.faults.extend(faults.into_iter().map(|f| format!("{name}: {f}")));
    }
}

async fn given() -> (Console, Arc<Org>) {
    let ground = Ground::new().await;
    ground.migrate(MIGRATIONS).await;
    let org = Org::open(ground.db.clone(), ground.clock.clone(), Arc::clone(&ground.ids)).await.unwrap();
    units_of_2014(&org).await;
    let below = |code: &str, name: &str, parent: &str| ops::ImportedUnit {
        unit: NewUnit {
            parent: Some(parent.into()),
            electronic_id: Some(format!("H12.05.{}", code.len())),
            valid_from: parse_day("2014-01-01"),
            decision: Some("05/QĐ-UBND".into()),
            machines_declared: Some(12),
            ..NewUnit::new(code, name, Block::Department)
        },
        contacts: vec![],
    };
    let units = [
        below("TTCNTT", "Trung tâm Công nghệ thông tin và Truyền thông", "STTTT"),
        below("PATTT", "Phòng An toàn thông tin", "TTCNTT"),
    ];
    let finance = NewUnit::new("STC", "Sở Tài chính", Block::Department);
    ops::import_units(&org, &system(), &[ops::ImportedUnit { unit: finance, contacts: vec![] }]).await.unwrap();
    ops::import_units(&org, &system(), &units).await.unwrap();
    let contact = NewContact {
        kind: ContactKind::ContactPoint,
        name: "Đầu mối ứng cứu sự cố".into(),
        mail: "attt@stttt.example".into(),
        phone: "0290 3831 000".into(),
    };
    ops::add_contact(&org, &system(), "STTTT", &contact).await.unwrap();
    keep_people(&org).await;
    observe(
        &org,
        &ground,
        &[seen("STTTT", "pc-01", BEGIN, Some(Licence::Licensed)), seen("STTTT", "pc-02", BEGIN, Some(Licence::Free))],
    )
    .await;
    for day in ["2014-01-01", "2025-07-01"] {
        let rule = SetRule { blocks: vec!["department".into(), "district".into()], as_of: parse_day(day).unwrap() };
        let new = NewSet {
            code: "state-units".into(),
            name_vi: "Đơn vị quản lý nhà nước".into(),
            name_en: "Units of state management".into(),
            note: "Mục I.1 Kế hoạch 2014".into(),
            members: Members::Rule(rule),
        };
        if day == "2025-07-01" {
            ops::apply_succession(&org, &system(), &preset().unwrap()).await.unwrap();
        }
        ops::make_set(&org, &system(), &new).await.unwrap();
    }
    let two = Principal::new(AccountId::new("lan"), "lan", "Lan", [Grant::province(Role::Auditor)], BEGIN);
    let people = [person("minh", Role::SecurityLead, None), two];
    let areas = vec![area_org::area(Arc::clone(&org), alone())];
    (Console::start(ground, areas, &people).await, org)
}

async fn keep_people(org: &Org) {
    use area_org::model::{NewDuty, NewStaff, Qualification};
    let duty = |name: &str, from: i64, hours: i64| {
        NewEntry::Duty(NewDuty {
            name: name.into(),
            phone: "0912 345 678".into(),
            starts_at: BEGIN.plus_secs(from * 3_600),
            ends_at: BEGIN.plus_secs((from + hours) * 3_600),
        })
    };
    let staff = |name: &str, job: &str, is_security, certificate: &str| {
        NewEntry::Staff(NewStaff {
            name: name.into(),
            job: job.into(),
            qualification: Qualification::Degree,
            certificate: certificate.into(),
            is_full_time: is_security,
            is_security,
        })
    };
    let entries = [
        duty("Trực ban A", -4, 12),
        duty("Trực ban B", 8, 12),
        staff("Cán bộ A", "Cán bộ chuyên trách an toàn thông tin", true, "CompTIA Security+"),
        staff("Cán bộ B", "Quản trị mạng", false, ""),
        NewEntry::Range("10.112.0.0/16".into(), "Mạng nội bộ".into()),
    ];
    for entry in &entries {
        ops::add_entry(org, &system(), "STTTT", entry).await.unwrap();
    }
    ops::add_entry(org, &system(), "SKHCN", &NewEntry::Range("10.112.8.0/24".into(), String::new())).await.unwrap();
}

#[test]
fn the_pages_of_the_organisation_are_fit_to_be_seen() {
    let Some(browser) = Browser::start() else { return };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (console, _org) = runtime.block_on(given());
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let service = console.router().into_make_service_with_connect_info::<SocketAddr>();
    runtime.spawn(async move { axum::serve(listener, service).await });
    browser.goto(&format!("{origin}/don-vi"));
    let cookie = base_web::session_cookie_name(false);
    browser.script(&format!("document.cookie = '{cookie}=minh; path=/'"), &[]);
    let _ = browser.console_errors();

    let mut looks = Looks { browser: &browser, origin: origin.clone(), faults: Vec::new() };
    looks.at("/don-vi", "org-units");
    looks.at("/don-vi?at=2026-01-01", "org-units-later");
    looks.at("/don-vi/so-do", "org-tree");
    looks.at("/don-vi/bien-dong", "org-changes");
    looks.at("/don-vi/bien-dong/them?kind=merge&unit=SNV", "org-change-form");
    looks.at("/don-vi/tap", "org-sets");
    looks.at("/don-vi/tap/state-units", "org-set");
    looks.at("/don-vi/tap/state-units/moi", "org-set-form");
    looks.at("/don-vi/STTTT", "org-unit");
    looks.at("/don-vi/PATTT/sua", "org-unit-form");
    looks.at("/don-vi/nhap", "org-import");

    // A file is chosen, read, shown, and written; the keyboard alone would do as well.
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("don-vi.csv");
    std::fs::write(&list, "Mã;Đơn vị;Khối;Máy tính\nSNV;Sở Nội vụ;Sở;75\nXMOI;Đơn vị mới;Sở;5\nsai mã;;Sở;x\n")
        .unwrap();
    browser.find("input[type=file]").type_text(list.to_str().unwrap());
    browser.find("form[enctype] button").click();
    browser.wait_text("Có 1 dòng lỗi");
    looks.here("org-import-wrong");
    std::fs::write(&list, "Mã;Đơn vị;Khối;Máy tính\nSNV;Sở Nội vụ;Sở;75\nXMOI;Đơn vị mới;Sở;5\n").unwrap();
    browser.goto(&format!("{origin}/don-vi/nhap"));
    browser.find("input[type=file]").type_text(list.to_str().unwrap());
    browser.find("form[enctype] button").click();
    browser.wait_text("Sẽ thêm 1 đơn vị và thay đổi 1 đơn vị");
    looks.here("org-import-ready");

    assert!(looks.faults.is_empty(), "{} faults of pages:\n{}", looks.faults.len(), looks.faults.join("\n"));
    drop(console);
}
