//! Signing in, and everything that must not work.

use crate::browser::{House, PASSWORD, form};
use axum::body::Body;
use http::{Request, StatusCode};

#[tokio::test]
async fn the_first_account_needs_the_code_and_is_made_once() {
    let house = House::empty(true).await;
    let mut browser = house.browser("198.51.100.7");
    assert_eq!(browser.get("/dang-nhap").await.1, "/bat-dau");
    let code = house.identity.setup_code().await.unwrap().unwrap();
    assert_eq!(house.identity.setup_code().await.unwrap().unwrap(), code, "the same until it is used");
    let fields = |code| {
        let password = ("password", PASSWORD);
        [("code", code), ("name", "Quản trị"), ("login", "Chu"), ("email", ""), password, ("again", PASSWORD)]
    };
    let wrong = browser.post("/bat-dau", "/bat-dau", &fields("AAAA-AAAA-AAAA-AAAA")).await;
    assert_eq!(wrong.0, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.2.contains("Mã khởi tạo không đúng"));
    let made = browser.post("/bat-dau", "/bat-dau", &fields(&code.to_lowercase())).await;
    assert_eq!((made.0, made.1.as_str()), (StatusCode::SEE_OTHER, "/dang-nhap"));
    assert_eq!(browser.get("/bat-dau").await.0, StatusCode::NOT_FOUND);
    assert!(house.identity.setup_code().await.unwrap().is_none());

    let page = browser.raw(Request::get("/dang-nhap").body(Body::empty()).unwrap()).await;
    let token = page.0.2.split_once("name=\"_csrf\" value=\"").unwrap().1.split('"').next().unwrap().to_owned();
    let body = format!(
        "_csrf={token}&login=chu&password={}",
        "r%E1%BB%ABng+%C4%91%C6%B0%E1%BB%9Bc+m%C3%B9a+n%C6%B0%E1%BB%9Bc+n%E1%BB%95i"
    );
    let (answer, cookies) = browser.raw(form("/dang-nhap", body)).await;
    assert_eq!(answer.0, StatusCode::SEE_OTHER, "{}", answer.2);
    let session = cookies.iter().find(|c| c.starts_with("__Host-mangrove=")).unwrap();
    for part in ["; Path=/", "; HttpOnly", "; Secure", "; SameSite=Lax"] {
        assert!(session.contains(part), "{session}");
    }
    assert!(!session.contains("Domain"), "{session}");
}

#[tokio::test]
async fn wrong_name_and_wrong_password_get_the_same_answer() {
    let house = House::new().await;
    let mut browser = house.browser("198.51.100.7");
    let strip = |text: &str| {
        // What differs in every page: tokens and the request's number.
        let mut out = String::new();
        for part in text.split('"') {
            if part.len() < 40 && !part.contains("minh") && !part.contains("nobody") {
                out.push_str(part);
            }
        }
        out
    };
    let wrong = browser.sign_in("minh", "không phải mật khẩu này").await;
    let unknown = browser.sign_in("nobody", "không phải mật khẩu này").await;
    assert_eq!((wrong.0, unknown.0), (StatusCode::UNPROCESSABLE_ENTITY, StatusCode::UNPROCESSABLE_ENTITY));
    assert_eq!(strip(&wrong.2), strip(&unknown.2));
    assert!(wrong.2.contains("Tên đăng nhập hoặc mật khẩu không đúng"));
    assert!(!browser.is_signed_in().await);
    assert_eq!(browser.sign_in("MINH ", PASSWORD).await.0, StatusCode::SEE_OTHER, "case of the name does not matter");
    assert!(browser.is_signed_in().await);
}

