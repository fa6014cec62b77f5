//! From the error of an operation to an answer: one mapping for pages, fragments and JSON.

use crate::Web;
use crate::api::{Failure, FailureKind, Why, WrongField};
use crate::info::{Info, Wants};
use axum::Json;
use axum::response::{IntoResponse, Response};
use base_core::{Error, FieldError, Kind};
use base_i18n::Tr;
use base_ui::{Frame, Icon, Tone};
use http::{HeaderValue, StatusCode, header};
use maud::{Markup, html};
use std::sync::Arc;

/// Seconds after which a busy server is asked again.
const COME_AGAIN: &str = "60";

/// What a handler gives when it cannot answer.
#[derive(Debug)]
pub struct WebError(pub Error);

/// What a handler gives.
pub type WebResult<T = Response> = Result<T, WebError>;

impl From<Error> for WebError {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl IntoResponse for WebError {
    fn into_response(self) -> Response {
        let status = status(self.0.kind);
        if matches!(self.0.kind, Kind::Bug | Kind::Unavailable) {
            let cause = std::error::Error::source(&self.0).map(ToString::to_string);
            tracing::error!(error = %self.0, error.cause = cause, "request failed");
        }
        let mut response = status.into_response();
        response.extensions_mut().insert(Problem::from(self.0));
        response
    }
}

/// Travels with the answer to the layer that knows who asked and in what form.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    pub(crate) kind: Kind,
    message: Arc<str>,
    fields: Arc<[FieldError]>,
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self { kind: error.kind, message: error.message.into(), fields: error.fields.into() }
    }
}

impl Problem {
    /// For an answer made by the framework: a body too large, a method not offered, a form that does not parse.
    pub(crate) fn from_status(status: StatusCode, text: &str) -> Self {
        let kind = match status {
            StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => Kind::NotFound,
            StatusCode::UNAUTHORIZED => Kind::Unauthenticated,
            StatusCode::FORBIDDEN => Kind::Forbidden,
            StatusCode::CONFLICT => Kind::Conflict,
            StatusCode::TOO_MANY_REQUESTS => Kind::Busy,
            StatusCode::SERVICE_UNAVAILABLE => Kind::Unavailable,
            s if s.is_client_error() => Kind::Invalid,
            _ => Kind::Bug,
        };
        Self { kind, message: text.into(), fields: Arc::new([]) }
    }
}

pub(crate) const fn status(kind: Kind) -> StatusCode {
    match kind {
        Kind::NotFound => StatusCode::NOT_FOUND,
        Kind::Forbidden => StatusCode::FORBIDDEN,
        Kind::Unauthenticated => StatusCode::UNAUTHORIZED,
        Kind::Conflict => StatusCode::CONFLICT,
        Kind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
        Kind::Busy => StatusCode::TOO_MANY_REQUESTS,
        Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Kind::Bug => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

const fn kind_of(kind: Kind) -> FailureKind {
    match kind {
        Kind::NotFound => FailureKind::NotFound,
        Kind::Forbidden => FailureKind::Forbidden,
        Kind::Unauthenticated => FailureKind::Unauthenticated,
        Kind::Conflict => FailureKind::Conflict,
        Kind::Invalid => FailureKind::Invalid,
        Kind::Busy => FailureKind::Busy,
        Kind::Unavailable => FailureKind::Unavailable,
        Kind::Bug => FailureKind::Bug,
    }
}

const fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::NotFound => "not-found",
        Kind::Forbidden => "forbidden",
        Kind::Unauthenticated => "unauthenticated",
        Kind::Conflict => "conflict",
        Kind::Invalid => "invalid",
        Kind::Busy => "busy",
        Kind::Unavailable => "unavailable",
        Kind::Bug => "bug",
    }
}

/// The answer with a body in the form the asker takes. The status stays.
pub(crate) fn render(web: &Web, info: &Info, problem: &Problem, status: StatusCode) -> Response {
    let mut response = body(web, info, problem, status);
    if matches!(problem.kind, Kind::Busy | Kind::Unavailable) {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static(COME_AGAIN));
    }
    response
}

fn body(web: &Web, info: &Info, problem: &Problem, status: StatusCode) -> Response {
    let tr = Tr::new(info.lang, Arc::clone(web.strings()));
    match info.wants {
        Wants::Json => {
            // A defect's details are for the log, not for the asker.
            let message = if problem.kind == Kind::Bug { "internal error" } else { &*problem.message };
            let field = |f: &FieldError| WrongField { field: f.field.clone(), message: f.message.clone() };
            let error = Why {
                kind: kind_of(problem.kind),
                message: message.to_owned(),
                fields: problem.fields.iter().map(field).collect(),
                request: info.request.clone(),
            };
            (status, Json(Failure { error })).into_response()
        }
        Wants::Fragment => (status, base_ui::notice(Tone::Bad, text(&tr, info, problem))).into_response(),
        Wants::Page => {
            let title = tr.dynamic("web-error-title-", word(problem.kind));
            let content = html! {
                section class="card" {
                    div class="empty" {
                        (base_ui::icon(Icon::Alert))
                        h1 class="empty-title" { (title) }
                        div class="empty-hint" { (text(&tr, info, problem)) }
                        a class="button" href="/" { (tr.t("web-error-home")) }
                    }
                }
            };
            (status, page(web, info, &tr, &title, content)).into_response()
        }
    }
}

fn text(tr: &Tr, info: &Info, problem: &Problem) -> Markup {
    let detail =
        !matches!(problem.kind, Kind::Bug | Kind::NotFound | Kind::Unauthenticated) && !problem.message.is_empty();
    html! {
        p { (tr.dynamic("web-error-text-", word(problem.kind))) }
        @if detail { p class="small" { (problem.message) } }
        p class="small muted" { (tr.ta("web-error-request", &[("id", &info.request)])) }
    }
}

/// With navigation for who is signed in, without it for visitors.
fn page(web: &Web, info: &Info, tr: &Tr, title: &str, content: Markup) -> Markup {
    let frame = crate::reply::frame(web, info, tr);
    let frame = Frame { flash: None, ..frame.as_frame(tr, title) };
    if info.session.is_some() { frame.page(content) } else { frame.plain(content) }
}
