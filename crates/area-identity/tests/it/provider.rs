//! A provider of sign-ins over real sockets, which says whatever a test wants: right answers, and every wrong one.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base_core::Clock as _;
use base_core::ManualClock;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD as B64};
use http::{HeaderMap, StatusCode, header};
use ring::hmac;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// The secret it has given the console, with signs that must be encoded.
pub(crate) const SECRET: &str = "b/m+t s&cret";

/// What is wrong with its tokens.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Token {
    Right,
    /// A claim has another value; null = it is missing.
    With(&'static str, Value),
    /// Signed by nothing.
    NoneAlg,
    /// Signed by HMAC with the published public key as its secret.
    HmacByPublicKey,
    /// Signed by a key that is not published, under this name.
    OtherKey(&'static str),
    /// Altered after it was signed.
    Altered,
    /// No token at all.
    Text(&'static str),
}

/// What is wrong with an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Door {
    Right,
    Redirect,
    Oversize,
    Silent,
    Broken,
}

/// How it behaves; may change at any moment.
#[derive(Clone)]
pub(crate) struct Manner {
    pub(crate) token: Token,
    pub(crate) discovery: Door,
    pub(crate) tokens: Door,
    pub(crate) keys: Door,
    /// What the person is called there.
    pub(crate) claims: Value,
    /// Fields of the discovery document that differ.
    pub(crate) document: Value,
}

struct Key {
    kid: String,
    pair: EcdsaKeyPair,
}

impl Key {
    fn new(kid: &str) -> Self {
        let random = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref(), &random).unwrap();
        Self { kid: kid.to_owned(), pair }
    }

    fn jwk(&self) -> Value {
        let point = self.pair.public_key().as_ref();
        json!({"kty": "EC", "crv": "P-256", "use": "sig", "kid": self.kid,
            "x": B64.encode(&point[1..33]), "y": B64.encode(&point[33..])})
    }

    fn sign(&self, text: &str) -> Vec<u8> {
        self.pair.sign(&SystemRandom::new(), text.as_bytes()).unwrap().as_ref().to_vec()
    }
}

/// What was asked in the browser.
#[derive(Clone)]
struct Asked {
    nonce: String,
    challenge: String,
    redirect_uri: String,
}

pub(crate) struct Provider {
    pub(crate) issuer: String,
    pub(crate) manner: Mutex<Manner>,
    /// How often its keys were asked for.
    pub(crate) keys_asked: AtomicUsize,
    key: Mutex<Key>,
    codes: Mutex<HashMap<String, Asked>>,
    clock: Arc<ManualClock>,
}

impl Provider {
    pub(crate) async fn start(clock: &Arc<ManualClock>) -> Arc<Self> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://127.0.0.1:{}", listener.local_addr().unwrap().port());
        let manner = Manner {
            token: Token::Right,
            discovery: Door::Right,
            tokens: Door::Right,
            keys: Door::Right,
            claims: json!({"sub": "nv-0042"}),
            document: json!({}),
        };
        let provider = Arc::new(Self {
            issuer,
            manner: Mutex::new(manner),
            keys_asked: AtomicUsize::new(0),
            key: Mutex::new(Key::new("k1")),
            codes: Mutex::default(),
            clock: Arc::clone(clock),
        });
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/keys", get(keys))
            .route("/token", post(token))
            .with_state(Arc::clone(&provider));
        tokio::spawn(async move { axum::serve(listener, router).await });
        provider
    }

    pub(crate) fn set(&self, change: impl FnOnce(&mut Manner)) {
        change(&mut self.manner.lock().unwrap());
    }

    /// The key is another one from now on.
    pub(crate) fn rotate(&self, kid: &str) {
        *self.key.lock().unwrap() = Key::new(kid);
    }

    /// What the person does there: agrees. The path and query the browser is sent back to.
    pub(crate) fn agree(&self, address: &str) -> String {
        let (base, query) = address.split_once('?').expect("a query");
        assert_eq!(base, format!("{}/auth", self.issuer));
        let asked: HashMap<String, String> = query.split('&').map(pair).collect();
        assert_eq!((asked["response_type"].as_str(), asked["client_id"].as_str()), ("code", "mangrove"));
        assert_eq!(asked["code_challenge_method"], "S256");
        assert!(asked["scope"].split(' ').any(|s| s == "openid"));
        assert_eq!(asked["redirect_uri"], "https://mangrove.example/dang-nhap/tro-lai");
        let code = format!("code{}", self.codes.lock().unwrap().len());
        let kept = Asked {
            nonce: asked["nonce"].clone(),
            challenge: asked["code_challenge"].clone(),
            redirect_uri: asked["redirect_uri"].clone(),
        };
        self.codes.lock().unwrap().insert(code.clone(), kept);
        format!("/dang-nhap/tro-lai?code={code}&state={}", asked["state"])
    }

    fn id_token(&self, asked: &Asked, access: &str) -> String {
        let now = self.clock.now().as_secs();
        let manner = self.manner.lock().unwrap().clone();
        let hash = Sha256::digest(access.as_bytes());
        let mut claims = json!({"iss": self.issuer, "aud": "mangrove", "nonce": asked.nonce, "iat": now, "exp": now + 300,
            "at_hash": B64.encode(&hash[..16])});
        for (name, value) in manner.claims.as_object().unwrap() {
            claims[name] = value.clone();
        }
        if let Token::With(name, value) = &manner.token {
            claims[*name] = value.clone();
        }
        claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        let key = self.key.lock().unwrap();
        let body = B64.encode(claims.to_string());
        let head = |alg: &str, kid: &str| B64.encode(json!({"alg": alg, "kid": kid, "typ": "JWT"}).to_string());
        match manner.token {
            Token::NoneAlg => format!("{}.{body}.", head("none", &key.kid)),
            Token::HmacByPublicKey => {
                let text = format!("{}.{body}", head("HS256", &key.kid));
                let secret = hmac::Key::new(hmac::HMAC_SHA256, key.pair.public_key().as_ref());
                format!("{text}.{}", B64.encode(hmac::sign(&secret, text.as_bytes())))
            }
            Token::OtherKey(kid) => {
                let text = format!("{}.{body}", head("ES256", kid));
                format!("{text}.{}", B64.encode(Key::new(kid).sign(&text)))
            }
            Token::Text(text) => text.to_owned(),
            other => {
                let text = format!("{}.{body}", head("ES256", &key.kid));
                let signature = B64.encode(key.sign(&text));
                let text = if other == Token::Altered { text.replacen('J', "K", 1) } else { text };
                format!("{text}.{signature}")
            }
        }
    }
}

