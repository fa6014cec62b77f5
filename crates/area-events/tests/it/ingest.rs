//! `POST /api/v1/events`: what it takes, what it refuses, and that what it takes is on the disk.

use crate::given::{Given, given};
use axum::body::Body;
use axum::http::Request;
use base_testkit::console::Answer;
use std::io::Write;

async fn post(given: &Given, token: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Answer {
    let mut request = Request::builder().method("POST").uri("/api/v1/events");
    if !token.is_empty() {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    given.console.send(request.body(Body::from(body)).expect("a request")).await
}

#[tokio::test]
async fn what_is_accepted_is_in_the_journal_under_its_source() {
    let given = given().await;
    let (id, token) = given.declare("Máy chủ web", "SYT", "http", "").await;
    let answer =
        post(&given, &token, &[("content-type", "application/x-ndjson")], b"{\"a\":1}\n{\"a\":2}\n".to_vec()).await;
    assert_eq!((answer.status.as_u16(), answer.text.as_str()), (202, r#"{"accepted":2,"rejected":0}"#));
    let entries = given.journal().await;
    assert_eq!(entries.len(), 2);
    assert_eq!((&entries[1].source, entries[1].unit.as_ref().map(ToString::to_string)), (&id, Some("SYT".into())));
    assert_eq!(entries[1].raw, b"{\"a\":2}");
}

#[tokio::test]
async fn compressed_bodies_arrays_and_plain_lines() {
    let given = given().await;
    let (_, token) = given.declare("Máy chủ web", "SYT", "http", "").await;
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(b"[{\"a\":1},{\"a\":2}]").expect("packs");
    let gz = gz.finish().expect("packs");
    let answer = post(&given, &token, &[("content-type", "application/json"), ("content-encoding", "gzip")], gz).await;
    assert_eq!(answer.status, 202, "{}", answer.text);
    let zst =
        zstd::encode_all(&b"Mar  5 08:00:00 web sshd[1]: x\nMar  5 08:00:01 web sshd[1]: y"[..], 1).expect("packs");
    let answer = post(&given, &token, &[("content-type", "text/plain"), ("content-encoding", "zstd")], zst).await;
    assert_eq!(answer.status, 202, "{}", answer.text);
    assert_eq!(given.journal().await.len(), 4);
}

#[tokio::test]
async fn bad_lines_are_named_and_the_good_ones_taken() {
    let given = given().await;
    let (_, token) = given.declare("Máy chủ web", "SYT", "http", "").await;
    let answer = post(&given, &token, &[], b"{\"a\":1}\nrubbish\n{\"a\":".to_vec()).await;
    assert_eq!(answer.status, 202, "{}", answer.text);
    let told: serde_json::Value = serde_json::from_str(&answer.text).expect("JSON");
    assert_eq!((&told["accepted"], &told["rejected"], &told["errors"][0]["line"]), (&1.into(), &2.into(), &2.into()));
    assert!(told["errors"][0]["remedy"].as_str().is_some_and(|r| r.contains("one JSON object per line")));
    let none = post(&given, &token, &[], b"rubbish".to_vec()).await;
    assert_eq!(none.status, 400, "{}", none.text);
    given.ports.refusals.flush(&given.console.ground.db).await.expect("written");
    let page = given.console.get("phuong", "/nguon/tu-choi").await;
    assert!(page.text.contains("Bản ghi không đúng định dạng") && page.text.contains("line 2"), "{}", page.text);
}

#[tokio::test]
async fn strangers_and_what_cannot_be_read_get_a_remedy() {
    let given = given().await;
    let (id, token) = given.declare("Máy chủ web", "SYT", "http", "").await;
    let long = vec![b' '; given.ports.door.options().max_body_bytes + 2];
    type Headers<'a> = &'a [(&'a str, &'a str)];
    let cases: [(&str, Headers<'_>, Vec<u8>, u16); 6] = [
        ("", &[], b"{}".to_vec(), 401),
        ("mgv_wrong", &[], b"{}".to_vec(), 401),
        (&token, &[("content-encoding", "br")], b"{}".to_vec(), 415),
        (&token, &[("content-type", "image/png")], b"{}".to_vec(), 415),
        (&token, &[("content-encoding", "gzip")], b"not gzip".to_vec(), 400),
        (&token, &[], long, 413),
    ];
    for (token, headers, body, status) in cases {
        let answer = post(&given, token, headers, body).await;
        assert_eq!(answer.status.as_u16(), status, "{}", answer.text);
        let told: serde_json::Value = serde_json::from_str(&answer.text).expect("JSON");
        assert!(told["error"]["remedy"].as_str().is_some_and(|r| !r.is_empty()), "{}", answer.text);
    }
    let off = given.console.post("an", &format!("/nguon/{id}"), &format!("/nguon/{id}/tat"), &[]).await;
    assert_eq!(off.status, 303);
    assert_eq!(post(&given, &token, &[], b"{}".to_vec()).await.status, 403);
    assert_eq!(given.ports.journal.end(), given.ports.journal.start(), "nothing was taken");
}

#[tokio::test]
async fn a_closed_journal_is_answered_with_come_again() {
    let given = given().await;
    let (_, token) = given.declare("Máy chủ web", "SYT", "http", "").await;
    given.ports.journal.shutdown();
    let answer = post(&given, &token, &[], b"{}".to_vec()).await;
    assert_eq!(answer.status, 503, "{}", answer.text);
    assert!(!answer.header("retry-after").is_empty());
}
