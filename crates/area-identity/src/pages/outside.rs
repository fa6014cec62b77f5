//! `/dang-nhap/qua/{id}` and `/dang-nhap/tro-lai`: to a provider of sign-ins and back.
//!
//! The way there is a link and not a form, and the way on is a page that goes on by itself: the content policy lets forms
//! lead nowhere else, and browsers keep strict cookies back while a chain of redirects comes from elsewhere.

use super::second_step;
use super::sign_in::{DEVICE, agent, onward, welcome_cookies};
use crate::Identity;
use crate::model::waiting::{Purpose, WAIT_SECS};
use crate::ops::{self, Arrived, Back, Begun, Failed, Refusal, Trouble};
use axum::Extension;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Response};
use base_ui::{Href, Tone, kv, notice};
use base_web::{Cookie, Ctx, SameSite, Visitor, WebResult, read_cookie, safe_next, see_other};
use http::header::{HeaderName, SET_COOKIE};
use http::{HeaderMap, HeaderValue, StatusCode};
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;

/// Where the way to a provider begins.
pub(super) const BEGIN: &str = "/dang-nhap/qua";
/// The cookie that ties the answer of a provider to the browser. Lax, because the answer comes from elsewhere.
const RETURN: &str = "mangrove-return";
const REFRESH: HeaderName = HeaderName::from_static("refresh");

type Area = Extension<Arc<Identity>>;

#[derive(Debug, Default, Deserialize)]
pub(crate) struct Next {
    #[serde(default)]
    next: String,
}

pub(super) fn return_cookie(headers: &HeaderMap, secure: bool) -> Option<String> {
    read_cookie(headers, RETURN, secure).map(str::to_owned)
}

/// Goes to the provider at once.
pub(super) fn go(begun: &Begun, secure: bool) -> Response {
    let mut response = see_other(&*begun.address);
    remember(&mut response, begun, secure);
    response
}

pub(super) fn remember(response: &mut Response, begun: &Begun, secure: bool) {
    let cookie = Cookie::new(RETURN, &*begun.cookie, secure).max_age(WAIT_SECS).same_site(SameSite::Lax);
    response.headers_mut().append(SET_COOKIE, cookie.header());
}

/// A page that goes on to `to` by itself; the caller puts a link to it on the page.
pub(super) fn going_on(page: Markup, to: &str) -> Response {
    let mut response = page.into_response();
    if let Ok(value) = HeaderValue::from_str(&format!("0;url={to}")) {
        response.headers_mut().insert(REFRESH, value);
    }
    response
}

pub(crate) async fn begin(
    visitor: Visitor,
    Extension(identity): Area,
    headers: HeaderMap,
    Path(id): Path<String>,
    Query(query): Query<Next>,
) -> WebResult {
    let (next, secure) = (safe_next(&query.next).to_owned(), visitor.web.secure());
    if visitor.session.is_some() {
        return Ok(see_other(next));
    }
    let cookie = return_cookie(&headers, secure);
    let caller = visitor.caller("sign-in");
    match ops::begin_sign_in(&identity, &caller, (&id, &next), cookie.as_deref()).await? {
        Ok(begun) => Ok(go(&begun, secure)),
        Err(refusal) => {
            let purpose = Some(Purpose::SignIn(next));
            Ok(refused(&visitor, &Failed { refusal, purpose, provider: None }))
        }
    }
}

/// What a provider puts into the address.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Said {
    #[serde(default)]
    state: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    error: String,
    #[serde(default)]
    error_description: String,
    iss: Option<String>,
}

pub(crate) async fn come_back(
    visitor: Visitor,
    Extension(identity): Area,
    headers: HeaderMap,
    Query(said): Query<Said>,
) -> WebResult {
    let secure = visitor.web.secure();
    let back = Back {
        state: said.state,
        code: said.code,
        error: said.error,
        error_description: said.error_description,
        iss: said.iss,
        cookie: return_cookie(&headers, secure).unwrap_or_default(),
        device: read_cookie(&headers, DEVICE, secure).map(str::to_owned),
        agent: agent(&headers),
    };
    let session = visitor.session.as_deref();
    match ops::come_back(&identity, &visitor.caller("sign-in"), session, back).await? {
        Ok(arrived) => Ok(arrival(&visitor, arrived)),
        Err(failed) => Ok(refused(&visitor, &failed)),
    }
}

fn arrival(visitor: &Visitor, arrived: Arrived) -> Response {
    match arrived {
        Arrived::Open(signed_in, next) => {
            let to = onward(&signed_in, &next);
            let mut response = going_on(on_the_way(visitor, &to), &to);
            welcome_cookies(visitor, &signed_in, &mut response);
            response
        }
        Arrived::Half(half, next) => {
            let to = second_step::address(&next);
            let mut response = going_on(on_the_way(visitor, &to), &to);
            second_step::remember(visitor, &half, &mut response);
            response
        }
        Arrived::Linked => {
            let to = super::links::PAGE;
            going_on(on_the_way(visitor, to), to)
        }
        Arrived::Tried(id, claims) => seen(visitor, &id, &claims).into_response(),
    }
}

