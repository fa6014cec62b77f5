//! A hundred thousand events: everything found, with the figures printed.

use crate::open;
use engine_event::Event;
use engine_lake::contract::samples::{Facts, START, province, unit};
use engine_lake::{Lake, Query, SearchRequest};
use std::time::Instant;

const EVENTS: u64 = 100_000;
const BATCH: u64 = 5000;

/// Sample `n`, twenty a second.
fn event(n: u64) -> Event {
    let mut event = Facts { n }.event();
    event.time = START.plus_micros(i64::try_from(n).expect("small") * 50_000);
    event
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_thousand_events_are_written_and_found() {
    let dir = tempfile::tempdir().expect("folder");
    let lake = open(dir.path()).await.0;
    let mut writing = std::time::Duration::ZERO;
    for start in (0..EVENTS).step_by(usize::try_from(BATCH).expect("small")) {
        let events: Vec<_> = (start..start + BATCH).map(event).collect();
        let begin = Instant::now();
        lake.write(start..start + BATCH, &events).await.expect("writes");
        writing += begin.elapsed();
    }
    let stats = lake.stats().await.expect("stats");
    println!(
        "written in {writing:.1?}; {} files, {:.1} bytes per event",
        stats.files,
        stats.bytes_per_event().expect("some")
    );
    searches(&lake, "fresh").await;
    let begin = Instant::now();
    let done = lake.compact(true).await.expect("compacts");
    let stats = lake.stats().await.expect("stats");
    println!(
        "compacted in {:.1?}: {done:?}; {} files, {:.1} bytes per event",
        begin.elapsed(),
        stats.files,
        stats.bytes_per_event().expect("some")
    );
    assert_eq!(stats.events, EVENTS);
    searches(&lake, "compacted").await;
}

async fn searches(lake: &impl Lake, what: &str) {
    for query in
        ["", "user.name:root", "sekurlsa", "host.name:pc-03.camau.local source.port:<100", "raw:\"seq=77 \"", "nichts"]
    {
        let request = SearchRequest { limit: 100, ..SearchRequest::of(Query::parse(query).expect("parses")) };
        for (who, scope) in [("province", province()), ("one unit", unit("syt"))] {
            let begin = Instant::now();
            let page = lake.search(&scope, &request).await.expect("searches");
            let paged = begin.elapsed();
            let begin = Instant::now();
            let bars = lake.histogram(&scope, &request, 60).await.expect("counts");
            let total: u64 = bars.iter().map(|bar| bar.count).sum();
            println!(
                "{what}, {who}, {query:?}: page of {} in {paged:.1?} ({} looked at), count {total} in {:.1?}",
                page.events.len(),
                page.scanned,
                begin.elapsed()
            );
            let expected =
                (0..EVENTS).rev().map(|n| Facts { n }).filter(|f| who == "province" || f.unit() == Some("syt"));
            let fits = |f: &Facts| match query {
                "user.name:root" => f.user() == "root",
                "sekurlsa" => f.is_attack(),
                "raw:\"seq=77 \"" => f.n == 77,
                "nichts" => false,
                "" => true,
                _ => f.host().starts_with("PC-03") && f.port() < 100,
            };
            let expected: Vec<u64> = expected.filter(fits).map(|f| f.n).collect();
            assert_eq!(total, expected.len() as u64, "{query}");
            let found: Vec<u64> = page.events.iter().map(|e| e.id.sequence()).collect();
            assert_eq!(found, expected[..expected.len().min(100)], "{query}");
        }
    }
}
