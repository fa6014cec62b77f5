//! A console with real sign-in, and browsers that keep cookies.

use area_identity::ports::{Letter, Letters};
use area_identity::{Identity, IdentityParts, MIGRATIONS, NewAccount, SecondFactor, ops};
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use base_authz::{Caller, Grant, Role};
use base_core::{Error, Kind, ManualClock, UnitId};
use base_fetch::{Fetcher, Limits};
use base_testkit::console::{BEGIN, Ground, units};
use base_web::ports::{UnitDirectory, UnitInfo};
use base_web::{WebParts, load_strings, serve_router};
use http::{Request, StatusCode, header};
use http_body_util::BodyExt as _;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use tower::ServiceExt as _;

pub(crate) const PASSWORD: &str = "rừng đước mùa nước nổi";

/// A second instead of ten, so that a provider that never answers does not hold the tests up.
const LIMITS: Limits = Limits { time: std::time::Duration::from_secs(1), body: 256 * 1024 };

struct Two(Arc<[UnitInfo]>);

impl UnitDirectory for Two {
    fn unit(&self, id: &UnitId) -> Option<UnitInfo> {
        self.0.iter().find(|u| u.id == *id).cloned()
    }
    fn all(&self) -> Arc<[UnitInfo]> {
        Arc::clone(&self.0)
    }
    fn resolve_code(&self, code: &str) -> Option<UnitInfo> {
        self.0.iter().find(|u| u.code == code).cloned()
    }
}

pub(crate) struct House {
    pub(crate) identity: Arc<Identity>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) ground: Ground,
    pub(crate) post: Arc<Post>,
    router: Router,
}

/// A mail server that keeps what it takes, and refuses when told to.
#[derive(Default)]
pub(crate) struct Post {
    pub(crate) taken: Mutex<Vec<Letter>>,
    pub(crate) broken: AtomicBool,
}

#[async_trait::async_trait]
impl Letters for Post {
    async fn send(&self, letter: &Letter) -> base_core::Result<()> {
        if self.broken.load(Ordering::Relaxed) {
            return Err(Error::new(Kind::Unavailable, "mail server mail.example:25 did not take the mail"));
        }
        self.taken.lock().unwrap().push(letter.clone());
        Ok(())
    }
}

impl House {
    /// No account yet.
    pub(crate) async fn empty(secure: bool) -> Self {
        Self::at("https://mangrove.example", secure, SecondFactor::Optional).await
    }

    /// In which the powerful must have a second factor; with the same people as [`House::new`].
    pub(crate) async fn strict() -> Self {
        Self::strict_at("https://mangrove.example").await
    }

    /// The same under another address.
    pub(crate) async fn strict_at(url: &str) -> Self {
        Self::at(url, false, SecondFactor::Required).await.people().await
    }

    async fn at(url: &str, secure: bool, second_factor: SecondFactor) -> Self {
        let ground = Ground::new().await;
        ground.migrate(MIGRATIONS).await;
        let vault = base_secret::Vault::new([5; 32]);
        let post = Arc::new(Post::default());
        let identity = Identity::new(IdentityParts {
            db: ground.db.clone(),
            ids: Arc::clone(&ground.ids),
            vault,
            second_factor,
            letters: Some(Arc::clone(&post) as _),
            base_url: Arc::from(url),
            fetcher: Fetcher::new(None, LIMITS).unwrap(),
        });
        let areas = vec![area_identity::area(Arc::clone(&identity))];
        let parts = WebParts {
            db: ground.db.clone(),
            clock: ground.clock.clone(),
            ids: Arc::clone(&ground.ids),
            strings: load_strings(&areas).unwrap(),
            sessions: identity.clone(),
            units: Arc::new(Two(units())),
            news: ground.news.clone(),
            secure,
            secret: [9; 32],
        };
        let (router, _) = serve_router(areas, parts).unwrap();
        Self { identity, clock: Arc::clone(&ground.clock), ground, post, router }
    }

    /// With an administrator `chu`, an analyst `minh` and an officer `lan` of SYT.
    pub(crate) async fn new() -> Self {
        Self::empty(false).await.people().await
    }

