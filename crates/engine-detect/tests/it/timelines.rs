//! Correlations against time-lines worked out by hand, and whatever the order of arrival.
//!
//! The rules `a`, `b`, `c` match on `k`. Each time-line tells, by event time, what must fire;
//! then the same events come shuffled within the allowed lateness, and twice.

use crate::support::{event, pack};
use base_core::Timestamp;
use engine_detect::{CorrelatorOptions, Detection, Detector, RulePack};
use engine_event::Event;
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::sync::Arc;

fn rules(correlations: &[&str]) -> Arc<RulePack> {
    let base = ["a", "b", "c"].map(|k| {
        format!("title: {k}\nname: {k}\nid: id-{k}\nlogsource:\n    product: windows\ndetection:\n    s:\n        k|contains: {k}\n    condition: s\n---\n")
    });
    let block = |(n, body): (usize, &&str)| {
        let body: String = body.lines().map(|l| format!("    {l}\n")).collect();
        format!("title: C{n}\nid: c{n}\nname: c{n}\ncorrelation:\n{body}level: high\n---\n")
    };
    pack(&format!("{}{}", base.concat(), correlations.iter().enumerate().map(block).collect::<String>()))
}

/// Each step: second, rules matched, number `n`, user.
type Step = (i64, &'static str, f64, &'static str);

fn events(steps: &[Step]) -> Vec<Event> {
    let latest = steps.iter().map(|s| s.0).max().unwrap_or(0);
    let one = |(id, (secs, k, n, user)): (u64, &Step)| {
        let mut made = event(id, *secs, &format!("{{\"k\": \"{k}\", \"n\": {n}, \"user\": \"{user}\"}}"));
        // All are received together, after the last happened.
        made.received = Timestamp::from_secs(latest + 1);
        made
    };
    (1..).zip(steps).map(one).collect()
}

fn observe(pack: &Arc<RulePack>, events: &[Event]) -> Vec<Detection> {
    let mut detector = Detector::new(Arc::clone(pack));
    let mut out = Vec::new();
    for (position, event) in (0..).zip(events) {
        detector.observe_at(event, position, &mut out);
    }
    out
}

/// What fired: correlation, user, second.
fn told(found: &[Detection]) -> Vec<(String, String, i64)> {
    let user = |d: &Detection| d.matched.first().map_or(String::new(), |m| m.value.clone());
    found.iter().map(|d| (d.rule.id.to_string(), user(d), d.time.as_secs())).collect()
}

fn seconds(pack: &Arc<RulePack>, steps: &[Step]) -> Vec<i64> {
    observe(pack, &events(steps)).iter().map(|d| d.time.as_secs()).collect()
}

const fn at(secs: i64, k: &'static str, n: f64) -> Step {
    (secs, k, n, "x")
}

#[test]
fn counts_by_hand() {
    let pack = rules(&["type: event_count\nrules: [a]\ngroup-by: [user]\ntimespan: 10s\ncondition:\n    gte: 3"]);
    // (0, 10] at second 10 leaves out the event of second 0.
    assert!(seconds(&pack, &[at(0, "a", 0.0), at(5, "a", 0.0), at(10, "a", 0.0)]).is_empty());
    assert_eq!(seconds(&pack, &[at(1, "a", 0.0), at(5, "a", 0.0), at(10, "a", 0.0)]), [10]);
    // Two bursts with a pause between them are told twice.
    let bursts = [0, 1, 2, 40, 41, 42].map(|t| at(t, "a", 0.0));
    assert_eq!(seconds(&pack, &bursts), [2, 42]);
    // A flood of one event a second: at its start, then once per timespan (counted from the epoch).
    let flood: Vec<Step> = (100..135).map(|t| at(t, "a", 0.0)).collect();
    assert_eq!(seconds(&pack, &flood), [102, 110, 120, 130]);
}

