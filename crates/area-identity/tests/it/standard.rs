//! What `docs/security/asvs.md` says of signing in, where no other test shows it.

use crate::browser::{House, PASSWORD, form};
use crate::manage::account_page;
use crate::phone::{self, Phone};
use axum::body::Body;
use base_authz::{Grant, Role};
use http::{Request, StatusCode};
use std::collections::BTreeSet;

const CODE: &str = "/dang-nhap/ma-xac-thuc";
const FACTOR: &str = "/tai-khoan-cua-toi/xac-thuc";

#[tokio::test]
async fn a_password_given_anew_still_asks_for_the_code() {
    let house = House::new().await;
    let mut minh = house.signed_in("minh").await;
    let page = minh.get(FACTOR).await.2;
    let (phone, offer) = (Phone::scan(&page), phone::field(&page, "offer"));
    let code = phone.code(house.clock.as_ref());
    let fields = [("offer", offer.as_str()), ("code", code.as_str()), ("password", PASSWORD)];
    assert_eq!(minh.post(FACTOR, FACTOR, &fields).await.0, StatusCode::OK);
    house.clock.advance_secs(30);

    let mut chu = house.signed_in("chu").await;
    let page = account_page(&mut chu, "minh").await;
    let given = chu.post(&page, &format!("{page}/dat-lai-mat-khau"), &[]).await.2;
    let one_time = given.split_once("data-copy=\"").unwrap().1.split('"').next().unwrap().to_owned();
    let mut browser = house.browser("198.51.100.9");
    assert_eq!(browser.sign_in("minh", &one_time).await.1, CODE);
    assert!(!browser.is_signed_in().await);
    let code = phone.code(house.clock.as_ref());
    assert_eq!(browser.post(CODE, CODE, &[("code", &code)]).await.0, StatusCode::SEE_OTHER);
    assert_eq!(browser.get("/tai-khoan-cua-toi").await.1, "/tai-khoan-cua-toi/mat-khau", "and it is not for long");
}

#[tokio::test]
async fn every_sign_in_has_a_token_of_its_own() {
    let house = House::new().await;
    let mut planted = house.browser("198.51.100.7");
    // Somebody else knows this one, or set it.
    planted.cookies.insert("mangrove".to_owned(), "0".repeat(64));
    assert_eq!(planted.sign_in("minh", PASSWORD).await.0, StatusCode::SEE_OTHER);
    let first = planted.cookies["mangrove"].clone();
    let second = house.signed_in("minh").await.cookies["mangrove"].clone();
    assert!(first != "0".repeat(64) && first != second);
    for token in [first, second] {
        let bytes = hex::decode(&token).unwrap();
        assert_eq!(bytes.len(), 32, "256 bits");
        assert!(bytes.iter().collect::<BTreeSet<_>>().len() > 16, "{token}");
    }
}

#[tokio::test]
async fn password_fields_hide_what_is_typed_and_let_managers_fill_them() {
    let house = House::new().await;
    let mut minh = house.signed_in("minh").await;
    let mut visitor = house.browser("198.51.100.7");
    for (page, fields) in [
        (visitor.get("/dang-nhap").await.2, &["current-password"][..]),
        (minh.get("/tai-khoan-cua-toi/mat-khau").await.2, &["current-password", "new-password", "new-password"]),
        // What was typed is not sent back.
        (visitor.sign_in("minh", "mật khẩu sai").await.2, &["current-password"]),
    ] {
        let inputs: Vec<&str> = page
            .split("<input")
            .skip(1)
            .map(|rest| rest.split('>').next().unwrap())
            .filter(|i| i.contains("password\""))
            .collect();
        assert_eq!(inputs.len(), fields.len(), "{inputs:?}");
        for (input, fill) in inputs.iter().zip(fields) {
            assert!(input.contains("type=\"password\"") && !input.contains("value="), "{input}");
            assert!(input.contains(&format!("autocomplete=\"{fill}\"")), "{input}");
            assert!(!input.contains("onpaste") && !input.contains("readonly"), "{input}");
        }
    }
}

#[tokio::test]
async fn with_tls_every_cookie_is_bound_to_host_and_transport() {
    let house = House::empty(true).await;
    house.account("minh", vec![Grant::province(Role::Analyst)], false).await;
    let mut browser = house.browser("198.51.100.7");
    let (page, mut set) = browser.raw(Request::get("/dang-nhap").body(Body::empty()).unwrap()).await;
    let token = |page: &str| phone::field(page, "_csrf");
    let typed = PASSWORD.bytes().map(|b| format!("%{b:02X}")).collect::<String>();
    let body = format!("_csrf={}&login=minh&password={typed}", token(&page.2));
    let (answer, more) = browser.raw(form("/dang-nhap", body)).await;
    assert_eq!(answer.0, StatusCode::SEE_OTHER, "{}", answer.2);
    set.extend(more);
    let page = browser.get("/tai-khoan-cua-toi").await.2;
    for (path, fields) in
        [("/tuy-chon", "&lang=en&theme=dark"), ("/tai-khoan-cua-toi/phien/thu-hoi-phien-khac", ""), ("/dang-xuat", "")]
    {
        set.extend(browser.raw(form(path, format!("_csrf={}{fields}", token(&page)))).await.1);
    }
    let names: BTreeSet<&str> = set.iter().map(|line| line.split('=').next().unwrap()).collect();
    let wanted = ["", "-device", "-flash", "-lang", "-theme", "-visitor"].map(|name| format!("__Host-mangrove{name}"));
    assert_eq!(names, wanted.iter().map(String::as_str).collect::<BTreeSet<_>>());
    for line in &set {
        for part in ["; Path=/", "; HttpOnly", "; Secure", "; SameSite="] {
            assert!(line.contains(part), "{line}");
        }
        assert!(!line.contains("SameSite=None") && !line.contains("Domain="), "{line}");
    }
}
