//! The unit's side: its inbox alone, read, acknowledged, reminded.

use crate::given::given;

#[tokio::test]
async fn an_officer_reads_and_acknowledges_and_the_analyst_sees_it() {
    let given = given(None).await;
    let console = &given.console;
    let at = given.warn("SYT", "a1").await.header("location").to_owned();
    let before = console.get("phuong", &at).await;
    assert!(!before.text.contains("xac-nhan"), "who does not stand for the unit cannot answer for it");
    let page = console.get("hoa", &at).await;
    assert_eq!(page.status, 200, "{}", page.text);
    assert!(page.text.contains("&lt;b&gt;rút dây mạng&lt;/b&gt;") && page.text.contains("xac-nhan"));
    let side = console.fragment("phuong", &format!("{at}/tinh-hinh")).await;
    assert!(side.text.contains("Đơn vị đã xem"), "{}", side.text);
    let answer = format!("{at}/xac-nhan");
    assert_eq!(console.post("hoa", &at, &answer, &[("note", "  ")]).await.status, 422);
    assert_eq!(console.post("hoa", &at, &answer, &[("note", "Đã rút dây, đang quét.")]).await.status, 303);
    let side = console.fragment("phuong", &format!("{at}/tinh-hinh")).await;
    assert!(side.text.contains("Đã rút dây, đang quét."), "{}", side.text);
    let again = console.post("hoa", &at, &answer, &[("note", "x")]).await;
    assert_eq!(
        (again.status.as_u16(), again.header("location")),
        (303, at.as_str()),
        "back to the page with a word on it"
    );
    let noted = given.noted.lock().expect("a lock").clone();
    assert_eq!(noted[1..], ["a1 answered by hoa to 01/CB-ATTT: Đã rút dây, đang quét."]);
    base_audit::verify(&console.ground.db).await.expect("read").expect("whole");
}

#[tokio::test]
async fn another_unit_learns_nothing_on_any_path() {
    let given = given(None).await;
    let console = &given.console;
    let at = given.warn("SYT", "").await.header("location").to_owned();
    for path in [at.clone(), format!("{at}/tinh-hinh")] {
        assert_eq!(console.get("lan", &path).await.status, 404, "{path}");
    }
    let answer = console.post("lan", "/canh-bao-don-vi", &format!("{at}/xac-nhan"), &[("note", "x")]).await;
    assert_eq!(answer.status, 404);
    for path in ["/canh-bao-don-vi", "/canh-bao-don-vi?unit=SYT", "/canh-bao-don-vi/xuat.csv"] {
        let page = console.get("lan", path).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(!page.text.contains("01/CB-ATTT"), "{path} shows another unit's warning");
    }
    assert!(console.get("hoa", "/canh-bao-don-vi").await.text.contains("01/CB-ATTT"));
    let remind = console.post("hoa", &at, &format!("{at}/nhac"), &[]).await;
    assert_eq!(remind.status, 403);
}

#[tokio::test]
async fn what_is_not_answered_is_reminded_of_and_shows_as_overdue() {
    let given = given(None).await;
    let at = given.warn("SYT", "").await.header("location").to_owned();
    let job = given.job();
    assert_eq!(job.remind().await.expect("gone through"), 0);
    given.console.ground.clock.advance_secs(3 * 3_600 + 1);
    assert_eq!(job.remind().await.expect("gone through"), 1, "when three quarters of the time are gone");
    assert_eq!(job.remind().await.expect("gone through"), 0, "once");
    given.console.ground.clock.advance_secs(3_600);
    assert_eq!(job.remind().await.expect("gone through"), 1, "when the time is up");
    let list = given.console.get("phuong", "/canh-bao-don-vi?state=overdue").await;
    assert!(list.text.contains("01/CB-ATTT") && list.text.contains("Quá hạn"), "{}", list.text);
    assert_eq!(given.console.post("hoa", &at, &format!("{at}/xac-nhan"), &[("note", "Đã nhận")]).await.status, 303);
    given.console.ground.clock.advance_secs(30 * 86_400);
    assert_eq!(job.remind().await.expect("gone through"), 0);
    assert!(!given.console.get("phuong", "/canh-bao-don-vi?state=overdue").await.text.contains("01/CB-ATTT"));
}
