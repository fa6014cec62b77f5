//! Signing in at a provider: the right way, and every wrong answer there is.

use crate::browser::{Answer, Browser, House, PASSWORD};
use crate::factor::enrol;
use crate::provider::{Door, Provider, SECRET, Token};
use http::StatusCode;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::Ordering;

const PAGE: &str = "/quan-tri/dang-nhap-ngoai";
const MINE: &str = "/tai-khoan-cua-toi/lien-ket";

/// A house with a provider whose account `nv-0042` is linked with `lan`.
struct Place {
    house: House,
    provider: Arc<Provider>,
    id: String,
}

fn fields<'a>(issuer: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut all = vec![
        ("name", "Cổng của tỉnh"),
        ("issuer", issuer),
        ("client_id", "mangrove"),
        ("secret", SECRET),
        ("scopes", "openid profile"),
        ("claim", "sub"),
        ("active", "1"),
    ];
    for (name, value) in more {
        all.retain(|(n, _)| n != name);
        all.push((name, value));
    }
    all
}

impl Place {
    async fn new(house: House, more: &[(&str, &str)]) -> Self {
        let provider = Provider::start(&house.clock).await;
        let mut chu = house.signed_in("chu").await;
        let made = chu.post(&format!("{PAGE}/moi"), &format!("{PAGE}/moi"), &fields(&provider.issuer, more)).await;
        assert_eq!(made.0, StatusCode::SEE_OTHER, "{}", made.2);
        let id = made.1.rsplit('/').next().unwrap().to_owned();
        let place = Self { house, provider, id };
        let linked = place.link(&mut chu, "lan", "nv-0042").await;
        assert_eq!(linked.0, StatusCode::SEE_OTHER, "{}", linked.2);
        place
    }

    /// As an administrator, by the name of the account there.
    async fn link(&self, chu: &mut Browser, login: &str, subject: &str) -> Answer {
        let page = format!("/quan-tri/tai-khoan/{}", self.account(login).await);
        let fields = [("provider", self.id.as_str()), ("subject", subject)];
        chu.post(&page, &format!("{page}/lien-ket"), &fields).await
    }

    async fn account(&self, login: &str) -> String {
        sqlx::query_scalar("SELECT id FROM identity_account WHERE login = $1")
            .bind(login)
            .fetch_one(self.house.ground.db.read())
            .await
            .unwrap()
    }

    /// To the provider; the way back with its consent.
    async fn go(&self, browser: &mut Browser) -> String {
        let gone = browser.get(&format!("/dang-nhap/qua/{}?next=/tai-khoan-cua-toi", self.id)).await;
        assert_eq!(gone.0, StatusCode::SEE_OTHER, "{}", gone.2);
        self.provider.agree(&gone.1)
    }

    async fn round(&self, browser: &mut Browser) -> Answer {
        let back = self.go(browser).await;
        browser.get(&back).await
    }

    /// Why each refusal stands in the audit trail.
    async fn reasons(&self) -> Vec<String> {
        sqlx::query_scalar("SELECT why FROM audit_act WHERE action = 'session.provider_refused' ORDER BY seq")
            .fetch_all(self.house.ground.db.read())
            .await
            .unwrap()
    }
}

