//! The plan over a real database: declaring, measuring, what a unit sees.
#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "helpers of tests fail by panicking")]

use area_plan::model::{Indicator, Measurement, UnitFigure};
use area_plan::ops::measure::measure_all;
use area_plan::ports::{Measures, PlanPorts};
use async_trait::async_trait;
use base_authz::Role;
use base_core::{Error, Kind, Result, Timestamp, UnitId};
use base_testkit::console::{Console, Ground, person};
use std::sync::Arc;

/// 3 of 20 machines in SYT with 4 unknown, 1 of 20 in STC; firewalls cannot be measured.
struct Figures;

#[async_trait]
impl Measures for Figures {
    async fn measure(&self, indicator: Indicator, now: Timestamp) -> Result<Measurement> {
        if indicator == Indicator::FirewallUnits {
            return Err(Error::new(Kind::Unavailable, "no firewall has reported"));
        }
        let unit = |unit: &str, numerator, unknown| UnitFigure {
            unit: UnitId::new(unit),
            numerator,
            denominator: 20,
            unknown,
            oldest_at: Some(now.plus_secs(-3_600)),
            newest_at: Some(now),
        };
        Ok(Measurement {
            at: now,
            set_vi: "Máy tính của các đơn vị".into(),
            set_en: "Computers of the units".into(),
            set_version: "2014-03".into(),
            units: vec![unit("SYT", 3, 4), unit("STC", 1, 0)],
        })
    }
}

async fn console() -> Console {
    let ground = Ground::new().await;
    let people = [
        person("lanh", Role::SecurityLead, None),
        person("phuong", Role::Analyst, None),
        person("hoa", Role::UnitOfficer, Some("SYT")),
    ];
    Console::start(ground, vec![area_plan::area(PlanPorts { measures: Arc::new(Figures) })], &people).await
}

const ANTIVIRUS: &str = "/ke-hoach/licensed-antivirus";

#[tokio::test]
async fn declared_stands_beside_measured_with_its_denominator() {
    let console = console().await;
    let form = format!("{ANTIVIRUS}/cong-bo");
    let wrong = console.post("lanh", &form, &form, &[("percent", "101"), ("basis", ""), ("declared_on", "x")]).await;
    assert_eq!(wrong.status, 422);
    let right = [("percent", "12,5"), ("basis", "KH 35/KH-STTTT, mục I.1"), ("declared_on", "2013-10-18")];
    assert_eq!(console.post("lanh", &form, &form, &right).await.status, 303);
    measure_all(&console.ground.db, &console.ground.ids, &Figures).await;
    let page = console.get("phuong", ANTIVIRUS).await;
    assert_eq!(page.status, 200, "{}", page.text);
    for part in ["12,5", "KH 35/KH-STTTT", "Máy tính của các đơn vị", "2014-03", "Sở Y tế", "Sở Tài chính"]
    {
        assert!(page.text.contains(part), "{part} is missing in {}", page.text);
    }
    assert!(page.text.contains("10\u{a0}%"), "4 of 40: {}", page.text);
    assert!(!page.text.contains("⟦"), "a text is missing");
    let index = console.get("phuong", "/ke-hoach").await;
    assert!(index.text.contains("10\u{a0}%") && index.text.contains("12,5"), "{}", index.text);
    base_audit::verify(&console.ground.db).await.expect("read").expect("whole");
}

#[tokio::test]
async fn a_unit_sees_its_own_figures_and_declares_nothing() {
    let console = console().await;
    measure_all(&console.ground.db, &console.ground.ids, &Figures).await;
    let page = console.get("hoa", ANTIVIRUS).await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("15\u{a0}%"), "3 of 20: {}", page.text);
    assert!(!page.text.contains("Sở Tài chính"), "another unit's figure shows");
    let csv = console.get("hoa", &format!("{ANTIVIRUS}/export.csv")).await;
    assert!(!csv.text.contains("STC") && !csv.text.contains("Sở Tài chính"), "{}", csv.text);
    assert_eq!(console.get("hoa", &format!("{ANTIVIRUS}/cong-bo")).await.status, 403);
    assert_eq!(console.post("hoa", "/ke-hoach", &format!("{ANTIVIRUS}/do-lai"), &[]).await.status, 403);
    assert_eq!(console.get("hoa", "/ke-hoach/none").await.status, 404);
}

#[tokio::test]
async fn what_was_never_measured_is_not_shown_as_zero() {
    let console = console().await;
    measure_all(&console.ground.db, &console.ground.ids, &Figures).await;
    let page = console.get("phuong", "/ke-hoach/firewall-units").await;
    assert_eq!(page.status, 200, "one indicator that fails does not stop the other, nor its page");
    assert!(!page.text.contains("0\u{a0}%"), "{}", page.text);
    let now = console.post("lanh", "/ke-hoach", &format!("{ANTIVIRUS}/do-lai"), &[]).await;
    assert_eq!(now.status, 303, "{}", now.text);
}
