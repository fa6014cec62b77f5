//! Whether the server is alive and ready: `/healthz` and `/readyz`, on the console's port.
//!
//! Both are for machines that watch this one, need no sign-in, and say nothing of what is kept: the answer
//! to `/readyz` only names the part that is not ready. The log and `mangrove doctor` say why.

use crate::app::Kept;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use base_db::Sql;
use engine_journal::Journal;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Longest time a part may take to answer.
const PATIENCE: Duration = Duration::from_secs(3);

/// What is looked at.
#[derive(Clone)]
pub(crate) struct Health {
    kept: Kept,
    /// Whether the pipeline runs; it turns false when its task ends.
    pipeline: Arc<AtomicBool>,
}

impl Health {
    /// Of a server; `pipeline` says whether its pipeline runs.
    pub(crate) fn of(kept: Kept, pipeline: Arc<AtomicBool>) -> Self {
        Self { kept, pipeline }
    }

    /// The routes. They stand here and not in an area, because they come before sign-in and sessions.
    pub(crate) fn router(self) -> Router {
        Router::new().route("/healthz", get(alive)).route("/readyz", get(ready)).with_state(self)
    }

    /// The parts that are not ready.
    pub(crate) async fn missing(&self) -> Vec<&'static str> {
        let kept = &self.kept;
        let (records, lake) = tokio::join!(
            in_time(async { Sql::new("SELECT 1 AS one").all(kept.db.read()).await.is_ok() }),
            in_time(async { kept.lake.committed().await.is_ok() }),
        );
        let parts = [
            ("records", records),
            ("lake", lake),
            ("journal", takes_events(&kept.journal)),
            ("pipeline", self.pipeline.load(Ordering::Relaxed)),
        ];
        parts.into_iter().filter(|(_, well)| !well).map(|(name, _)| name).collect()
    }
}

/// Whether new events are taken: not while the disk is too full.
fn takes_events(journal: &Journal) -> bool {
    !journal.refuses()
}

async fn in_time(asked: impl Future<Output = bool>) -> bool {
    tokio::time::timeout(PATIENCE, asked).await.unwrap_or(false)
}

fn answer(status: StatusCode, text: String) -> Response {
    let headers = [(header::CONTENT_TYPE, "text/plain; charset=utf-8"), (header::CACHE_CONTROL, "no-store")];
    (status, headers, text).into_response()
}

#[utoipa::path(
    get, path = "/healthz", tag = "health", operation_id = "alive", summary = "Whether the server runs",
    responses((status = 200, body = String, content_type = "text/plain"))
)]
/// The process answers; nothing else is looked at, so that a full disk does not get it restarted.
pub(crate) async fn alive() -> Response {
    answer(StatusCode::OK, "ok\n".to_owned())
}

#[utoipa::path(
    get, path = "/readyz", tag = "health", operation_id = "ready", summary = "Whether the server does its work",
    responses(
        (status = 200, body = String, content_type = "text/plain"),
        (status = 503, description = "The parts that are not ready.", body = String, content_type = "text/plain")
    )
)]
/// Records, lake, journal and pipeline.
pub(crate) async fn ready(State(health): State<Health>) -> Response {
    let missing = health.missing().await;
    if missing.is_empty() {
        return answer(StatusCode::OK, "ready\n".to_owned());
    }
    answer(StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {}\n", missing.join(", ")))
}
