//! The official clients from PyPI, over TCP and TLS: every event arrives exactly once.

use crate::gate::{OneKey, TOKEN};
use crate::given::Authority;
use crate::{LOOPBACK, Running, clock, start};
use engine_intake::{HttpOptions, Listener, Transport};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

const MANY: u64 = 20_000;
/// Longest silence before something counts as lost.
const PATIENCE: Duration = Duration::from_secs(60);

/// The interpreter that has the packages: `cargo xtask test` makes it beside the program under test.
fn python() -> Option<PathBuf> {
    let target = std::env::current_exe().ok().and_then(|e| e.ancestors().nth(3).map(Path::to_path_buf));
    let python = target.map(|t| t.join("python-senders/bin/python")).filter(|p| p.is_file());
    if python.is_none() {
        base_testkit::skip("the clients from PyPI not found (`cargo xtask test --only tools` installs them)");
    }
    python
}

async fn listen(authority: Option<&Authority>) -> Running {
    let certificates = authority.map(|a| a.certificates(false, false));
    start(Listener::http(LOOPBACK, clock(), HttpOptions::default(), OneKey::new(), certificates).await.expect("binds"))
}

/// Runs a script to its end beside the test; gives what it printed.
async fn run(python: &Path, script: &str, arguments: &[&str]) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python").join(script);
    let mut command = Command::new(python);
    command.arg(script).args(arguments).env("NO_PROXY", "*").env("no_proxy", "*");
    // These win over the authority that the client is given.
    for name in ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"] {
        command.env_remove(name);
    }
    let output = tokio::task::spawn_blocking(move || command.output().expect("python starts")).await.expect("ends");
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{out}{err}");
    format!("{out}{err}")
}

/// Waits for every number once; `pick` finds it in a record.
async fn everything(running: &mut Running, transport: Transport, pick: impl Fn(&Value) -> u64) {
    let mut seen = vec![0_u32; usize::try_from(MANY).expect("fits")];
    for _ in 0..MANY {
        let Ok(Some(record)) = tokio::time::timeout(PATIENCE, running.records.recv()).await else {
            let missing = seen.iter().filter(|n| **n == 0).count();
            panic!("{missing} are missing; {:?} {:?}", running.counters.counts(), running.counters.troubles());
        };
        assert_eq!((record.transport, record.truncated), (transport, false));
        let json: Value = serde_json::from_slice(&record.bytes).expect("JSON");
        seen[usize::try_from(pick(&json)).expect("fits")] += 1;
    }
    assert!(seen.iter().all(|n| *n == 1), "each exactly once");
    assert!(running.records.try_recv().is_err(), "nothing more came");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn elasticsearch_helpers_bulk() {
    let Some(python) = python() else { return };
    let authority = Authority::new();
    authority.sign("localhost");
    for (tls, way) in [(false, "api_key"), (true, "basic"), (false, "bearer"), (false, "api_key_plain")] {
        let mut running = listen(tls.then_some(&authority)).await;
        let port = running.address.port();
        let url = if tls { format!("https://localhost:{port}") } else { format!("http://127.0.0.1:{port}/elastic") };
        let ca = if tls { authority.path("ca.crt").display().to_string() } else { "-".to_owned() };
        let many = MANY.to_string();
        let arguments = [url.as_str(), way, TOKEN, &many, &ca];
        let (told, ()) = tokio::join!(
            run(&python, "elastic.py", &arguments),
            everything(&mut running, Transport::Bulk, |json| json["number"].as_u64().expect("a number"))
        );
        assert!(told.contains("version 8.") && told.contains("stored 20000 errors 0"), "{told}");
        assert!(told.contains("refused True 400"), "{told}");
        assert_eq!(running.stop().await.0.accepted, MANY);
    }
}

async fn opentelemetry(protocol: &str, compression: &str, authority: Option<&Authority>) {
    let Some(python) = python() else { return };
    let mut running = listen(authority).await;
    let port = running.address.port();
    let (scheme, ca) = match authority {
        Some(a) => ("https", a.path("ca.crt").display().to_string()),
        None => ("http", "-".to_owned()),
    };
    let (endpoint, many) = (format!("{scheme}://localhost:{port}"), MANY.to_string());
    let transport = if protocol == "grpc" { Transport::OtlpGrpc } else { Transport::OtlpHttp };
    let arguments = [protocol, &endpoint, TOKEN, &many, compression, &ca];
    let (told, ()) = tokio::join!(
        run(&python, "otlp.py", &arguments),
        everything(&mut running, transport, |json| {
            let n = json["attributes"]["number"].as_u64().expect("a number");
            assert_eq!(json["body"], format!("Đăng nhập thất bại lần {n}"));
            assert_eq!((&json["severity_number"], &json["severity_text"]), (&13.into(), &"WARN".into()));
            assert_eq!(json["time"], format!("2026-11-18T11:06:40.{n:09}Z"));
            assert_eq!(json["resource"]["host.name"], "web01.camau.example");
            assert_eq!((&json["attributes"]["ratio"], &json["attributes"]["ok"]), (&0.5.into(), &true.into()));
            assert_eq!(json["attributes"]["list"], serde_json::json!(["a", "b"]));
            assert_eq!(json["scope"]["name"], "test");
            n
        })
    );
    assert!(!told.contains("Failed") && !told.contains("Traceback"), "{told}");
    let counts = running.stop().await.0;
    assert_eq!((counts.accepted, counts.framing_errors), (MANY, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn opentelemetry_over_http() {
    opentelemetry("http", "none", None).await;
    opentelemetry("http", "gzip", None).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn opentelemetry_over_grpc() {
    opentelemetry("grpc", "none", None).await;
    opentelemetry("grpc", "gzip", None).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn opentelemetry_over_tls() {
    let authority = Authority::new();
    for protocol in ["http", "grpc"] {
        opentelemetry(protocol, "gzip", Some(&authority)).await;
    }
}
