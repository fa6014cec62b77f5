//! The second factor: setting it up, signing in with it, and everything that must not work.

use crate::browser::{Browser, House, PASSWORD};
use crate::phone::{self, Phone};
use http::{Request, StatusCode};

const PAGE: &str = "/tai-khoan-cua-toi/xac-thuc";
const CODE: &str = "/dang-nhap/ma-xac-thuc";

/// Sets up an app in a signed-in browser; the phone and the recovery codes.
pub(crate) async fn enrol(house: &House, browser: &mut Browser) -> (Phone, Vec<String>) {
    let page = browser.get(PAGE).await.2;
    let phone = Phone::scan(&page);
    let code = phone.code(house.clock.as_ref());
    let offer = phone::field(&page, "offer");
    let shown = browser.post(PAGE, PAGE, &[("offer", &offer), ("code", &code), ("password", PASSWORD)]).await;
    assert_eq!(shown.0, StatusCode::OK, "{}", shown.2);
    let codes = phone::recovery_codes(&shown.2);
    assert_eq!(codes.len(), 10);
    (phone, codes)
}

async fn half(house: &House, login: &str) -> Browser {
    let mut browser = house.browser("198.51.100.7");
    let answer = browser.sign_in(login, PASSWORD).await;
    assert_eq!((answer.0, answer.1.as_str()), (StatusCode::SEE_OTHER, CODE), "{}", answer.2);
    browser
}

async fn give(browser: &mut Browser, code: &str) -> (StatusCode, String) {
    let answer = browser.post(CODE, CODE, &[("code", code)]).await;
    (answer.0, answer.1)
}

#[tokio::test]
async fn the_powerful_are_led_to_set_it_up_before_anything_else() {
    let house = House::strict().await;
    for login in ["chu", "minh"] {
        let mut browser = house.signed_in(login).await;
        for path in ["/tai-khoan-cua-toi", "/tai-khoan-cua-toi/mat-khau", "/quan-tri/tai-khoan"] {
            let answer = browser.get(path).await;
            assert!(answer.1 == PAGE || answer.0 == StatusCode::FORBIDDEN, "{login} {path}: {} {}", answer.0, answer.1);
        }
        enrol(&house, &mut browser).await;
        assert!(browser.is_signed_in().await);
    }
    assert!(house.signed_in("lan").await.is_signed_in().await, "an officer of a unit need not");
    let lax = House::new().await;
    assert!(lax.signed_in("chu").await.is_signed_in().await, "optional, as in the demonstration");
}

