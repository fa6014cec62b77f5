//! The text of the API (OpenAPI 3.1): what the areas offer to programs, and what the server itself answers.
//! `docs/api/openapi.json` is its copy, for who reads the repository.

use crate::health;
use anyhow::{Context, Result};
use axum::Router;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;
use base_web::Area;
use bytes::Bytes;
use utoipa::OpenApi;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};

/// Where it is read.
const PATH: &str = "/api/v1/openapi.json";

/// What does not belong to an area.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Mangrove",
        description = "What programs ask of Mangrove and hand to it. Answers are JSON in UTF-8, times RFC 3339. \
            Persons make tokens for their programs under \"My account\"; a token may do at most what its person \
            may. Sources have tokens of their own, shown when the source is made.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0")
    ),
    paths(health::alive, health::ready),
    tags((name = "health", description = "For programs that watch the server.")),
)]
struct Server;

/// The whole text, as JSON.
///
/// # Errors
/// When it cannot be written as JSON.
pub(crate) fn text(areas: &[Area]) -> Result<String> {
    let mut whole = Server::openapi();
    for area in areas {
        whole = area.api.iter().fold(whole, |whole, api| whole.merge_from(api.clone()));
    }
    let parts = whole.components.get_or_insert_default();
    let cookie = ApiKeyValue::with_description(
        base_web::session_cookie_name(true).as_str(),
        "Session of a signed-in person; without TLS the name has no prefix.",
    );
    let page = ApiKeyValue::with_description(
        "x-csrf-token",
        "Token of a page of that session, needed beside the cookie to change something.",
    );
    let bearer = |about: &str| {
        SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(about)).build())
    };
    let ways = [
        ("session", SecurityScheme::ApiKey(ApiKey::Cookie(cookie))),
        ("page", SecurityScheme::ApiKey(ApiKey::Header(page))),
        ("token", bearer("Token that a person made for a program.")),
        ("source", bearer("Token of a source.")),
    ];
    parts.security_schemes.extend(ways.map(|(name, way)| (name.to_owned(), way.into())));
    let mut text = whole.to_pretty_json().context("the text of the API cannot be written")?;
    text.push('\n');
    Ok(text)
}

/// Gives it to everybody: it says nothing of what is kept.
pub(crate) fn router(text: String) -> Router {
    let text = Bytes::from(text);
    let answer = move || {
        let text = text.clone();
        async move { ([(header::CONTENT_TYPE, "application/json")], text).into_response() }
    };
    Router::new().route(PATH, get(answer))
}