fn pair(text: &str) -> (String, String) {
    let (name, value) = text.split_once('=').unwrap_or((text, ""));
    (name.to_owned(), decode(value))
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, more)) = rest.split_first() {
        if *first == b'%' {
            bytes.push(u8::from_str_radix(std::str::from_utf8(&more[..2]).unwrap(), 16).unwrap());
            rest = &more[2..];
        } else {
            bytes.push(*first);
            rest = more;
        }
    }
    String::from_utf8(bytes).unwrap()
}

async fn through(door: Door, right: Response) -> Response {
    match door {
        Door::Right => right,
        Door::Redirect => (StatusCode::FOUND, [(header::LOCATION, "http://127.0.0.1:1/")]).into_response(),
        Door::Oversize => " ".repeat(400_000).into_response(),
        Door::Broken => (StatusCode::BAD_GATEWAY, "<html>").into_response(),
        // Longer than the console waits; nothing is ever said.
        Door::Silent => std::future::pending().await,
    }
}

type It = State<Arc<Provider>>;

async fn discovery(State(it): It) -> Response {
    let manner = it.manner.lock().unwrap().clone();
    let mut document = json!({
        "issuer": it.issuer,
        "authorization_endpoint": format!("{}/auth", it.issuer),
        "token_endpoint": format!("{}/token", it.issuer),
        "jwks_uri": format!("{}/keys", it.issuer),
        "response_types_supported": ["code"],
        "code_challenge_methods_supported": ["S256"],
        "id_token_signing_alg_values_supported": ["ES256"],
    });
    for (name, value) in manner.document.as_object().unwrap() {
        document[name] = value.clone();
    }
    through(manner.discovery, Json(document).into_response()).await
}

async fn keys(State(it): It) -> Response {
    it.keys_asked.fetch_add(1, Ordering::Relaxed);
    let (door, jwk) = (it.manner.lock().unwrap().keys, it.key.lock().unwrap().jwk());
    through(door, Json(json!({ "keys": [jwk] })).into_response()).await
}

async fn token(State(it): It, headers: HeaderMap, body: String) -> Response {
    let door = it.manner.lock().unwrap().tokens;
    if door != Door::Right {
        return through(door, StatusCode::OK.into_response()).await;
    }
    let refuse = |error: &str| (StatusCode::BAD_REQUEST, Json(json!({ "error": error }))).into_response();
    let sent: HashMap<String, String> = body.split('&').map(pair).collect();
    let wanted = format!("Basic {}", STANDARD.encode("mangrove:b%2Fm%2Bt%20s%26cret"));
    if headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok()) != Some(&wanted) {
        return refuse("invalid_client");
    }
    // Good once.
    let Some(asked) = it.codes.lock().unwrap().remove(&sent["code"]) else { return refuse("invalid_grant") };
    if B64.encode(Sha256::digest(sent["code_verifier"].as_bytes())) != asked.challenge {
        return refuse("invalid_grant");
    }
    if sent["redirect_uri"] != asked.redirect_uri {
        return refuse("invalid_grant");
    }
    let access = "access-1";
    Json(json!({"id_token": it.id_token(&asked, access), "access_token": access, "token_type": "Bearer"}))
        .into_response()
}
