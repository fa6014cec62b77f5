//! Correlations over time.

use crate::support::{event, observe, pack};
use engine_detect::{Correlator, CorrelatorOptions, Detection, Detector, EntityKind, Matcher, RulePack};
use engine_event::Event;
use proptest::prelude::*;
use std::sync::Arc;

/// Rules `a`, `b`, `c` match on `k`; then the correlations.
fn rules(correlations: &str) -> Arc<RulePack> {
    let base = ["a", "b", "c"].map(|k| {
        format!("title: {k}\nname: {k}\nid: id-{k}\nlogsource:\n    product: windows\ndetection:\n    s:\n        k|contains: {k}\n    condition: s\n---\n")
    });
    pack(&format!("{}{correlations}", base.concat()))
}

fn correlation(body: &str) -> Arc<RulePack> {
    let body: String = body.lines().map(|l| format!("    {l}\n")).collect();
    rules(&format!("title: Correlated\nid: correlated\ncorrelation:\n{body}level: high\n"))
}

/// Each step: second, rules matched, rest of the record.
fn stream(steps: &[(i64, &str, &str)]) -> Vec<Event> {
    let numbered = (1..).zip(steps);
    numbered
        .map(|(n, (secs, k, rest))| {
            event(n, *secs, &format!("{{\"k\": \"{k}\"{}{rest}}}", if rest.is_empty() { "" } else { ", " }))
        })
        .collect()
}

fn times(found: &[Detection]) -> Vec<i64> {
    found.iter().map(|d| d.time.as_secs()).collect()
}

const COUNT: &str = "type: event_count\nrules: [a]\ngroup-by: [user]\ntimespan: 10s\ncondition:\n    gte: 3";

#[test]
fn an_event_count_fires_when_it_is_reached_and_again_while_it_lasts() {
    let pack = correlation(COUNT);
    let u = "\"user\": \"lan\"";
    let steps: Vec<_> = (100..140).map(|t| (t, "a", u)).collect();
    let found = observe(&pack, &stream(&steps));
    // Reached with the third; then once in each ten seconds.
    assert_eq!(times(&found), [102, 110, 120, 130]);
    assert_eq!(found[0].count, 3);
    assert_eq!(found[0].events.len(), 3);
    assert_eq!(found[0].first_time.as_secs(), 100);
    assert_eq!(found[0].matched[0].value, "lan");
}

#[test]
fn texts_of_a_correlation_know_its_count_and_group() {
    let body: String = COUNT.lines().map(|l| format!("    {l}\n")).collect();
    let pack = rules(&format!(
        "title: C\nid: c1\ncorrelation:\n{body}mangrove:\n  vi: {{what: '{{count}} lần bởi {{user}}', why: v, do: [d]}}\n  en: {{what: '{{count}} by {{user}} at {{place}}', why: v, do: [d]}}\n"
    ));
    let u = "\"user\": \"lan\"";
    let found = observe(&pack, &stream(&[(0, "a", u), (1, "a", u), (2, "a", u)]));
    assert_eq!(found[0].texts(base_core::Lang::Vi, None).what, "3 lần bởi lan");
    assert_eq!(found[0].texts(base_core::Lang::En, None).what, "3 by lan at …");
}

#[test]
fn windows_slide_and_groups_are_apart() {
    let pack = correlation(COUNT);
    let (x, y) = ("\"user\": \"x\"", "\"user\": \"y\"");
    assert!(
        observe(&pack, &stream(&[(0, "a", x), (5, "a", x), (10, "a", x)])).is_empty(),
        "the first has left at 10 s"
    );
    assert_eq!(
        times(&observe(&pack, &stream(&[(8, "a", x), (12, "a", x), (17, "a", x)]))),
        [17],
        "no boundary at 10 s"
    );
    assert!(observe(&pack, &stream(&[(0, "a", x), (1, "a", y), (2, "a", x), (3, "a", y)])).is_empty());
    assert_eq!(
        times(&observe(&pack, &stream(&[(0, "a", x), (1, "a", "\"user\": \"X\""), (2, "a", x)]))),
        [2],
        "case does not part them"
    );
    assert!(
        observe(&pack, &stream(&[(0, "a", x), (1, "a", ""), (2, "a", x)])).is_empty(),
        "without the field it is not counted"
    );
}