#[tokio::test]
async fn sign_in_takes_both_and_a_code_counts_once() {
    let house = House::new().await;
    let mut first = house.signed_in("minh").await;
    let mut other = house.signed_in("minh").await;
    let (phone, _) = enrol(&house, &mut first).await;
    assert!(first.is_signed_in().await && !other.is_signed_in().await, "sessions by password alone have ended");

    let mut browser = half(&house, "minh").await;
    assert!(!browser.is_signed_in().await, "half is nothing");
    assert!(!browser.cookies.contains_key("mangrove"), "not even a session cookie");
    let used = phone.code(house.clock.as_ref());
    assert_eq!(give(&mut browser, &used).await.0, StatusCode::UNPROCESSABLE_ENTITY, "used at the enrolment");
    house.clock.advance_secs(30);
    let code = phone.code(house.clock.as_ref());
    let spaced = format!("{} {}", &code[..3], &code[3..]);
    assert_eq!(give(&mut browser, &spaced).await, (StatusCode::SEE_OTHER, "/tai-khoan-cua-toi/thong-bao".to_owned()));
    assert!(browser.is_signed_in().await);

    // The same code again, and one of a step before it: somebody looked over the shoulder.
    let mut thief = half(&house, "minh").await;
    assert_eq!(give(&mut thief, &code).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(give(&mut thief, &used).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    let trail = house.trail().await;
    for act in ["session.code_refused", "accounts.add_factor"] {
        assert!(trail.iter().any(|a| a == act), "{act}");
    }
}

#[tokio::test]
async fn a_half_sign_in_opens_nothing_ends_soon_and_stays_in_its_browser() {
    let house = House::new().await;
    let (phone, _) = enrol(&house, &mut house.signed_in("minh").await).await;
    house.clock.advance_secs(30);
    assert_eq!(house.browser("198.51.100.7").get(CODE).await.1, "/dang-nhap", "nothing begun");
    for forged in ["", "x", &"0".repeat(64)] {
        let mut browser = house.browser("198.51.100.7");
        browser.cookies.insert("mangrove-half".to_owned(), forged.to_owned());
        assert_eq!(browser.get(CODE).await.1, "/dang-nhap");
    }
    // As session cookie the half token is nobody.
    let mut browser = half(&house, "minh").await;
    let token = browser.cookies["mangrove-half"].clone();
    let mut wrong_place = house.browser("198.51.100.7");
    wrong_place.cookies.insert("mangrove".to_owned(), token.clone());
    assert!(!wrong_place.is_signed_in().await);
    // In another browser it is worth nothing either.
    let mut elsewhere = browser.elsewhere("203.0.113.9");
    let request = Request::get(CODE).header("user-agent", "curl/8").body(axum::body::Body::empty()).unwrap();
    assert_eq!(elsewhere.raw(request).await.0.1, "/dang-nhap");
    // The form needs the token of the page.
    let bare = crate::browser::form(CODE, format!("code={}", phone.code(house.clock.as_ref())));
    assert_eq!(browser.raw(bare).await.0.0, StatusCode::FORBIDDEN);

    house.clock.advance_secs(301);
    assert_eq!(browser.get(CODE).await.1, "/dang-nhap", "after five minutes");
    // A password given anew ends what waits with the old one.
    let mut waiting = half(&house, "minh").await;
    let mut chu = house.signed_in("chu").await;
    let page = crate::manage::account_page(&mut chu, "minh").await;
    chu.post(&page, &format!("{page}/dat-lai-mat-khau"), &[]).await;
    assert_eq!(waiting.get(CODE).await.1, "/dang-nhap");
}

#[tokio::test]
async fn guessing_codes_is_slowed_and_the_own_browser_is_apart() {
    let house = House::new().await;
    let mut own = house.signed_in("minh").await;
    let (phone, _) = enrol(&house, &mut own).await;
    house.clock.advance_secs(60);
    let mut evil = House::browser(&house, "203.0.113.9");
    evil.sign_in("minh", PASSWORD).await;
    for _ in 0..5 {
        assert_eq!(give(&mut evil, "000000").await.0, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let right = phone.code(house.clock.as_ref());
    assert_eq!(give(&mut evil, &right).await.0, StatusCode::TOO_MANY_REQUESTS, "even with the right one");
    own.post("/tai-khoan-cua-toi", "/dang-xuat", &[]).await;
    own.sign_in("minh", PASSWORD).await;
    assert_eq!(give(&mut own, &right).await.0, StatusCode::SEE_OTHER, "the person elsewhere");
}

#[tokio::test]
async fn recovery_codes_work_once_each_and_new_ones_replace_them() {
    let house = House::new().await;
    let mut browser = house.signed_in("minh").await;
    let (_, codes) = enrol(&house, &mut browser).await;
    let mut second = half(&house, "minh").await;
    assert_eq!(give(&mut second, &codes[0].to_lowercase()).await.0, StatusCode::SEE_OTHER);
    assert!(second.get(PAGE).await.2.contains("Còn 9 mã"));
    assert_eq!(give(&mut half(&house, "minh").await, &codes[0]).await.0, StatusCode::UNPROCESSABLE_ENTITY, "once");
    let renew = "/tai-khoan-cua-toi/xac-thuc/ma-du-phong";
    assert_eq!(second.post(PAGE, renew, &[("password_codes", "sai")]).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    let fresh = phone::recovery_codes(&second.post(PAGE, renew, &[("password_codes", PASSWORD)]).await.2);
    assert_eq!(fresh.len(), 10);
    assert_eq!(give(&mut half(&house, "minh").await, &codes[1]).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(give(&mut half(&house, "minh").await, &fresh[1]).await.0, StatusCode::SEE_OTHER);
    let stored: Vec<String> =
        sqlx::query_scalar("SELECT code_hash FROM identity_recovery").fetch_all(house.ground.db.read()).await.unwrap();
    assert!(stored.iter().all(|kept| fresh.iter().all(|code| !kept.contains(&code.replace('-', "")))));
}

#[tokio::test]
async fn enrolment_needs_the_password_a_fresh_offer_and_an_own_one() {
    let house = House::new().await;
    let mut browser = house.signed_in("minh").await;
    let page = browser.get(PAGE).await.2;
    let (phone, offer) = (Phone::scan(&page), phone::field(&page, "offer"));
    let code = phone.code(house.clock.as_ref());
    for (offer, code, password, told) in [
        (offer.as_str(), "000000", PASSWORD, "Mã không đúng"),
        (&offer, &code, "sai", "Mật khẩu hiện tại không đúng"),
        ("x", &code, PASSWORD, "Đã quá 15 phút"),
    ] {
        let refused = browser.post(PAGE, PAGE, &[("offer", offer), ("code", code), ("password", password)]).await;
        assert_eq!(refused.0, StatusCode::UNPROCESSABLE_ENTITY, "{told}");
        assert!(refused.2.contains(told), "{told}");
        if offer != "x" {
            assert_eq!(Phone::scan(&refused.2).secret, phone.secret, "what was scanned stays");
        }
    }
    // An offer made to somebody else is nobody's.
    let mut lan = house.signed_in("lan").await;
    let stolen = lan.post(PAGE, PAGE, &[("offer", &offer), ("code", &code), ("password", PASSWORD)]).await;
    assert!(stolen.2.contains("Đã quá 15 phút"));
    house.clock.advance_secs(901);
    let late = phone.code(house.clock.as_ref());
    let refused = browser.post(PAGE, PAGE, &[("offer", &offer), ("code", &late), ("password", PASSWORD)]).await;
    assert!(refused.2.contains("Đã quá 15 phút"));
    let kept: i64 =
        sqlx::query_scalar("SELECT count(*) FROM identity_totp").fetch_one(house.ground.db.read()).await.unwrap();
    assert_eq!(kept, 0);
}

#[tokio::test]
async fn a_secret_moved_to_another_row_opens_for_nobody() {
    let house = House::new().await;
    let (phone, _) = enrol(&house, &mut house.signed_in("minh").await).await;
    enrol(&house, &mut house.signed_in("lan").await).await;
    house.clock.advance_secs(60);
    // Who can write to the database gives somebody else the secret of his own phone.
    let mut tx = house.ground.db.begin().await.unwrap();
    sqlx::query(
        "UPDATE identity_totp SET secret = (SELECT t.secret FROM identity_totp t JOIN identity_account a
           ON a.id = t.account_id WHERE a.login = 'minh')
         WHERE account_id = (SELECT id FROM identity_account WHERE login = 'lan')",
    )
    .execute(tx.conn())
    .await
    .unwrap();
    tx.commit().await.unwrap();
    let refused = give(&mut half(&house, "lan").await, &phone.code(house.clock.as_ref())).await;
    assert_eq!(refused.0, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn a_lost_phone_is_removed_by_the_administrator_with_a_reason() {
    let house = House::strict().await;
    let mut chu = house.signed_in("chu").await;
    enrol(&house, &mut chu).await;
    let mut minh = house.signed_in("minh").await;
    enrol(&house, &mut minh).await;
    let page = crate::manage::account_page(&mut chu, "minh").await;
    let to = format!("{page}/go-xac-thuc");
    assert_eq!(chu.post(&page, &to, &[("factor_why", " ")]).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(chu.post(&page, &to, &[("factor_why", "mất điện thoại")]).await.1, page);
    assert!(chu.get(&page).await.2.contains("mất điện thoại"), "in the trail");
    assert!(!minh.is_signed_in().await, "sessions have ended");
    let mut again = house.signed_in("minh").await;
    assert_eq!(again.get("/tai-khoan-cua-toi").await.1, PAGE, "and another one is asked for");
    assert_eq!(again.post(PAGE, &to, &[("factor_why", "x")]).await.1, "", "a right nobody else has");
    // One's own, for a new phone.
    let own = "/tai-khoan-cua-toi/xac-thuc/go-bo";
    assert_eq!(chu.post(PAGE, own, &[("password_remove", "sai")]).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(chu.post(PAGE, own, &[("password_remove", PASSWORD)]).await.0, StatusCode::SEE_OTHER);
    assert_eq!(chu.get("/tai-khoan-cua-toi").await.1, PAGE);
}
