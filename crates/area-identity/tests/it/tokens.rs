//! Tokens of programs: what they open, and everything they must not.

use crate::browser::{Browser, House, PASSWORD, form};
use crate::manage::account_page;
use axum::body::Body;
use http::{Request, StatusCode, header};

const PAGE: &str = "/tai-khoan-cua-toi/ma-truy-cap";

/// Makes a token for these actions; the whole page.
async fn make(browser: &mut Browser, actions: &[&str], unit: &str, until: &str) -> (StatusCode, String) {
    let fields: Vec<(String, &str)> = actions.iter().map(|a| (format!("action-{a}"), "1")).collect();
    let mut all = vec![("name", "báo cáo"), ("unit", unit), ("until", until), ("password", PASSWORD)];
    all.extend(fields.iter().map(|(n, v)| (n.as_str(), *v)));
    let answer = browser.post(PAGE, PAGE, &all).await;
    (answer.0, answer.2)
}

fn token_of(page: &str) -> String {
    let (_, rest) = page.split_once("data-copy=\"mgt_").expect("the token");
    format!("mgt_{}", rest.split('"').next().unwrap())
}

async fn ask(house: &House, token: &str, method: &str, path: &str) -> (StatusCode, String) {
    let request = Request::builder().method(method).uri(path).header(header::AUTHORIZATION, format!("Bearer {token}"));
    let answer = house.browser("192.0.2.4").raw(request.body(Body::empty()).unwrap()).await.0;
    (answer.0, answer.2)
}

#[tokio::test]
async fn a_token_opens_what_it_is_for_and_no_more() {
    let house = House::new().await;
    let mut chu = house.signed_in("chu").await;
    let (status, page) = make(&mut chu, &["access.read"], "", "2014-12-31").await;
    assert_eq!(status, StatusCode::OK, "{page}");
    let token = token_of(&page);
    assert_eq!(token.len(), 68);
    assert!(!chu.get(PAGE).await.2.contains(&token), "shown once");
    assert_eq!(ask(&house, &token, "GET", "/quan-tri/ra-soat-quyen").await.0, StatusCode::OK);
    let refused = ask(&house, &token, "GET", "/quan-tri/tai-khoan").await;
    assert_eq!(refused.0, StatusCode::FORBIDDEN, "its person may, the token not");
    assert!(refused.1.contains("\"kind\":\"forbidden\"") && refused.1.contains("this token does"), "{}", refused.1);
    for path in ["/tai-khoan-cua-toi", PAGE, "/tai-khoan-cua-toi/xac-thuc", "/truc-tiep"] {
        assert_eq!(ask(&house, &token, "GET", path).await.0, StatusCode::FORBIDDEN, "{path}");
    }
    for path in ["/tai-khoan-cua-toi/mat-khau", "/dang-xuat", PAGE, "/quan-tri/tai-khoan/moi"] {
        assert_eq!(ask(&house, &token, "POST", path).await.0, StatusCode::FORBIDDEN, "{path}");
    }
    // As a cookie it is nobody, and beside a cookie it counts alone.
    let mut thief = house.browser("192.0.2.4");
    thief.cookies.insert("mangrove".to_owned(), token.clone());
    assert!(!thief.is_signed_in().await);
    let request = Request::get("/quan-tri/tai-khoan").header(header::AUTHORIZATION, format!("Bearer {token}"));
    assert_eq!(chu.raw(request.body(Body::empty()).unwrap()).await.0.0, StatusCode::FORBIDDEN);
    let stored: Vec<String> =
        sqlx::query_scalar("SELECT token_hash FROM identity_token").fetch_all(house.ground.db.read()).await.unwrap();
    assert!(stored.iter().all(|kept| !kept.contains(&token[4..])));
    assert!(house.trail().await.iter().any(|a| a == "accounts.create_token"));
}

