//! Who finds what in the inbox: the unit a warning and its deadline, the analysts the answer; no other unit anything.

use crate::given::{Given, given};
use base_authz::Role;
use base_testkit::console::person;
use base_web::notice;

async fn kinds(given: &Given, name: &str, role: Role, unit: Option<&str>) -> Vec<String> {
    let who = person(name, role, unit);
    let (told, _) = notice::list(given.console.ground.db.read(), &who, true, (50, 0)).await.expect("read");
    told.into_iter().map(|t| t.kind).collect()
}

#[tokio::test]
async fn a_warning_its_deadline_and_its_answer_are_told_to_whom_they_concern() {
    let given = given(None).await;
    let at = given.warn("SYT", "").await.header("location").to_owned();
    let officer = async |given: &Given| kinds(given, "hoa", Role::UnitOfficer, Some("SYT")).await;
    assert_eq!(officer(&given).await, ["warning-issued"]);
    assert!(kinds(&given, "phuong", Role::Analyst, None).await.is_empty(), "who did it is not told");
    let job = given.job();
    given.console.ground.clock.advance_secs(3 * 3_600 + 1);
    job.remind().await.expect("gone through");
    assert_eq!(officer(&given).await, ["warning-due", "warning-issued"]);
    given.console.ground.clock.advance_secs(3_600);
    job.remind().await.expect("gone through");
    assert_eq!(officer(&given).await, ["warning-overdue", "warning-due", "warning-issued"]);
    given.console.post("hoa", &at, &format!("{at}/xac-nhan"), &[("note", "Đã nhận")]).await;
    assert_eq!(kinds(&given, "phuong", Role::Analyst, None).await, ["warning-answered", "warning-overdue"]);
    assert!(kinds(&given, "lan", Role::UnitOfficer, Some("STC")).await.is_empty(), "another unit is told nothing");
}
