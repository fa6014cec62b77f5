//! Whole requests to the programs' door: every one is answered, nothing is taken from a stranger, and what is answered
//! with success was handed to the sink.
#![no_main]

use base_core::{ManualClock, SourceId, Timestamp};
use bytes::Bytes;
use engine_intake::http::{NotTaken, Stranger};
use engine_intake::{Door, Gate, HttpOptions, Identity, Received, Refused, Sink, Taken};
use http::Request;
use http_body_util::Full;
use libfuzzer_sys::fuzz_target;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

const METHODS: [&str; 5] = ["POST", "GET", "PUT", "DELETE", "HEAD"];
const PATHS: [&str; 10] = [
    "/api/v1/events",
    "/elastic/_bulk",
    "/elastic/logs/_bulk",
    "/elastic/",
    "/elastic/_license",
    "/v1/logs",
    "/v1/traces",
    "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
    "/elastic/_index_template/x",
    "/elastic/%ff",
];
const TYPES: [&str; 6] = [
    "application/x-ndjson",
    "application/json",
    "text/plain",
    "application/x-protobuf",
    "application/grpc",
    "application/vnd.elasticsearch+x-ndjson; compatible-with=9",
];
const ENCODINGS: [&str; 5] = ["", "gzip", "zstd", "identity", "br"];

#[derive(Debug)]
struct OneToken;

impl Gate for OneToken {
    fn admit(&self, token: Option<&str>, _: Option<&Identity>) -> Result<SourceId, Stranger> {
        match token {
            Some("good") => Ok(SourceId::new("s")),
            Some(_) => Err(Stranger::Unknown),
            None => Err(Stranger::Nameless),
        }
    }

    fn note(&self, _: &NotTaken<'_>) {}
}

#[derive(Debug, Default)]
struct Counting(AtomicUsize);

#[async_trait::async_trait]
impl Sink for Counting {
    async fn accept(&self, batch: Vec<Received>) -> Result<Taken, Refused> {
        self.0.fetch_add(batch.len(), Ordering::Relaxed);
        Ok(Taken::default())
    }
}

thread_local! {
    static RUNTIME: tokio::runtime::Runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
}

// Five bytes choose method, path, type, encoding and token; the rest is the body.
fuzz_target!(|bytes: &[u8]| {
    let Some(([method, path, kind, encoding, token], body)) = bytes.split_first_chunk() else { return };
    let of = |list: &[&'static str], byte: &u8| list[usize::from(*byte) % list.len()];
    let known = token % 4 != 0;
    let mut request = Request::builder()
        .method(of(&METHODS, method))
        .uri(of(&PATHS, path))
        .header("content-type", of(&TYPES, kind))
        .header("authorization", if known { "Bearer good" } else { "ApiKey \u{ff}" });
    if !of(&ENCODINGS, encoding).is_empty() {
        request = request.header("content-encoding", of(&ENCODINGS, encoding));
    }
    let Ok(request) = request.body(Full::new(Bytes::copy_from_slice(body))) else { return };
    let sink = Arc::new(Counting::default());
    let options = HttpOptions { max_body_bytes: 1 << 20, max_unpacked_bytes: 4 << 20, max_record_bytes: 4096, ..HttpOptions::default() };
    let clock = ManualClock::at(Timestamp::from_secs(1_790_000_000));
    let door = Door::new(Arc::new(OneToken), Arc::clone(&sink) as _, clock, options);
    let peer = SocketAddr::from(([192, 0, 2, 1], 4711));
    let answer = RUNTIME.with(|runtime| runtime.block_on(door.answer(request, peer, None)));
    let taken = sink.0.load(Ordering::Relaxed);
    assert!(known || taken == 0, "a stranger's records were taken");
    assert!(answer.status().as_u16() < 500, "{answer:?}");
    assert!(taken == 0 || answer.status().is_success(), "{taken} taken and then refused: {answer:?}");
});