#[test]
fn ranges_and_exact_numbers_by_hand() {
    let range =
        rules(&["type: event_count\nrules: [a]\ngroup-by: [user]\ntimespan: 10s\ncondition:\n    gt: 1\n    lte: 3"]);
    let steps = [0, 1, 2, 3, 4].map(|t| at(t, "a", 0.0));
    assert_eq!(seconds(&range, &steps), [1], "two and three fit, four and five do not");
    let exact = rules(&["type: event_count\nrules: [a]\ngroup-by: [user]\ntimespan: 10s\ncondition:\n    eq: 3"]);
    assert_eq!(seconds(&exact, &steps), [2]);
    let other = rules(&[
        "type: value_count\nrules: [a]\ngroup-by: [user]\ntimespan: 10s\ncondition:\n    field: n\n    neq: 1",
    ]);
    assert_eq!(seconds(&other, &[at(0, "a", 7.0), at(1, "a", 7.0), at(2, "a", 8.0)]), [2]);
}

#[test]
fn sums_means_medians_and_percentiles_by_hand() {
    let one = |kind: &str, more: &str| {
        rules(&[&format!(
            "type: {kind}\nrules: [a]\ngroup-by: [user]\ntimespan: 10s\ncondition:\n    field: n\n    {more}"
        )])
    };
    let steps = [at(0, "a", 1.0), at(1, "a", 2.0), at(2, "a", 10.0), at(3, "a", 4.0), at(11, "a", 5.0)];
    // Running sums: 1, 3, 13, 17; at second 11 the window (1, 11] holds 10, 4 and 5.
    assert_eq!(seconds(&one("value_sum", "gt: 12.5"), &steps), [2, 11]);
    // Means: 1, 1.5, 4.33, 4.25, 6.33.
    assert_eq!(seconds(&one("value_avg", "gte: 6.3"), &steps), [11]);
    assert_eq!(seconds(&one("value_avg", "lt: 1.25"), &steps), [0]);
    // Medians by nearest rank: 1, 1, 2, 2, 5.
    assert_eq!(seconds(&one("value_median", "gte: 2"), &steps), [2, 11]);
    assert_eq!(seconds(&one("value_median", "eq: 5"), &steps), [11]);
    // The largest and the smallest are the percentiles 100 and 0.
    assert_eq!(seconds(&one("value_percentile", "gte: 10\n    percentile: 100"), &steps), [2, 11]);
    assert_eq!(seconds(&one("value_percentile", "gt: 1\n    percentile: 0"), &steps), [11]);
    // Negative numbers are numbers.
    let sinking = [at(0, "a", -1.5), at(1, "a", -1.0)];
    assert_eq!(seconds(&one("value_sum", "lt: -2"), &sinking), [1]);
}

#[test]
fn shares_by_hand() {
    // The example of the specification: a value that is at most so many percent of all.
    let pack = rules(&[
        "type: value_percentile\nrules: [a]\ngroup-by: [user]\ntimespan: 1h\ncondition:\n    field: n\n    lte: 20",
    ]);
    let common = [0, 1, 2, 3].map(|t| at(t, "a", 1.0));
    // The fifth of five is 20 percent; the fourth of four would be 25.
    assert_eq!(seconds(&pack, &[&common[..], &[at(4, "a", 2.0)]].concat()), [4]);
    assert!(seconds(&pack, &[&common[..3], &[at(4, "a", 2.0)]].concat()).is_empty());
}

