//! Passkeys over HTTP, with an authenticator in software; the real browser is in `seen`.

use crate::browser::{Browser, House, PASSWORD};
use crate::phone::{field, recovery_codes};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use http::StatusCode;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::Value;
use sha2::{Digest, Sha256};

const PAGE: &str = "/tai-khoan-cua-toi/xac-thuc";
const CODE: &str = "/dang-nhap/ma-xac-thuc";
const KEY: &str = "/dang-nhap/ma-xac-thuc/khoa";
const ORIGIN: &str = "https://mangrove.example";
/// SubjectPublicKeyInfo of P-256 before the point (RFC 5480).
const SPKI: &str = "3059301306072a8648ce3d020106082a8648ce3d030107034200";

struct Soft {
    key: EcdsaKeyPair,
    id: Vec<u8>,
    count: u32,
}

impl Soft {
    fn new(id: u8) -> Self {
        let random = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).unwrap();
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8.as_ref(), &random).unwrap();
        Self { key, id: vec![id; 16], count: 0 }
    }

    fn data(&mut self, flags: u8) -> Vec<u8> {
        self.count += 1;
        let mut data = Sha256::digest(b"mangrove.example").to_vec();
        data.push(flags);
        data.extend_from_slice(&self.count.to_be_bytes());
        data
    }

    /// Fields of the form for a new key.
    fn create(&mut self, challenge: &str) -> Vec<(&'static str, String)> {
        let mut data = self.data(0x45);
        data.extend_from_slice(&[0; 16]);
        data.extend_from_slice(&[0, 16]);
        data.extend_from_slice(&self.id);
        let spki = [hex::decode(SPKI).unwrap().as_slice(), self.key.public_key().as_ref()].concat();
        vec![
            ("client_data", B64.encode(client("create", challenge, ORIGIN))),
            ("authenticator_data", B64.encode(data)),
            ("public_key", B64.encode(spki)),
            ("algorithm", "-7".to_owned()),
        ]
    }

    /// Fields of the form at the second step.
    fn get(&mut self, challenge: &str, origin: &str) -> Vec<(&'static str, String)> {
        let (client, data) = (client("get", challenge, origin), self.data(0x05));
        let signed = [data.as_slice(), Sha256::digest(client.as_bytes()).as_slice()].concat();
        vec![
            ("credential", B64.encode(&self.id)),
            ("client_data", B64.encode(client)),
            ("authenticator_data", B64.encode(data)),
            ("signature", B64.encode(self.key.sign(&SystemRandom::new(), &signed).unwrap())),
        ]
    }
}

fn client(kind: &str, challenge: &str, origin: &str) -> String {
    format!("{{\"type\":\"webauthn.{kind}\",\"challenge\":\"{challenge}\",\"origin\":\"{origin}\"}}")
}

/// The question the page asks its script, and the sealed challenge.
fn question(page: &str, attribute: &str) -> (Value, String) {
    let (_, rest) = page.split_once(&format!("{attribute}=\"")).expect("the question");
    let (json, rest) = rest.split_once('"').unwrap();
    (serde_json::from_str(&json.replace("&quot;", "\"")).unwrap(), field(rest, "offer"))
}

fn challenge(question: &Value) -> &str {
    question["challenge"].as_str().unwrap()
}

async fn add(browser: &mut Browser, soft: &mut Soft, password: &str) -> (StatusCode, String, String) {
    let page = browser.get(PAGE).await.2;
    let (asked, offer) = question(&page, "data-passkey-create");
    let mut fields = soft.create(challenge(&asked));
    fields.extend([("offer", offer), ("key_name", "máy tính".to_owned()), ("key_password", password.to_owned())]);
    send(browser, PAGE, &format!("{PAGE}/khoa"), &fields).await
}

async fn send(browser: &mut Browser, from: &str, to: &str, fields: &[(&str, String)]) -> (StatusCode, String, String) {
    let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
    browser.post(from, to, &fields).await
}

/// A sign-in that waits for its second step, with the question of its page.
async fn half(house: &House, login: &str) -> (Browser, Value, String) {
    let mut browser = house.browser("198.51.100.7");
    assert_eq!(browser.sign_in(login, PASSWORD).await.1, CODE);
    let page = browser.get(CODE).await.2;
    let (asked, offer) = question(&page, "data-passkey-get");
    (browser, asked, offer)
}

