//! `POST /api/v1/events`: what it takes, what it refuses, and that what it takes is on the disk.

use crate::given::{Given, given};
use area_events::sent_ids::SentIds;
use axum::body::Body;
use axum::http::Request;
use base_testkit::console::Answer;
use engine_intake::{Door, HttpOptions};
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

/// Sends a bulk request; the statuses of its items.
async fn bulk(given: &Given, token: &str, body: &str) -> Vec<u64> {
    let request = Request::builder()
        .method("POST")
        .uri("/elastic/_bulk")
        .header("authorization", format!("Bearer {token}"))
        .body(Body::from(body.to_owned()));
    let answer = given.console.send(request.expect("a request")).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let told: serde_json::Value = serde_json::from_str(&answer.text).expect("JSON");
    let status = |item: &serde_json::Value| {
        let result = item.as_object().and_then(|i| i.values().next()).expect("a result");
        result["status"].as_u64().expect("a status")
    };
    told["items"].as_array().expect("items").iter().map(status).collect()
}

#[tokio::test]
async fn what_is_sent_twice_under_one_id_is_kept_once() {
    let given = given().await;
    let (id, token) = given.declare("Máy chủ web", "SYT", "http", "").await;
    let (_, other) = given.declare("Máy chủ khác", "SYT", "http", "").await;
    let create = |id: &str, n: u32| format!("{{\"create\":{{\"_index\":\"logs\",\"_id\":\"{id}\"}}}}\n{{\"n\":{n}}}\n");
    let index = |id: &str, n: u32| format!("{{\"index\":{{\"_index\":\"logs\",\"_id\":\"{id}\"}}}}\n{{\"n\":{n}}}\n");
    let first = format!("{}{}{}", create("a", 1), create("b", 2), index("c", 3));
    assert_eq!(bulk(&given, &token, &first).await, [201, 201, 201]);
    // The answer was lost, and the sender has something new meanwhile.
    let again = format!("{first}{}{}", create("d", 4), create("d", 4));
    assert_eq!(bulk(&given, &token, &again).await, [409, 409, 200, 201, 409]);
    // Another document under an id is another event, unless the sender says that the id stands for one.
    assert_eq!(bulk(&given, &token, &format!("{}{}", index("c", 5), create("a", 6))).await, [201, 409]);
    assert_eq!(bulk(&given, &other, &first).await, [201, 201, 201], "ids are a source's own");
    let own: Vec<_> = given.journal().await.into_iter().filter(|e| e.source == id).map(|e| e.raw).collect();
    assert_eq!(own, [&b"{\"n\":1}"[..], b"{\"n\":2}", b"{\"n\":3}", b"{\"n\":4}", b"{\"n\":5}"]);
    // A restart: the journal remembers.
    let sent = SentIds::recall(&given.ports.journal).await.expect("recalled");
    let sink = given.sink(sent);
    let door = Door::new(given.gate(), sink, given.console.ground.clock.clone(), HttpOptions::default());
    let request = Request::builder()
        .method("POST")
        .uri("/_bulk")
        .header("authorization", format!("Bearer {token}"))
        .body(Body::from(first));
    let peer = "192.0.2.1:7".parse().expect("an address");
    let answer = door.answer(request.expect("a request"), peer, None).await.into_body();
    let answer = axum::body::to_bytes(Body::new(answer), 1 << 20).await.expect("a body");
    let told: serde_json::Value = serde_json::from_slice(&answer).expect("JSON");
    assert_eq!(
        (&told["items"][1]["create"]["status"], &told["items"][2]["index"]["status"]),
        (&409.into(), &200.into())
    );
    assert_eq!(given.journal().await.len(), 8);
}

#[tokio::test]
async fn ids_of_a_batch_that_was_not_kept_are_free() {
    let given = given().await;
    let (_, token) = given.declare("Máy chủ web", "SYT", "http", "").await;
    let item = "{\"create\":{\"_index\":\"logs\",\"_id\":\"a\"}}\n{\"n\":1}\n";
    given.ports.journal.refuse(true);
    let request = Request::builder()
        .method("POST")
        .uri("/elastic/_bulk")
        .header("authorization", format!("Bearer {token}"))
        .body(Body::from(item));
    let answer = given.console.send(request.expect("a request")).await;
    assert_eq!(answer.status, 503, "{}", answer.text);
    given.ports.journal.refuse(false);
    assert_eq!(bulk(&given, &token, item).await, [201]);
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