    async fn people(self) -> Self {
        let house = self;
        for (login, grant) in [
            ("chu", Grant::province(Role::Administrator)),
            ("minh", Grant::province(Role::Analyst)),
            ("lan", Grant::unit(Role::UnitOfficer, UnitId::new("SYT"))),
        ] {
            house.account(login, vec![grant], false).await;
        }
        house
    }

    pub(crate) async fn account(&self, login: &str, grants: Vec<Grant>, must_change: bool) -> base_core::AccountId {
        let new = NewAccount {
            login: login.to_owned(),
            name: format!("Người {login}"),
            email: None,
            password: PASSWORD.to_owned(),
            must_change,
            grants,
        };
        ops::create_account(&self.identity, &Caller::system("test", BEGIN), new).await.unwrap()
    }

    /// Words of all acts in the audit trail, whose pages belong to another area.
    pub(crate) async fn trail(&self) -> Vec<String> {
        sqlx::query_scalar("SELECT action FROM audit_act ORDER BY seq").fetch_all(self.ground.db.read()).await.unwrap()
    }

    pub(crate) fn router(&self) -> Router {
        self.router.clone()
    }

    pub(crate) fn browser(&self, address: &str) -> Browser {
        Browser { router: self.router.clone(), address: address.parse().unwrap(), cookies: BTreeMap::new() }
    }

    /// A browser signed in as `login`.
    pub(crate) async fn signed_in(&self, login: &str) -> Browser {
        let mut browser = self.browser("198.51.100.7");
        let answer = browser.sign_in(login, PASSWORD).await;
        assert_eq!(answer.0, StatusCode::SEE_OTHER, "{}", answer.2);
        browser
    }
}

/// Status, where to, text.
pub(crate) type Answer = (StatusCode, String, String);

#[derive(Clone)]
pub(crate) struct Browser {
    router: Router,
    address: IpAddr,
    pub(crate) cookies: BTreeMap<String, String>,
}

impl Browser {
    pub(crate) fn elsewhere(&self, address: &str) -> Self {
        Self { address: address.parse().unwrap(), ..self.clone() }
    }

    pub(crate) async fn raw(&mut self, request: Request<Body>) -> (Answer, Vec<String>) {
        let (mut parts, body) = request.into_parts();
        let cookies: Vec<String> = self.cookies.iter().map(|(n, v)| format!("{n}={v}")).collect();
        parts.headers.insert(header::COOKIE, cookies.join("; ").parse().unwrap());
        parts.extensions.insert(ConnectInfo(SocketAddr::new(self.address, 50_000)));
        let response = self.router.clone().oneshot(Request::from_parts(parts, body)).await.unwrap();
        let set: Vec<String> =
            response.headers().get_all(header::SET_COOKIE).iter().map(|v| v.to_str().unwrap().to_owned()).collect();
        for line in &set {
            let (name, value) = line.split(';').next().unwrap().split_once('=').unwrap();
            if line.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let location = response.headers().get(header::LOCATION).map_or("", |v| v.to_str().unwrap()).to_owned();
        let status = response.status();
        let text = response.into_body().collect().await.unwrap().to_bytes();
        ((status, location, String::from_utf8_lossy(&text).into_owned()), set)
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.raw(Request::get(path).body(Body::empty()).unwrap()).await.0
    }

    /// Opens `from` and sends the form there to `path` with its token.
    pub(crate) async fn post(&mut self, from: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
        let page = self.get(from).await;
        let token =
            page.2.split_once("name=\"_csrf\" value=\"").map_or("", |(_, rest)| rest.split('"').next().unwrap());
        let mut pairs = vec![format!("_csrf={token}")];
        pairs.extend(fields.iter().map(|(n, v)| format!("{n}={}", encode(v))));
        self.raw(form(path, pairs.join("&"))).await.0
    }

    pub(crate) async fn sign_in(&mut self, login: &str, password: &str) -> Answer {
        self.post("/dang-nhap", "/dang-nhap", &[("login", login), ("password", password)]).await
    }

    pub(crate) async fn is_signed_in(&mut self) -> bool {
        self.get("/tai-khoan-cua-toi").await.0 == StatusCode::OK
    }
}

pub(crate) fn form(path: &str, body: String) -> Request<Body> {
    let request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    request.body(Body::from(body)).unwrap()
}

fn encode(text: &str) -> String {
    text.bytes()
        .map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") })
        .collect()
}
