//! One connection of a listener of its own for everything that comes by HTTP.

use super::patient::Patient;
use crate::Identity;
use crate::seats::Seat;
use crate::streams::Shared;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_util::sync::CancellationToken;

/// Longest time for requests under way when the program stops.
const LAST_REQUESTS: Duration = Duration::from_secs(5);
/// Bytes that one connection of HTTP/2 may have under way before they are asked for.
const WINDOW: u32 = 256 * 1024;
/// Calls of one connection of HTTP/2 at a time.
const STREAMS: u32 = 64;
/// Buffer of one connection of HTTP/1, and longest head of a request.
const BUFFER: usize = 64 * 1024;

/// Serves one connection until its end, or until the program stops and what is under way is answered.
pub(crate) async fn connection<S: AsyncRead + AsyncWrite + Send + Unpin + 'static>(
    stream: S,
    peer: SocketAddr,
    identity: Option<Arc<Identity>>,
    shared: &Shared,
    seat: Seat,
    stop: CancellationToken,
) {
    let Some(door) = shared.door.clone() else { return };
    let service = hyper::service::service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
        let (door, identity) = (Arc::clone(&door), identity.clone());
        async move { Ok::<_, std::convert::Infallible>(door.answer(request, peer, identity.as_deref()).await) }
    });
    let options = &shared.options;
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(options.record_timeout).max_buf_size(BUFFER);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS)
        .initial_connection_window_size(WINDOW)
        .initial_stream_window_size(WINDOW)
        .max_send_buf_size(BUFFER);
    let patient = Patient::new(stream, Arc::clone(&shared.counters), options.idle_timeout, options.write_timeout);
    let connection = builder.serve_connection(TokioIo::new(patient), service);
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            match tokio::time::timeout(LAST_REQUESTS, connection.as_mut()).await {
                Ok(ended) => ended,
                Err(_) => Ok(()),
            }
        }
    };
    if let Err(error) = ended {
        tracing::debug!(client.address = %peer, %error, "a connection of {} ended", shared.kind.what);
    }
    drop(seat);
}
