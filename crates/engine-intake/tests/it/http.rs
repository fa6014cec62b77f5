//! The contract of what comes by HTTP, run for each protocol: lines, `_bulk`, OTLP over HTTP in both forms,
//! OTLP over gRPC.

use crate::gate::{OneKey, TOKEN};
use crate::given::Authority;
use crate::sender::{tls_client, tls_connect};
use crate::{LOOPBACK, Running, clock, start, start_with};
use bytes::Bytes;
use engine_intake::http::Why;
use engine_intake::{HttpOptions, Input, Listener, Quota, TcpOptions, TroubleKind};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::{Value, json};
use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Lines,
    Bulk,
    LogsJson,
    LogsBinary,
    Grpc,
}

/// A field of protocol buffers that holds bytes.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![number << 3 | 2];
    let mut length = bytes.len();
    while length >= 0x80 {
        out.push(u8::try_from(length & 0x7f).expect("seven bits") | 0x80);
        length >>= 7;
    }
    out.push(u8::try_from(length).expect("seven bits"));
    out.extend_from_slice(bytes);
    out
}

impl Way {
    fn path(self) -> &'static str {
        match self {
            Way::Lines => "/api/v1/events",
            Way::Bulk => "/logs-x/_bulk",
            Way::LogsJson | Way::LogsBinary => "/v1/logs",
            Way::Grpc => "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
        }
    }

    fn content_type(self) -> &'static str {
        match self {
            Way::Lines => "text/plain",
            Way::Bulk => "application/x-ndjson",
            Way::LogsJson => "application/json",
            Way::LogsBinary => "application/x-protobuf",
            Way::Grpc => "application/grpc",
        }
    }

    fn body(self, texts: &[String]) -> Vec<u8> {
        match self {
            Way::Lines => texts.iter().flat_map(|t| format!("{t}\n").into_bytes()).collect(),
            Way::Bulk => texts
                .iter()
                .flat_map(|t| format!("{{\"create\":{{}}}}\n{}\n", json!({ "m": t })).into_bytes())
                .collect(),
            Way::LogsJson => {
                let logs: Vec<Value> = texts.iter().map(|t| json!({ "body": { "stringValue": t } })).collect();
                json!({ "resourceLogs": [{ "scopeLogs": [{ "logRecords": logs }] }] }).to_string().into_bytes()
            }
            Way::LogsBinary | Way::Grpc => {
                let logs = texts.iter().flat_map(|t| field(2, &field(5, &field(1, t.as_bytes()))));
                let message = field(1, &field(2, &logs.collect::<Vec<_>>()));
                if self == Way::LogsBinary {
                    return message;
                }
                let length = u32::try_from(message.len()).expect("fits");
                [&[0][..], &length.to_be_bytes(), &message].concat()
            }
        }
    }

    /// The text that a received record carries.
    fn text(self, record: &[u8]) -> String {
        match self {
            Way::Lines => String::from_utf8(record.to_vec()).expect("UTF-8"),
            Way::Bulk => serde_json::from_slice::<Value>(record).expect("JSON")["m"].as_str().expect("text").to_owned(),
            _ => serde_json::from_slice::<Value>(record).expect("JSON")["body"].as_str().expect("text").to_owned(),
        }
    }

    /// What cannot be read by this protocol.
    fn rubbish(self) -> Vec<u8> {
        match self {
            // Any bytes are lines; a body that is no gzip is rubbish everywhere.
            Way::Lines => b"\x1f\x8b not gzip".to_vec(),
            _ => b"\xff\xfe rubbish {".to_vec(),
        }
    }

    async fn bind(self, at: SocketAddr, options: HttpOptions, gate: Arc<OneKey>) -> Listener {
        Listener::http(at, clock(), options, gate, None).await.expect("binds")
    }
}

/// A client with one connection.
enum Client {
    One(http1::SendRequest<Full<Bytes>>),
    Two(http2::SendRequest<Full<Bytes>>),
}

/// What was answered.
#[derive(Debug, PartialEq, Eq)]
enum Answer {
    Taken(String),
    /// Send the same again after so many seconds.
    Again(u32),
    Refused(u16, String),
}