#[test]
fn units_are_never_counted_together_unless_asked() {
    let steps = [
        (0, "a", "\"user\": \"x\", \"unit\": \"u1\""),
        (1, "a", "\"user\": \"x\", \"unit\": \"u2\""),
        (2, "a", "\"user\": \"x\", \"unit\": \"u1\""),
    ];
    assert!(observe(&correlation(COUNT), &stream(&steps)).is_empty());
    let body: String = COUNT.lines().map(|l| format!("    {l}\n")).collect();
    let across = rules(&format!("title: C\nid: c1\ncorrelation:\n{body}mangrove:\n  across_units: true\n"));
    let found = observe(&across, &stream(&steps));
    assert_eq!(times(&found), [2]);
    assert_eq!(found[0].unit, None, "it belongs to no unit");
}

#[test]
fn late_events_are_put_in_their_place() {
    let pack = correlation(COUNT);
    let u = "\"user\": \"x\"";
    // The event of second 6 comes last and completes the window that ends at 9.
    let found = observe(&pack, &stream(&[(1, "a", u), (9, "a", u), (6, "a", u)]));
    assert_eq!(times(&found), [9]);
    let late = stream(&[(100, "a", u), (1, "a", u)]);
    let mut detector = Detector::new(pack);
    late.iter().for_each(|e| detector.observe_at(e, e.id.sequence(), &mut Vec::new()));
    assert_eq!(detector.correlator().stats().late, 1);
}

#[test]
fn values_are_counted_once_each() {
    let pack = correlation(
        "type: value_count\nrules: [a]\ngroup-by: [host]\ntimespan: 60s\ncondition:\n    field: user\n    gte: 3",
    );
    let step = |t, user| (t, "a", user);
    let found = observe(
        &pack,
        &stream(&[
            step(0, "\"host\": \"h\", \"user\": \"a\""),
            step(1, "\"host\": \"h\", \"user\": \"A\""),
            step(2, "\"host\": \"h\", \"user\": \"b\""),
            step(3, "\"host\": \"h\""),
            step(4, "\"host\": \"h\", \"user\": \"c\""),
            step(5, "\"host\": \"h\", \"user\": \"d\""),
        ]),
    );
    assert_eq!(times(&found), [4]);
}

#[test]
fn temporal_needs_every_rule_in_any_order() {
    let pack = correlation("type: temporal\nrules: [a, b, c]\ngroup-by: [user]\ntimespan: 10s");
    let u = "\"user\": \"x\"";
    assert_eq!(times(&observe(&pack, &stream(&[(0, "c", u), (3, "a", u), (6, "b", u)]))), [6]);
    assert!(observe(&pack, &stream(&[(0, "c", u), (3, "a", u), (16, "b", u)])).is_empty());
    assert_eq!(times(&observe(&pack, &stream(&[(0, "abc", u)]))), [0], "one event may match all");
    let two = correlation("type: temporal\nrules: [a, b, c]\ngroup-by: [user]\ntimespan: 10s\ncondition:\n    gte: 2");
    assert_eq!(times(&observe(&two, &stream(&[(0, "c", u), (3, "c", u), (4, "b", u)]))), [4]);
    let either =
        correlation("type: temporal\nrules: [a, b, c]\ngroup-by: [user]\ntimespan: 10s\ncondition: a and (b or c)");
    assert_eq!(times(&observe(&either, &stream(&[(0, "b", u), (1, "c", u), (2, "a", u)]))), [2]);
}

#[test]
fn temporal_ordered_needs_their_order() {
    let pack = correlation("type: temporal_ordered\nrules: [a, b, c]\ngroup-by: [user]\ntimespan: 10s");
    let u = "\"user\": \"x\"";
    assert_eq!(times(&observe(&pack, &stream(&[(0, "a", u), (1, "c", u), (2, "b", u), (3, "c", u)]))), [3]);
    assert!(observe(&pack, &stream(&[(0, "c", u), (1, "b", u), (2, "a", u)])).is_empty());
    assert_eq!(
        times(&observe(&pack, &stream(&[(0, "a", u), (4, "c", u), (2, "b", u)]))),
        [4],
        "by event time, not by arrival"
    );
}

