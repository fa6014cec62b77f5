//! Whatever the officer of one unit asks of a real server with a real lake, nothing of other units comes back.

use crate::lake_given::{self, CANARY};
use crate::server::{Server, post};
use base_testkit::Http;

const EVENTS: u64 = 4_000;

fn encoded(text: &str) -> String {
    text.bytes()
        .map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") })
        .collect()
}

#[test]
fn an_officer_reaches_no_event_of_another_unit_by_any_question() {
    let data = tempfile::tempdir().expect("folder");
    lake_given::write(data.path(), EVENTS);
    let server = Server::start("demo", data.path(), &["--quiet"]);
    let (officer, analyst) = (server.account("cntt.nhien"), server.account("phantich01"));
    let (mut own, mut all) = (server.client(&officer), server.client(&analyst));
    let province = |http: &mut Http| http.get("/tim-kiem?range=all").expect("an answer").text();
    assert!(province(&mut all).contains(CANARY), "the canaries are there to be seen by who may");

    let queries = ["", "canary*", "unit:STC OR NOT unit:*", "host.name:canary*", "Secret:*", "NOT unit:NHIEN"];
    let paths = [
        "/tim-kiem",
        "/tim-kiem/dong",
        "/tim-kiem/goi-y",
        "/tim-kiem/cot",
        "/tim-kiem/truong",
        "/api/v1/search",
        "/api/v1/search/counts",
        "/api/v1/search/fields",
        "/api/v1/search/complete",
    ];
    for query in queries {
        for path in paths {
            let path = format!(
                "{path}?range=all&dem=Secret&cols=host.name,raw,Secret&fields=host.name,user.name,unit,Secret&dem-lai=1&full=1&q={}",
                encoded(query)
            );
            let reply = own.get(&path).expect("an answer");
            let text = reply.text();
            assert_eq!(reply.status, 200, "{path}: {text}");
            assert!(!text.contains(CANARY), "{path}: {text}");
        }
    }
    for prefix in ["host.name:c", "Secret:", "user.name:", "unit:"] {
        let text = own.get(&format!("/tim-kiem/goi-y?range=all&q={}", encoded(prefix))).expect("an answer").text();
        assert!(!text.contains(CANARY) && !text.contains("STC"), "{prefix}: {text}");
    }
    for path in ["/tim-kiem/xuat.csv", "/tim-kiem/xuat.ndjson", "/tim-kiem/xuat.parquet"] {
        let reply = own.get(&format!("{path}?range=all")).expect("an answer");
        assert!(reply.status == 403 && !reply.text().contains(CANARY), "{path}");
        assert_eq!(all.get(&format!("{path}?range=all")).expect("an answer").status, 200, "{path}");
    }
    for n in (0..EVENTS).filter(|n| n % 4 != 0).step_by(211) {
        let path = format!("/su-kien/{}", lake_given::event(n, EVENTS).id);
        assert_eq!(own.get(&path).expect("an answer").status, 404, "{path}");
        assert_eq!(all.get(&path).expect("an answer").status, 200, "{path}");
    }
    for statement in [
        "SELECT * FROM events",
        "SELECT unit, count(*), max(raw), min(host_name) FROM events GROUP BY unit",
        "SELECT DISTINCT field('Secret') FROM events",
        "SELECT * FROM events WHERE matches('unit:STC OR canary*') OR 1 = 1",
        "SELECT CAST(user_name AS INT) FROM events",
        "SELECT count(*) FROM events WHERE CAST(host_name AS INT) > 1",
        "EXPLAIN SELECT max(raw) FROM events",
        "SELECT * FROM information_schema.columns",
    ] {
        let fields = [("sql", statement), ("range", "all"), ("was", ""), ("from", ""), ("until", "")];
        let reply = post(&mut own, "/tim-kiem/sql", "/tim-kiem/sql", &fields);
        assert_eq!(reply.status, 200, "{statement}");
        assert!(!reply.text().contains(CANARY), "{statement}: {}", reply.text());
    }
    let count =
        [("sql", "SELECT count(*) AS n FROM events"), ("range", "all"), ("was", ""), ("from", ""), ("until", "")];
    let text = post(&mut own, "/tim-kiem/sql", "/tim-kiem/sql", &count).text();
    assert!(text.contains(&format!(">{}<", EVENTS / 4)), "{text}");
}
