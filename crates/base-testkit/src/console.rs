//! A whole console for tests of areas: real database in a temporary folder, the router as
//! production builds it, people signed in by name, a clock that stands until it is moved.

use crate::Records;
use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use axum::extract::Query;
use base_authz::{Caller, Grant, Principal, Role};
use base_core::{AccountId, IdSource, Lang, ManualClock, Timestamp, UnitId};
use base_db::Db;
use base_ui::Theme;
use base_web::find::Words;
use base_web::ports::{Session, SessionPort, UnitDirectory, UnitInfo, Via};
use base_web::{Access, Area, Broadcaster, Ctx, Routes, Web, WebParts, load_strings, serve_router};
use http::{Request, StatusCode, header};
use http_body_util::BodyExt;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use tower::ServiceExt;

/// When tests of a console begin: 2014-03-05 08:00 in Cà Mau.
pub const BEGIN: Timestamp = Timestamp::from_secs(1_393_981_200);

/// The foundation areas are built on: database, ids, clock. Made before the areas, since their
/// ports need it.
#[derive(Debug)]
pub struct Ground {
    /// The records.
    pub db: Db,
    /// The source of ids, on [`Ground::clock`].
    pub ids: Arc<IdSource>,
    /// The clock; stands at [`BEGIN`].
    pub clock: Arc<ManualClock>,
    /// News for the browsers.
    pub news: Broadcaster,
    /// The folder of this test; removed with it.
    pub dir: tempfile::TempDir,
}

impl Ground {
    /// A new database in a folder of its own.
    ///
    /// # Panics
    /// When the folder or the database cannot be made.
    pub async fn new() -> Self {
        let Records { db, dir, .. } = Records::new().await;
        let clock = ManualClock::at(BEGIN);
        let ids = Arc::new(IdSource::new(clock.clone()));
        Self { db, ids, clock, news: Broadcaster::default(), dir }
    }

    /// Makes the tables of `migrations` and of the audit trail, for tests without pages.
    ///
    /// # Panics
    /// When a step fails.
    pub async fn migrate(&self, migrations: &[base_db::Migration]) {
        let all: Vec<_> =
            base_audit::MIGRATIONS.iter().chain(base_web::MIGRATIONS).chain(migrations).cloned().collect();
        base_db::migrate(&self.db, &all, BEGIN).await.expect("the tables can be made");
    }
}

/// A person with one role, over a unit or (`None`) the province.
#[must_use]
pub fn person(name: &str, role: Role, unit: Option<&str>) -> Principal {
    let grant = match unit {
        Some(unit) => Grant::unit(role, UnitId::new(unit)),
        None => Grant::province(role),
    };
    Principal::new(AccountId::new(name), name, name, [grant], BEGIN)
}

/// What operations are handed when this person acts at `now`.
#[must_use]
pub fn caller(person: &Principal, now: Timestamp) -> Caller {
    Caller { principal: Arc::new(person.clone()), peer: None, request: "test".to_owned(), now }
}

struct People(HashMap<String, Arc<Principal>>);

#[async_trait]
impl SessionPort for People {
    async fn resolve(&self, token: &str, _: Option<IpAddr>, _: Timestamp) -> base_core::Result<Option<Session>> {
        Ok(self.0.get(token).map(|principal| Session {
            id: token.to_owned(),
            principal: Arc::clone(principal),
            lang: Some(Lang::Vi),
            theme: Some(Theme::Auto),
            detour: None,
            via: Via::Cookie,
        }))
    }

    async fn prefer(&self, _: &AccountId, _: Option<Lang>, _: Option<Theme>) -> base_core::Result<()> {
        Ok(())
    }
}

struct Units(Arc<[UnitInfo]>);

impl UnitDirectory for Units {
    fn unit(&self, id: &UnitId) -> Option<UnitInfo> {
        self.0.iter().find(|u| u.id == *id).cloned()
    }

    fn all(&self) -> Arc<[UnitInfo]> {
        Arc::clone(&self.0)
    }

    fn resolve_code(&self, code: &str) -> Option<UnitInfo> {
        self.0.iter().find(|u| u.code.eq_ignore_ascii_case(code)).cloned()
    }
}

/// Two units: the code is also the id.
#[must_use]
pub fn units() -> Arc<[UnitInfo]> {
    let unit = |code: &str, name: &str| UnitInfo {
        id: UnitId::new(code),
        code: code.to_owned(),
        name: name.to_owned(),
        short: code.to_owned(),
        block: "so_nganh".to_owned(),
        active: true,
    };
    Arc::from([unit("SYT", "Sở Y tế"), unit("STC", "Sở Tài chính")])
}

/// An area whose page `/tim-nhanh?q=` says what the finders of the other areas find: a line for each, `title · hint · href`.
#[must_use]
pub fn quick_search() -> Area {
    Area::new("quick", Routes::new().get("/tim-nhanh", Access::SignedIn, found))
}