#[test]
fn orders_and_chains_by_hand() {
    let ordered = rules(&["type: temporal_ordered\nrules: [a, b, c]\ngroup-by: [user]\ntimespan: 10s"]);
    assert_eq!(seconds(&ordered, &[at(0, "a", 0.0), at(4, "b", 0.0), at(9, "c", 0.0)]), [9]);
    assert!(seconds(&ordered, &[at(0, "b", 0.0), at(4, "a", 0.0), at(9, "c", 0.0)]).is_empty());
    // The order is that of the events, whatever that of their arrival.
    assert_eq!(seconds(&ordered, &[at(9, "c", 0.0), at(4, "b", 0.0), at(0, "a", 0.0)]), [9]);
    let chain = rules(&[
        "type: event_count\nrules: [a]\ngroup-by: [user]\ntimespan: 10s\ncondition:\n    gte: 3",
        "type: temporal_ordered\nrules: [c0, b]\ngroup-by: [user]\ntimespan: 30s",
    ]);
    let guessed = [at(0, "a", 0.0), at(1, "a", 0.0), at(2, "a", 0.0), at(20, "b", 0.0)];
    assert_eq!(told(&observe(&chain, &events(&guessed))), [("c1".to_owned(), "x".to_owned(), 20)]);
    // Three failures of two users are not three of one.
    let mut two = guessed;
    two[1].3 = "y";
    assert!(observe(&chain, &events(&two)).is_empty());
    // A success before the failures is not one after them.
    assert!(seconds(&chain, &[at(0, "b", 0.0), at(1, "a", 0.0), at(2, "a", 0.0), at(3, "a", 0.0)]).is_empty());
}

#[test]
fn lateness_by_hand() {
    let pack = rules(&["type: event_count\nrules: [a]\ngroup-by: [user]\ntimespan: 10s\ncondition:\n    gte: 3"]);
    let late = |last: i64| {
        let mut detector = Detector::new(Arc::clone(&pack));
        let mut out = Vec::new();
        for (n, e) in (0..).zip(events(&[at(20, "a", 0.0), at(22, "a", 0.0), at(30, "a", 0.0), at(last, "a", 0.0)])) {
            detector.observe_at(&e, n, &mut out);
        }
        (out.len(), detector.correlator().stats().late)
    };
    // (20, 30] holds two; with the late one of second 25 it holds three.
    assert_eq!(late(25), (1, 0));
    // With that of second 13, the window that ends at 22 holds three; with that of 11 none does.
    assert_eq!(late(13), (1, 0));
    assert_eq!(late(11), (0, 0));
    // Two timespans before the newest and older: not counted, but told.
    assert_eq!(late(10), (0, 1));
}

#[test]
fn an_event_that_comes_twice_counts_once() {
    let pack = rules(&[
        "type: event_count\nrules: [a]\ngroup-by: [user]\ntimespan: 10s\ncondition:\n    gte: 3",
        "type: value_sum\nrules: [a]\ngroup-by: [user]\ntimespan: 10s\ncondition:\n    field: n\n    gt: 5",
    ]);
    let two = events(&[at(1, "a", 2.0), at(2, "a", 2.0)]);
    let repeated: Vec<Event> = (0..5).flat_map(|_| two.clone()).collect();
    assert!(observe(&pack, &repeated).is_empty());
    let three = events(&[at(1, "a", 2.0), at(2, "a", 2.0), at(3, "a", 2.0)]);
    let repeated: Vec<Event> = three.iter().chain(&three).chain(three.iter().rev()).cloned().collect();
    assert_eq!(told(&observe(&pack, &repeated)), told(&observe(&pack, &three)));
}

#[test]
fn a_noisy_rule_cannot_push_out_another() {
    let pack = rules(&[
        "type: event_count\nrules: [a]\ngroup-by: [user]\ntimespan: 1h\ncondition:\n    gte: 3",
        "type: event_count\nrules: [b]\ngroup-by: [user]\ntimespan: 1h\ncondition:\n    gte: 3",
    ]);
    let options = CorrelatorOptions { rule_entries: 500, rule_groups: 200, ..CorrelatorOptions::default() };
    let mut detector = Detector::with_options(Arc::clone(&pack), options);
    let mut out = Vec::new();
    let mut see = |n: u64, k: &str, user: &str, out: &mut Vec<Detection>| {
        let e = event(n, 1_000_000 + (n / 100) as i64, &format!("{{\"k\": \"{k}\", \"user\": \"{user}\"}}"));
        detector.observe_at(&e, n, out);
        let of = |place| detector.correlator().rule_stats(place).expect("a correlation");
        (of(0), of(1))
    };
    see(0, "a", "quiet", &mut out);
    see(1, "a", "quiet", &mut out);
    let mut last = None;
    for n in 2..20_000 {
        last = Some(see(n, "b", &format!("u{n}"), &mut out));
    }
    let (quiet, noisy) = last.expect("seen");
    assert_eq!((quiet.entries, quiet.evicted), (2, 0), "{quiet:?}");
    assert!(noisy.groups <= 200 && noisy.evicted > 19_000, "{noisy:?}");
    assert_eq!(noisy.evicted + noisy.entries as u64, noisy.observed, "each entry is kept or counted as evicted");
    see(20_000, "a", "quiet", &mut out);
    assert_eq!(told(&out), [("c0".to_owned(), "quiet".to_owned(), 1_000_200)]);
}