#[tokio::test]
async fn a_linked_person_signs_in_and_goes_on() {
    let place = Place::new(House::new().await, &[]).await;
    let mut browser = place.house.browser("198.51.100.7");
    let page = browser.get("/dang-nhap").await.2;
    assert!(page.contains("Cổng của tỉnh") && page.contains(&format!("/dang-nhap/qua/{}", place.id)), "{page}");
    let done = place.round(&mut browser).await;
    assert_eq!(done.0, StatusCode::OK, "{}", done.2);
    // The link itself is news to the person.
    assert!(done.2.contains("/tai-khoan-cua-toi/thong-bao?next="), "{}", done.2);
    let me = browser.get("/tai-khoan-cua-toi").await;
    assert!(
        me.0 == StatusCode::OK && me.2.contains("Người lan") && me.2.contains("Nhà cung cấp đăng nhập"),
        "{}",
        me.2
    );
    assert!(place.house.trail().await.contains(&"session.open".to_owned()));
    let mine = browser.get(MINE).await.2;
    assert!(mine.contains("nv-0042"), "{mine}");

    let other = Place::new(House::new().await, &[]).await;
    other.provider.set(|m| m.claims = json!({"sub": "nv-1"}));
    let mut stranger = other.house.browser("198.51.100.7");
    let told = other.round(&mut stranger).await;
    assert_eq!(told.0, StatusCode::FORBIDDEN);
    assert!(told.2.contains("chưa được liên kết") && told.2.contains("nv-1"), "{}", told.2);
    assert!(!stranger.is_signed_in().await);
    assert_eq!(other.reasons().await, ["not-linked: nv-1"]);
}

