//! `POST /api/v1/events`: records of a program into the journal.
//!
//! One JSON object per line, or a JSON array, or (`text/plain`) one log line per line; gzip or
//! zstd if wanted; `Authorization: Bearer <token of the source>`. Answers:
//!
//! * 202 `{"accepted":2,"rejected":0}`: on the disk. With bad lines: `rejected` and `errors`
//!   (`line`, `message`, `remedy`), the good ones are taken.
//! * 400, 401, 403, 413, 415 `{"error":{"kind","message","remedy"}}`: nothing was taken, mend it.
//! * 429, 503 with `Retry-After`: nothing was taken, send the same again later.

use crate::ops::ingest::{Denied, Request, Taken};
use crate::ports::EventsPorts;
use axum::Extension;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base_web::Visitor;
use serde_json::json;

/// The handler.
pub(crate) async fn handler(
    visitor: Visitor,
    Extension(ports): Extension<EventsPorts>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let text = |name: HeaderName| headers.get(name).and_then(|v| v.to_str().ok());
    let caller = visitor.caller("intake");
    let request = Request {
        authorization: text(header::AUTHORIZATION),
        encoding: text(header::CONTENT_ENCODING),
        content_type: text(header::CONTENT_TYPE),
        peer: caller.peer.map_or_else(|| "unknown".to_owned(), |p| p.to_string()),
        now: caller.now,
    };
    match take(&ports, &request, body).await {
        Ok(taken) => (StatusCode::ACCEPTED, axum::Json(taken)).into_response(),
        Err(denied) => refuse(&denied),
    }
}

async fn take(ports: &EventsPorts, request: &Request<'_>, body: Body) -> Result<Taken, Denied> {
    let ingest = &ports.ingest;
    let known = ingest.admit(request)?;
    let _turn = ingest.turn(request, &known).await?;
    let most = ingest.limits.body;
    let body = axum::body::to_bytes(body, most).await.map_err(|e| too_long_or_broken(&e, most))?;
    ingest.take(request, &known, body).await
}

fn too_long_or_broken(error: &axum::Error, most: usize) -> Denied {
    // The limit shows only as the source of the error, by its name.
    let cause = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    let (status, kind, message, remedy) = if cause.contains("length limit") {
        (
            413,
            "too-large",
            format!("the body is longer than {most} bytes"),
            "send fewer records per request, or compress them",
        )
    } else {
        (400, "bad-body", "the body ended before it was complete".to_owned(), "send it again")
    };
    Denied { status, kind, message, remedy: remedy.to_owned(), retry_after: None }
}

fn refuse(denied: &Denied) -> Response {
    let status = StatusCode::from_u16(denied.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let body = json!({"error": {"kind": denied.kind, "message": denied.message, "remedy": denied.remedy}});
    let mut response = (status, axum::Json(body)).into_response();
    if let Some(secs) = denied.retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(secs));
    }
    if status == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}