#[tokio::test]
async fn forged_expired_and_revoked_tokens_are_nobody() {
    let house = House::new().await;
    let mut chu = house.signed_in("chu").await;
    let token = token_of(&make(&mut chu, &["access.read"], "", "2014-03-10").await.1);
    let mut forged = token.clone();
    let last = if forged.pop() == Some('0') { '1' } else { '0' };
    forged.push(last);
    for bad in [forged.as_str(), "mgt_", "mgt_x", &format!("mgt_{}", "0".repeat(64)), &"mgt_".repeat(5000)] {
        let answer = ask(&house, bad, "GET", "/quan-tri/ra-soat-quyen").await;
        assert_eq!(answer.0, StatusCode::UNAUTHORIZED, "{answer:?}");
        assert!(answer.1.contains("\"kind\":\"unauthenticated\""));
    }
    house.clock.advance_secs(6 * 86_400);
    assert_eq!(ask(&house, &token, "GET", "/quan-tri/ra-soat-quyen").await.0, StatusCode::UNAUTHORIZED, "over");
    let mut chu = house.signed_in("chu").await;
    let token = token_of(&make(&mut chu, &["access.read"], "", "2014-12-31").await.1);
    assert_eq!(ask(&house, &token, "GET", "/quan-tri/ra-soat-quyen").await.0, StatusCode::OK);
    let id: String =
        sqlx::query_scalar("SELECT max(id) FROM identity_token").fetch_one(house.ground.db.read()).await.unwrap();
    let mut lan = house.signed_in("lan").await;
    assert_eq!(lan.post(PAGE, &format!("{PAGE}/{id}/thu-hoi"), &[]).await.0, StatusCode::NOT_FOUND, "another's");
    assert_eq!(chu.post(PAGE, &format!("{PAGE}/{id}/thu-hoi"), &[]).await.1, PAGE);
    assert_eq!(ask(&house, &token, "GET", "/quan-tri/ra-soat-quyen").await.0, StatusCode::UNAUTHORIZED, "revoked");
}

#[tokio::test]
async fn a_token_has_no_right_its_person_lacks_or_loses() {
    let house = House::new().await;
    let mut lan = house.signed_in("lan").await;
    for (actions, unit, until, told) in [
        (&["alerts.triage"][..], "", "2014-12-31", "Bạn không có quyền này"),
        (&["accounts.manage"], "", "2014-12-31", "không dùng được cho việc này"),
        (&["không.có"], "", "2014-12-31", "không dùng được cho việc này"),
        (&[], "", "2014-12-31", "ít nhất một quyền"),
        (&["alerts.read"], "STC", "2014-12-31", "nằm ngoài phạm vi"),
        (&["alerts.read"], "SYT", "2016-01-01", "nhiều nhất một năm"),
        (&["alerts.read"], "SYT", "", "Hãy chọn ngày hết hạn"),
    ] {
        let (status, page) = make(&mut lan, actions, unit, until).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{told}");
        assert!(page.contains(told), "{told}");
    }
    let mut chu = house.signed_in("chu").await;
    let page = account_page(&mut chu, "minh").await;
    let give = [("role", "auditor"), ("unit", ""), ("from", ""), ("until", "2014-03-06")];
    assert_eq!(chu.post(&page, &format!("{page}/cap-quyen"), &give).await.1, page);
    let mut minh = house.signed_in("minh").await;
    let token = token_of(&make(&mut minh, &["access.read"], "", "2014-12-31").await.1);
    assert_eq!(ask(&house, &token, "GET", "/quan-tri/ra-soat-quyen").await.0, StatusCode::OK);
    house.clock.advance_secs(2 * 86_400);
    assert_eq!(
        ask(&house, &token, "GET", "/quan-tri/ra-soat-quyen").await.0,
        StatusCode::FORBIDDEN,
        "the role is over"
    );
    // The administrator sees and ends tokens of others; a lock ends them all.
    let mut chu = house.signed_in("chu").await;
    assert!(chu.get(&page).await.2.contains("báo cáo"));
    chu.post(&page, &format!("{page}/khoa"), &[("why", "nghỉ việc")]).await;
    assert_eq!(ask(&house, &token, "GET", "/quan-tri/ra-soat-quyen").await.0, StatusCode::UNAUTHORIZED);
    chu.post(&page, &format!("{page}/mo-khoa"), &[]).await;
    let id: String =
        sqlx::query_scalar("SELECT max(id) FROM identity_token").fetch_one(house.ground.db.read()).await.unwrap();
    assert_eq!(chu.post(&page, &format!("{page}/ma-truy-cap/{id}/thu-hoi"), &[]).await.1, page);
    assert_eq!(ask(&house, &token, "GET", "/quan-tri/ra-soat-quyen").await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn what_a_program_does_needs_no_form_token_and_bears_its_name() {
    let house = House::new().await;
    let mut chu = house.signed_in("chu").await;
    let token = token_of(&make(&mut chu, &["accounts.read", "access.read"], "", "2014-12-31").await.1);
    // No route that tokens may post to stands in this area; that the form token is not what refuses shows in the words.
    let mut request = form("/quan-tri/tai-khoan/moi", String::new());
    request.headers_mut().insert(header::AUTHORIZATION, format!("Bearer {token}").parse().unwrap());
    let answer = house.browser("192.0.2.4").raw(request).await.0;
    assert!(answer.2.contains("accounts.manage") && !answer.2.contains("form was refused"), "{}", answer.2);
    let page = ask(&house, &token, "GET", "/quan-tri/tai-khoan").await.1;
    assert!(page.contains("Người chu (báo cáo)"), "person and token");
}
