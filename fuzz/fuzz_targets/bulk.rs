//! The body of a `_bulk` request and its path: every item is bounded and answered in its place.
#![no_main]

use engine_intake::bulk::{BulkLimits, Item, Outcome, Route, parse, respond, route, whole_refused};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

/// Limits small enough to be met.
const LIMITS: BulkLimits = BulkLimits { max_items: 32, max_record_bytes: 256 };

fuzz_target!(|body: &[u8]| {
    let first = body.split(|b| *b == b'\n').next().unwrap_or_default();
    if let Route::Answer(answer) = route("GET", &String::from_utf8_lossy(first)) {
        assert!(serde_json::from_str::<Value>(&answer.body).is_ok());
    }
    let items = match parse(body, Some("logs"), LIMITS) {
        Ok(items) => items,
        Err(error) => {
            let (status, text) = whole_refused(&error);
            let answer: Value = serde_json::from_str(&text).expect("an answer is JSON");
            assert_eq!(answer["status"], status);
            return;
        }
    };
    assert!(!items.is_empty() && items.len() <= LIMITS.max_items);
    for item in &items {
        assert!(item.source.len() <= LIMITS.max_record_bytes);
        assert!(item.problem.is_some() || item.source.trim_ascii_start().starts_with(b"{"));
    }
    let good = items.iter().filter(|i| i.problem.is_none()).count();
    let stored = |n| Outcome::Stored { id: format!("e{n}") };
    // The last good item was not stored.
    let outcomes: Vec<_> = (1..good).map(stored).collect();
    let answer: Value = serde_json::from_str(&respond(&items, &outcomes, 1)).expect("an answer is JSON");
    let answered = answer["items"].as_array().expect("a list");
    assert_eq!(answered.len(), items.len());
    let status =
        |(item, answered): (&Item<'_>, &Value)| answered[item.action.as_str()]["status"].as_u64().expect("one");
    let statuses: Vec<u64> = items.iter().zip(answered).map(status).collect();
    assert_eq!(statuses.iter().filter(|s| **s == 201).count(), outcomes.len());
    assert_eq!(answer["errors"], statuses.iter().any(|s| *s >= 400));
});