#[test]
fn sums_means_and_percentiles() {
    let at = |kind: &str, more: &str| {
        correlation(&format!(
            "type: {kind}\nrules: [a]\ngroup-by: [user]\ntimespan: 60s\ncondition:\n    field: n\n    {more}"
        ))
    };
    let n = |t, v: &'static str| (t, "a", v);
    let steps = [
        n(0, "\"user\": \"x\", \"n\": 10"),
        n(1, "\"user\": \"x\", \"n\": \"20\""),
        n(2, "\"user\": \"x\", \"n\": 90"),
        n(3, "\"user\": \"x\", \"n\": \"much\""),
    ];
    assert_eq!(times(&observe(&at("value_sum", "gt: 100"), &stream(&steps))), [2]);
    assert_eq!(times(&observe(&at("value_avg", "gte: 40"), &stream(&steps))), [2]);
    assert_eq!(times(&observe(&at("value_percentile", "gte: 90\n    percentile: 90"), &stream(&steps))), [2]);
    assert!(observe(&at("value_median", "gte: 21"), &stream(&steps)).is_empty());
}

#[test]
fn chains_count_what_others_found() {
    // Many failures, then a success of the same user (the specification's own example).
    let pack = rules(
        "title: Guessed\nid: guessed\ncorrelation:\n    type: temporal_ordered\n    rules: [many, b]\n    group-by: [user]\n    timespan: 60s\nlevel: high\n---\ntitle: Many\nid: m\nname: many\ncorrelation:\n    type: event_count\n    rules: [a]\n    group-by: [user]\n    timespan: 10s\n    condition:\n        gte: 3\n",
    );
    let u = "\"user\": \"x\", \"user.name\": \"x\"";
    let found = observe(&pack, &stream(&[(0, "a", u), (1, "a", u), (2, "a", u), (3, "b", u)]));
    assert_eq!(times(&found), [3]);
    assert_eq!(&*found[0].rule.id, "guessed");
    assert_eq!(found[0].entity.kind, EntityKind::User);
    assert!(observe(&pack, &stream(&[(0, "a", u), (1, "a", u), (3, "b", u)])).is_empty());
}

#[test]
fn a_generated_rule_is_heard_too() {
    let body: String = COUNT.lines().map(|l| format!("    {l}\n")).collect();
    let pack = rules(&format!("title: C\nid: c1\ncorrelation:\n{body}generate: true\n"));
    let u = "\"user\": \"x\"";
    let found = observe(&pack, &stream(&[(0, "a", u), (1, "a", u), (2, "a", u)]));
    let ids: Vec<&str> = found.iter().map(|d| &*d.rule.id).collect();
    assert_eq!(ids, ["id-a", "id-a", "id-a", "c1"]);
}

#[test]
fn group_by_knows_the_common_columns() {
    let pack =
        correlation("type: event_count\nrules: [a]\ngroup-by: [source.ip]\ntimespan: 10s\ncondition:\n    gte: 2");
    let mut events = stream(&[(0, "a", ""), (1, "a", "")]);
    for e in &mut events {
        e.common.source_ip = Some("192.0.2.1".into());
    }
    let found = observe(&pack, &events);
    assert_eq!((found[0].entity.kind, found[0].entity.name.as_str()), (EntityKind::Ip, "192.0.2.1"));
}

#[test]
fn memory_is_bounded_and_evictions_are_counted() {
    let pack = correlation("type: event_count\nrules: [a]\ngroup-by: [user]\ntimespan: 1h\ncondition:\n    gte: 100");
    let options = CorrelatorOptions { group_entries: 50, entries: 2_000, groups: 300, ..CorrelatorOptions::default() };
    let mut detector = Detector::with_options(pack, options);
    for n in 0..10_000_u64 {
        let e = event(n, 1_000_000 + (n / 100) as i64, &format!("{{\"k\": \"a\", \"user\": \"u{}\"}}", n % 997));
        detector.observe_at(&e, n, &mut Vec::new());
    }
    let stats = detector.correlator().stats();
    assert!(stats.groups <= 300 && stats.entries <= 2_000, "{stats:?}");
    assert!(stats.evicted > 0, "{stats:?}");
    // One busy group stays within its own bound and still fires.
    let mut out = Vec::new();
    for n in 0..5_000_u64 {
        detector.observe_at(&event(20_000 + n, 1_000_200, "{\"k\": \"a\", \"user\": \"busy\"}"), 20_000 + n, &mut out);
    }
    assert_eq!(out.len(), 1);
    assert!(detector.correlator().stats().entries <= 2_300);
}

