//! One router of all areas, inside the layers that hold for every request.

use crate::csrf::Key;
use crate::error::Problem;
use crate::web::Inner;
use crate::{Access, Area, Routes, Web, WebError, WebParts, guard, headers, live, preferences};
use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Path};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use base_core::{Error, Kind, Result};
use http::{HeaderValue, StatusCode, header};
use std::any::Any;
use std::sync::Arc;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;

/// Where the inbox is, whichever area has it.
const INBOX: &str = "/thong-bao";
/// Longest body an extractor reads unless its route says otherwise, in bytes.
const MAX_BODY: usize = 1 << 20;

/// The whole console as one service, and the [`Web`] behind it (jobs need its news and texts).
///
/// The connection's address must be in the request's extensions as `ConnectInfo<SocketAddr>`
/// for the audit trail and the sign-in throttle.
///
/// # Errors
/// When two areas claim the same route, or a route has no right: both are defects of the wiring.
pub fn serve_router(areas: Vec<Area>, parts: WebParts) -> Result<(Router, Web)> {
    let own = Routes::new()
        .get("/truc-tiep", Access::SignedIn, live::stream)
        .post("/tuy-chon", Access::Public, preferences::choose)
        .get("/static/{file}", Access::Public, asset);
    let areas: Vec<Area> = std::iter::once(Area::new("web", own)).chain(areas).collect();

    let mut nav: Vec<_> = areas.iter().flat_map(|a| a.nav.iter().copied()).collect();
    nav.sort_by_key(|item| (item.group, item.order));
    let also: Vec<_> = areas.iter().flat_map(|a| a.also.iter().copied()).collect();
    let has_shell = areas.iter().any(|a| a.routes.iter().any(|r| r.path == INBOX));
    let finders: Vec<_> = areas.iter().flat_map(|a| a.finders.iter().cloned()).collect();
    let policies: Vec<_> = areas.iter().flat_map(|a| a.routes.iter().cloned()).collect();
    unique(&areas)?;

    let secure = parts.secure;
    let key = Key::new(parts.secret);
    let web = Web(Arc::new(Inner { parts, key, nav, also, has_shell, finders, policies }));
    let routed = areas.into_iter().fold(Router::new(), |router, area| router.merge(area.router));
    let router = routed
        .route_layer(from_fn_with_state(web.clone(), guard::route))
        .fallback(unknown)
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(web.clone(), guard::session))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(CompressionLayer::new())
        .layer(from_fn_with_state(secure, headers::set))
        .with_state(web.clone());
    Ok((router, web))
}

/// axum panics on a doubled route; an error that names both areas is kinder.
fn unique(areas: &[Area]) -> Result<()> {
    let mut seen = std::collections::BTreeMap::new();
    for area in areas {
        for policy in &area.routes {
            if let Some(other) = seen.insert((policy.method.as_str(), policy.path), area.name) {
                let message =
                    format!("{} {} is claimed by area {other} and area {}", policy.method, policy.path, area.name);
                return Err(Error::new(Kind::Bug, message));
            }
        }
    }
    Ok(())
}

async fn unknown() -> WebError {
    WebError(Error::not_found("there is no such page"))
}

/// A panic of a handler costs that one answer. What it said goes to the log.
#[expect(clippy::needless_pass_by_value, reason = "the signature tower-http asks for")]
fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response {
    let said =
        panic.downcast_ref::<&str>().map(ToString::to_string).or_else(|| panic.downcast_ref::<String>().cloned());
    tracing::error!(panic = said.as_deref().unwrap_or("without words"), "handler panicked");
    let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
    response.extensions_mut().insert(Problem::from(Error::new(Kind::Bug, "the handler panicked")));
    response
}

/// Static files: the name contains the hash of the content, so a browser may keep it for ever.
async fn asset(Path(file): Path<String>) -> Response {
    let Some(asset) = base_ui::asset::at(&format!("/static/{file}")) else {
        return WebError(Error::not_found("there is no such file; reload the page")).into_response();
    };
    let mut response = Response::new(Body::from(asset.bytes));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.mime));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    response
}
