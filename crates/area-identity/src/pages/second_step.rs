//! `/dang-nhap/ma-xac-thuc`: the code after the password.

use super::sign_in::{DEVICE, agent, welcome};
use crate::Identity;
use crate::ops::{self, HALF_SECS, RefusedCode, SecondStep};
use axum::extract::Query;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Form};
use base_ui::{Field, Href, Tone, button, notice};
use base_web::{Cookie, SameSite, Visitor, WebResult, read_cookie, safe_next, see_other};
use http::header::SET_COOKIE;
use http::{HeaderMap, StatusCode};
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;

const PAGE: &str = "/dang-nhap/ma-xac-thuc";
/// The cookie of a sign-in that waits for its code.
const HALF: &str = "mangrove-half";

/// After the right password: the cookie of the half sign-in, and on to the code.
pub(super) fn begin(visitor: &Visitor, half: &str, next: &str) -> Response {
    let next = Some(safe_next(next)).filter(|next| *next != "/");
    let mut response = see_other(Href::new(PAGE).with_opt("next", next));
    let cookie = Cookie::new(HALF, half, visitor.web.secure()).max_age(HALF_SECS).same_site(SameSite::Strict);
    response.headers_mut().append(SET_COOKIE, cookie.header());
    response
}

/// Back to name and password.
fn begin_again(next: &str) -> Response {
    let next = Some(safe_next(next)).filter(|next| *next != "/");
    see_other(Href::new("/dang-nhap").with_opt("next", next))
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct Next {
    #[serde(default)]
    next: String,
}

pub(crate) async fn show(
    visitor: Visitor,
    Extension(identity): Extension<Arc<Identity>>,
    headers: HeaderMap,
    Query(query): Query<Next>,
) -> WebResult {
    let half = read_cookie(&headers, HALF, visitor.web.secure()).unwrap_or_default();
    if ops::waits(&identity, &visitor.caller("sign-in"), half, agent(&headers).as_deref()).await? {
        return Ok(page(&visitor, &query.next, None).into_response());
    }
    Ok(begin_again(&query.next))
}

#[derive(Debug, Deserialize)]
pub(crate) struct Code {
    code: String,
    #[serde(default)]
    next: String,
}

pub(crate) async fn send(
    visitor: Visitor,
    Extension(identity): Extension<Arc<Identity>>,
    headers: HeaderMap,
    Form(form): Form<Code>,
) -> WebResult {
    let secure = visitor.web.secure();
    let step = SecondStep {
        half: read_cookie(&headers, HALF, secure).unwrap_or_default().to_owned(),
        code: form.code,
        device: read_cookie(&headers, DEVICE, secure).map(str::to_owned),
        agent: agent(&headers),
    };
    let tr = &visitor.tr;
    let (status, text) = match ops::second_step(&identity, &visitor.caller("sign-in"), step).await? {
        Ok(signed_in) => {
            let mut response = welcome(&visitor, &signed_in, &form.next);
            response.headers_mut().append(SET_COOKIE, Cookie::forget(HALF, secure).header());
            return Ok(response);
        }
        Err(RefusedCode::Gone) => return Ok(begin_again(&form.next)),
        Err(RefusedCode::Wrong) => (StatusCode::UNPROCESSABLE_ENTITY, tr.t("identity-code-wrong")),
        Err(RefusedCode::Wait(secs)) => {
            let span = tr.span(secs.max(60));
            (StatusCode::TOO_MANY_REQUESTS, tr.ta("identity-sign-in-wait", &[("span", &span)]))
        }
    };
    Ok((status, page(&visitor, &form.next, Some(&text))).into_response())
}

fn page(visitor: &Visitor, next: &str, error: Option<&str>) -> Markup {
    let tr = &visitor.tr;
    let title = tr.t("identity-code-title");
    let content = html! {
        section class="card" {
            div class="card-body" {
                h1 { (title) }
                p class="lead" { (tr.t("identity-code-lead")) }
                @if let Some(error) = error { (notice(Tone::Bad, html! { p { (error) } })) }
                form method="post" action=(PAGE) {
                    (visitor.csrf_field())
                    input type="hidden" name="next" value=(safe_next(next));
                    (Field::text("code", &tr.t("identity-code")).hint(&tr.t("identity-code-hint")).required()
                        .autocomplete("one-time-code").max(32).focus().render())
                    div class="form-actions" { (button(&tr.t("identity-code-send"), "button-primary button-wide")) }
                }
                p class="small muted" { (tr.t("identity-code-help")) }
                p class="small" { a href="/dang-nhap" { (tr.t("identity-code-again")) } }
            }
        }
    };
    visitor.plain(&title, content)
}
