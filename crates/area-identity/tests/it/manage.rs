//! Accounts, grants, passwords and sessions through their pages.

use crate::browser::{Browser, House, PASSWORD};
use base_authz::{Grant, Role};
use http::StatusCode;

const NEW: &str = "tram chim bay bong sen";

pub(crate) async fn account_page(browser: &mut Browser, login: &str) -> String {
    let list = browser.get(&format!("/quan-tri/tai-khoan?q={login}")).await.2;
    let (_, rest) = list.split_once("href=\"/quan-tri/tai-khoan/0").unwrap();
    format!("/quan-tri/tai-khoan/0{}", rest.split('"').next().unwrap())
}

#[tokio::test]
async fn a_given_password_must_be_changed_before_anything_else() {
    let house = House::new().await;
    house.account("moi", vec![Grant::province(Role::Administrator)], true).await;
    let mut browser = house.signed_in("moi").await;
    for path in ["/tai-khoan-cua-toi", "/quan-tri/tai-khoan"] {
        assert_eq!(browser.get(path).await.1, "/tai-khoan-cua-toi/mat-khau", "{path}");
        // Nor does asking as a script does lead around it.
        let request = http::Request::get(path).header("x-fragment", "1").body(axum::body::Body::empty()).unwrap();
        assert_eq!(browser.raw(request).await.0.0, StatusCode::FORBIDDEN, "{path}");
    }
    let page = "/tai-khoan-cua-toi/mat-khau";
    let change = async |browser: &mut Browser, present: &str, new: &str, again: &str| {
        browser.post(page, page, &[("present", present), ("new", new), ("again", again)]).await
    };
    for (present, new, again, told) in [
        ("sai rồi", NEW, NEW, "Mật khẩu hiện tại không đúng"),
        (PASSWORD, "Matkhau@2026", "Matkhau@2026", "bị thử đầu tiên"),
        (PASSWORD, "ngắn", "ngắn", "quá ngắn"),
        (PASSWORD, NEW, "khác", "không giống nhau"),
        (PASSWORD, PASSWORD, PASSWORD, "phải khác"),
    ] {
        let refused = change(&mut browser, present, new, again).await;
        assert_eq!(refused.0, StatusCode::UNPROCESSABLE_ENTITY, "{told}");
        assert!(refused.2.contains(told), "{told}");
    }
    let mut other = house.signed_in("moi").await;
    assert_eq!(change(&mut browser, PASSWORD, NEW, NEW).await.1, "/tai-khoan-cua-toi");
    assert!(browser.is_signed_in().await);
    assert_eq!(other.get("/tai-khoan-cua-toi").await.0, StatusCode::SEE_OTHER, "other sessions have ended");
    assert_eq!(house.browser("198.51.100.7").sign_in("moi", PASSWORD).await.0, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn an_administrator_makes_locks_and_grants_and_the_trail_tells() {
    let house = House::new().await;
    let mut chu = house.signed_in("chu").await;
    let new = "/quan-tri/tai-khoan/moi";
    let fields =
        [("name", "Bình"), ("login", "binh"), ("email", "binh@snv.example"), ("role", "unit_officer"), ("unit", "STC")];
    let made = chu.post(new, new, &fields).await;
    assert_eq!(made.0, StatusCode::OK);
    let one_time = made.2.split_once("data-copy=\"").unwrap().1.split('"').next().unwrap().to_owned();
    assert_eq!(one_time.len(), 14);
    let taken = chu.post(new, new, &fields).await;
    assert!(taken.2.contains("đã có người dùng"), "{}", taken.2);
    let no_unit = chu
        .post(new, new, &[("name", "C"), ("login", "cc"), ("email", ""), ("role", "unit_officer"), ("unit", "")])
        .await;
    assert!(no_unit.2.contains("cần chọn đơn vị"));

    let mut binh = house.browser("198.51.100.8");
    assert_eq!(binh.sign_in("binh", &one_time).await.0, StatusCode::SEE_OTHER);
    let page = account_page(&mut chu, "binh").await;
    let locked = chu.post(&page, &format!("{page}/khoa"), &[("why", "nghỉ việc")]).await;
    assert_eq!(locked.1, page, "{}", locked.2);
    assert_eq!(
        binh.get("/tai-khoan-cua-toi").await.1,
        "/dang-nhap?next=%2Ftai-khoan-cua-toi",
        "locking ends the session"
    );
    assert_eq!(binh.sign_in("binh", &one_time).await.0, StatusCode::FORBIDDEN);
    assert!(chu.get(&page).await.2.contains("nghỉ việc"));
    let given = chu.post(&page, &format!("{page}/cap-quyen"), &[("role", "analyst"), ("unit", "")]).await;
    assert_eq!(given.1, page);
    let twice = chu.post(&page, &format!("{page}/cap-quyen"), &[("role", "analyst"), ("unit", "")]).await;
    assert_eq!(twice.0, StatusCode::CONFLICT);
    let trail = chu.get(&page).await.2;
    for told in ["Khóa tài khoản", "Cấp vai trò"] {
        assert!(trail.contains(told), "{told}");
    }
    base_audit::verify(&house.ground.db).await.unwrap().unwrap();
}

#[tokio::test]
async fn the_last_administrator_cannot_be_lost() {
    let house = House::new().await;
    let mut chu = house.signed_in("chu").await;
    let page = account_page(&mut chu, "chu").await;
    let shown = chu.get(&page).await.2;
    let grant = shown.split_once("name=\"grant\" value=\"").unwrap().1.split('"').next().unwrap().to_owned();
    let taken = chu.post(&page, &format!("{page}/thu-quyen"), &[("grant", &grant)]).await;
    assert_eq!(taken.0, StatusCode::CONFLICT, "{}", taken.2);
    assert_eq!(chu.get(&page).await.0, StatusCode::OK, "still administrator: the change was rolled back");
    house.account("hai", vec![Grant::province(Role::Administrator)], false).await;
    assert_eq!(chu.post(&page, &format!("{page}/thu-quyen"), &[("grant", &grant)]).await.0, StatusCode::SEE_OTHER);
    assert_eq!(chu.get(&page).await.0, StatusCode::FORBIDDEN, "taken with the next request");
}

#[tokio::test]
async fn others_accounts_and_sessions_are_out_of_reach() {
    let house = House::new().await;
    let mut lan = house.signed_in("lan").await;
    for path in ["/quan-tri/tai-khoan", "/quan-tri/tai-khoan/moi", "/quan-tri/ra-soat-quyen"] {
        assert_eq!(lan.get(path).await.0, StatusCode::FORBIDDEN, "{path}");
    }
    let mut minh = house.signed_in("minh").await;
    let session: String = sqlx::query_scalar(
        "SELECT s.id FROM identity_session s JOIN identity_account a ON a.id = s.account_id WHERE a.login = 'minh'",
    )
    .fetch_one(house.ground.db.read())
    .await
    .unwrap();
    let path = format!("/tai-khoan-cua-toi/phien/{session}/thu-hoi");
    assert_eq!(lan.post("/tai-khoan-cua-toi", &path, &[]).await.0, StatusCode::NOT_FOUND);
    assert!(minh.is_signed_in().await);
    let mut second = house.signed_in("minh").await;
    assert_eq!(second.post("/tai-khoan-cua-toi", &path, &[]).await.0, StatusCode::SEE_OTHER);
    assert!(!minh.is_signed_in().await && second.is_signed_in().await);
}

#[tokio::test]
async fn language_and_theme_follow_the_person() {
    let house = House::new().await;
    let mut browser = house.signed_in("minh").await;
    browser
        .post("/tai-khoan-cua-toi", "/tuy-chon", &[("lang", "en"), ("theme", "dark"), ("next", "/tai-khoan-cua-toi")])
        .await;
    let page = house.signed_in("minh").await.get("/tai-khoan-cua-toi").await.2;
    assert!(page.contains("lang=\"en\" data-theme=\"dark\"") && page.contains("My account"));
}