#[tokio::test]
async fn a_passkey_alone_is_a_second_factor() {
    let house = House::strict().await;
    let mut chu = house.signed_in("chu").await;
    let mut soft = Soft::new(1);
    let wrong = add(&mut chu, &mut soft, "sai").await;
    assert!(wrong.0 == StatusCode::UNPROCESSABLE_ENTITY && wrong.2.contains("Mật khẩu hiện tại không đúng"));
    let added = add(&mut chu, &mut soft, PASSWORD).await;
    assert_eq!(added.0, StatusCode::OK, "{}", added.2);
    assert_eq!(recovery_codes(&added.2).len(), 10, "the first factor brings recovery codes");
    assert!(chu.is_signed_in().await, "and ends the detour");
    assert_eq!(add(&mut chu, &mut soft, PASSWORD).await.0, StatusCode::CONFLICT, "the same key twice");

    let (mut browser, asked, offer) = half(&house, "chu").await;
    assert_eq!(asked["allow"][0], B64.encode([1; 16]));
    let mut fields = soft.get(challenge(&asked), ORIGIN);
    fields.push(("offer", offer));
    assert_eq!(send(&mut browser, CODE, KEY, &fields).await.1, "/tai-khoan-cua-toi/thong-bao");
    assert!(browser.is_signed_in().await);
    assert!(browser.get("/tai-khoan-cua-toi").await.2.contains("Khóa truy cập"));

    // What was sent once opens nothing a second time: neither in a new sign-in nor with its old challenge.
    let (mut thief, _, fresh) = half(&house, "chu").await;
    assert_eq!(send(&mut thief, CODE, KEY, &fields).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    let mut again = fields.clone();
    again.retain(|(name, _)| *name != "offer");
    again.push(("offer", fresh));
    assert_eq!(send(&mut thief, CODE, KEY, &again).await.0, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_forged_page_or_another_key_is_refused() {
    let house = House::new().await;
    let (mut hers, mut his) = (Soft::new(1), Soft::new(2));
    assert_eq!(add(&mut house.signed_in("lan").await, &mut hers, PASSWORD).await.0, StatusCode::OK);
    assert_eq!(add(&mut house.signed_in("minh").await, &mut his, PASSWORD).await.0, StatusCode::OK);
    let (mut browser, asked, offer) = half(&house, "lan").await;
    let ask = challenge(&asked).to_owned();
    let mut stranger = Soft { id: hers.id.clone(), ..Soft::new(1) };
    for fields in [
        hers.get(&ask, "https://mangrove.example.evil.example"),
        hers.get("AAAA", ORIGIN),
        his.get(&ask, ORIGIN),
        stranger.get(&ask, ORIGIN),
    ] {
        let mut fields = fields;
        fields.push(("offer", offer.clone()));
        assert_eq!(send(&mut browser, CODE, KEY, &fields).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    }
    // The fifth and last try that is let in; the challenge has held all the while.
    let mut fields = hers.get(&ask, ORIGIN);
    fields.push(("offer", offer));
    assert_eq!(send(&mut browser, CODE, KEY, &fields).await.0, StatusCode::SEE_OTHER);

    // A copy of the key that counts less is noticed.
    hers.count = 1;
    let (mut browser, asked, offer) = half(&house, "lan").await;
    let mut fields = hers.get(challenge(&asked), ORIGIN);
    fields.push(("offer", offer.clone()));
    assert_eq!(send(&mut browser, CODE, KEY, &fields).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    hers.count = 50;
    house.clock.advance_secs(301);
    let (mut browser, asked, _) = half(&house, "lan").await;
    let mut fields = hers.get(challenge(&asked), ORIGIN);
    fields.push(("offer", offer));
    assert_eq!(send(&mut browser, CODE, KEY, &fields).await.0, StatusCode::UNPROCESSABLE_ENTITY, "an old challenge");
}

#[tokio::test]
async fn a_passkey_is_removed_with_the_password_and_by_the_administrator() {
    let house = House::new().await;
    let mut lan = house.signed_in("lan").await;
    assert_eq!(add(&mut lan, &mut Soft::new(1), PASSWORD).await.0, StatusCode::OK);
    assert_eq!(add(&mut lan, &mut Soft::new(2), PASSWORD).await.1, PAGE, "the second brings no new codes");
    let id: String = sqlx::query_scalar("SELECT id FROM identity_passkey ORDER BY id LIMIT 1")
        .fetch_one(house.ground.db.read())
        .await
        .unwrap();
    let to = format!("{PAGE}/go-khoa");
    let fields = |password: &str| [("key", id.clone()), ("drop_password", password.to_owned())];
    assert_eq!(send(&mut lan, PAGE, &to, &fields("sai")).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    let mut minh = house.signed_in("minh").await;
    assert_eq!(send(&mut minh, PAGE, &to, &fields(PASSWORD)).await.0, StatusCode::NOT_FOUND, "another's");
    assert_eq!(send(&mut lan, PAGE, &to, &fields(PASSWORD)).await.1, PAGE);
    let mut chu = house.signed_in("chu").await;
    let page = crate::manage::account_page(&mut chu, "lan").await;
    let done = chu.post(&page, &format!("{page}/go-xac-thuc"), &[("factor_why", "mất máy")]).await;
    assert_eq!(done.1, page);
    assert!(house.signed_in("lan").await.is_signed_in().await, "the password alone again");
}