fn on_the_way(visitor: &Visitor, to: &str) -> Markup {
    let tr = &visitor.tr;
    let title = tr.t("identity-outside-done");
    let content = html! {
        section class="card" {
            div class="card-body" {
                h1 { (title) }
                p class="lead" { (tr.t("identity-outside-going-on")) }
                p { a class="button button-primary button-wide" href=(to) { (tr.t("identity-outside-go-on")) } }
            }
        }
    };
    visitor.plain(&title, content)
}

/// What a provider says of the administrator who tries it.
fn seen(visitor: &Visitor, id: &str, claims: &[(String, String)]) -> Markup {
    let tr = &visitor.tr;
    let title = tr.t("identity-outside-seen");
    let rows: Vec<(String, Markup)> = claims.iter().map(|(n, v)| (n.clone(), html! { code { (v) } })).collect();
    let content = html! {
        section class="card" {
            div class="card-body" {
                h1 { (title) }
                p class="lead" { (tr.t("identity-outside-seen-lead")) }
                (kv(&rows))
                p { a class="button" href=(Href::new(super::providers::PAGE).segment(id)) { (tr.t("identity-outside-back")) } }
            }
        }
    };
    visitor.plain(&title, content)
}

/// Why it leads nowhere, and the ways that do.
fn refused(visitor: &Visitor, failed: &Failed) -> Response {
    let tr = &visitor.tr;
    let refusal = &failed.refusal;
    let status = match refusal {
        Refusal::Full => StatusCode::TOO_MANY_REQUESTS,
        Refusal::Trouble(Trouble::Away(_) | Trouble::Status(..)) => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::FORBIDDEN,
    };
    let (to, label) = match &failed.purpose {
        Some(Purpose::Link(..)) => (super::links::PAGE.to_owned(), tr.t("identity-outside-back")),
        Some(Purpose::Try(_)) => (super::providers::PAGE.to_owned(), tr.t("identity-outside-back")),
        Some(Purpose::SignIn(next)) => {
            let next = Some(safe_next(next)).filter(|next| *next != "/");
            (Href::new("/dang-nhap").with_opt("next", next).to_string(), tr.t("identity-outside-by-password"))
        }
        None => ("/dang-nhap".to_owned(), tr.t("identity-outside-by-password")),
    };
    let named = match refusal {
        Refusal::NotLinked(name) | Refusal::Name(name) => Some(name),
        _ => None,
    };
    // An administrator who tries a provider is told what happened; strangers only what they can do.
    let detail = match (refusal, &failed.purpose) {
        (Refusal::Trouble(trouble), Some(Purpose::Try(_))) => Some(trouble.detail()),
        (Refusal::Denied(words), _) if !words.is_empty() => Some(words.clone()),
        _ => None,
    };
    let title = tr.t("identity-outside-refused");
    let content = html! {
        section class="card" {
            div class="card-body" {
                h1 { (title) }
                @if let Some(provider) = &failed.provider { p class="muted" { (provider) } }
                (notice(Tone::Bad, html! {
                    p { (tr.dynamic("identity-outside-", refusal.code())) }
                    @if let Some(name) = named { p { code { (name) } } }
                    @if let Some(detail) = detail { p class="small" { (detail) } }
                }))
                p { a class="button button-wide" href=(to) { (label) } }
            }
        }
    };
    (status, visitor.plain(&title, content)).into_response()
}

/// For a person or administrator who is signed in: to the provider by a page of ours.
pub(super) fn leave(ctx: &Ctx, begun: &Begun) -> Response {
    let tr = &ctx.tr;
    let title = tr.t("identity-outside-leaving");
    let page = ctx.page(
        &title,
        html! {
            (base_ui::page_head(&title, Some(&tr.t("identity-outside-leaving-lead")), html! {}))
            p { a class="button button-primary" href=(begun.address) rel="noreferrer" { (tr.t("identity-outside-go-on")) } }
        },
    );
    let mut response = going_on(page, &begun.address);
    remember(&mut response, begun, ctx.web.secure());
    response
}

/// Why a way to a provider does not begin, in the person's language.
pub(super) fn why_not(ctx: &Ctx, refusal: &Refusal) -> String {
    let text = ctx.tr.dynamic("identity-outside-", refusal.code());
    match refusal {
        Refusal::Trouble(trouble) if ctx.may(base_authz::Action::AccountsManage) => {
            format!("{text} ({})", trouble.detail())
        }
        _ => text,
    }
}
