//! What programs send to the console's own port: newline-delimited JSON at `/api/v1/events`, the `_bulk` API of
//! Elasticsearch under `/elastic`, OTLP logs at `/v1/logs` and over gRPC. `engine_intake::http` says what each
//! takes and answers.

use crate::ports::EventsPorts;
use axum::Extension;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::response::Response;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// The handler of all of them.
pub(crate) async fn handler(Extension(ports): Extension<EventsPorts>, request: Request) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|c| c.0);
    let peer = peer.unwrap_or_else(|| SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0));
    ports.door.answer(request, peer, None).await.map(Body::new)
}
