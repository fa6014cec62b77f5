//! The programs' door.

mod answers;
pub(crate) mod intake;
pub(crate) mod search;

use base_web::Failure;
use utoipa::OpenApi;
use utoipa::openapi::{RefOr, Required};

/// What the area offers to programs.
#[derive(OpenApi)]
#[openapi(
    paths(intake::handler, search::search, search::counts, search::fields, search::complete, search::sql),
    components(schemas(Failure, intake::NotTaken)),
    tags(
        (name = "events", description = "Hand in events. Elasticsearch's `_bulk` (under `/elastic`) and OTLP logs \
            (`/v1/logs`, and over gRPC) are taken too, as their own documents describe them."),
        (name = "search", description = "Find events: what the search page does. Everybody finds the events of \
            their own units only."),
    )
)]
struct Api;

/// The text of it.
pub(crate) fn openapi() -> utoipa::openapi::OpenApi {
    let mut api = Api::openapi();
    // Nothing handed in is nothing taken, and no mistake: senders ask so whether they are let in.
    let hand_in = api.paths.paths.get_mut("/api/v1/events").and_then(|path| path.post.as_mut());
    if let Some(RefOr::T(body)) = hand_in.and_then(|operation| operation.request_body.as_mut()) {
        body.required = Some(Required::False);
    }
    api
}
