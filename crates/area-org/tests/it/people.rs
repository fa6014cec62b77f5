//! Duty, networks and staff of a unit, through its page and for whoever looks for a unit by address.

use super::{console, province, system};
use area_org::model::NewDuty;
use area_org::ops::{self, NewEntry};
use base_core::{Scope, UnitId};
use base_testkit::console::BEGIN;
use http::StatusCode;

fn range(cidr: &str) -> NewEntry {
    NewEntry::Range(cidr.into(), String::new())
}

#[tokio::test]
async fn a_unit_is_found_by_the_narrowest_network_of_an_address() {
    let (_ground, org) = province().await;
    let add = async |unit: &str, cidr: &str| ops::add_entry(&org, &system(), unit, &range(cidr)).await;
    assert!(add("SYT", "10.101.0.0/16").await.unwrap().is_empty());
    assert_eq!(add("STC", "10.101.7.5/24").await.unwrap(), [UnitId::new("SYT")], "that two share addresses is told");
    assert_eq!(add("STC", "10.101.7.0/24").await.unwrap_err().fields[0].message, "range-there");
    assert_eq!(add("STC", "0.0.0.0/0").await.unwrap_err().fields[0].message, "range-wide");
    let find = async |scope: Scope, ip: &str| ops::unit_of_address(&org, &scope, ip.parse().unwrap()).await.unwrap();
    assert_eq!(find(Scope::province(), "10.101.7.9").await, Some(UnitId::new("STC")));
    assert_eq!(find(Scope::province(), "10.101.8.9").await, Some(UnitId::new("SYT")));
    assert_eq!(
        find(Scope::units([UnitId::new("TTT")]), "10.101.8.9").await,
        None,
        "another unit's network stays unseen"
    );
}

#[tokio::test]
async fn duty_networks_and_staff_are_kept_on_the_page() {
    let (console, org) = console().await;
    // The clock stands at 05/3/2014 08:00 in the province.
    let duty = [
        ("what", "duty"),
        ("name", "Trực ban A"),
        ("phone", "0912 345 678"),
        ("starts_at", "2014-03-05T06:00"),
        ("ends_at", "2014-03-05T18:00"),
    ];
    assert!(console.get("minh", "/don-vi/SYT").await.text.contains("Hiện không có ai trực"));
    let add = async |fields: &[(&str, &str)]| console.post("minh", "/don-vi/SYT", "/don-vi/SYT/muc", fields).await;
    assert_eq!(add(&duty).await.status, StatusCode::SEE_OTHER);
    let staff = [
        ("what", "staff"),
        ("name", "Cán bộ A"),
        ("job", "An toàn thông tin"),
        ("qualification", "degree"),
        ("certificate", ""),
        ("security", "1"),
    ];
    assert_eq!(add(&staff).await.status, StatusCode::SEE_OTHER);
    let network = [("what", "range"), ("cidr", "10.7.0.0/16"), ("note", "LAN")];
    assert_eq!(add(&network).await.status, StatusCode::SEE_OTHER);
    let page = console.get("minh", "/don-vi/SYT").await;
    assert!(page.text.contains("Đang trực") && page.text.contains("trực đến 05/03/2014 18:00"), "{}", page.text);
    assert!(
        page.text.contains("Thiếu nhân lực") && page.text.contains("Có 0,5 người"),
        "part time counts half: {}",
        page.text
    );
    assert!(page.text.contains("10.7.0.0/16"));
    let found = console.get("minh", "/don-vi?q=10.7.3.4").await;
    assert!(found.text.contains("/don-vi/SYT") && !found.text.contains("/don-vi/STC"));
    // What was typed stays when it is refused.
    let wrong = add(&[("what", "range"), ("cidr", "10.7.0.0/99"), ("note", "giữ lại")]).await;
    assert!(wrong.status == StatusCode::UNPROCESSABLE_ENTITY && wrong.text.contains("giữ lại"), "{}", wrong.text);
    // The officer reads it, and enters nothing; another unit's page is not there.
    assert!(console.get("lan", "/don-vi/SYT").await.text.contains("Trực ban A"));
    assert_eq!(console.post("lan", "/don-vi/SYT", "/don-vi/SYT/muc", &duty).await.status, StatusCode::FORBIDDEN);
    let long =
        NewDuty { name: "A".into(), phone: "113".into(), starts_at: BEGIN, ends_at: BEGIN.plus_secs(40 * 86_400) };
    let error = ops::add_entry(&org, &system(), "SYT", &NewEntry::Duty(long)).await.unwrap_err();
    assert_eq!(error.fields[0].message, "duty-long");
    assert!(base_audit::verify(&console.ground.db).await.unwrap().is_ok());
}
