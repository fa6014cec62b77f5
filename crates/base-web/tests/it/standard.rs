//! What `docs/security/asvs.md` says of every answer and every request, where no other test shows it.

use super::{area, console};
use axum::Extension;
use axum::body::Body;
use axum::extract::ConnectInfo;
use base_authz::Role;
use base_testkit::console::{Console, Ground, person};
use base_web::{Access, Area, Ctx, Routes};
use http::{Method, Request, StatusCode, header};
use std::net::SocketAddr;

#[tokio::test]
async fn browsers_are_told_all_of_it_on_every_answer() {
    let console = console().await;
    let css = base_ui::asset::path("mangrove.css");
    // A page, an error, a defect, a page one may not see, a redirection, a file.
    for (who, path) in [
        ("minh", "/trang"),
        ("minh", "/khong-co"),
        ("minh", "/loi/bug"),
        ("minh", "/rieng"),
        ("nobody", "/trang"),
        ("nobody", css),
    ] {
        let answer = console.get(who, path).await;
        let policy = answer.header("content-security-policy");
        let mut rules: Vec<&str> = policy.split(';').map(str::trim).collect();
        rules.sort_unstable();
        let wanted = [
            "base-uri 'none'",
            "connect-src 'self'",
            // Stands for object-src, frame-src and whatever else has no line of its own.
            "default-src 'none'",
            "font-src 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "img-src 'self'",
            "script-src 'self'",
            "style-src 'self'",
        ];
        assert_eq!(rules, wanted, "{path}");
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(answer.header(name), value, "{path}: {name}");
        }
        // Without TLS a browser must not be told to insist on it.
        assert_eq!(answer.header("strict-transport-security"), "", "{path}");
    }
}

#[tokio::test]
async fn no_other_site_is_let_in() {
    let console = console().await;
    for (method, path) in [(Method::GET, "/trang"), (Method::OPTIONS, "/trang"), (Method::POST, "/api/may")] {
        let request = Request::builder()
            .method(method.clone())
            .uri(path)
            .header(header::COOKIE, "mangrove=minh")
            .header(header::ORIGIN, "https://evil.example")
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "x-csrf-token");
        let answer = console.send(request.body(Body::empty()).unwrap()).await;
        let granted: Vec<_> = answer.headers.keys().filter(|k| k.as_str().starts_with("access-control-")).collect();
        assert!(granted.is_empty(), "{method} {path}: {granted:?}");
    }
}

#[tokio::test]
async fn methods_nobody_asked_for_are_refused() {
    let console = console().await;
    for method in ["TRACE", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW"] {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let request = Request::builder().method(method.clone()).uri("/trang").header(header::COOKIE, "mangrove=minh");
        let answer = console.send(request.body(Body::from("noi-dung-dac-biet")).unwrap()).await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method}");
        assert!(!answer.text.contains("noi-dung-dac-biet") && !answer.text.contains("mangrove=minh"), "{method}");
    }
}

#[tokio::test]
async fn a_value_given_twice_is_refused() {
    let console = console().await;
    let twice = console.post("minh", "/trang", "/tuy-chon", &[("lang", "en"), ("lang", "vi")]).await;
    assert!(twice.status.is_client_error(), "{}", twice.status);
    assert_eq!(twice.header("set-cookie"), "");
    // A value in the address does not stand in for one in the form.
    let elsewhere = console.post("minh", "/trang", "/tuy-chon?lang=en", &[("theme", "dark")]).await;
    let kept: Vec<_> = elsewhere.headers.get_all("set-cookie").iter().map(|v| v.to_str().unwrap()).collect();
    assert!(kept.len() == 1 && kept[0].starts_with("mangrove-theme="), "{kept:?}");
}

#[tokio::test]
async fn an_address_in_a_header_is_not_believed() {
    async fn peer(ctx: Ctx, Extension(real): Extension<SocketAddr>) -> String {
        assert_eq!(ctx.caller.peer, Some(real.ip()));
        ctx.caller.peer.map(|p| p.to_string()).unwrap_or_default()
    }
    let real = SocketAddr::from(([192, 0, 2, 4], 4711));
    let routes = Routes::new().get("/ai", Access::SignedIn, peer).with(real);
    let people = [person("minh", Role::Analyst, None)];
    let console = Console::start(Ground::new().await, vec![area(), Area::new("ai", routes)], &people).await;
    let mut request = Request::get("/ai").header(header::COOKIE, "mangrove=minh");
    for name in ["x-forwarded-for", "x-real-ip", "true-client-ip", "cf-connecting-ip", "x-client-ip"] {
        request = request.header(name, "198.51.100.7");
    }
    let request = request
        .header("forwarded", "for=198.51.100.7;proto=https;host=evil.example")
        .header("x-forwarded-host", "evil.example")
        .header("x-user-id", "chu")
        .extension(ConnectInfo(real));
    let answer = console.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!((answer.status, answer.text.as_str()), (StatusCode::OK, "192.0.2.4"));
}

#[tokio::test]
async fn every_page_of_a_person_offers_the_way_out() {
    let console = console().await;
    for path in ["/trang", "/khong-co", "/loi/bug", "/rieng"] {
        let page = console.get("minh", path).await;
        assert!(page.text.contains("action=\"/dang-xuat\""), "{path}");
    }
}
