//! Issuing: numbers, the draft, what is refused, who sees it.

use crate::given::given;

#[tokio::test]
async fn the_draft_is_filled_from_the_alert_in_vietnamese() {
    let given = given(None).await;
    let page = given.console.get("phuong", "/canh-bao-don-vi/moi?alert=a1").await;
    assert_eq!(page.status, 200, "{}", page.text);
    for part in ["Kính gửi: Sở Y tế", "máy pc-1", "05/03/2014 08:00", "a) Rút dây mạng.", "b) Đổi mật khẩu."]
    {
        assert!(page.text.contains(part), "{part} is missing in {}", page.text);
    }
    assert!(!page.text.contains("⟦"), "a text is missing");
    assert_eq!(given.console.get("phuong", "/canh-bao-don-vi/moi?alert=none").await.status, 404);
    assert_eq!(given.console.get("hoa", "/canh-bao-don-vi/moi?alert=a1").await.status, 403);
}

#[tokio::test]
async fn numbers_have_no_holes_and_start_anew_each_year() {
    let given = given(None).await;
    let first = given.warn("SYT", "a1").await;
    assert_eq!(first.status, 303, "{}", first.text);
    let refused = given.warn("", "").await;
    assert_eq!(refused.status, 422);
    assert!(refused.text.contains("rút dây mạng"), "what was typed is still there");
    assert_eq!(given.warn("STC", "a1").await.status, 409, "an alert of one unit is not told to another");
    assert_eq!(given.warn("STC", "").await.status, 303);
    // To the first of January 2015 in Cà Mau: 302 days less eight hours.
    given.console.ground.clock.advance_secs(302 * 86_400 - 8 * 3_600);
    assert_eq!(given.warn("STC", "").await.status, 303);
    let csv = given.console.get("tam", "/canh-bao-don-vi/xuat.csv?sort=issued").await;
    let codes: Vec<&str> =
        csv.text.lines().skip(1).filter_map(|l| l.split(',').find(|c| c.contains("/CB-ATTT"))).collect();
    assert_eq!(codes, ["01/CB-ATTT/2014", "02/CB-ATTT/2014", "01/CB-ATTT/2015"], "{}", csv.text);
    assert_eq!(*given.noted.lock().expect("a lock"), ["a1 warned by phuong with 01/CB-ATTT"]);
    let trail = base_audit::verify(&given.console.ground.db).await.expect("read").expect("whole");
    assert_eq!(trail.acts, 3);
}

#[tokio::test]
async fn two_at_once_get_two_numbers() {
    let given = given(None).await;
    let (a, b) = tokio::join!(given.warn("SYT", ""), given.warn("SYT", ""));
    assert_eq!((a.status.as_u16(), b.status.as_u16()), (303, 303));
    let list = given.console.get("phuong", "/canh-bao-don-vi").await;
    assert!(list.text.contains("01/CB-ATTT") && list.text.contains("02/CB-ATTT"));
}

#[tokio::test]
async fn warnings_are_found_by_number_and_words_within_the_scope() {
    let given = given(None).await;
    let own = given.warn("SYT", "").await.header("location").to_owned();
    given.warn("STC", "").await;
    let find = async |who, q| given.console.get(who, &format!("/tim-nhanh?q={q}")).await.text;
    assert_eq!(find("phuong", "doc+trom").await.lines().count(), 2);
    let line = format!("01/CB-ATTT: Cảnh báo: máy pc-1 bị đọc trộm mật khẩu · Sở Y tế · {own}");
    assert_eq!(find("hoa", "doc+trom").await, line);
    assert_eq!(find("phuong", "01/cb").await, line, "by its number");
    assert!(find("lan", "01/cb").await.is_empty());
}
