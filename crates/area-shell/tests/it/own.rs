//! One's own choices: keys and columns.

use crate::given::console;

#[tokio::test]
async fn keys_can_be_turned_off_and_on() {
    let console = console().await;
    let page = "/tai-khoan-cua-toi/phim-tat";
    let before = console.get("hoa", page).await.text;
    assert!(before.contains("data-keys=\"?=help") && !before.contains("data-keys-off"), "{before}");
    assert!(!before.contains("g k=/quan-tri/suc-khoe"), "keys lead only where one may go: {before}");
    assert!(console.get("chu", page).await.text.contains("g k=/quan-tri/suc-khoe"));
    assert_eq!(console.post("hoa", page, page, &[]).await.status, 303);
    assert!(console.get("hoa", page).await.text.contains("data-keys-off"));
    assert!(!console.get("lan", page).await.text.contains("data-keys-off"), "another's stay on");
    console.post("hoa", page, page, &[("on", "1")]).await;
    assert!(!console.get("hoa", page).await.text.contains("data-keys-off"));
}

#[tokio::test]
async fn an_old_page_gets_a_token_while_the_session_stands() {
    let console = console().await;
    let token = console.fragment("hoa", "/phien").await;
    assert_eq!((token.status.as_u16(), token.text.contains('<')), (200, false), "{}", token.text);
    assert!(token.text.len() > 40);
    assert_eq!(console.fragment("nobody", "/phien").await.status, 401);
}

#[tokio::test]
async fn columns_are_named_by_plain_words_only() {
    let console = console().await;
    let page = "/tai-khoan-cua-toi/phim-tat";
    let send = async |fields: &[(&str, &str)]| console.post("hoa", page, "/tuy-chon/cot", fields).await;
    let good = send(&[("table", "units"), ("c", "code"), ("c", "name"), ("next", "/don-vi?q=a")]).await;
    assert_eq!((good.status.as_u16(), good.header("location")), (303, "/don-vi?q=a"));
    assert_eq!(send(&[("table", "units"), ("c", "a,b")]).await.status, 422);
    assert_eq!(send(&[("table", "../x"), ("c", "a")]).await.status, 422);
    assert_eq!(send(&[("table", "units"), ("reset", "1"), ("next", "//evil")]).await.header("location"), "/");
}
