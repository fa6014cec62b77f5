//! Figures for Prometheus: gathered at each scrape, served on a port of their own.
//!
//! Off by default. On a loopback address anybody on this machine may ask; anywhere else, and wherever a
//! token is set, only with the token. There is no TLS: let the scraper come through a proxy or a tunnel.

use crate::app::Kept;
use crate::health::Health;
use area_events::ports::Inputs;
use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use base_metrics::{HttpCounts, Kind, Page};
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Instant;

/// What the figures are gathered from.
#[derive(Clone)]
pub(crate) struct Figures {
    /// What is kept.
    pub kept: Kept,
    /// The inputs that run.
    pub inputs: Inputs,
    /// Answers of console and API.
    pub http: Arc<HttpCounts>,
    /// Whether the server is ready.
    pub health: Health,
}

impl Figures {
    /// The page, and the health of the server beside it.
    pub(crate) fn router(self, token: Option<Arc<str>>) -> Router {
        let health = self.health.clone().router();
        Router::new().route("/metrics", get(scrape)).with_state((self, token)).merge(health)
    }

    /// Gathers everything.
    pub(crate) async fn page(&self) -> String {
        let mut page = Page::default();
        let version = [("version", env!("CARGO_PKG_VERSION"))];
        page.family("mangrove_build_info", Kind::Gauge, "The version that runs.").sample(&version, 1);
        let ready = u8::from(self.health.missing().await.is_empty());
        page.one("mangrove_ready", Kind::Gauge, "1 when records, lake, journal and pipeline are ready.", ready);
        self.inputs(&mut page);
        self.flow(&mut page);
        self.lake(&mut page).await;
        self.http.write(&mut page);
        process(&mut page);
        page.into_text()
    }

    fn inputs(&self, page: &mut Page) {
        let inputs = self.inputs.read().unwrap_or_else(PoisonError::into_inner);
        let all: Vec<_> = inputs.iter().map(|one| (one.name, one.place.as_str(), one.counters.counts())).collect();
        let name = "mangrove_input_records_total";
        let mut family = page.family(name, Kind::Counter, "Records by input and by what became of them.");
        for (name, place, counts) in &all {
            for (result, count) in [
                ("received", counts.received),
                ("accepted", counts.accepted),
                ("refused", counts.refused),
                ("dropped", counts.dropped),
                ("over_quota", counts.dropped_quota),
                ("truncated", counts.truncated),
            ] {
                family.sample(&[("input", name), ("place", place), ("result", result)], count);
            }
        }
        let mut family = page.family("mangrove_input_bytes_total", Kind::Counter, "Bytes received by input.");
        for (name, place, counts) in &all {
            family.sample(&[("input", name), ("place", place)], counts.bytes);
        }
    }

    fn flow(&self, page: &mut Page) {
        let (board, journal) = (&self.kept.board, self.kept.journal.stats());
        let of = |number: &std::sync::atomic::AtomicU64| number.load(Ordering::Relaxed);
        let position = of(&board.position);
        page.one("mangrove_events_total", Kind::Counter, "Events that went through the pipeline.", of(&board.events));
        page.one("mangrove_events_unparsed_total", Kind::Counter, "Events no source could read.", of(&board.unparsed));
        page.one("mangrove_events_truncated_total", Kind::Counter, "Events cut to the limit.", of(&board.truncated));
        page.one("mangrove_detections_total", Kind::Counter, "Detections.", of(&board.detections));
        let lag = journal.end.saturating_sub(position.max(journal.start));
        page.one("mangrove_pipeline_lag_events", Kind::Gauge, "Events received and not yet looked at.", lag);
        let seconds = Micros(of(&board.last_alert_latency_us));
        let help = "Time from receipt to committed alert, of the latest batch with a detection.";
        page.one("mangrove_alert_latency_seconds", Kind::Gauge, help, seconds);
        page.one("mangrove_journal_entries_total", Kind::Counter, "Entries ever given a number.", journal.end);
        page.one("mangrove_journal_bytes", Kind::Gauge, "Bytes of the journal on disk.", journal.bytes);
        page.one("mangrove_journal_lost_total", Kind::Counter, "Entries stepped over as damaged.", journal.lost);
        page.one("mangrove_journal_syncs_total", Kind::Counter, "Syncs to disk.", journal.syncs);
    }

    async fn lake(&self, page: &mut Page) {
        if let Ok(stats) = self.kept.lake.stats().await {
            page.one("mangrove_lake_events", Kind::Gauge, "Events kept.", stats.events);
            page.one("mangrove_lake_files", Kind::Gauge, "Files they are kept in.", stats.files);
            page.one("mangrove_lake_bytes", Kind::Gauge, "Bytes they take.", stats.stored_bytes);
            let help = "Bytes of their raw records.";
            page.one("mangrove_lake_raw_bytes", Kind::Gauge, help, stats.raw_bytes);
        }
        let data = self.kept.data.root();
        if let (Ok(free), Ok(total)) = (fs4::available_space(data), fs4::total_space(data)) {
            page.one("mangrove_data_free_bytes", Kind::Gauge, "Free bytes on the disk of the data folder.", free);
            page.one("mangrove_data_size_bytes", Kind::Gauge, "Bytes of that disk.", total);
        }
        let records = ["mangrove.db", "mangrove.db-wal"].map(|name| self.kept.data.join(name));
        let bytes: u64 = records.iter().filter_map(|file| Some(file.metadata().ok()?.len())).sum();
        page.one("mangrove_database_bytes", Kind::Gauge, "Bytes of the records with their log.", bytes);
    }
}

/// Microseconds, written as seconds without going through floating point.
struct Micros(u64);

impl std::fmt::Display for Micros {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{:06}", self.0 / 1_000_000, self.0 % 1_000_000)
    }
}

/// What the system says of this process (proc(5)).
fn process(page: &mut Page) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    if let Some(kib) = resident.and_then(|text| text.trim().trim_end_matches("kB").trim().parse::<u64>().ok()) {
        page.one("process_resident_memory_bytes", Kind::Gauge, "Resident memory.", kib.saturating_mul(1_024));
    }
    if let Ok(open) = std::fs::read_dir("/proc/self/fd") {
        page.one("process_open_fds", Kind::Gauge, "Open file descriptors.", open.count());
    }
}

async fn scrape(State((figures, token)): State<(Figures, Option<Arc<str>>)>, headers: HeaderMap) -> Response {
    let shown = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    if let Some(token) = token
        && !shown.and_then(|text| text.strip_prefix("Bearer ")).is_some_and(|given| same(given, &token))
    {
        let challenge = [(header::WWW_AUTHENTICATE, "Bearer")];
        return (StatusCode::UNAUTHORIZED, challenge, "the token is missing or wrong\n").into_response();
    }
    let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
    (kind, figures.page().await).into_response()
}

/// Compares in a time that does not tell how many characters are right.
fn same(given: &str, wanted: &str) -> bool {
    given.len() == wanted.len() && given.bytes().zip(wanted.bytes()).fold(0, |sum, (a, b)| sum | (a ^ b)) == 0
}

/// Counts the answers that go through it.
pub(crate) async fn count(State(http): State<Arc<HttpCounts>>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().cloned();
    let (method, began) = (request.method().clone(), Instant::now());
    let response = next.run(request).await;
    let route = route.as_ref().map(MatchedPath::as_str);
    http.answered(route, method.as_str(), response.status().as_u16(), began.elapsed());
    response
}
