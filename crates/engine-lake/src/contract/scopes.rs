//! Scope: no unit sees another's events on any path.

use super::samples::{self, province, unit};
use crate::{Lake, Query, SearchRequest};
use base_core::Scope;

pub(super) async fn units_do_not_see_each_other(lake: &impl Lake) {
    let events = samples::events(240);
    lake.write(0..240, &events).await.expect("writes");
    let scopes = [
        (province(), vec![Some("stttt"), Some("syt"), None]),
        (unit("stttt"), vec![Some("stttt")]),
        (unit("syt"), vec![Some("syt")]),
        (Scope::units(["stttt", "syt"].map(base_core::UnitId::new)), vec![Some("stttt"), Some("syt")]),
        (unit("no-such-unit"), vec![]),
        (unit("x' OR '1'='1"), vec![]),
        (Scope::units([]), vec![]),
    ];
    for (scope, units) in &scopes {
        let visible = |n: u64| units.contains(&samples::Facts { n }.unit());
        // A query can narrow a scope but never widen it.
        for query in ["", "unit:syt", "NOT unit:stttt", "sekurlsa OR unit:*", "user.name:root OR NOT user.name:root"] {
            let request = SearchRequest { limit: 1000, ..SearchRequest::of(Query::parse(query).expect("parses")) };
            let page = lake.search(scope, &request).await.expect("searches");
            let mut numbers: Vec<u64> = page.events.iter().map(|e| e.id.sequence()).collect();
            numbers.reverse();
            let expected: Vec<u64> = (0..240)
                .filter(|n| visible(*n) && request.query.matches(&events[usize::try_from(*n).expect("small")]))
                .collect();
            assert_eq!(numbers, expected, "{scope:?}: {query}");
            let bars = lake.histogram(scope, &request, 30).await.expect("counts");
            assert_eq!(bars.iter().map(|b| b.count).sum::<u64>(), expected.len() as u64, "{scope:?}: {query}");
        }
        for event in events.iter().step_by(7) {
            let found = lake.get(scope, &event.id, Some(event.time)).await.expect("gets");
            assert_eq!(found.is_some(), visible(event.id.sequence()), "{scope:?}: {}", event.id);
        }
    }
}

pub(super) async fn figures_are_true(lake: &impl Lake) {
    let events = samples::events(240);
    lake.write(0..240, &events).await.expect("writes");
    let stats = lake.stats().await.expect("stats");
    assert_eq!((stats.committed, stats.events), (240, 240));
    assert_eq!(stats.raw_bytes, events.iter().map(|e| e.raw.len() as u64).sum::<u64>());
    assert_eq!((stats.oldest, stats.newest), (Some(events[0].time), Some(events[239].time)));
    assert_eq!(stats.days.len(), 10);
    assert!(stats.days.iter().all(|d| d.events == 24), "{:?}", stats.days);
    assert_eq!(stats.days[0].day, "2014-03-01");
    assert!(stats.bytes_per_event().is_some_and(|bytes| bytes > 1.0));
}
