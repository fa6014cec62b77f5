//! `/dang-nhap/ma-xac-thuc`: the code after the password.

use super::sign_in::{DEVICE, agent, welcome};
use crate::Identity;
use crate::ops::{self, HALF_SECS, RefusedCode, SecondStep, SignedIn};
use axum::extract::Query;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Form};
use base_ui::{Field, Href, Tone, button, notice};
use base_web::{Cookie, SameSite, Visitor, WebResult, read_cookie, safe_next, see_other};
use engine_signin::passkey::Assertion;
use http::header::SET_COOKIE;
use http::{HeaderMap, StatusCode};
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;

const PAGE: &str = "/dang-nhap/ma-xac-thuc";
const PASSKEY: &str = "/dang-nhap/ma-xac-thuc/khoa";
/// The cookie of a sign-in that waits for its code.
const HALF: &str = "mangrove-half";

/// After the right password: the cookie of the half sign-in, and on to the code.
pub(super) fn begin(visitor: &Visitor, half: &str, next: &str) -> Response {
    let mut response = see_other(address(next));
    remember(visitor, half, &mut response);
    response
}

/// The page of the code, which goes on to `next`.
pub(super) fn address(next: &str) -> String {
    let next = Some(safe_next(next)).filter(|next| *next != "/");
    Href::new(PAGE).with_opt("next", next).to_string()
}

/// The cookie of the half sign-in.
pub(super) fn remember(visitor: &Visitor, half: &str, response: &mut Response) {
    let cookie = Cookie::new(HALF, half, visitor.web.secure()).max_age(HALF_SECS).same_site(SameSite::Strict);
    response.headers_mut().append(SET_COOKIE, cookie.header());
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
        return Ok(page(&visitor, &identity, &headers, &query.next, None).await?.into_response());
    }
    Ok(begin_again(&query.next))
}

/// What the form brings from the cookies.
fn step(visitor: &Visitor, headers: &HeaderMap) -> SecondStep {
    let secure = visitor.web.secure();
    SecondStep {
        half: read_cookie(headers, HALF, secure).unwrap_or_default().to_owned(),
        device: read_cookie(headers, DEVICE, secure).map(str::to_owned),
        agent: agent(headers),
    }
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
    let caller = visitor.caller("sign-in");
    let done = ops::second_step(&identity, &caller, &form.code, step(&visitor, &headers)).await?;
    answer(&visitor, &identity, &headers, &form.next, done).await
}

/// What a passkey answered, as the script of the page put it into the form.
#[derive(Debug, Deserialize)]
pub(crate) struct Answer {
    offer: String,
    credential: String,
    client_data: String,
    authenticator_data: String,
    signature: String,
    #[serde(default)]
    next: String,
}

pub(crate) async fn send_passkey(
    visitor: Visitor,
    Extension(identity): Extension<Arc<Identity>>,
    headers: HeaderMap,
    Form(form): Form<Answer>,
) -> WebResult {
    let caller = visitor.caller("sign-in");
    let said = Assertion {
        credential: form.credential,
        client_data: form.client_data,
        authenticator_data: form.authenticator_data,
        signature: form.signature,
    };
    let done = ops::passkey_step(&identity, &caller, step(&visitor, &headers), (&form.offer, &said)).await?;
    answer(&visitor, &identity, &headers, &form.next, done).await
}

async fn answer(
    visitor: &Visitor,
    identity: &Identity,
    headers: &HeaderMap,
    next: &str,
    done: Result<SignedIn, RefusedCode>,
) -> WebResult {
    let tr = &visitor.tr;
    let (status, text) = match done {
        Ok(signed_in) => {
            let mut response = welcome(visitor, &signed_in, next);
            let forget = Cookie::forget(HALF, visitor.web.secure());
            response.headers_mut().append(SET_COOKIE, forget.header());
            return Ok(response);
        }
        Err(RefusedCode::Gone) => return Ok(begin_again(next)),
        Err(RefusedCode::Wrong) => (StatusCode::UNPROCESSABLE_ENTITY, tr.t("identity-code-wrong")),
        Err(RefusedCode::Wait(secs)) => {
            let span = tr.span(secs.max(60));
            (StatusCode::TOO_MANY_REQUESTS, tr.ta("identity-sign-in-wait", &[("span", &span)]))
        }
    };
    Ok((status, page(visitor, identity, headers, next, Some(&text)).await?).into_response())
}

/// The form that a passkey answers, with the question for the script of the page.
fn passkey_form(visitor: &Visitor, ask: &ops::Ask, next: &str) -> Markup {
    let tr = &visitor.tr;
    let question = serde_json::json!({
        "challenge": ask.challenge.text, "rpId": ask.challenge.party.id, "allow": ask.allowed,
    });
    html! {
        form method="post" action=(PASSKEY) data-passkey-get=(question.to_string()) {
            (visitor.csrf_field())
            input type="hidden" name="next" value=(safe_next(next));
            input type="hidden" name="offer" value=(ask.challenge.sealed);
            @for field in ["credential", "client_data", "authenticator_data", "signature"] { input type="hidden" name=(field); }
            div class="form-actions" { (button(&tr.t("identity-passkey-use"), "button-primary button-wide")) }
            p class="field-error" data-passkey-failed hidden { (tr.t("identity-passkey-failed")) }
        }
    }
}

async fn page(
    visitor: &Visitor,
    identity: &Identity,
    headers: &HeaderMap,
    next: &str,
    error: Option<&str>,
) -> WebResult<Markup> {
    let tr = &visitor.tr;
    let title = tr.t("identity-code-title");
    let half = read_cookie(headers, HALF, visitor.web.secure()).unwrap_or_default();
    let ask = ops::ask(identity, &visitor.caller("sign-in"), half, agent(headers).as_deref()).await?;
    // With a passkey the other form is the second choice, and does not take the focus.
    let (label, hint) = (tr.t("identity-code"), tr.t("identity-code-hint"));
    let code = Field::text("code", &label).hint(&hint).required().autocomplete("one-time-code").max(32);
    let kind = if ask.is_some() { "button-wide" } else { "button-primary button-wide" };
    let content = html! {
        section class="card" {
            div class="card-body" {
                h1 { (title) }
                p class="lead" { (tr.t("identity-code-lead")) }
                @if let Some(error) = error { (notice(Tone::Bad, html! { p { (error) } })) }
                @if let Some(ask) = &ask { (passkey_form(visitor, ask, next)) }
                form method="post" action=(PAGE) {
                    (visitor.csrf_field())
                    input type="hidden" name="next" value=(safe_next(next));
                    (if ask.is_some() { code.render() } else { code.focus().render() })
                    div class="form-actions" { (button(&tr.t("identity-code-send"), kind)) }
                }
                p class="small muted" { (tr.t("identity-code-help")) }
                p class="small" { a href="/dang-nhap" { (tr.t("identity-code-again")) } }
            }
        }
    };
    Ok(visitor.plain(&title, content))
}
