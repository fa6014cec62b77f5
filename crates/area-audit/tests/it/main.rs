//! The pages of the audit trail, and the daily signature with its couriers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod signing;

use area_audit::ports::AuditPorts;
use base_audit::{Act, Signer, record};
use base_authz::{Grant, Principal, Role};
use base_core::{AccountId, UnitId};
use base_db::Sql;
use base_testkit::console::{BEGIN, Console, Ground, caller, person};
use http::StatusCode;
use serde_json::json;
use std::sync::Arc;

const LIST: &str = "/quan-tri/nhat-ky";

fn ports() -> AuditPorts {
    let signer = Arc::new(Signer::new(&[5; 32]).unwrap());
    AuditPorts { signer, couriers: Arc::new([]), readings: Arc::default() }
}

/// An inspector of the province, and one whose right covers the unit SYT only.
fn people() -> [Principal; 3] {
    let unit = Grant::unit(Role::Auditor, UnitId::new("SYT"));
    [
        person("thanh", Role::Auditor, None),
        Principal::new(AccountId::new("lan"), "lan", "lan", [unit], BEGIN),
        person("minh", Role::Analyst, None),
    ]
}

/// A console whose trail has 250 acts of two units, each with a text of its own.
async fn console() -> Console {
    let mut areas = vec![area_audit::area(ports())];
    areas.push(base_web::Area::new("identity", base_web::Routes::new()).strings(ACTS));
    let console = Console::start(Ground::new().await, areas, &people()).await;
    let db = &console.ground.db;
    for n in 0..250_usize {
        let mut tx = db.begin().await.unwrap();
        let unit = UnitId::new(if n % 2 == 0 { "SYT" } else { "STC" });
        let act = Act::new(if n % 5 == 0 { "units.change" } else { "alerts.close" }, "alert", format!("A{n}"))
            .unit(Some(&unit))
            .change(
                Some(json!({"state": "new", "same": 1})),
                Some(json!({"state": "closed", "same": 1, "password": "geheim"})),
            )
            .why(format!("lý do của {unit} {n}"));
        record(&mut tx, &caller(&people()[2], BEGIN.plus_secs(i64::try_from(n).unwrap())), act).await.unwrap();
        tx.commit().await.unwrap();
    }
    console.ground.clock.advance_secs(3_600);
    console
}

/// Names of acts and roles belong to another area; these are enough for the pages.
const ACTS: &[base_i18n::FtlSource] =
    &[(base_core::Lang::Vi, "identity", TEXTS), (base_core::Lang::En, "identity", TEXTS)];
const TEXTS: &str = "identity-act-alerts-close = Đóng cảnh báo\nidentity-act-units-change = Sửa đơn vị\n\
    identity-act-audit-read = Xem nhật ký\nidentity-act-audit-verify = Kiểm tra\nidentity-act-audit-export = Xuất\n\
    identity-role-analyst = Chuyên viên phân tích\nidentity-role-auditor = Thanh tra\n";

async fn acts(console: &Console, action: &'static str) -> i64 {
    let query = Sql::new("SELECT count(*) FROM audit_act WHERE action = ").bind(action);
    query.count(console.ground.db.read()).await.unwrap()
}

#[tokio::test]
async fn acts_are_found_by_filter_and_paged() {
    let console = console().await;
    let first = console.get("thanh", LIST).await;
    assert_eq!(first.status, StatusCode::OK);
    assert!(first.text.contains("lý do của STC 249") && !first.text.contains("lý do của STC 149<"), "100 acts");
    assert!(first.text.contains("Chuyên viên phân tích"), "as what");
    let next = console.get("thanh", &format!("{LIST}?before=151")).await;
    assert!(next.text.contains("lý do của STC 149") && next.text.contains("rel=\"first\""));
    let changed = console.get("thanh", &format!("{LIST}?action=units.change&unit=STC")).await;
    assert!(changed.text.contains("lý do của STC 245") && !changed.text.contains("SYT 2"), "{}", changed.text);
    let one = console.get("thanh", &format!("{LIST}?id=A17&kind=alert")).await;
    assert!(one.text.contains("lý do của STC 17") && !one.text.contains("lý do của STC 19"));
    let day = console.get("thanh", &format!("{LIST}?from=2014-03-05&until=2014-03-05")).await;
    assert!(day.text.contains("lý do của STC 249"));
    let none = console.get("thanh", &format!("{LIST}?until=2014-03-04")).await;
    assert!(none.text.contains("Không có dòng nào khớp"), "{}", none.text);
    for odd in ["?from=x&until=2014-99-99&before=y", "?before=-1", "?action=%00", "?unit=%27%20OR%201=1"] {
        let answer = console.get("thanh", &format!("{LIST}{odd}")).await;
        assert!(
            answer.status.is_success() || answer.status == StatusCode::UNPROCESSABLE_ENTITY,
            "{odd}: {}",
            answer.status
        );
    }
}