async fn found(ctx: Ctx, Query(params): Query<HashMap<String, String>>) -> String {
    let words = Words::of(params.get("q").map_or("", String::as_str));
    let (groups, cut) = ctx.find(&words).await;
    assert!(!cut, "a finder failed");
    let lines = groups.iter().flat_map(|g| &g.found).map(|f| format!("{} · {} · {}", f.title, f.hint, f.href));
    lines.collect::<Vec<_>>().join("\n")
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: http::HeaderMap,
    /// Its body as text.
    pub text: String,
}

impl Answer {
    /// A header as text.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default()
    }
}

/// The console.
#[derive(Debug)]
pub struct Console {
    /// What it stands on.
    pub ground: Ground,
    /// What its handlers reach.
    pub web: Web,
    router: Router,
}

impl Console {
    /// A console of `areas` in which `people` are signed in; each signs in with the account's id as token.
    ///
    /// # Panics
    /// When tables, texts or routes of the areas are wrong.
    pub async fn start(ground: Ground, areas: Vec<Area>, people: &[Principal]) -> Self {
        let migrations: Vec<_> = areas.iter().flat_map(|a| a.migrations.iter().cloned()).collect();
        ground.migrate(&migrations).await;
        let strings = load_strings(&areas).expect("the texts are right");
        let people = people.iter().map(|p| (p.account.as_str().to_owned(), Arc::new(p.clone()))).collect();
        let parts = WebParts {
            db: ground.db.clone(),
            clock: ground.clock.clone(),
            ids: Arc::clone(&ground.ids),
            strings,
            sessions: Arc::new(People(people)),
            units: Arc::new(Units(units())),
            news: ground.news.clone(),
            secure: false,
            secret: [7; 32],
        };
        let (router, web) = serve_router(areas, parts).expect("the routes are right");
        Self { ground, web, router }
    }

    /// The router itself, for answers that stream.
    pub fn router(&self) -> Router {
        self.router.clone()
    }

    /// Sends a request as it is.
    ///
    /// # Panics
    /// When the body of the answer breaks off.
    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.expect("a router always answers");
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.expect("the body comes whole").to_bytes();
        Answer { status: parts.status, headers: parts.headers, text: String::from_utf8_lossy(&bytes).into_owned() }
    }

    fn request(who: &str, method: &str, path: &str) -> http::request::Builder {
        let cookie = base_web::session_cookie_name(false);
        Request::builder().method(method).uri(path).header(header::COOKIE, format!("{cookie}={who}"))
    }

    /// Follows a link.
    ///
    /// # Panics
    /// When `path` is no address.
    pub async fn get(&self, who: &str, path: &str) -> Answer {
        self.send(Self::request(who, "GET", path).body(Body::empty()).expect("a request")).await
    }

    /// Fetches the live part of a page, as its script does.
    ///
    /// # Panics
    /// When `path` is no address.
    pub async fn fragment(&self, who: &str, path: &str) -> Answer {
        let request = Self::request(who, "GET", path).header("x-fragment", "1");
        self.send(request.body(Body::empty()).expect("a request")).await
    }

    /// Opens the page `from` and sends a form with its token to `path`.
    ///
    /// # Panics
    /// When `from` has no token.
    pub async fn post(&self, who: &str, from: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body: Vec<String> = fields.iter().map(|(n, v)| format!("{}={}", encode(n), encode(v))).collect();
        let request = Self::request(who, "POST", path)
            .header("x-csrf-token", self.csrf(who, from).await)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body.join("&")));
        self.send(request.expect("a request")).await
    }

    /// Opens the page `from` and hands a file in to `path`, with the text fields before it.
    ///
    /// # Panics
    /// When `from` has no token.
    pub async fn upload(
        &self,
        who: &str,
        from: &str,
        path: &str,
        fields: &[(&str, &str)],
        file: (&str, &[u8]),
    ) -> Answer {
        const EDGE: &str = "----mangrove-test";
        let mut body = Vec::new();
        for (name, value) in fields {
            let part = format!("--{EDGE}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
            body.extend_from_slice(part.as_bytes());
        }
        let head = format!(
            "--{EDGE}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{}\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n",
            file.0
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(file.1);
        body.extend_from_slice(format!("\r\n--{EDGE}--\r\n").as_bytes());
        let request = Self::request(who, "POST", path)
            .header("x-csrf-token", self.csrf(who, from).await)
            .header(header::CONTENT_TYPE, format!("multipart/form-data; boundary={EDGE}"))
            .body(Body::from(body));
        self.send(request.expect("a request")).await
    }

    async fn csrf(&self, who: &str, from: &str) -> String {
        let page = self.get(who, from).await;
        let after = page.text.split_once("data-csrf=\"").map(|(_, rest)| rest);
        let token = after.and_then(|rest| rest.split('"').next());
        token.unwrap_or_else(|| panic!("{from} gave no token to {who}: {} {}", page.status, page.text)).to_owned()
    }
}

fn encode(text: &str) -> String {
    text.bytes()
        .map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") })
        .collect()
}