#[test]
fn old_groups_do_not_hold_the_journal() {
    let mut detector = Detector::new(correlation(COUNT));
    assert_eq!(detector.oldest_needed(), None);
    detector.observe_at(&event(1, 1_000, "{\"k\": \"a\", \"user\": \"x\"}"), 1, &mut Vec::new());
    assert_eq!(detector.oldest_needed(), Some(1));
    detector.observe_at(&event(2, 9_000, "{\"k\": \"a\", \"user\": \"y\"}"), 2, &mut Vec::new());
    assert_eq!(detector.oldest_needed(), Some(2));
}

#[test]
fn observations_can_be_made_on_other_threads() {
    let pack = correlation(COUNT);
    let events = stream(&[(0, "a", "\"user\": \"x\""), (1, "a", "\"user\": \"x\""), (2, "a", "\"user\": \"x\"")]);
    let mut correlator = Correlator::new(Arc::clone(&pack), CorrelatorOptions::default());
    let matcher = Matcher::new(Arc::clone(&pack));
    let extractor = Correlator::new(Arc::clone(&pack), CorrelatorOptions::default());
    let made = std::thread::scope(|scope| {
        let handle = scope.spawn(|| {
            let mut scratch = engine_detect::MatchScratch::new();
            let each = events.iter().filter_map(|e| {
                let mut hits = Vec::new();
                matcher.hits(e, &mut scratch, &mut hits);
                extractor.extract(e, &hits, e.id.sequence())
            });
            each.collect::<Vec<_>>()
        });
        handle.join().expect("matched")
    });
    let mut out = Vec::new();
    made.into_iter().for_each(|o| correlator.observe(o, &mut out));
    assert_eq!(times(&out), [2]);
}

fn everything() -> Arc<RulePack> {
    let block = |id: &str, body: &str| {
        let body: String = body.lines().map(|l| format!("    {l}\n")).collect();
        format!("title: {id}\nid: {id}\nname: {id}\ncorrelation:\n{body}---\n")
    };
    rules(
        &[
            block("count", "type: event_count\nrules: [a]\ngroup-by: [user]\ntimespan: 10s\ncondition:\n    gte: 3"),
            block("values", "type: value_count\nrules: [a, b]\ngroup-by: [user]\ntimespan: 20s\ncondition:\n    field: v\n    gte: 3"),
            block("near", "type: temporal\nrules: [a, b, c]\ngroup-by: [user]\ntimespan: 15s"),
            block("order", "type: temporal_ordered\nrules: [count, c]\ngroup-by: [user]\ntimespan: 30s"),
        ]
        .concat(),
    )
}

fn keys(found: &[Detection]) -> Vec<(String, i64)> {
    found.iter().map(|d| (format!("{} {}", d.rule.id, d.key), d.time.as_secs())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    /// Killed at any point and replayed from what was still needed, the same detections are made.
    #[test]
    fn replay_gives_the_same_keys(
        steps in prop::collection::vec((0..4_i64, -6..1_i64, 0..3_usize, 0..2_usize, 0..4_usize), 20..120),
        cut in 0.0..1.0_f64,
    ) {
        let pack = everything();
        let mut clock = 1_000;
        let events: Vec<Event> = (0..).zip(&steps).map(|(n, (gap, lag, k, user, v))| {
            clock += gap;
            let mut e = event(n, clock + lag, &format!("{{\"k\": \"{}\", \"user\": \"u{user}\", \"v\": {v}}}", ["a", "b", "c"][*k]));
            e.received = base_core::Timestamp::from_secs(clock);
            e
        }).collect();
        let cut = (events.len() as f64 * cut) as usize;
        let mut whole = Detector::new(Arc::clone(&pack));
        let (mut before, mut after) = (Vec::new(), Vec::new());
        let mut needed = None;
        for (n, e) in events.iter().enumerate() {
            if n == cut {
                needed = whole.oldest_needed();
            }
            whole.observe_at(e, n as u64, if n < cut { &mut before } else { &mut after });
        }
        let mut restarted = Detector::new(pack);
        let from = needed.map_or(cut, |p| p as usize).min(cut);
        for (n, e) in events.iter().enumerate().take(cut).skip(from) {
            restarted.warm(e, n as u64);
        }
        let mut replayed = Vec::new();
        for (n, e) in events.iter().enumerate().skip(cut) {
            restarted.observe_at(e, n as u64, &mut replayed);
        }
        prop_assert_eq!(keys(&replayed), keys(&after));
    }
}