#[tokio::test]
async fn one_act_shows_what_changed_and_no_secret() {
    let console = console().await;
    let act = console.get("thanh", &format!("{LIST}/18")).await;
    assert!(act.text.contains("lý do của STC 17"));
    assert!(act.text.contains("<strong>closed</strong>") && !act.text.contains("<strong>1</strong>"), "{}", act.text);
    assert!(act.text.contains("•••") && !act.text.contains("geheim"));
    for missing in ["999", "0", "x", "-1", "99999999999999999999"] {
        assert_eq!(console.get("thanh", &format!("{LIST}/{missing}")).await.status, StatusCode::NOT_FOUND, "{missing}");
    }
}

#[tokio::test]
async fn a_unit_sees_its_own_acts_and_nothing_of_the_whole() {
    let console = console().await;
    for path in [LIST, "/quan-tri/nhat-ky?unit=STC", "/quan-tri/nhat-ky/xuat.csv", "/quan-tri/nhat-ky?id=A17"] {
        let answer = console.get("lan", path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        assert!(!answer.text.contains("lý do của STC"), "{path}");
    }
    assert!(console.get("lan", LIST).await.text.contains("lý do của SYT"));
    assert_eq!(console.get("lan", &format!("{LIST}/17")).await.status, StatusCode::OK);
    for path in ["18", "kiem-tra", "xuat.ndjson"] {
        assert_eq!(console.get("lan", &format!("{LIST}/{path}")).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(console.get("minh", LIST).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn looking_is_an_act_once_a_quarter_of_an_hour_and_every_export() {
    let console = console().await;
    for _ in 0..3 {
        console.get("thanh", LIST).await;
        console.get("thanh", &format!("{LIST}/5")).await;
        console.get("thanh", &format!("{LIST}/xuat.csv?unit=STC")).await;
    }
    assert_eq!(acts(&console, "audit.read").await, 2, "the list and one act");
    assert_eq!(acts(&console, "audit.export").await, 3);
    console.ground.clock.advance_secs(901);
    console.get("thanh", LIST).await;
    assert_eq!(acts(&console, "audit.read").await, 3);
}

#[tokio::test]
async fn the_whole_is_verified_and_taken_away() {
    let console = console().await;
    let whole = console.get("thanh", &format!("{LIST}/kiem-tra")).await;
    assert!(whole.text.contains("Nhật ký toàn vẹn") && whole.text.contains("mangrove/audit/"), "{}", whole.text);
    let file = console.get("thanh", &format!("{LIST}/xuat.ndjson")).await;
    assert_eq!(file.header("content-type"), "application/x-ndjson");
    let checked = base_audit::verify_export(|| Ok(file.text.as_bytes()), Some(ports().signer.key()), &[]).unwrap();
    assert_eq!(checked.verdict.unwrap().acts, 252, "with the verification and the export themselves");

    let mut tx = console.ground.db.begin().await.unwrap();
    Sql::new("UPDATE audit_act SET why = 'x' WHERE seq = 100").run(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    let broken = console.get("thanh", &format!("{LIST}/kiem-tra")).await;
    assert!(broken.text.contains("Dòng 100 đã bị sửa"), "{}", broken.text);
}
