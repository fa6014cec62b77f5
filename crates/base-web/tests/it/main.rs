//! The glue as a browser meets it: headers, rights, CSRF, errors, flash messages, live news.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use axum::body::Body;
use axum::extract::Multipart;
use axum::response::Response;
use base_authz::{Action, Role};
use base_core::{Error, Kind, UnitId};
use base_testkit::console::{Answer, Console, Ground, person};
use base_web::{Access, Area, Ctx, News, Routes, WebError, WebResult};
use http::{Request, StatusCode, header};
use http_body_util::BodyExt as _;
use maud::{Markup, html};
use std::time::Duration;
use tower::ServiceExt as _;

mod standard;

async fn show(ctx: Ctx) -> Markup {
    ctx.page("Trang", html! { form method="post" { (ctx.csrf_field()) } p { (ctx.csrf_action("/tep")) } })
}

async fn save(ctx: Ctx) -> Response {
    ctx.done("/trang", "Đã lưu <b>")
}

async fn upload(_ctx: Ctx, mut form: Multipart) -> WebResult<String> {
    let mut size = 0;
    while let Some(field) = form.next_field().await.map_err(|e| Error::new(Kind::Invalid, e.to_string()))? {
        size += field.bytes().await.map_err(|e| Error::new(Kind::Invalid, e.to_string()))?.len();
    }
    Ok(size.to_string())
}

async fn fails(ctx: Ctx) -> WebError {
    let kind = match ctx.here().rsplit('/').next() {
        Some("conflict") => Kind::Conflict,
        _ => Kind::Bug,
    };
    WebError(Error::new(kind, "secret detail <x>"))
}

async fn panics(_ctx: Ctx) -> Markup {
    panic!("a defect");
}

async fn never(_ctx: Ctx) -> Markup {
    std::future::pending().await
}

fn area() -> Area {
    let signed_in = Access::SignedIn;
    let routes = Routes::new()
        .get("/trang", signed_in, show)
        .post("/trang", signed_in, save)
        .post_large("/tep", signed_in, 100_000, Duration::from_secs(60), upload)
        .get("/rieng", Access::May(Action::AccountsRead), show)
        .get("/loi/{kind}", signed_in, fails)
        .get("/hoang-loan", signed_in, panics)
        .post_large("/mai-mai", signed_in, 10, Duration::from_millis(20), never)
        .post("/api/may", Access::Bearer, || async { "ok" });
    Area::new("thu", routes)
}

async fn console() -> Console {
    let people = [person("minh", Role::Analyst, None), person("lan", Role::UnitOfficer, Some("SYT"))];
    Console::start(Ground::new().await, vec![area()], &people).await
}

fn form(who: &str, path: &str) -> http::request::Builder {
    Request::post(path)
        .header(header::COOKIE, format!("mangrove={who}"))
        .header(header::HOST, "mangrove.example")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
}