impl Client {
    async fn connect(way: Way, at: SocketAddr) -> Self {
        let io = TokioIo::new(TcpStream::connect(at).await.expect("connects"));
        if way == Way::Grpc {
            let (client, connection) = http2::handshake(TokioExecutor::new(), io).await.expect("HTTP/2");
            tokio::spawn(connection);
            return Client::Two(client);
        }
        let (client, connection) = http1::handshake(io).await.expect("HTTP/1");
        tokio::spawn(connection);
        Client::One(client)
    }

    async fn send(&mut self, way: Way, texts: &[String]) -> Answer {
        self.post(way, TOKEN, way.body(texts), &[]).await.expect("an answer")
    }

    async fn post(&mut self, way: Way, token: &str, body: Vec<u8>, headers: &[(&str, &str)]) -> Option<Answer> {
        let authority = if way == Way::Grpc { "http://localhost" } else { "" };
        let mut request = http::Request::post(format!("{authority}{}", way.path())).header("host", "localhost");
        request = request.header("content-type", way.content_type()).header("authorization", format!("Bearer {token}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::from(body)).expect("a request");
        let response = match self {
            Client::One(client) => {
                // The answer before may have been read a moment before its connection is free again.
                client.ready().await.ok()?;
                client.send_request(request).await.ok()?
            }
            Client::Two(client) => client.send_request(request).await.ok()?,
        };
        let (parts, body) = response.into_parts();
        let body = body.collect().await.ok()?;
        let trailers = body.trailers().cloned().unwrap_or_default();
        let text = String::from_utf8_lossy(&body.to_bytes()).into_owned();
        let of = |name: &str| {
            let value = parts.headers.get(name).or_else(|| trailers.get(name))?;
            value.to_str().ok().map(str::to_owned)
        };
        if way == Way::Grpc {
            return Some(match of("grpc-status").as_deref() {
                Some("0") => Answer::Taken(text),
                Some("14") if of("grpc-status-details-bin").is_some() => Answer::Again(1),
                status => {
                    let status = status.and_then(|s| s.parse().ok()).unwrap_or(0);
                    Answer::Refused(status, of("grpc-message").unwrap_or_default())
                }
            });
        }
        Some(match (parts.status.as_u16(), of("retry-after")) {
            (200 | 202, _) => Answer::Taken(text),
            (429 | 503, Some(after)) => Answer::Again(after.parse().expect("seconds")),
            (status, _) => Answer::Refused(status, text),
        })
    }
}

fn texts(range: std::ops::Range<usize>) -> Vec<String> {
    range.map(|n| format!("<13>1 - máy-{n} ứng-dụng - - - {}", "x".repeat(n % 300))).collect()
}

async fn start_way(way: Way, options: HttpOptions) -> (Running, Arc<OneKey>) {
    let gate = OneKey::new();
    (start(way.bind(LOOPBACK, options, Arc::clone(&gate)).await), gate)
}

async fn next(running: &mut Running, way: Way, count: usize) -> Vec<String> {
    let mut all = Vec::new();
    for _ in 0..count {
        all.push(way.text(&running.next().await.bytes));
    }
    all
}

async fn records_are_answered_when_they_are_safe(way: Way) {
    let gate = OneKey::new();
    let input = Box::new(way.bind(LOOPBACK, HttpOptions::default(), gate).await);
    let mut running = start_with(input, 0, 0, false);
    let mut client = Client::connect(way, running.address).await;
    let records = texts(0..3000);
    let sent = records.clone();
    let sending = tokio::spawn(async move { (client.send(way, &sent).await, client) });
    running.until(|c| c.received == 3000).await;
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert!(!sending.is_finished(), "the sink has not taken it yet");
    running.sink.leave.add_permits(10);
    let (answer, mut client) = sending.await.expect("sent");
    assert!(matches!(answer, Answer::Taken(_)), "{answer:?}");
    assert_eq!(next(&mut running, way, 3000).await, records);
    // The same connection goes on.
    assert!(matches!(client.send(way, &texts(0..1)).await, Answer::Taken(_)));
    let sources = running.counters.sources();
    assert_eq!((sources.len(), sources[0].received), (1, 3001));
    assert_eq!(sources[0].origin.as_ref().map(ToString::to_string).as_deref(), Some("source s1"));
    let counts = running.stop().await.0;
    assert_eq!((counts.accepted, counts.dropped, counts.framing_errors), (3001, 0, 0));
}

async fn a_busy_sink_sends_back_and_nothing_is_taken_twice(way: Way) {
    let input = Box::new(way.bind(LOOPBACK, HttpOptions::default(), OneKey::new()).await);
    let mut running = start_with(input, 100, 1, false);
    let mut client = Client::connect(way, running.address).await;
    let records = texts(0..10);
    assert!(matches!(client.send(way, &records).await, Answer::Again(1..=60)));
    assert!(running.records.try_recv().is_err());
    assert!(matches!(client.send(way, &records).await, Answer::Taken(_)));
    assert_eq!(next(&mut running, way, 10).await, records);
    let (counts, left) = running.stop().await;
    assert_eq!((counts.accepted, counts.waits, left.len()), (10, 1, 0));
}

async fn a_source_over_its_quota_is_sent_back_and_the_others_are_not(way: Way) {
    let quota = Quota { events_per_second: 100, bytes_per_second: 0, burst_seconds: 1 };
    let (mut running, gate) = start_way(way, HttpOptions { quota, ..HttpOptions::default() }).await;
    let mut client = Client::connect(way, running.address).await;
    assert!(matches!(client.send(way, &texts(0..90)).await, Answer::Taken(_)));
    assert!(matches!(client.send(way, &texts(0..5000)).await, Answer::Taken(_)), "the burst is there");
    let again = client.send(way, &texts(0..10)).await;
    assert!(matches!(again, Answer::Again(1..=31)), "{again:?}");
    let told = running.trouble(TroubleKind::Quota).await;
    assert!(told.contains("source s1") && told.contains("made to wait"), "{told}");
    let other = client.post(way, "mgv_other", way.body(&texts(0..10)), &[]).await.expect("an answer");
    assert!(matches!(other, Answer::Taken(_)), "{other:?}");
    next(&mut running, way, 5100).await;
    assert_eq!(gate.noted(), [(Why::Quota, 1)]);
    let counts = running.stop().await.0;
    assert_eq!((counts.accepted, counts.slowed, counts.dropped_quota), (5100, 1, 0));
}

async fn strangers_are_refused_before_their_body_is_read(way: Way) {
    let (running, gate) = start_way(way, HttpOptions::default()).await;
    let mut client = Client::connect(way, running.address).await;
    for (token, status, grpc) in [("mgv_wrong", 401, 16), ("mgv_off", 403, 7)] {
        let answer = client.post(way, token, way.body(&texts(0..2)), &[]).await.expect("an answer");
        let Answer::Refused(got, told) = answer else { panic!("{answer:?}") };
        assert_eq!(got, if way == Way::Grpc { grpc } else { status }, "{told}");
        assert!(told.contains("token") || told.contains("switched off"), "{told}");
    }
    // A head alone is enough for the answer.
    let mut raw = TcpStream::connect(running.address).await.expect("connects");
    let head = format!("POST {} HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000\r\n\r\n", way.path());
    raw.write_all(head.as_bytes()).await.expect("sends");
    let mut answer = [0; 12];
    raw.read_exact(&mut answer).await.expect("an answer");
    let told = running.trouble(TroubleKind::Stranger).await;
    assert!(told.contains("127.0.0.1") && told.contains("give the sender the token"), "{told}");
    assert_eq!(gate.noted(), [(Why::Stranger, 1), (Why::Disabled, 1), (Why::Stranger, 1)]);
    assert_eq!(running.stop().await.0.received, 0);
}

async fn rubbish_is_told_and_does_not_disturb_others(way: Way) {
    let (mut running, _) = start_way(way, HttpOptions::default()).await;
    let mut bad = Client::connect(way, running.address).await;
    let gzip: &[(&str, &str)] = match way {
        Way::Grpc => &[],
        Way::Lines => &[("content-encoding", "gzip")],
        _ => &[],
    };
    let answer = bad.post(way, TOKEN, way.rubbish(), gzip).await.expect("an answer");
    assert!(matches!(answer, Answer::Refused(400 | 3, _)), "{answer:?}");
    let told = running.trouble(TroubleKind::Framing).await;
    assert!(told.contains(way.path()) && told.contains("; "), "{told}");
    // Bytes that are no HTTP at all.
    let rubbish: Vec<u8> =
        (0..20_000_u32).map(|n| u8::try_from(n.wrapping_mul(2_654_435_761) >> 24).expect("a byte")).collect();
    let mut raw = TcpStream::connect(running.address).await.expect("connects");
    let _ = raw.write_all(&rubbish).await;
    let mut rest = Vec::new();
    let _ = raw.read_to_end(&mut rest).await;
    let mut good = Client::connect(way, running.address).await;
    assert!(matches!(good.send(way, &texts(0..1)).await, Answer::Taken(_)));
    assert_eq!(next(&mut running, way, 1).await, texts(0..1));
    running.stop().await;
}

/// The head of a request whose body is still to come.
fn head(way: Way, length: usize) -> Vec<u8> {
    let kind = way.content_type();
    format!(
        "POST {} HTTP/1.1\r\nhost: x\r\ncontent-type: {kind}\r\nauthorization: Bearer {TOKEN}\r\ncontent-length: {length}\r\n\r\n",
        way.path()
    )
    .into_bytes()
}

async fn a_body_that_stalls_costs_one_connection_for_a_while(way: Way) {
    let options = HttpOptions { body_silence: Duration::from_millis(100), at_once: 1, ..HttpOptions::default() };
    let (running, gate) = start_way(way, options).await;
    let mut stalled = Vec::new();
    for _ in 0..20 {
        let mut raw = TcpStream::connect(running.address).await.expect("connects");
        raw.write_all(&head(way, 1000)).await.expect("sends");
        raw.write_all(b"begun").await.expect("sends");
        stalled.push(raw);
    }
    // Only one body is worked on at a time, and still nobody waits for those that do not come.
    let mut good = Client::connect(way, running.address).await;
    assert!(matches!(good.send(way, &texts(0..1)).await, Answer::Taken(_)));
    for mut raw in stalled {
        let mut rest = Vec::new();
        let _ = raw.read_to_end(&mut rest).await;
    }
    let told = running.trouble(TroubleKind::Slow).await;
    assert!(told.contains("did not come in time"), "{told}");
    assert_eq!(gate.noted().iter().filter(|n| n.0 == Why::Slow).count(), 20);
    running.stop().await;
}

async fn bodies_of_many_hold_bounded_memory(way: Way) {
    let options = HttpOptions { max_held_bytes: 1_600_000, ..HttpOptions::default() };
    let (running, gate) = start_way(way, options).await;
    let mut begun = Vec::new();
    for _ in 0..12 {
        let mut raw = TcpStream::connect(running.address).await.expect("connects");
        raw.write_all(&head(way, 1_000_000)).await.expect("sends");
        let _ = raw.write_all(&vec![b'x'; 150_000]).await;
        begun.push(raw);
    }
    // One source may hold a quarter of it: most of these are sent back.
    while gate.noted().iter().filter(|n| n.0 == Why::Busy).count() < 6 {
        tokio::task::yield_now().await;
    }
    let mut small = Client::connect(way, running.address).await;
    assert!(matches!(small.send(way, &texts(0..10)).await, Answer::Taken(_)), "there is room for small ones");
    let large = small.post(way, "mgv_other", way.body(&texts(0..500)), &[]).await;
    assert!(matches!(large, Some(Answer::Taken(_))), "and for those of other sources: {large:?}");
    drop(begun);
    running.stop().await;
}

async fn too_much_is_refused(way: Way) {
    let options = HttpOptions { max_body_bytes: 100_000, max_unpacked_bytes: 200_000, ..HttpOptions::default() };
    let (running, _) = start_way(way, options).await;
    let refused = |answer: Option<Answer>| match answer {
        Some(Answer::Refused(413 | 3, told)) => told,
        other => panic!("{other:?}"),
    };
    let long = way.body(&vec!["x".repeat(1000); 150]);
    // Said in advance, the answer may come before the body was sent, and the connection with it.
    if let Some(answer) = Client::connect(way, running.address).await.post(way, TOKEN, long, &[]).await {
        assert!(refused(Some(answer)).contains("longer than 100000 bytes"));
    }
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let plain = way.body(&vec!["x".repeat(1000); 300]);
    packed.write_all(plain.get(if way == Way::Grpc { 5.. } else { 0.. }).expect("a message")).expect("packs");
    let packed = packed.finish().expect("packs");
    let (body, headers) = if way == Way::Grpc {
        let length = u32::try_from(packed.len()).expect("fits").to_be_bytes();
        ([&[1][..], &length, &packed].concat(), [("grpc-encoding", "gzip")])
    } else {
        (packed, [("content-encoding", "gzip")])
    };
    let told = refused(Client::connect(way, running.address).await.post(way, TOKEN, body, &headers).await);
    assert!(told.contains("200000 bytes"), "{told}");
    running.trouble(TroubleKind::Oversized).await;
    assert_eq!(running.stop().await.0.received, 0);
}

async fn what_is_under_way_is_finished_at_the_stop(way: Way) {
    let input = Box::new(way.bind(LOOPBACK, HttpOptions::default(), OneKey::new()).await);
    let running = start_with(input, 0, 0, false);
    let address = running.address;
    let mut client = Client::connect(way, address).await;
    let sending = tokio::spawn(async move { client.send(way, &texts(0..5)).await });
    running.until(|c| c.received == 5).await;
    running.stop.cancel();
    running.sink.leave.add_permits(10);
    let answer = sending.await.expect("sent");
    assert!(matches!(answer, Answer::Taken(_)), "{answer:?}");
    let (counts, left) = running.stop().await;
    assert_eq!((counts.accepted, counts.connections_open, left.len()), (5, 0, 5));
    // The same port at once, as after a restart of the program.
    let again = start(way.bind(address, HttpOptions::default(), OneKey::new()).await);
    let mut client = Client::connect(way, again.address).await;
    assert!(matches!(client.send(way, &texts(0..1)).await, Answer::Taken(_)));
    again.stop().await;
}

async fn what_the_sink_does_not_want_is_counted(way: Way) {
    let input = Box::new(way.bind(LOOPBACK, HttpOptions::default(), OneKey::new()).await);
    let running = start_with(input, 0, 0, true);
    let mut client = Client::connect(way, running.address).await;
    let answer = client.send(way, &texts(0..3)).await;
    let Answer::Refused(400 | 3, told) = &answer else { panic!("{answer:?}") };
    assert!(told.contains("unknown sender"), "{told}");
    assert_eq!(running.stop().await.0.refused, 3);
}

async fn thousands_of_connections_meet_a_limit_and_the_first_ones_work_on(way: Way) {
    let connections = TcpOptions { max_connections: 20, max_connections_per_peer: 20, ..TcpOptions::default() };
    let (running, _) = start_way(way, HttpOptions { connections, ..HttpOptions::default() }).await;
    let mut first = Client::connect(way, running.address).await;
    assert!(matches!(first.send(way, &texts(0..1)).await, Answer::Taken(_)));
    let mut others = Vec::new();
    for n in 1..400_u64 {
        let Ok(stream) = TcpStream::connect(running.address).await else { break };
        others.push(stream);
        running.until(|c| c.connections + c.connections_refused > n).await;
    }
    let counts = running.counters.counts();
    assert_eq!((counts.connections_open, counts.connections_refused), (20, others.len() as u64 - 19));
    assert!(matches!(first.send(way, &texts(0..1)).await, Answer::Taken(_)));
    drop(others);
    running.until(|c| c.connections_open == 1).await;
    let mut new = Client::connect(way, running.address).await;
    assert!(matches!(new.send(way, &texts(0..1)).await, Answer::Taken(_)));
    running.stop().await;
}

async fn a_sender_that_does_not_read_its_answers_is_closed(way: Way) {
    let connections = TcpOptions { write_timeout: Duration::from_millis(300), ..TcpOptions::default() };
    let (running, _) = start_way(way, HttpOptions { connections, ..HttpOptions::default() }).await;
    let mut raw = TcpStream::connect(running.address).await.expect("connects");
    let body = Way::Lines.body(&texts(0..1));
    let one = [head(Way::Lines, body.len()), body].concat();
    let many = one.repeat(200);
    // Requests without end, of which no answer is read.
    while running.counters.counts().connections_slow == 0 {
        let _ = tokio::time::timeout(Duration::from_millis(10), raw.write_all(&many)).await;
    }
    let mut good = Client::connect(way, running.address).await;
    assert!(matches!(good.send(way, &texts(0..1)).await, Answer::Taken(_)));
    running.until(|c| c.connections_open == 1).await;
    running.stop().await;
}

async fn a_silent_sender_is_closed_after_a_while(way: Way) {
    let connections = TcpOptions { idle_timeout: Duration::from_millis(500), ..TcpOptions::default() };
    let (running, _) = start_way(way, HttpOptions { connections, ..HttpOptions::default() }).await;
    let mut raw = TcpStream::connect(running.address).await.expect("connects");
    let mut rest = Vec::new();
    let _ = raw.read_to_end(&mut rest).await;
    let mut client = Client::connect(way, running.address).await;
    assert!(matches!(client.send(way, &texts(0..1)).await, Answer::Taken(_)));
    running.until(|c| c.connections_idle >= 2).await;
    running.stop().await;
}

macro_rules! contract {
    ($($way:ident as $name:ident),*) => {
        $(mod $name {
            use super::Way;
            contract!(@tests $way: records_are_answered_when_they_are_safe,
                a_busy_sink_sends_back_and_nothing_is_taken_twice,
                a_source_over_its_quota_is_sent_back_and_the_others_are_not,
                strangers_are_refused_before_their_body_is_read,
                rubbish_is_told_and_does_not_disturb_others,
                a_body_that_stalls_costs_one_connection_for_a_while,
                bodies_of_many_hold_bounded_memory,
                too_much_is_refused,
                what_is_under_way_is_finished_at_the_stop,
                what_the_sink_does_not_want_is_counted,
                thousands_of_connections_meet_a_limit_and_the_first_ones_work_on,
                a_sender_that_does_not_read_its_answers_is_closed,
                a_silent_sender_is_closed_after_a_while);
        })*
    };
    (@tests $way:ident: $($test:ident),*) => {
        $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $test() {
            super::$test(Way::$way).await;
        })*
    };
}

contract!(Lines as lines, Bulk as bulk, LogsJson as otlp_json, LogsBinary as otlp_binary, Grpc as otlp_grpc);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_stands_for_a_token() {
    let authority = Authority::new();
    authority.sign("sender.camau.example");
    let certificates = authority.certificates(true, false);
    let input = Listener::http(LOOPBACK, clock(), HttpOptions::default(), OneKey::new(), Some(certificates)).await;
    let mut running = start(input.expect("binds"));
    assert_eq!(
        Input::name(&Way::Lines.bind(LOOPBACK, HttpOptions::default(), OneKey::new()).await),
        "events over HTTP"
    );
    for (own, status) in [(Some("sender.camau.example"), "202"), (None, "401")] {
        let mut stream = tls_connect(running.address, tls_client(&authority, own)).await.expect("connects");
        let request =
            "POST /api/v1/events HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 8\r\n\r\n{\"a\":1}\n";
        stream.write_all(request.as_bytes()).await.expect("sends");
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        let answer = String::from_utf8_lossy(&answer).into_owned();
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{answer}");
    }
    let record = running.next().await;
    assert_eq!(record.identity.map(|i| i.to_string()).as_deref(), Some("source CN=sender.camau.example"));
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bulk_items_are_answered_one_by_one_and_probes_too() {
    let (mut running, gate) = start_way(Way::Bulk, HttpOptions::default()).await;
    let mut client = Client::connect(Way::Bulk, running.address).await;
    let body = b"{\"create\":{\"_id\":\"7\"}}\n{\"m\":\"a\"}\n{\"delete\":{\"_id\":\"x\"}}\n{\"index\":{}}\nno json\n"
        .to_vec();
    let Some(Answer::Taken(told)) = client.post(Way::Bulk, TOKEN, body, &[]).await else { panic!("not taken") };
    let told: Value = serde_json::from_str(&told).expect("JSON");
    let statuses: Vec<_> =
        ["create", "delete", "index"].iter().zip(0..).map(|(a, n)| &told["items"][n][a]["status"]).collect();
    assert_eq!((statuses, &told["errors"]), (vec![&json!(201), &json!(400), &json!(400)], &json!(true)));
    assert_eq!(next(&mut running, Way::Bulk, 1).await, ["a"]);
    assert_eq!(gate.noted(), [(Why::BadRecord, 2)]);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn otlp_tells_what_it_did_not_take() {
    for way in [Way::LogsJson, Way::LogsBinary, Way::Grpc] {
        let options = HttpOptions { max_record_bytes: 1000, ..HttpOptions::default() };
        let (mut running, gate) = start_way(way, options).await;
        let mut client = Client::connect(way, running.address).await;
        let answer = client.send(way, &["short".to_owned(), "x".repeat(2000), "short too".to_owned()]).await;
        let Answer::Taken(told) = answer else { panic!("{answer:?}") };
        assert!(told.contains("record 2 is 20"), "{told}");
        assert_eq!(next(&mut running, way, 2).await, ["short", "short too"]);
        assert_eq!(gate.noted(), [(Why::BadRecord, 1)]);
        running.stop().await;
    }
}
