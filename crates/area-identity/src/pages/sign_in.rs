//! `/dang-nhap`, `/dang-xuat`

use super::{notices, outside, second_step};
use crate::ops::{self, Passed, Refused, SignIn, SignedIn};
use crate::{Identity, store};
use axum::extract::Query;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Form};
use base_ui::{Field, Href, Tone, button, notice};
use base_web::{Cookie, Ctx, SameSite, Visitor, WebResult, read_cookie, safe_next, see_other, session_cookie};
use http::header::{SET_COOKIE, USER_AGENT};
use http::{HeaderMap, StatusCode};
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;

/// The cookie of a browser that has been signed in from; one year.
pub(super) const DEVICE: &str = "mangrove-device";
const DEVICE_SECS: i64 = 365 * 86_400;

#[derive(Debug, Default, Deserialize)]
pub(crate) struct Next {
    next: Option<String>,
}

pub(crate) async fn show(
    visitor: Visitor,
    Extension(identity): Extension<Arc<Identity>>,
    Query(query): Query<Next>,
) -> WebResult {
    let next = safe_next(query.next.as_deref().unwrap_or("/")).to_owned();
    if visitor.session.is_some() {
        return Ok(see_other(next));
    }
    if !store::account::any(&identity.db).await? {
        return Ok(see_other("/bat-dau"));
    }
    Ok(page(&visitor, &identity, &next, "", None).await?.into_response())
}

#[derive(Debug, Deserialize)]
pub(crate) struct Credentials {
    login: String,
    password: String,
    #[serde(default)]
    next: String,
}

/// What the browser says it is.
pub(super) fn agent(headers: &HeaderMap) -> Option<String> {
    headers.get(USER_AGENT).and_then(|v| v.to_str().ok()).map(str::to_owned)
}

pub(crate) async fn send(
    visitor: Visitor,
    Extension(identity): Extension<Arc<Identity>>,
    headers: HeaderMap,
    Form(form): Form<Credentials>,
) -> WebResult {
    let secure = visitor.web.secure();
    let attempt = SignIn {
        login: form.login.clone(),
        password: form.password,
        device: read_cookie(&headers, DEVICE, secure).map(str::to_owned),
        agent: agent(&headers),
    };
    match ops::sign_in(&identity, &visitor.caller("sign-in"), attempt).await? {
        Ok(Passed::Open(signed_in)) => Ok(welcome(&visitor, &signed_in, &form.next)),
        Ok(Passed::Half(half)) => Ok(second_step::begin(&visitor, &half, &form.next)),
        Err(refused) => refusal(&visitor, &identity, &form.login, &form.next, refused).await,
    }
}

/// The cookies of a new session, and on to where the person wanted to go.
pub(super) fn welcome(visitor: &Visitor, signed_in: &SignedIn, next: &str) -> Response {
    let mut response = see_other(onward(signed_in, next));
    welcome_cookies(visitor, signed_in, &mut response);
    response
}

/// Where a new session begins: with what the person should know, if there is anything.
pub(super) fn onward(signed_in: &SignedIn, next: &str) -> String {
    if signed_in.notices { notices::address(next) } else { safe_next(next).to_owned() }
}

/// The cookies of a new session.
pub(super) fn welcome_cookies(visitor: &Visitor, signed_in: &SignedIn, response: &mut Response) {
    let secure = visitor.web.secure();
    let device =
        Cookie::new(DEVICE, signed_in.device.as_str(), secure).max_age(DEVICE_SECS).same_site(SameSite::Strict);
    for cookie in [session_cookie(&visitor.web, Some(&signed_in.token), None), device] {
        response.headers_mut().append(SET_COOKIE, cookie.header());
    }
}

async fn refusal(visitor: &Visitor, identity: &Identity, login: &str, next: &str, refused: Refused) -> WebResult {
    let tr = &visitor.tr;
    let (status, text) = match refused {
        Refused::Wrong => (StatusCode::UNPROCESSABLE_ENTITY, tr.t("identity-sign-in-wrong")),
        Refused::Locked => (StatusCode::FORBIDDEN, tr.t("identity-sign-in-locked")),
        Refused::Wait(secs) => {
            let span = tr.span(secs.max(60));
            (StatusCode::TOO_MANY_REQUESTS, tr.ta("identity-sign-in-wait", &[("span", &span)]))
        }
    };
    Ok((status, page(visitor, identity, safe_next(next), login, Some(&text)).await?).into_response())
}

/// Ways to sign in at other places are shown from the records alone: a provider that is down delays nobody here.
async fn page(
    visitor: &Visitor,
    identity: &Identity,
    next: &str,
    login: &str,
    error: Option<&str>,
) -> WebResult<Markup> {
    let mut providers = store::provider::list(&identity.db).await?;
    providers.retain(|p| p.active);
    let onward = Some(next).filter(|next| *next != "/");
    let tr = &visitor.tr;
    let title = tr.t("identity-sign-in-title");
    let content = html! {
        section class="card" {
            div class="card-body" {
                h1 { (title) }
                p class="lead" { (tr.t("identity-sign-in-lead")) }
                @if let Some(error) = error { (notice(Tone::Bad, html! { p { (error) } })) }
                form method="post" action="/dang-nhap" {
                    (visitor.csrf_field())
                    input type="hidden" name="next" value=(next);
                    (Field::text("login", &tr.t("identity-login")).value(login).required().autocomplete("username").max(64).focus().render())
                    (Field::password("password", &tr.t("identity-password")).required().autocomplete("current-password").render())
                    div class="form-actions" { (button(&tr.t("identity-sign-in"), "button-primary button-wide")) }
                }
                @if !providers.is_empty() {
                    div class="form-actions" { span class="small muted" { (tr.t("identity-sign-in-or")) } }
                    @for provider in &providers {
                        div class="form-actions" {
                            a class="button button-wide" href=(Href::new(outside::BEGIN).segment(&provider.id).with_opt("next", onward)) { (provider.name) }
                        }
                    }
                }
                p class="small muted" { (tr.t("identity-sign-in-help")) }
            }
        }
    };
    Ok(visitor.plain(&title, content))
}

pub(crate) async fn leave(ctx: Ctx, Extension(identity): Extension<Arc<Identity>>) -> WebResult {
    ops::sign_out(&identity, &ctx, &ctx.session.id).await?;
    let mut response = see_other("/dang-nhap");
    response.headers_mut().append(SET_COOKIE, session_cookie(&ctx.web, None, None).header());
    Ok(response)
}