fn token_of(page: &Answer) -> String {
    let (_, rest) = page.text.split_once("name=\"_csrf\" value=\"").unwrap();
    rest.split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn every_answer_carries_the_policy_and_pages_are_not_kept() {
    let console = console().await;
    for path in ["/trang", "/khong-co", "/loi/bug", "/rieng"] {
        let answer = console.get("minh", path).await;
        let policy = answer.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self'"), "{path}: {policy}");
        assert!(!policy.contains("unsafe"), "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        assert!(!answer.text.contains(" style="), "{path} has an inline style");
        assert!(!answer.text.contains("<script>") && !answer.text.contains(" onclick="), "{path} has an inline script");
    }
    let css = console.get("minh", base_ui::asset::path("mangrove.css")).await;
    assert!(css.header("cache-control").contains("immutable"));
    assert_eq!(console.get("minh", "/static/mangrove.0000000000000000.css").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn who_is_not_signed_in_is_led_to_sign_in_and_back() {
    let console = console().await;
    let page = console.get("nobody", "/trang?a=1&b=2").await;
    assert_eq!(
        (page.status, page.header("location")),
        (StatusCode::SEE_OTHER, "/dang-nhap?next=%2Ftrang%3Fa%3D1%26b%3D2")
    );
    assert_eq!(console.fragment("nobody", "/trang").await.status, StatusCode::UNAUTHORIZED);
    let request = Request::get("/trang").header(header::ACCEPT, "application/json").body(Body::empty()).unwrap();
    let json = console.send(request).await;
    assert_eq!(json.status, StatusCode::UNAUTHORIZED);
    assert!(json.text.contains("\"kind\":\"unauthenticated\""), "{}", json.text);
}

#[tokio::test]
async fn rights_methods_and_unknown_pages() {
    let console = console().await;
    let refused = console.get("minh", "/rieng").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(refused.text.contains("Không có quyền") && refused.text.contains("accounts.read"));
    assert_eq!(console.get("minh", "/khong-co").await.status, StatusCode::NOT_FOUND);
    let other_method = console.get("minh", "/mai-mai").await;
    assert_eq!((other_method.status, other_method.header("allow")), (StatusCode::METHOD_NOT_ALLOWED, "POST"));
}

#[tokio::test]
async fn a_form_needs_the_token_of_its_own_session() {
    let console = console().await;
    let send = async |who: &str, body: String, extra: Option<(&str, &str)>| {
        let mut request = form(who, "/trang");
        if let Some((name, value)) = extra {
            request = request.header(name, value);
        }
        console.send(request.body(Body::from(body)).unwrap()).await.status
    };
    let mine = token_of(&console.get("minh", "/trang").await);
    let hers = token_of(&console.get("lan", "/trang").await);
    assert_eq!(send("minh", "a=1".to_owned(), None).await, StatusCode::FORBIDDEN, "no token");
    assert_eq!(send("minh", format!("_csrf={hers}"), None).await, StatusCode::FORBIDDEN, "another session's");
    assert_eq!(send("minh", format!("_csrf={}", mine.to_lowercase()), None).await, StatusCode::FORBIDDEN, "changed");
    assert_eq!(
        send("minh", format!("_csrf={mine}"), Some(("sec-fetch-site", "cross-site"))).await,
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        send("minh", format!("_csrf={mine}"), Some(("origin", "https://evil.example"))).await,
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        send("minh", format!("x=y&_csrf={mine}"), Some(("sec-fetch-site", "same-origin"))).await,
        StatusCode::SEE_OTHER
    );
    assert_eq!(send("minh", format!("_csrf={mine}"), Some(("origin", "null"))).await, StatusCode::FORBIDDEN);
    let own = send("minh", format!("_csrf={mine}"), Some(("origin", "https://mangrove.example"))).await;
    assert_eq!(own, StatusCode::SEE_OTHER);
    assert_eq!(send("minh", String::new(), Some(("x-csrf-token", &mine))).await, StatusCode::SEE_OTHER);
    // HTTP/2 names the host in the address instead of a header.
    let h2 = |origin: &str| {
        Request::post("https://mangrove.example/trang")
            .header(header::COOKIE, "mangrove=minh")
            .header("x-csrf-token", &mine)
            .header(header::ORIGIN, origin)
            .body(Body::empty())
            .unwrap()
    };
    assert_eq!(console.send(h2("https://mangrove.example")).await.status, StatusCode::SEE_OTHER);
    assert_eq!(console.send(h2("https://evil.example")).await.status, StatusCode::FORBIDDEN);
    let long = format!("_csrf={mine}&x={}", "a".repeat(2 << 20));
    assert!(send("minh", long, None).await.is_client_error());
    // A program's request carries no cookie that counts, so it needs no token.
    let api = Request::post("/api/may").body(Body::empty()).unwrap();
    assert_eq!(console.send(api).await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_upload_carries_its_token_in_the_address_and_is_bounded() {
    let console = console().await;
    let page = console.get("minh", "/trang").await;
    let (_, rest) = page.text.split_once("<p>/tep?_csrf=").unwrap();
    let token = rest.split('<').next().unwrap();
    let body = |size: usize| {
        let data = "x".repeat(size);
        format!("--E\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a\"\r\n\r\n{data}\r\n--E--\r\n")
    };
    let send = async |path: String, size: usize| {
        let request = Request::post(path)
            .header(header::COOKIE, "mangrove=minh")
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=E");
        console.send(request.body(Body::from(body(size))).unwrap()).await
    };
    let done = send(format!("/tep?_csrf={token}"), 50_000).await;
    assert_eq!((done.status, done.text.as_str()), (StatusCode::OK, "50000"));
    assert_eq!(send("/tep".to_owned(), 10).await.status, StatusCode::FORBIDDEN);
    assert!(send(format!("/tep?_csrf={token}"), 200_000).await.status.is_client_error());
}

#[tokio::test]
async fn errors_tell_people_enough_and_no_more() {
    let console = console().await;
    let bug = console.get("minh", "/loi/bug").await;
    assert_eq!(bug.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(!bug.text.contains("secret detail") && bug.text.contains("Mã yêu cầu"), "{}", bug.text);
    let conflict = console.get("minh", "/loi/conflict").await;
    assert_eq!(conflict.status, StatusCode::CONFLICT);
    assert!(conflict.text.contains("secret detail &lt;x&gt;"), "the reason, escaped");
    let panicked = console.get("minh", "/hoang-loan").await;
    assert_eq!(panicked.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(panicked.text.contains("Có lỗi trong chương trình") && !panicked.text.contains("a defect"));
    let late = console.post("minh", "/trang", "/mai-mai", &[]).await;
    assert_eq!(late.status, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn a_flash_message_shows_once_and_cannot_be_forged() {
    let console = console().await;
    let done = console.post("minh", "/trang", "/trang", &[]).await;
    assert_eq!((done.status, done.header("location")), (StatusCode::SEE_OTHER, "/trang"));
    let cookie = done.header("set-cookie").split(';').next().unwrap().to_owned();
    assert!(done.header("set-cookie").contains("HttpOnly; SameSite=Lax"));
    let get = async |cookie: &str| {
        let request = Request::get("/trang").header(header::COOKIE, format!("mangrove=minh; {cookie}"));
        console.send(request.body(Body::empty()).unwrap()).await
    };
    let shown = get(&cookie).await;
    assert!(shown.text.contains("Đã lưu &lt;b&gt;"));
    assert!(
        shown.header("set-cookie").contains("mangrove-flash=; ") && shown.header("set-cookie").contains("Max-Age=0")
    );
    let (name, value) = cookie.split_once('=').unwrap();
    let forged = get(&format!("{name}=Y{}", value.get(1..).unwrap())).await;
    assert!(!forged.text.contains("class=\"flash\""));
}

#[tokio::test]
async fn language_and_theme_are_kept() {
    let console = console().await;
    let chosen = console
        .post("minh", "/trang", "/tuy-chon", &[("lang", "en"), ("theme", "dark"), ("next", "//evil.example")])
        .await;
    assert_eq!((chosen.status, chosen.header("location")), (StatusCode::SEE_OTHER, "/"));
    let cookies: Vec<_> = chosen.headers.get_all("set-cookie").iter().map(|v| v.to_str().unwrap()).collect();
    assert!(cookies.iter().any(|c| c.starts_with("mangrove-lang=en;")), "{cookies:?}");
    assert!(cookies.iter().any(|c| c.starts_with("mangrove-theme=dark;")), "{cookies:?}");
}

#[tokio::test]
async fn an_open_console_hears_only_of_what_its_person_may_see() {
    let people = [person("lan", Role::UnitOfficer, Some("SYT"))];
    let console = Console::start(Ground::new().await, vec![area()], &people).await;
    let (router, news) = (console.router(), console.ground.news.clone());
    let request = Request::get("/truc-tiep?topics=alerts,accounts").header(header::COOKIE, "mangrove=lan");
    let response = router.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(response.headers().get("content-type").unwrap(), "text/event-stream; charset=utf-8");
    let mut body = response.into_body();
    let hello = body.frame().await.unwrap().unwrap().into_data().unwrap();
    assert!(hello.starts_with(b"event: hello"));
    news.send(News::new("alerts", Action::AlertsRead).of_unit(Some(&UnitId::new("STC"))));
    news.send(News::new("accounts", Action::AccountsRead));
    news.send(News::new("overview", Action::OverviewRead));
    news.send(News::new("alerts", Action::AlertsRead).of_unit(Some(&UnitId::new("SYT"))));
    let told = body.frame().await.unwrap().unwrap().into_data().unwrap();
    assert_eq!(std::str::from_utf8(&told).unwrap(), "event: news\ndata: alerts\n\n");
}
