//! Settings and health.

use crate::given::console;

#[tokio::test]
async fn settings_are_for_administrators_and_masked() {
    let console = console().await;
    assert_eq!(console.get("phuong", "/quan-tri/cai-dat").await.status, 403);
    let page = console.get("chu", "/quan-tri/cai-dat").await.text;
    assert!(page.contains("8443") && page.contains("••••") && page.contains("/etc/mangrove/mangrove.toml"), "{page}");
    let given = console.get("chu", "/quan-tri/cai-dat?only=given").await.text;
    assert!(given.contains("smtp") && !given.contains("8443"), "{given}");
    let found = console.get("chu", "/quan-tri/cai-dat?q=de+lam+lake").await.text;
    assert!(found.contains("lake-cold") && !found.contains("8443"), "found without accents: {found}");
    assert!(console.get("chu", "/quan-tri/cai-dat?q=zzz").await.text.contains("Không có cài đặt phù hợp"));
}

#[tokio::test]
async fn health_tells_the_gravest_first_with_its_remedy() {
    let console = console().await;
    assert_eq!(console.get("hoa", "/quan-tri/suc-khoe").await.status, 403);
    let page = console.get("phuong", "/quan-tri/suc-khoe").await.text;
    let at = |text: &str| page.find(text).unwrap_or_else(|| panic!("{text}: {page}"));
    assert!(at("Ổ đĩa đã đầy") < at("Đồng hồ đúng"), "{page}");
    assert!(page.contains("Giải phóng chỗ") && page.contains("&lt;1 %&gt;") && page.contains("Còn trống"), "{page}");
    assert!(page.contains("Có 1 điều cần khắc phục"), "{page}");
    let part = console.fragment("phuong", "/quan-tri/suc-khoe").await.text;
    assert!(!part.contains("<html") && part.contains("Ổ đĩa"), "{part}");
}

#[tokio::test]
async fn crumbs_lead_up_and_only_where_one_may_go() {
    let console = console().await;
    let page = console.get("hoa", "/thong-bao/so").await.text;
    assert!(page.contains("class=\"crumbs\"") && page.contains("<li><a href=\"/thong-bao\">"), "{page}");
    let top = console.get("hoa", "/thong-bao").await.text;
    assert!(!top.contains("class=\"crumbs\""), "{top}");
}
