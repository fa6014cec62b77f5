//! The quick search, as page and as list.

use crate::given::console;

#[tokio::test]
async fn people_find_what_is_theirs_without_accents() {
    let console = console().await;
    let lead = console.get("phuong", "/tim-nhanh?q=MAY").await.text;
    assert!(lead.contains("may-y-te &lt;1&gt;") && lead.contains("máy tài chính"), "{lead}");
    let own = console.get("hoa", "/tim-nhanh?q=may").await.text;
    assert!(own.contains("may-y-te") && !own.contains("tài chính"), "{own}");
    let nothing = console.get("hoa", "/tim-nhanh?q=tai+chinh").await.text;
    assert!(nothing.contains("class=\"empty\""), "{nothing}");
    let unasked = console.get("hoa", "/tim-nhanh").await.text;
    assert!(!unasked.contains("class=\"empty\"") && !unasked.contains("palette-name"), "nothing was asked");
}

#[tokio::test]
async fn pages_are_found_by_whoever_may_open_them() {
    let console = console().await;
    let admin = console.get("chu", "/tim-nhanh?q=cai+dat").await.text;
    assert!(admin.contains("href=\"/quan-tri/cai-dat\""), "{admin}");
    let officer = console.fragment("hoa", "/tim-nhanh?q=cai+dat").await.text;
    assert!(!officer.contains("/quan-tri/cai-dat"), "{officer}");
}

#[tokio::test]
async fn a_finder_that_fails_is_told_and_hides_nothing_else() {
    let console = console().await;
    let admin = console.get("chu", "/tim-nhanh?q=may").await.text;
    assert!(admin.contains("kết quả có thể chưa đủ") && admin.contains("máy tài chính"), "{admin}");
    assert!(!admin.contains("do not answer") && !admin.contains("Hỏng"), "{admin}");
}

#[tokio::test]
async fn the_list_is_one_of_options_in_groups() {
    let console = console().await;
    let list = console.fragment("phuong", "/tim-nhanh?q=may").await.text;
    assert!(list.starts_with("<div role=\"group\"") && !list.contains("<html"), "{list}");
    assert_eq!(list.matches("role=\"option\"").count(), 2, "{list}");
    assert!(console.fragment("phuong", "/tim-nhanh?q=").await.text.is_empty());
    for odd in ["%25", "_", "%00", "%F0%9F%8C%B3", "'%3B--", "%3Cscript%3E"] {
        assert_eq!(console.fragment("phuong", &format!("/tim-nhanh?q={odd}")).await.status, 200, "{odd}");
    }
}
