//! Any stream of hits in any order of time: no panic, bounded memory, and what is not kept is counted.
#![no_main]

use base_core::{ContentFile, Timestamp};
use engine_detect::{CorrelatorOptions, Detector, RulePack};
use engine_event::{Common, Event, EventId, Kind, LogSource, Marks, Record};
use libfuzzer_sys::fuzz_target;
use std::cell::RefCell;
use std::sync::Arc;

const KINDS: &[&str] = &[
    "type: event_count\n    rules: [a]\n    condition:\n        gte: 3",
    "type: value_count\n    rules: [a, b]\n    condition:\n        field: n\n        gt: 2",
    "type: value_sum\n    rules: [a]\n    condition:\n        field: n\n        lt: -3.5",
    "type: value_avg\n    rules: [a]\n    condition:\n        field: n\n        gte: 7",
    "type: value_median\n    rules: [b]\n    condition:\n        field: n\n        eq: 4",
    "type: value_percentile\n    rules: [b]\n    condition:\n        field: n\n        percentile: 99.5\n        neq: 1",
    "type: value_percentile\n    rules: [b]\n    condition:\n        field: n\n        lte: 10",
    "type: temporal\n    rules: [a, b]",
    "type: temporal_ordered\n    rules: [c0, b]",
];

fn pack() -> Arc<RulePack> {
    let rule = |k: &str| format!("title: {k}\nname: {k}\nid: {k}\ndetection:\n    s:\n        k|contains: {k}\n    condition: s\n---\n");
    let one = |(n, kind): (usize, &&str)| {
        format!("title: C{n}\nid: c{n}\nname: c{n}\ncorrelation:\n    {kind}\n    group-by: [user]\n    timespan: 10s\n---\n")
    };
    let text = format!("{}{}{}", rule("a"), rule("b"), KINDS.iter().enumerate().map(one).collect::<String>());
    let (pack, errors) = RulePack::load(&[ContentFile { path: "fuzz.yml".to_owned(), text }], &[]);
    assert!(errors.is_empty(), "{errors:?}");
    Arc::new(pack)
}

thread_local! {
    static PACK: RefCell<Arc<RulePack>> = RefCell::new(pack());
}

/// Four bytes are one event: how far the clock goes, which rules, user and lateness, number.
fn event(n: u64, clock: &mut i64, step: &[u8]) -> Event {
    *clock += i64::from(step[0] >> 4);
    let time = *clock - i64::from(step[0] & 15) * if step[2] & 0x80 == 0 { 1 } else { -7 };
    let mut record = Record::new();
    record.push_text("k", ["", "a", "b", "ab"][usize::from(step[1] & 3)]);
    record.push_text("user", ["x", "y", "z"][usize::from(step[2] % 3)]);
    record.push("n", &(i32::from(step[3]) - 20).to_string(), Kind::Number);
    Event {
        // Some events come twice.
        id: EventId::from_journal(1, n - u64::from(step[1] >> 6 == 3)),
        time: Timestamp::from_secs(time),
        received: Timestamp::from_secs(*clock),
        unit: None,
        source: None,
        kind: "fuzz".into(),
        logsource: Arc::new(LogSource::default()),
        record,
        common: Common::default(),
        raw: Box::default(),
        marks: Marks::default(),
    }
}

fuzz_target!(|bytes: &[u8]| {
    PACK.with_borrow(|pack| {
        let options = CorrelatorOptions { group_entries: 8, rule_entries: 60, rule_groups: 2, ..CorrelatorOptions::default() };
        let mut detector = Detector::with_options(Arc::clone(pack), options);
        let (mut clock, mut out) = (1_000_000, Vec::new());
        for (n, step) in (1..).zip(bytes.chunks_exact(4)) {
            detector.observe_at(&event(n, &mut clock, step), n, &mut out);
            let needed = detector.oldest_needed();
            assert!(needed.is_none_or(|oldest| oldest <= n));
        }
        for place in 0..KINDS.len() {
            let stats = detector.correlator().rule_stats(place).expect("a correlation");
            assert!(stats.groups <= 3 && stats.evicted + stats.late <= stats.observed, "{stats:?}");
        }
        assert!(out.iter().all(|d| d.count > 0 && !d.events.is_empty() && d.first_time <= d.time));
    });
});
