//! Invitations by mail, and everything a link must not do.

use crate::browser::{Browser, House, PASSWORD};
use crate::manage::account_page;
use http::StatusCode;
use std::sync::atomic::Ordering;

const NEW: &str = "/quan-tri/tai-khoan/moi";
const PAGE: &str = "/loi-moi";

async fn invite(chu: &mut Browser, login: &str, email: &str) -> (StatusCode, String) {
    let fields = [
        ("name", "Bình"),
        ("login", login),
        ("email", email),
        ("role", "unit_officer"),
        ("unit", "STC"),
        ("how", "invite"),
    ];
    let answer = chu.post(NEW, NEW, &fields).await;
    (answer.0, answer.2)
}

/// The secret of the link in a text.
fn secret(text: &str) -> String {
    let (_, rest) = text.split_once("https://mangrove.example/loi-moi?ma=").expect("the link");
    rest.chars().take_while(char::is_ascii_alphanumeric).collect()
}

async fn accept(browser: &mut Browser, secret: &str, password: &str, again: &str) -> (StatusCode, String, String) {
    let from = format!("{PAGE}?ma={secret}");
    browser.post(&from, PAGE, &[("ma", secret), ("password", password), ("again", again)]).await
}

#[tokio::test]
async fn the_person_sets_a_password_by_the_link_once() {
    let house = House::new().await;
    let mut chu = house.signed_in("chu").await;
    assert!(invite(&mut chu, "binh", "").await.1.contains("cần có địa chỉ"), "no address, no invitation");
    let (status, page) = invite(&mut chu, "binh", "binh@snv.example").await;
    assert_eq!(status, StatusCode::OK, "{page}");
    assert!(
        page.contains("Đã gửi thư mời") && !page.contains("loi-moi?ma="),
        "the link is not shown to the administrator"
    );
    let letter = house.post.taken.lock().unwrap()[0].clone();
    assert_eq!(letter.to_address, "binh@snv.example");
    for told in ["Kính gửi Bình", "Dear Bình", "Người chu", "binh"] {
        assert!(letter.body.contains(told), "{told}: {}", letter.body);
    }
    let secret = secret(&letter.body);
    let stored: String = sqlx::query_scalar("SELECT token_hash FROM identity_invitation")
        .fetch_one(house.ground.db.read())
        .await
        .unwrap();
    assert_ne!(stored, secret);

    let mut binh = house.browser("198.51.100.8");
    assert_eq!(
        binh.sign_in("binh", "").await.0,
        StatusCode::UNPROCESSABLE_ENTITY,
        "before it is accepted nobody signs in"
    );
    for _ in 0..2 {
        let page = binh.get(&format!("{PAGE}?ma={secret}")).await;
        assert!(page.0 == StatusCode::OK && page.2.contains("<code>binh</code>"), "opening it uses nothing up");
    }
    for (password, again, told) in [
        ("ngắn", "ngắn", "quá ngắn"),
        (PASSWORD, "khác", "không giống nhau"),
        ("Matkhau@2026", "Matkhau@2026", "bị thử đầu tiên"),
    ] {
        let refused = accept(&mut binh, &secret, password, again).await;
        assert_eq!(refused.0, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.2.contains(told), "{told}");
    }
    assert_eq!(accept(&mut binh, &secret, PASSWORD, PASSWORD).await.1, "/dang-nhap");
    assert_eq!(binh.sign_in("binh", PASSWORD).await.0, StatusCode::SEE_OTHER);
    let mut thief = house.browser("203.0.113.9");
    assert_eq!(thief.get(&format!("{PAGE}?ma={secret}")).await.0, StatusCode::NOT_FOUND, "once");
    let trail = house.trail().await;
    for act in ["accounts.invite", "accounts.accept_invitation"] {
        assert!(trail.iter().any(|a| a == act), "{act}");
    }
    let page = account_page(&mut chu, "binh").await;
    assert_eq!(chu.post(&page, &format!("{page}/moi-lai"), &[]).await.0, StatusCode::CONFLICT, "accepted already");
}

#[tokio::test]
async fn links_run_out_are_replaced_and_end_with_the_account() {
    let house = House::new().await;
    let mut chu = house.signed_in("chu").await;
    invite(&mut chu, "binh", "binh@snv.example").await;
    let first = secret(&house.post.taken.lock().unwrap()[0].body);
    let mut binh = house.browser("198.51.100.8");
    for forged in ["", "x", &"0".repeat(64), &first.to_uppercase(), &format!("{first}0")] {
        let answer = binh.get(&format!("{PAGE}?ma={forged}")).await;
        assert_eq!(answer.0, StatusCode::NOT_FOUND, "{forged}");
        assert!(answer.2.contains("Lời mời không còn hiệu lực"));
    }
    let page = account_page(&mut chu, "binh").await;
    assert!(chu.get(&page).await.2.contains("Chờ nhận lời"));
    chu.post(&page, &format!("{page}/moi-lai"), &[]).await;
    let second = secret(&house.post.taken.lock().unwrap()[1].body);
    assert_eq!(binh.get(&format!("{PAGE}?ma={first}")).await.0, StatusCode::NOT_FOUND, "replaced");
    assert_eq!(binh.get(&format!("{PAGE}?ma={second}")).await.0, StatusCode::OK);
    chu.post(&page, &format!("{page}/khoa"), &[("why", "nhầm người")]).await;
    assert_eq!(accept(&mut binh, &second, PASSWORD, PASSWORD).await.0, StatusCode::NOT_FOUND, "locked");
    assert_eq!(binh.get(&format!("{PAGE}?ma={second}")).await.0, StatusCode::NOT_FOUND, "locked");
    chu.post(&page, &format!("{page}/mo-khoa"), &[]).await;
    house.clock.advance_secs(7 * 86_400);
    assert_eq!(binh.get(&format!("{PAGE}?ma={second}")).await.0, StatusCode::NOT_FOUND, "run out");
    let mut chu = house.signed_in("chu").await;
    assert!(chu.get(&page).await.2.contains("Đã hết hạn"));
    // A one-time password given instead ends the link.
    chu.post(&page, &format!("{page}/moi-lai"), &[]).await;
    let third = secret(&house.post.taken.lock().unwrap()[2].body);
    chu.post(&page, &format!("{page}/dat-lai-mat-khau"), &[]).await;
    assert_eq!(binh.get(&format!("{PAGE}?ma={third}")).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_letter_that_cannot_be_sent_is_told_with_the_link() {
    let house = House::new().await;
    house.post.broken.store(true, Ordering::Relaxed);
    let mut chu = house.signed_in("chu").await;
    let (status, page) = invite(&mut chu, "binh", "binh@snv.example").await;
    assert_eq!(status, StatusCode::OK);
    assert!(page.contains("chưa gửi được") && page.contains("did not take the mail"), "{page}");
    let mut binh = house.browser("198.51.100.8");
    assert_eq!(accept(&mut binh, &secret(&page), PASSWORD, PASSWORD).await.1, "/dang-nhap");
    assert_eq!(binh.sign_in("binh", PASSWORD).await.0, StatusCode::SEE_OTHER);
}
