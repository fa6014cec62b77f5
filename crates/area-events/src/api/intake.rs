//! What programs send to the console's own port: newline-delimited JSON at `/api/v1/events`, the `_bulk` API of
//! Elasticsearch under `/elastic`, OTLP logs at `/v1/logs` and over gRPC. `engine_intake::http` says what each
//! takes and answers.

use crate::ports::EventsPorts;
use axum::Extension;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::response::Response;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::{Ref, RefOr, Response as Told, ResponseBuilder};
use utoipa::{IntoResponses, ToSchema};

#[utoipa::path(
    post, path = "/api/v1/events", tag = "events", operation_id = "hand-in", summary = "Hand in events",
    request_body(
        content(
            (String = "application/x-ndjson", example = "{\"EventID\":1}\n{\"EventID\":3}"),
            (String = "text/plain", example = "Nov 22 08:00:01 pc-01 sshd[7]: Accepted password for an"),
            (Vec<Object> = "application/json"),
        ),
        description = "One JSON object per line, an array of objects, or one log line per line; gzip and zstd \
            are understood (`Content-Encoding`)."
    ),
    responses((status = 202, description = "What was taken is safe on the disk.", body = Taken), Refused),
    security(("source" = []))
)]
/// With the token of a source. An answer of 202 means that the records counted as `accepted` are on the disk.
pub(crate) async fn handler(Extension(ports): Extension<EventsPorts>, request: Request) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|c| c.0);
    let peer = peer.unwrap_or_else(|| SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0));
    ports.door.answer(request, peer, None).await.map(Body::new)
}

/// What was taken, as `engine_intake::http` answers it.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "the shape of an answer that the engine writes, for the text of the API")]
struct Taken {
    accepted: usize,
    rejected: usize,
    /// The first of those that were not taken.
    #[schema(required = false, nullable = false)]
    errors: Option<Vec<BadLine>>,
}

/// A line that was not taken.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "the shape of an answer that the engine writes, for the text of the API")]
struct BadLine {
    line: usize,
    message: String,
    remedy: String,
}

/// Why nothing was taken.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "the shape of an answer that the engine writes, for the text of the API")]
pub(crate) struct NotTaken {
    error: NotTakenWhy,
}

/// What is wrong, and what to do.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "the shape of an answer that the engine writes, for the text of the API")]
struct NotTakenWhy {
    kind: String,
    message: String,
    remedy: String,
}

/// How the door refuses. Nothing of the request was taken then.
struct Refused;

const REFUSED: [(u16, &str); 9] = [
    (400, "The body cannot be read, or none of its records can be taken."),
    (401, "There is no token, or no source has it."),
    (403, "The source may not send from here, or is switched off."),
    (405, "Events are handed in by POST."),
    (408, "The body did not come in time."),
    (413, "The body is too long."),
    (415, "The body is of a type that is not understood."),
    (429, "The source is over its quota; send the same again after the time in `Retry-After`."),
    (503, "The server is busy or its disk full; send the same again after the time in `Retry-After`."),
];

impl IntoResponses for Refused {
    fn responses() -> BTreeMap<String, RefOr<Told>> {
        let body = || ContentBuilder::new().schema(Some(Ref::from_schema_name(NotTaken::name()))).build();
        let one = |about: &str| ResponseBuilder::new().description(about).content("application/json", body()).build();
        REFUSED.iter().map(|(status, about)| (status.to_string(), RefOr::T(one(about)))).collect()
    }
}