/// Whether the condition of a kind that grows with its events holds somewhere: the plain definition.
fn holds_somewhere(steps: &[Step], user: &str, kind: usize) -> bool {
    let span = 10;
    let own: Vec<&Step> = steps.iter().filter(|s| s.3 == user).collect();
    own.iter().any(|end| {
        let window: Vec<&&Step> = own.iter().filter(|s| s.0 > end.0 - span && s.0 <= end.0).collect();
        let has = |k: &str| window.iter().any(|s| s.1 == k);
        match kind {
            0 => window.iter().filter(|s| s.1 == "a").count() >= 3,
            1 => window.iter().filter(|s| s.1 != "c").map(|s| s.2 as i64).collect::<BTreeSet<_>>().len() >= 3,
            2 => has("a") && has("b") && has("c"),
            3 => window.iter().filter(|s| s.1 == "a").map(|s| s.2).sum::<f64>() > 9.0,
            _ => window.iter().any(|a| a.1 == "a" && window.iter().any(|b| b.1 == "b" && b.0 > a.0)),
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// However the events of a time-line arrive, the same users are told of, and no others.
    #[test]
    fn order_of_arrival_does_not_matter(
        steps in prop::collection::vec((0..19_i64, 0..3_usize, 0..5_u8, 0..2_usize), 1..30),
        order in any::<prop::sample::Index>(),
        seed in any::<u64>(),
    ) {
        let pack = rules(&[
            "type: event_count\nrules: [a]\ngroup-by: [user]\ntimespan: 10s\ncondition:\n    gte: 3",
            "type: value_count\nrules: [a, b]\ngroup-by: [user]\ntimespan: 10s\ncondition:\n    field: n\n    gte: 3",
            "type: temporal\nrules: [a, b, c]\ngroup-by: [user]\ntimespan: 10s",
            "type: value_sum\nrules: [a]\ngroup-by: [user]\ntimespan: 10s\ncondition:\n    field: n\n    gt: 9",
            "type: temporal_ordered\nrules: [a, b]\ngroup-by: [user]\ntimespan: 10s",
        ]);
        // No two at the same second: their order would be that of their arrival.
        let mut taken = BTreeSet::new();
        let steps: Vec<Step> = steps.iter().filter(|s| taken.insert((s.0, s.3)))
            .map(|(t, k, n, u)| (1_000 + *t, ["a", "b", "c"][*k], f64::from(*n), ["x", "y"][*u])).collect();
        let mut arriving = events(&steps);
        let mut state = seed | 1;
        for n in (1..arriving.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            arriving.swap(n, (state >> 33) as usize % (n + 1));
        }
        // One of them comes again.
        let again = arriving[order.index(arriving.len())].clone();
        arriving.push(again);
        let found: BTreeSet<(String, String)> = told(&observe(&pack, &arriving)).into_iter().map(|(c, u, _)| (c, u)).collect();
        for kind in 0..5 {
            for user in ["x", "y"] {
                let expected = holds_somewhere(&steps, user, kind);
                prop_assert_eq!(found.contains(&(format!("c{kind}"), user.to_owned())), expected, "c{} {} {:?}", kind, user, steps);
            }
        }
    }
}
