//! Writing: exactly once, contiguous, exact.

use super::samples::{self, INSTANCE, START, assert_same, province};
use crate::{Lake, LakeError, Order, SearchRequest};
use base_core::Timestamp;
use engine_event::{Common, Event, EventId, Kind, LogSource, Marks, Record};
use std::sync::Arc;

/// All events, oldest first.
pub(super) async fn all(lake: &impl Lake) -> Vec<Event> {
    let request = SearchRequest { order: Order::Oldest, limit: crate::MAX_PAGE, ..SearchRequest::default() };
    lake.search(&province(), &request).await.expect("searches").events
}

pub(super) async fn an_empty_lake_is_empty(lake: &impl Lake) {
    assert_eq!(lake.committed().await.expect("committed"), 0);
    assert!(all(lake).await.is_empty());
    assert!(lake.histogram(&province(), &SearchRequest::default(), 10).await.expect("counts").is_empty());
    let id = EventId::from_journal(INSTANCE, 0);
    assert!(lake.get(&province(), &id, None).await.expect("gets").is_none());
    let stats = lake.stats().await.expect("stats");
    assert_eq!((stats.events, stats.oldest, stats.days.len()), (0, None, 0));
}

pub(super) async fn ranges_are_kept_exactly_once(lake: &impl Lake) {
    let events = samples::events(60);
    let ids = |found: Vec<Event>| found.into_iter().map(|e| e.id.sequence()).collect::<Vec<_>>();
    lake.write(0..20, &events[..20]).await.expect("writes");
    lake.write(0..20, &events[..20]).await.expect("a repeat is no error");
    lake.write(5..10, &events[5..10]).await.expect("nor is a part of what is there");
    assert_eq!(lake.committed().await.expect("committed"), 20);
    assert_eq!(ids(all(lake).await), (0..20).collect::<Vec<_>>());
    lake.write(10..30, &events[10..30]).await.expect("the new part is kept");
    assert_eq!(lake.committed().await.expect("committed"), 30);
    lake.write(30..30, &[]).await.expect("nothing at all");
    lake.write(30..40, &[]).await.expect("entries lost to damage");
    assert_eq!(lake.committed().await.expect("committed"), 40);
    lake.write(40..60, &events[42..60]).await.expect("some lost");
    let expected: Vec<u64> = (0..30).chain(42..60).collect();
    assert_eq!(ids(all(lake).await), expected);
}

pub(super) async fn gaps_are_refused(lake: &impl Lake) {
    let events = samples::events(10);
    let error = lake.write(3..10, &events[3..]).await.expect_err("0 to 2 are missing");
    assert!(matches!(error, LakeError::Gap { committed: 0, start: 3, end: 10 }), "{error}");
    assert_eq!(lake.committed().await.expect("committed"), 0);
    assert!(all(lake).await.is_empty());
}

pub(super) async fn events_read_back_exactly(lake: &impl Lake) {
    let events = samples::events(240);
    lake.write(0..100, &events[..100]).await.expect("writes");
    lake.write(100..240, &events[100..]).await.expect("writes");
    let found = all(lake).await;
    assert_eq!(found.len(), events.len());
    for (found, expected) in found.iter().zip(&events) {
        assert_same(found, expected);
    }
    for expected in events.iter().step_by(31) {
        for near in [Some(expected.time), None, Some(START)] {
            let found = lake.get(&province(), &expected.id, near).await.expect("gets");
            assert_same(&found.expect("is there"), expected);
        }
    }
}

/// What real senders send: no fields, any bytes, any time, huge values, odd names.
pub(super) async fn odd_events_read_back_exactly(lake: &impl Lake) {
    let bare = |n: u64, time: i64| Event {
        id: EventId::from_journal(INSTANCE, n),
        time: Timestamp::from_micros(time),
        received: START,
        unit: None,
        source: None,
        kind: Arc::from("unknown"),
        logsource: Arc::new(LogSource::default()),
        record: Record::new(),
        common: Common::default(),
        raw: Box::default(),
        marks: Marks { truncated: true, unparsed: true, not_utf8: true, no_time: true },
    };
    let mut bytes = bare(0, 0);
    bytes.raw = (0..=255).collect();
    let mut names = bare(1, -1);
    for name in ["", "a\"b", "dấu cách", "a.b", "a.b", "x\u{0}y", "\u{1f40b}", "'; DROP TABLE events; --"] {
        names.record.push_text(name, name);
    }
    names.record.push("big", "123456789012345678901234567890.5", Kind::Number);
    names.record.push("not a number", "12 apples", Kind::Number);
    names.kind = Arc::from("../../../odd kind/ü%2f");
    let mut long = bare(2, 1_393_632_000_000_000);
    long.record.push_text("Message", &"dài ".repeat(100_000));
    long.raw = vec![b'x'; 1_000_000].into_boxed_slice();
    let far = [i64::MIN, i64::MAX, -62_135_596_800_000_000];
    let mut events = vec![bytes, names, long];
    events.extend(far.iter().zip(3..).map(|(time, n)| bare(n, *time)));
    lake.write(0..6, &events).await.expect("writes");
    for expected in &events {
        let found = lake.get(&province(), &expected.id, None).await.expect("gets");
        assert_same(&found.expect("is there"), expected);
        let found = lake.get(&province(), &expected.id, Some(expected.time)).await.expect("gets");
        assert_same(&found.expect("is there"), expected);
    }
    events.sort_by_key(|e| (e.time, e.id));
    let found = all(lake).await;
    assert_eq!(found.iter().map(|e| e.id).collect::<Vec<_>>(), events.iter().map(|e| e.id).collect::<Vec<_>>());
    assert_eq!(lake.stats().await.expect("stats").events, 6);
    lake.histogram(&province(), &SearchRequest::default(), 50).await.expect("counts");
}
