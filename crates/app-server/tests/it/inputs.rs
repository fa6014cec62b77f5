//! The real server takes files of this machine, through rotation, and what Elastic and OpenTelemetry clients send.

use crate::server::{Server, first_administrator, source_token};
use base_testkit::{Http, eventually};
use serde_json::json;
use std::fs;
use std::io::Write;

/// How many stored events hold a word.
fn found(http: &mut Http, word: &str) -> usize {
    let reply = http.get(&format!("/tim-kiem/xuat.ndjson?q={word}&range=all")).expect("an answer");
    reply.text().lines().filter(|l| l.contains(word)).count()
}

#[test]
fn watched_files_and_requests_end_in_the_lake_once() {
    let folder = tempfile::tempdir().expect("folder");
    let (logs, drop) = (folder.path().join("logs"), folder.path().join("drop"));
    fs::create_dir_all(&logs).expect("made");
    fs::create_dir_all(&drop).expect("made");
    let data = folder.path().join("data");
    let (lines, files) = (format!("web={}/*.log", logs.display()), format!("drop={}/*", drop.display()));
    let mut server = Server::start("up", &data, &["--watch-lines", &lines, "--watch-files", &files]);
    let administrator = first_administrator(&mut server);
    let token = source_token(&server, &administrator, "Máy thử");
    let mut http = server.client(&administrator);
    let append = |name: &str, from: usize, until: usize| {
        let mut file = fs::OpenOptions::new().create(true).append(true).open(logs.join(name)).expect("opens");
        (from..until).for_each(|n| writeln!(file, "tailedline number {n}").expect("writes"));
    };
    append("a.log", 0, 100);
    eventually("the first lines", || (found(&mut http, "tailedline") == 100).then_some(()));
    // Rotated between two looks, with lines before and after.
    append("a.log", 100, 150);
    fs::rename(logs.join("a.log"), logs.join("a.log.1")).expect("rotates");
    append("a.log", 150, 200);
    fs::write(drop.join("export.json"), "[{\"a\":\"droppedrecord 1\"},{\"a\":\"droppedrecord 2\"}]").expect("writes");
    eventually("the rotated lines", || (found(&mut http, "tailedline") == 200).then_some(()));
    eventually("the dropped records", || (found(&mut http, "droppedrecord") == 2).then_some(()));
    let basic = format!("ApiKey any:{token}");
    let bulk = "{\"create\":{\"_index\":\"x\"}}\n{\"message\":\"bulkrecord\"}\n".repeat(3);
    let headers = [("authorization", basic.as_str()), ("content-type", "application/x-ndjson")];
    let reply = Http::local(server.port).send("POST", "/elastic/_bulk", &headers, bulk.as_bytes()).expect("answers");
    assert_eq!((reply.status, reply.header("x-elastic-product")), (200, Some("Elasticsearch")), "{}", reply.text());
    assert_eq!(reply.json()["errors"], false);
    let probe = Http::local(server.port).send("GET", "/elastic", &headers[..1], b"").expect("answers");
    assert_eq!(probe.status, 200, "{}", probe.text());
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let logs = json!([{ "body": { "stringValue": "otlprecord" } }]);
    let body = json!({ "resourceLogs": [{ "scopeLogs": [{ "logRecords": logs }] }] }).to_string();
    let reply = Http::local(server.port).send("POST", "/v1/logs", &headers, body.as_bytes()).expect("answers");
    assert_eq!((reply.status, reply.text().as_str()), (200, "{}"));
    eventually("the bulk records", || (found(&mut http, "bulkrecord") == 3).then_some(()));
    eventually("the OTLP record", || (found(&mut http, "otlprecord") == 1).then_some(()));
    let page = http.get("/nguon/dau-vao").expect("the page").text();
    assert!(page.contains("Dòng mới của tệp") && page.contains("Sự kiện qua HTTP"), "{page}");
    assert!(http.get("/nguon").expect("the page").text().contains(">web<"), "the folder is a source");
    // Nothing comes again after a restart.
    server.process.interrupt();
    assert_eq!(server.process.wait().code(), Some(0));
    let server = Server::start("up", &data, &["--watch-lines", &lines, "--watch-files", &files]);
    let mut http = server.client(&administrator);
    append("a.log", 200, 201);
    eventually("the line after the restart", || (found(&mut http, "tailedline") == 201).then_some(()));
    assert_eq!(found(&mut http, "droppedrecord"), 2);
}