#[tokio::test]
async fn sign_in_needs_the_token_of_the_page() {
    let house = House::new().await;
    let mut browser = house.browser("198.51.100.7");
    let body = format!("login=minh&password={}", PASSWORD.replace(' ', "+"));
    assert_eq!(browser.raw(form("/dang-nhap", body)).await.0.0, StatusCode::FORBIDDEN);
    // A token from another visitor's page is no better: login CSRF.
    let mut other = house.browser("203.0.113.9");
    let page = other.get("/dang-nhap").await.2;
    let token = page.split_once("name=\"_csrf\" value=\"").unwrap().1.split('"').next().unwrap().to_owned();
    browser.get("/dang-nhap").await;
    let body = format!("_csrf={token}&login=minh&password=x");
    assert_eq!(browser.raw(form("/dang-nhap", body)).await.0.0, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn guessing_is_slowed_and_keeps_nobody_else_out() {
    let house = House::new().await;
    let mut known = house.signed_in("minh").await;
    known.post("/tai-khoan-cua-toi", "/dang-xuat", &[]).await;
    let mut evil = house.browser("203.0.113.9");
    for _ in 0..5 {
        assert_eq!(evil.sign_in("minh", "sai mật khẩu rồi").await.0, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let refused = evil.sign_in("minh", PASSWORD).await;
    assert_eq!(refused.0, StatusCode::TOO_MANY_REQUESTS, "even with the right password");
    assert!(refused.2.contains("Hãy thử lại sau"));
    assert_eq!(evil.sign_in("lan", PASSWORD).await.0, StatusCode::SEE_OTHER, "another person at that address");
    assert_eq!(known.sign_in("minh", PASSWORD).await.0, StatusCode::SEE_OTHER, "the person elsewhere");
    let mut evil = house.browser("203.0.113.9");
    house.clock.advance_secs(301);
    assert_eq!(evil.sign_in("minh", PASSWORD).await.0, StatusCode::SEE_OTHER, "after the wait");
}

#[tokio::test]
async fn a_session_ends_when_idle_and_after_a_day() {
    let house = House::new().await;
    let mut idle = house.signed_in("minh").await;
    house.clock.advance_secs(2 * 3600 - 1);
    assert!(idle.is_signed_in().await);
    house.clock.advance_secs(4 * 3600);
    assert!(!idle.is_signed_in().await, "idle");

    let mut busy = house.signed_in("minh").await;
    for _ in 0..11 {
        house.clock.advance_secs(3600);
        assert!(busy.is_signed_in().await);
        // "Last seen" is written in the background; wait for the writer, not for time.
        for _ in 0..50 {
            tokio::task::yield_now().await;
            drop(house.ground.db.begin().await.unwrap().rollback().await);
        }
    }
    house.clock.advance_secs(3601);
    assert!(!busy.is_signed_in().await, "twelve hours in any case");
}

#[tokio::test]
async fn signing_out_ends_the_session_itself_not_only_the_cookie() {
    let house = House::new().await;
    let mut browser = house.signed_in("minh").await;
    let mut thief = browser.elsewhere("203.0.113.9");
    assert!(thief.is_signed_in().await);
    let out = browser.post("/tai-khoan-cua-toi", "/dang-xuat", &[]).await;
    assert_eq!(out.1, "/dang-nhap");
    assert!(!thief.is_signed_in().await);
}

#[tokio::test]
async fn forged_and_foreign_cookies_are_nobody() {
    let house = House::new().await;
    let real = house.signed_in("minh").await.cookies["mangrove"].clone();
    let mut flipped = real.clone();
    let last = if flipped.pop() == Some('0') { '1' } else { '0' };
    flipped.push(last);
    let hashed = house.ground.db.clone();
    let stored: String =
        sqlx::query_scalar("SELECT token_hash FROM identity_session").fetch_one(hashed.read()).await.unwrap();
    assert_ne!(stored, real, "the database keeps no secret that opens a session");
    for forged in [flipped, stored, "x".to_owned(), "' OR 1=1 --".to_owned(), "0".repeat(64)] {
        let mut browser = house.browser("203.0.113.9");
        browser.cookies.insert("mangrove".to_owned(), forged.clone());
        let answer = browser.get("/tai-khoan-cua-toi").await;
        assert_eq!(
            (answer.0, answer.1.as_str()),
            (StatusCode::SEE_OTHER, "/dang-nhap?next=%2Ftai-khoan-cua-toi"),
            "{forged}"
        );
    }
}

#[tokio::test]
async fn after_sign_in_people_stay_with_us() {
    let house = House::new().await;
    for (next, to) in [("/canh-bao?x=1", "/canh-bao?x=1"), ("https://evil.example", "/"), ("//evil.example/x", "/")] {
        let mut browser = house.browser("198.51.100.7");
        let fields = [("login", "minh"), ("password", PASSWORD), ("next", next)];
        assert_eq!(browser.post("/dang-nhap", "/dang-nhap", &fields).await.1, to);
    }
}