#[tokio::test]
async fn every_wrong_token_is_refused_told_and_written_down() {
    let place = Place::new(House::new().await, &[]).await;
    let now = base_core::Clock::now(&*place.house.clock).as_secs();
    let wrong = [
        (Token::With("nonce", json!("other")), "nonce"),
        (Token::With("nonce", json!(null)), "nonce"),
        (Token::With("iss", json!("https://evil.example")), "issuer"),
        (Token::With("aud", json!("other")), "audience"),
        (Token::With("aud", json!(["mangrove", "other"])), "audience"),
        (Token::With("azp", json!("other")), "authorized-party"),
        (Token::With("exp", json!(now - 3_600)), "expired"),
        (Token::With("iat", json!(now - 3_600)), "expired"),
        (Token::With("iat", json!(now + 3_600)), "not-yet"),
        (Token::With("exp", json!("soon")), "form"),
        (Token::With("at_hash", json!("AAAA")), "access-token"),
        (Token::With("sub", json!(null)), "subject"),
        (Token::NoneAlg, "algorithm"),
        (Token::HmacByPublicKey, "algorithm"),
        (Token::OtherKey("k9"), "unknown-key"),
        (Token::OtherKey("k1"), "signature"),
        (Token::Altered, "form"),
        (Token::Text("rubbish"), "form"),
    ];
    let mut browser = place.house.browser("198.51.100.7");
    for (n, (token, code)) in wrong.into_iter().enumerate() {
        place.provider.set(|m| m.token = token.clone());
        let told = place.round(&mut browser).await;
        assert_eq!(told.0, StatusCode::FORBIDDEN, "{token:?}");
        assert!(told.2.contains("Đăng nhập bằng mật khẩu") && !told.2.contains('⟦'), "{token:?}: {}", told.2);
        assert!(!told.2.contains(&format!(">{code}<")), "a text and not its word: {}", told.2);
        assert!(!browser.is_signed_in().await, "{token:?}");
        let reasons = place.reasons().await;
        assert_eq!(reasons.len(), n + 1, "{token:?}: one entry each");
        let last = reasons.last().unwrap();
        // An altered head is no JSON or has no such algorithm, depending on which letter it hit.
        assert!(last.starts_with(code) || token == Token::Altered, "{token:?}: {last}");
    }
    let sessions: i64 = sqlx::query_scalar("SELECT count(*) FROM identity_session WHERE factor LIKE 'provider%'")
        .fetch_one(place.house.ground.db.read())
        .await
        .unwrap();
    assert_eq!(sessions, 0, "nothing half-written");
    place.provider.set(|m| m.token = Token::Right);
    assert_eq!(place.round(&mut browser).await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_provider_that_fails_leaves_the_password() {
    let place = Place::new(House::new().await, &[]).await;
    let mut browser = place.house.browser("198.51.100.7");
    let begin = format!("/dang-nhap/qua/{}", place.id);
    for (door, says) in [
        (Door::Redirect, "chuyển hướng"),
        (Door::Broken, "lỗi"),
        (Door::Oversize, "dài quá mức"),
        (Door::Silent, "không trả lời kịp"),
    ] {
        place.provider.set(|m| m.discovery = door);
        let told = browser.get(&begin).await;
        assert_eq!(told.0, StatusCode::SERVICE_UNAVAILABLE, "{door:?}");
        assert!(told.2.contains(says) && told.2.contains("href=\"/dang-nhap\""), "{door:?}: {}", told.2);
    }
    assert!(browser.get("/dang-nhap").await.2.contains("Cổng của tỉnh"), "the page asks nobody");
    for document in [json!({"issuer": "https://evil.example"}), json!({"token_endpoint": "http://evil.example/t"})] {
        place.provider.set(|m| (m.discovery, m.document) = (Door::Right, document.clone()));
        let told = browser.get(&begin).await;
        assert!(told.0 == StatusCode::FORBIDDEN && told.2.contains("Tài liệu của nhà cung cấp"), "{}", told.2);
    }
    place.provider.set(|m| m.document = json!({}));
    for door in [Door::Redirect, Door::Broken, Door::Oversize, Door::Silent] {
        place.provider.set(|m| m.tokens = door);
        let told = place.round(&mut browser).await;
        assert!(told.0.is_client_error() || told.0.is_server_error(), "{door:?}: {}", told.2);
        assert!(!browser.is_signed_in().await);
    }
    place.provider.set(|m| (m.tokens, m.keys) = (Door::Right, Door::Redirect));
    assert_eq!(place.round(&mut browser).await.0, StatusCode::SERVICE_UNAVAILABLE);
    let reasons = place.reasons().await;
    let codes: Vec<&str> = reasons.iter().map(|r| r.split(':').next().unwrap()).collect();
    assert_eq!(codes, ["refused-there", "refused-there", "too-long", "too-slow", "status"]);
    let by_password = browser.sign_in("lan", PASSWORD).await;
    assert_eq!(by_password.0, StatusCode::SEE_OTHER, "{}", by_password.2);
}

#[tokio::test]
async fn answers_count_once_in_their_own_browser_and_in_time() {
    let place = Place::new(House::new().await, &[]).await;
    let mut browser = place.house.browser("198.51.100.7");
    let back = place.go(&mut browser).await;
    let mut thief = place.house.browser("203.0.113.9");
    assert!(thief.get(&back).await.2.contains("không bắt đầu từ trình duyệt này"));
    assert!(!thief.is_signed_in().await);
    assert_eq!(browser.get(&back).await.0, StatusCode::OK, "the thief has stopped nothing");
    browser.cookies.retain(|name, _| name == "mangrove-return");
    let again = browser.get(&back).await;
    assert!(again.0 == StatusCode::FORBIDDEN && again.2.contains("đã được dùng"), "{}", again.2);
    assert!(browser.get(&back).await.2.contains("không bắt đầu từ"), "told once");
    assert_eq!(place.reasons().await, ["again"]);

    let late = place.go(&mut browser).await;
    place.house.clock.advance_secs(601);
    assert!(browser.get(&late).await.2.contains("10 phút"));
    // A code of one sign-in in the answer of another: PKCE and nonce belong together.
    let (first, second) = (place.go(&mut browser).await, place.go(&mut browser).await);
    let code = first.split("code=").nth(1).unwrap().split('&').next().unwrap();
    let state = second.split("state=").nth(1).unwrap();
    let mixed = browser.get(&format!("/dang-nhap/tro-lai?code={code}&state={state}")).await;
    assert!(mixed.0 == StatusCode::FORBIDDEN && mixed.2.contains("từ chối cấp mã"), "{}", mixed.2);

    let back = place.go(&mut browser).await;
    let state = back.split("state=").nth(1).unwrap();
    let no = browser.get(&format!("/dang-nhap/tro-lai?error=access_denied&state={state}")).await;
    assert!(no.2.contains("bạn đã hủy") && no.2.contains("access_denied"), "{}", no.2);
    let back = place.go(&mut browser).await;
    let mixed_up = browser.get(&format!("{back}&iss=https://evil.example")).await;
    assert!(mixed_up.2.contains("một nhà cung cấp khác"), "{}", mixed_up.2);
    for nonsense in ["", "?state=", "?state=x&code=y", "?code=%00"] {
        let told = browser.get(&format!("/dang-nhap/tro-lai{nonsense}")).await;
        assert_eq!(told.0, StatusCode::FORBIDDEN, "{nonsense}");
    }
}

#[tokio::test]
async fn keys_may_change_and_are_not_asked_for_without_end() {
    let place = Place::new(House::new().await, &[]).await;
    let asked = || place.provider.keys_asked.load(Ordering::Relaxed);
    let fresh = || place.house.browser("198.51.100.7");
    assert_eq!(place.round(&mut fresh()).await.0, StatusCode::OK);
    assert_eq!(place.round(&mut fresh()).await.0, StatusCode::OK);
    assert_eq!(asked(), 1, "they are remembered");
    place.house.clock.advance_secs(40);
    place.provider.rotate("k2");
    assert_eq!(place.round(&mut fresh()).await.0, StatusCode::OK, "an unknown key is asked for");
    assert_eq!(asked(), 2);
    place.provider.set(|m| m.token = Token::OtherKey("k9"));
    for _ in 0..5 {
        assert_eq!(place.round(&mut fresh()).await.0, StatusCode::FORBIDDEN);
    }
    assert_eq!(asked(), 2, "within half a minute not again");
    place.house.clock.advance_secs(3_600);
    place.provider.set(|m| m.token = Token::Right);
    assert_eq!(place.round(&mut fresh()).await.0, StatusCode::OK);
    assert_eq!(asked(), 3, "after an hour anew");
}

#[tokio::test]
async fn a_second_factor_here_is_asked_for_unless_the_provider_says_it_had_one() {
    let place = Place::new(House::new().await, &[("factor_words", "mfa otp")]).await;
    let mut lan = place.house.signed_in("lan").await;
    enrol(&place.house, &mut lan).await;
    let mut browser = place.house.browser("198.51.100.7");
    let half = place.round(&mut browser).await;
    assert!(half.2.contains("/dang-nhap/ma-xac-thuc"), "{}", half.2);
    assert!(!browser.is_signed_in().await);
    assert_eq!(browser.get("/dang-nhap/ma-xac-thuc").await.0, StatusCode::OK);
    place.provider.set(|m| m.claims = json!({"sub": "nv-0042", "amr": ["pwd", "otp"]}));
    let mut browser = place.house.browser("198.51.100.7");
    place.round(&mut browser).await;
    assert!(browser.is_signed_in().await);
    assert!(browser.get("/tai-khoan-cua-toi").await.2.contains("Nhà cung cấp, hai nhân tố"));
}

#[tokio::test]
async fn links_are_made_on_purpose_and_by_whoever_is_signed_in() {
    let place = Place::new(House::new().await, &[]).await;
    place.provider.set(|m| m.claims = json!({"sub": "nv-7", "email": "lan@camau.gov.vn", "email_verified": true}));
    let mut minh = place.house.signed_in("minh").await;
    let wrong = minh.post(MINE, MINE, &[("provider", &place.id), ("link_password", "sai")]).await;
    assert!(wrong.0 == StatusCode::UNPROCESSABLE_ENTITY && wrong.2.contains("Mật khẩu hiện tại"), "{}", wrong.2);
    let leave = async |minh: &mut Browser| {
        let page = minh.post(MINE, MINE, &[("provider", &place.id), ("link_password", PASSWORD)]).await;
        assert_eq!(page.0, StatusCode::OK, "{}", page.2);
        let to = page.2.split("href=\"http://127").nth(1).expect("the way there").split('"').next().unwrap();
        let to = format!("http://127{}", to.replace("&amp;", "&"));
        assert!(to.contains("prompt=login"), "whoever links is asked who it is: {to}");
        place.provider.agree(&to)
    };
    let back = leave(&mut minh).await;
    // Somebody who steals the answer and is signed in elsewhere links nothing.
    let mut lan = place.house.signed_in("lan").await;
    lan.cookies.insert("mangrove-return".to_owned(), minh.cookies["mangrove-return"].clone());
    assert!(lan.get(&back).await.2.contains("phiên đăng nhập khác"));
    let back = leave(&mut minh).await;
    assert_eq!(minh.get(&back).await.0, StatusCode::OK);
    assert!(minh.get(MINE).await.2.contains("nv-7"));
    let mut browser = place.house.browser("198.51.100.7");
    place.round(&mut browser).await;
    assert!(
        browser.get("/tai-khoan-cua-toi").await.2.contains("Người minh"),
        "not lan, whatever the mail address says"
    );

    // An account there belongs to one person here, and the other way round.
    let mut chu = place.house.signed_in("chu").await;
    assert_eq!(place.link(&mut chu, "chu", "nv-7").await.0, StatusCode::CONFLICT);
    assert_eq!(place.link(&mut chu, "minh", "nv-8").await.0, StatusCode::CONFLICT);
    assert_eq!(place.link(&mut chu, "chu", " ").await.0, StatusCode::UNPROCESSABLE_ENTITY);

    let link: String = sqlx::query_scalar("SELECT id FROM identity_link WHERE subject = 'nv-7'")
        .fetch_one(place.house.ground.db.read())
        .await
        .unwrap();
    let refused = minh.post(MINE, &format!("{MINE}/go"), &[("link", &link), ("drop_password", "sai")]).await;
    assert_eq!(refused.0, StatusCode::UNPROCESSABLE_ENTITY);
    let stolen = lan.post(MINE, &format!("{MINE}/go"), &[("link", &link), ("drop_password", PASSWORD)]).await;
    assert_eq!(stolen.0, StatusCode::NOT_FOUND, "somebody else's is not to be known");
    let gone = minh.post(MINE, &format!("{MINE}/go"), &[("link", &link), ("drop_password", PASSWORD)]).await;
    assert_eq!(gone.0, StatusCode::SEE_OTHER, "{}", gone.2);
    let trail = place.house.trail().await;
    assert!(["accounts.link", "accounts.unlink", "providers.create"].iter().all(|a| trail.iter().any(|t| t == a)));
    let mut browser = place.house.browser("198.51.100.7");
    assert_eq!(place.round(&mut browser).await.0, StatusCode::FORBIDDEN, "the link is gone");
}

#[tokio::test]
async fn accounts_are_made_only_where_allowed_and_without_roles() {
    let place = Place::new(House::new().await, &[("creates", "1")]).await;
    let come = async |claims: serde_json::Value| {
        place.provider.set(|m| m.claims = claims);
        let mut browser = place.house.browser("198.51.100.7");
        let done = place.round(&mut browser).await;
        (done, browser)
    };
    let new = json!({"sub": "n1", "preferred_username": "Tu.An", "name": "Từ An", "email": "tu.an@camau.gov.vn", "email_verified": false});
    let (done, mut browser) = come(new.clone()).await;
    assert_eq!(done.0, StatusCode::OK, "{}", done.2);
    let me = browser.get("/tai-khoan-cua-toi").await.2;
    assert!(me.contains("Từ An") && me.contains("tu.an") && !me.contains("tu.an@camau.gov.vn"), "{me}");
    assert_eq!(browser.get("/quan-tri/tai-khoan").await.0, StatusCode::FORBIDDEN, "no role");
    assert_eq!(come(new).await.0.0, StatusCode::OK, "the second time it is the same account");
    let count: i64 = sqlx::query_scalar("SELECT count(*) FROM identity_account WHERE login = 'tu.an'")
        .fetch_one(place.house.ground.db.read())
        .await
        .unwrap();
    assert_eq!(count, 1);
    for claims in [
        json!({"sub": "n2", "preferred_username": "chu"}),
        json!({"sub": "n3"}),
        json!({"sub": "n4", "preferred_username": "có dấu"}),
    ] {
        let (told, mut browser) = come(claims.clone()).await;
        assert_eq!(told.0, StatusCode::FORBIDDEN, "{claims}");
        assert!(!browser.is_signed_in().await);
    }
    let links: i64 = sqlx::query_scalar("SELECT count(*) FROM identity_link WHERE subject IN ('n2', 'n3', 'n4')")
        .fetch_one(place.house.ground.db.read())
        .await
        .unwrap();
    assert_eq!(links, 0, "nothing half-written");
}

#[tokio::test]
async fn administrators_set_up_try_change_and_remove() {
    let place = Place::new(House::new().await, &[]).await;
    let mut chu = place.house.signed_in("chu").await;
    let page = format!("{PAGE}/{}", place.id);
    let kept: String = sqlx::query_scalar("SELECT secret FROM identity_provider")
        .fetch_one(place.house.ground.db.read())
        .await
        .unwrap();
    assert!(!kept.contains("cret"), "sealed");
    assert!(!chu.get(&page).await.2.contains("s&amp;cret"), "and never shown");
    let good = chu.post(&page, &format!("{page}/thu"), &[]).await;
    assert!(good.2.contains("trả lời đầy đủ") && good.2.contains("ES256"), "{}", good.2);
    place.provider.set(|m| m.discovery = Door::Redirect);
    let bad = chu.post(&page, &format!("{page}/thu"), &[]).await;
    assert!(bad.2.contains("HTTP 302") && bad.2.contains("chuyển hướng"), "{}", bad.2);
    place.provider.set(|m| m.discovery = Door::Right);

    place.provider.set(|m| m.claims = json!({"sub": "nv-9", "name": "Chủ", "amr": ["pwd"]}));
    let gone = chu.get(&format!("{page}/thu-dang-nhap")).await;
    assert_eq!(gone.0, StatusCode::SEE_OTHER, "{}", gone.2);
    let back = place.provider.agree(&gone.1);
    let seen = chu.get(&back).await;
    assert!(seen.0 == StatusCode::OK && seen.2.contains("nv-9") && seen.2.contains("pwd"), "{}", seen.2);

    let change = |more: &[(&'static str, &'static str)]| {
        let all: Vec<(String, String)> =
            fields(&place.provider.issuer, more).into_iter().map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
        all
    };
    let send = async |chu: &mut Browser, all: Vec<(String, String)>| {
        let pairs: Vec<(&str, &str)> = all.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        chu.post(&page, &page, &pairs).await
    };
    for (name, value) in [("issuer", "https://other.example"), ("claim", "email")] {
        let refused = send(&mut chu, change(&[(name, value)])).await;
        assert!(
            refused.0 == StatusCode::UNPROCESSABLE_ENTITY && refused.2.contains("Đang có tài khoản liên kết"),
            "{name}"
        );
    }
    assert_eq!(send(&mut chu, change(&[("secret", ""), ("name", "Tên mới")])).await.0, StatusCode::SEE_OTHER);
    let after: String = sqlx::query_scalar("SELECT secret FROM identity_provider")
        .fetch_one(place.house.ground.db.read())
        .await
        .unwrap();
    assert_eq!(after, kept, "an empty secret changes nothing");
    assert_eq!(send(&mut chu, change(&[("active", "")])).await.0, StatusCode::SEE_OTHER);
    let mut browser = place.house.browser("198.51.100.7");
    assert!(!browser.get("/dang-nhap").await.2.contains("/dang-nhap/qua/"));
    assert_eq!(browser.get(&format!("/dang-nhap/qua/{}", place.id)).await.0, StatusCode::NOT_FOUND);

    let mut lan = place.house.signed_in("lan").await;
    for path in [PAGE.to_owned(), page.clone(), format!("{page}/thu-dang-nhap")] {
        assert_eq!(lan.get(&path).await.0, StatusCode::FORBIDDEN, "{path}");
    }
    assert_eq!(chu.post(&page, &format!("{page}/xoa"), &[]).await.0, StatusCode::SEE_OTHER);
    assert!(chu.get(PAGE).await.2.contains("Chưa khai báo"));
    assert_eq!(lan.get(MINE).await.0, StatusCode::OK);
}
