//! What people are told when the ways to sign in change: by mail, and at the next sign-in.

use crate::browser::{Browser, House, PASSWORD};
use crate::factor::enrol;
use http::StatusCode;

const PAGE: &str = "/tai-khoan-cua-toi/thong-bao";
const FACTOR: &str = "/tai-khoan-cua-toi/xac-thuc";

/// Letters go out in the background: waits until there are so many.
async fn letters(house: &House, count: usize) -> Vec<(String, String)> {
    for _ in 0..10_000 {
        let taken: Vec<_> =
            house.post.taken.lock().unwrap().iter().map(|l| (l.to_address.clone(), l.body.clone())).collect();
        if taken.len() >= count {
            return taken;
        }
        tokio::task::yield_now().await;
    }
    panic!("{count} letters were expected");
}

async fn with_address(house: &House, login: &str) {
    let mut tx = house.ground.db.begin().await.unwrap();
    sqlx::query("UPDATE identity_account SET email = $1 WHERE login = $2")
        .bind(format!("{login}@camau.example"))
        .bind(login)
        .execute(tx.conn())
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

async fn id(house: &House, login: &str) -> String {
    sqlx::query_scalar("SELECT id FROM identity_account WHERE login = $1")
        .bind(login)
        .fetch_one(house.ground.db.read())
        .await
        .unwrap()
}

/// Signs in with the password and this code; where that leads.
async fn arrive(house: &House, login: &str, code: &str) -> (Browser, String) {
    let mut browser = house.browser("198.51.100.7");
    browser.sign_in(login, PASSWORD).await;
    let page = "/dang-nhap/ma-xac-thuc";
    let to = browser.post(page, page, &[("code", code), ("next", "/tai-khoan-cua-toi")]).await.1;
    (browser, to)
}

#[tokio::test]
async fn every_change_is_mailed_and_told_once_at_the_next_sign_in() {
    let house = House::new().await;
    with_address(&house, "lan").await;
    let mut lan = house.signed_in("lan").await;
    let (_, codes) = enrol(&house, &mut lan).await;
    let sent = letters(&house, 1).await;
    assert_eq!(sent[0].0, "lan@camau.example");
    assert!(
        sent[0].1.contains("Đã thiết lập ứng dụng xác thực") && sent[0].1.contains("authenticator app"),
        "{}",
        sent[0].1
    );
    assert!(sent[0].1.contains("198.51.100.7") && !sent[0].1.contains('⟦'), "{}", sent[0].1);

    let (mut browser, to) = arrive(&house, "lan", &codes[0]).await;
    assert!(to.starts_with(PAGE), "{to}");
    let page = browser.get(&to).await;
    assert_eq!(page.0, StatusCode::OK);
    assert!(page.2.contains("Đã thiết lập ứng dụng") && page.2.contains("số mã còn lại: 9"), "{}", page.2);
    assert!(letters(&house, 2).await[1].1.contains("số mã còn lại: 9"));
    let on = browser.post(&to, PAGE, &[("next", "/tai-khoan-cua-toi")]).await;
    assert_eq!((on.0, on.1.as_str()), (StatusCode::SEE_OTHER, "/tai-khoan-cua-toi"));
    assert!(browser.get(PAGE).await.2.contains("Không có thông báo mới"), "told once");

    // By somebody else: the name of who did it stands there.
    let mut chu = house.signed_in("chu").await;
    let account = format!("/quan-tri/tai-khoan/{}", id(&house, "lan").await);
    let why = [("factor_why", "mất điện thoại")];
    assert_eq!(chu.post(&account, &format!("{account}/go-xac-thuc"), &why).await.0, StatusCode::SEE_OTHER);
    let sent = letters(&house, 3).await;
    assert!(sent[2].1.contains("Đã gỡ xác thực đa nhân tố") && sent[2].1.contains("Người chu"), "{}", sent[2].1);
    let mut lan = house.browser("198.51.100.7");
    let to = lan.sign_in("lan", PASSWORD).await.1;
    assert_eq!(to, PAGE);
    assert!(lan.get(&to).await.2.contains("Người chu"));

    assert_eq!(chu.post(&account, &format!("{account}/dat-lai-mat-khau"), &[]).await.0, StatusCode::OK);
    assert!(letters(&house, 4).await[3].1.contains("được người khác cấp lại"));
    let minh = house.signed_in("minh").await;
    drop(minh);
    assert!(house.browser("198.51.100.7").sign_in("minh", PASSWORD).await.1 == "/", "nothing to tell, no page");
}

#[tokio::test]
async fn a_mail_server_that_fails_stops_nothing() {
    let house = House::new().await;
    with_address(&house, "lan").await;
    house.post.broken.store(true, std::sync::atomic::Ordering::Relaxed);
    let mut lan = house.signed_in("lan").await;
    enrol(&house, &mut lan).await;
    assert!(lan.is_signed_in().await);
    let page = lan.get(PAGE).await;
    assert!(page.0 == StatusCode::OK && page.2.contains("Đã thiết lập ứng dụng"), "the notice stays: {}", page.2);
    let removed = lan.post(FACTOR, &format!("{FACTOR}/go-bo"), &[("password_remove", PASSWORD)]).await;
    assert_eq!(removed.0, StatusCode::SEE_OTHER, "{}", removed.2);
}
