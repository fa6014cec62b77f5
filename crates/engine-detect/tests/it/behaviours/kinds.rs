//! Each kind against the obvious way to say it, over random streams.

use super::{behaviours, load, observe};
use crate::support::event;
use engine_detect::Detection;
use engine_detect::behaviours::BehaviourDetector;
use engine_event::Event;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

const START: i64 = 1_790_000_000;

fn at(n: u64, secs: i64, json: &str) -> Event {
    event(n, START + secs, json)
}

/// Numbers of the events by which something fired.
fn by(detections: &[Detection]) -> Vec<u64> {
    detections.iter().map(|d| d.events.last().expect("an event").sequence()).collect()
}

/// Random times in order, with a source and a value each.
fn stream(steps: std::ops::Range<i64>, sources: u8, values: u8) -> impl Strategy<Value = Vec<(i64, u8, u8)>> {
    proptest::collection::vec((steps, 0..sources, 0..values), 1..150).prop_map(|all| {
        let mut time = 0;
        all.into_iter()
            .map(|(step, source, value)| {
                time += step;
                (time, source, value)
            })
            .collect()
    })
}

fn events(stream: &[(i64, u8, u8)]) -> Vec<Event> {
    let json = |s: &u8, v: &u8| format!(r#"{{"x":"1","s":"s{s}","v":"v{v}"}}"#);
    (0..).zip(stream).map(|(n, (time, s, v))| at(n, *time, &json(s, v))).collect()
}

/// Moves events by a few places.
fn shuffled(events: &[Event], by: &[usize]) -> Vec<Event> {
    let mut all = events.to_vec();
    for (n, by) in by.iter().enumerate() {
        let (a, b) = (n % all.len(), (n + by) % all.len());
        if a.abs_diff(b) <= 3 {
            all.swap(a, b);
        }
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn scan(stream in stream(0..60, 3, 12)) {
        let rules = behaviours("{kind: scan, by: [s], distinct: v, within: 5m, at_least: 4, again: 10m}");
        let mut wanted = Vec::new();
        let (mut rests, mut from) = (HashMap::new(), HashMap::new());
        for (n, (time, source, _)) in stream.iter().enumerate() {
            if rests.get(source).is_some_and(|r| time < r) {
                continue;
            }
            let first = *from.get(source).unwrap_or(&0);
            let window = stream.iter().enumerate().take(n + 1)
                .filter(|(m, (t, s, _))| *m >= first && s == source && *t > time - 300 && rests.get(source).is_none_or(|r| t >= r));
            let distinct: BTreeSet<u8> = window.map(|(_, (_, _, v))| *v).collect();
            if distinct.len() >= 4 {
                wanted.push(n as u64);
                rests.insert(*source, time + 600);
                from.insert(*source, n + 1);
            }
        }
        prop_assert_eq!(by(&observe(&rules, &events(&stream))), wanted);
    }

    #[test]
    fn first_seen(stream in stream(0..40_000, 2, 6)) {
        let rules = behaviours("{kind: first-seen, by: [s], value: v, within: 4d, learn: 2d}");
        let mut wanted = Vec::new();
        for (n, (time, source, value)) in stream.iter().enumerate() {
            let of = || stream.iter().take(n).filter(|(_, s, _)| s == source);
            let learnt = of().next().is_some_and(|(t, _, _)| time - t >= 2 * 86_400);
            let shown = of().any(|(t, _, v)| v == value && time - t <= 4 * 86_400);
            if learnt && !shown {
                wanted.push(n as u64);
            }
        }
        let all = events(&stream);
        prop_assert_eq!(by(&observe(&rules, &all)), wanted);
        prop_assert!(observe(&rules, &all[..0]).is_empty());
    }

    #[test]
    fn rare(stream in stream(0..8_000, 8, 5)) {
        let rules = behaviours("{kind: rare, value: v, member: s, share: 0.25, members: 4, within: 3d, learn: 1d}");
        // Nothing falls out of `within` here, which the next test is about.
        let stream: Vec<_> = stream.into_iter().take_while(|(t, _, _)| *t < 2 * 86_400).collect();
        let mut wanted = Vec::new();
        for (n, (time, member, value)) in stream.iter().enumerate() {
            let so_far = || stream.iter().take(n + 1);
            let members: BTreeSet<u8> = so_far().map(|(_, m, _)| *m).collect();
            let holders: BTreeSet<u8> = so_far().filter(|(_, _, v)| v == value).map(|(_, m, _)| *m).collect();
            let is_new = !stream.iter().take(n).any(|(_, m, v)| v == value && m == member);
            let few = holders.len() as f64 <= (0.25 * members.len() as f64).max(1.0);
            if is_new && few && members.len() >= 4 && time - stream[0].0 >= 86_400 {
                wanted.push(n as u64);
            }
        }
        prop_assert_eq!(by(&observe(&rules, &events(&stream))), wanted);
    }

    #[test]
    fn sequence(stream in stream(0..100, 2, 4)) {
        // Values 0, 1, 2 are steps; 3 must not lie between 0 and 1.
        let rules = steps("[a, {absent: d}, b, c]", "10m");
        let mut wanted = Vec::new();
        let mut used: HashMap<u8, usize> = HashMap::new();
        for (k, (end, source, last)) in stream.iter().enumerate() {
            if *last != 2 {
                continue;
            }
            let from = used.get(source).copied().unwrap_or(0);
            let of = |n: &usize, v: u8| stream[*n].1 == *source && stream[*n].2 == v;
            let found = (from..k).any(|i| of(&i, 0) && end - stream[i].0 <= 600
                && (i + 1..k).any(|j| of(&j, 1) && !(i + 1..j).any(|m| of(&m, 3))));
            if found {
                wanted.push(k as u64);
                used.insert(*source, k + 1);
            }
        }
        prop_assert_eq!(by(&observe(&rules, &events(&stream))), wanted);
    }

    #[test]
    fn baseline(stream in stream(0..3_000, 2, 1)) {
        let rules = behaviours("{kind: baseline, by: [s], bucket: 1h, season: none, warmup: 6h, factor: 1.5, at_least: 3}");
        let mut wanted = BTreeSet::new();
        for source in 0..2 {
            let mut sums: BTreeMap<i64, u32> = BTreeMap::new();
            for (time, _, _) in stream.iter().filter(|(_, s, _)| *s == source) {
                *sums.entry((START + time).div_euclid(3_600)).or_default() += 1;
            }
            let Some(first) = sums.keys().next().copied() else { continue };
            for (bucket, sum) in &sums {
                // Everything that ended at least one bucket earlier, from the first.
                let (mut mean, mut distance, mut seen) = (0_f32, 0_f32, 0_u16);
                for earlier in first..bucket - 1 {
                    let spread = (1.25 * distance).max(mean.max(0.0).sqrt()).max(1.0);
                    let x = sums.get(&earlier).copied().unwrap_or(0) as f32;
                    let x = if seen >= 3 { x.min(mean + 3.0 * spread) } else { x };
                    let weight = 0.05_f32.max(1.0 / (f32::from(seen) + 1.0));
                    let away = if seen == 0 { 0.0 } else { (x - mean).abs() };
                    mean += weight * (x - mean);
                    distance += weight * (away - distance);
                    seen += 1;
                }
                let spread = (1.25 * distance).max(mean.max(0.0).sqrt()).max(1.0);
                let limit = (f64::from(mean) + 1.5 * f64::from(spread)).max(2.5);
                if bucket - first >= 6 && f64::from(*sum) > limit {
                    wanted.insert((source, *bucket));
                }
            }
        }
        let fired = observe(&rules, &events(&stream));
        let found: BTreeSet<(u8, i64)> = fired.iter()
            .map(|d| (d.matched[0].value[1..].parse().expect("a source"), d.time.as_secs().div_euclid(3_600))).collect();
        prop_assert_eq!(fired.len(), found.len(), "once per bucket");
        prop_assert_eq!(found, wanted);
    }

    #[test]
    fn events_out_of_order_tell_the_same(stream in stream(1..60, 2, 8), moves in proptest::collection::vec(0_usize..4, 0..150)) {
        // Both sources are known for a day before.
        let mut all = vec![at(1_000, -90_000, r#"{"x":"1","s":"s0","v":"old"}"#), at(1_001, -90_000, r#"{"x":"1","s":"s1","v":"old"}"#)];
        let known = all.len();
        all.extend(events(&stream));
        let mut moved = all.clone();
        moved.splice(known.., shuffled(&all[known..], &moves));
        let told = |found: Vec<Detection>, hours: bool| -> BTreeSet<(String, String)> {
            let second = |d: &Detection| if hours { d.time.as_secs().div_euclid(3_600).to_string() } else { d.matched[1].value.clone() };
            found.into_iter().map(|d| (d.matched[0].value.clone(), second(&d))).collect()
        };
        // A limit is fixed by what ended a whole bucket before; a value is new once, whoever comes first.
        for (settings, hours) in [
            ("{kind: baseline, by: [s], bucket: 1h, season: none, warmup: 1h, factor: 1, at_least: 5}", true),
            ("{kind: first-seen, by: [s], value: v, within: 30d, learn: 1h}", false),
        ] {
            let rules = behaviours(settings);
            let (one, other) = (told(observe(&rules, &all), hours), told(observe(&rules, &moved), hours));
            prop_assert_eq!(one, other, "{}", settings);
        }
        let all = all.split_off(known);
        // Sequences are exact: a step may come late.
        let rules = steps("[a, b]", "1d");
        let one = observe(&rules, &all[..all.len().min(6)]).len();
        let mut reversed = all[..all.len().min(6)].to_vec();
        reversed.reverse();
        prop_assert_eq!(observe(&rules, &reversed).is_empty(), one == 0);
    }
}

/// Rules `a` to `d` for values 0 to 3, and a sequence of them.
fn steps(steps: &str, within: &str) -> Arc<engine_detect::behaviours::Behaviours> {
    let mut text = String::new();
    for (n, name) in ["a", "b", "c", "d"].iter().enumerate() {
        let block = if n == 0 {
            format!("mangrove: {{behaviour: {{kind: sequence, by: [s], steps: {steps}, within: {within}}}}}\n")
        } else {
            String::new()
        };
        // Rules that are not a step would be a mistake.
        if n > 0 && !steps.contains(name) {
            continue;
        }
        text += &format!(
            "---\ntitle: {name}\nid: {name}\nname: {name}\nlogsource: {{product: windows}}\ndetection: {{x: {{v: v{n}}}, condition: x}}\n{block}"
        );
    }
    load(text.trim_start_matches("---\n"))
}

#[test]
fn what_does_not_follow_falls_due() {
    let rules = steps("[a, {absent: b, for: 30m}]", "30m");
    let value = |n, secs, v| at(n, secs, &format!(r#"{{"s":"pc","v":"v{v}","host.name":"pc"}}"#));
    let run = |events: &[Event], until: i64| {
        let (mut detector, mut out) = (BehaviourDetector::new(Arc::clone(&rules)), Vec::new());
        events.iter().for_each(|e| detector.observe_event(e, &mut out));
        detector.advance(base_core::Timestamp::from_secs(START + until), &mut out);
        out
    };
    assert_eq!(run(&[value(1, 0, 0)], 1_800).len(), 0, "not yet");
    let due = run(&[value(1, 0, 0)], 1_800 + 121);
    assert_eq!((due.len(), by(&due)), (1, vec![1]));
    assert_eq!(due[0].entity.name, "pc");
    assert!(run(&[value(1, 0, 0), value(2, 1_000, 1)], 9_000).is_empty(), "it followed");
    assert!(run(&[value(2, 1_000, 1), value(1, 0, 0)], 9_000).is_empty(), "it followed, and came first");
    assert_eq!(run(&[value(1, 0, 0), value(2, 1_801, 1)], 9_000).len(), 1, "too late");
    assert_eq!(run(&[value(1, 0, 0), value(2, 10, 0), value(3, 4_000, 0)], 9_000).len(), 2);
}

#[test]
fn travel_by_hand() {
    let rules = behaviours("{kind: travel, by: [user.name], address: source.ip, distance_km: 300, speed_kmh: 900}");
    let log_on =
        |n, secs, user: &str, ip: &str| at(n, secs, &format!(r#"{{"x":"1","user.name":"{user}","source.ip":"{ip}"}}"#));
    let (here, near, far) = ("192.0.2.1", "192.0.2.200", "198.51.100.1");
    let found = |events: &[Event]| observe(&rules, events);
    // Cà Mau to Hà Nội: 1 320 km, an hour and a half by air.
    assert_eq!(found(&[log_on(1, 0, "nva", here), log_on(2, 3_600, "nva", far)]).len(), 1);
    assert_eq!(found(&[log_on(2, 3_600, "nva", far), log_on(1, 0, "NVA", here)]).len(), 1, "out of order");
    assert!(found(&[log_on(1, 0, "nva", here), log_on(2, 7_200, "nva", far)]).is_empty());
    assert!(found(&[log_on(1, 0, "nva", here), log_on(2, 60, "nva", near)]).is_empty());
    assert!(found(&[log_on(1, 0, "nva", here), log_on(2, 60, "other", far)]).is_empty());
    assert!(
        found(&[log_on(1, 0, "nva", here), log_on(2, 60, "nva", "203.0.113.1"), log_on(3, 9_000, "nva", far)])
            .is_empty()
    );
    let told = found(&[
        log_on(1, 0, "nva", here),
        log_on(2, 600, "nva", far),
        log_on(3, 1_200, "nva", here),
        log_on(4, 90_000, "nva", far),
        log_on(5, 90_060, "nva", here),
    ]);
    assert_eq!(by(&told), [2, 5], "once a day");
    let notes: HashMap<_, _> = told[0].summary_fields.iter().cloned().collect();
    assert_eq!(
        (notes["from.place"].as_str(), notes["to.place"].as_str(), notes["minutes"].as_str()),
        ("Cà Mau", "Hà Nội", "10")
    );
    assert_eq!(told[0].events.len(), 2);
}

#[test]
fn a_baseline_knows_the_hour_of_the_week_and_is_not_taught_by_attacks() {
    let rules =
        behaviours("{kind: baseline, by: [s], bucket: 1h, season: hour-of-week, warmup: 28d, factor: 4, at_least: 20}");
    // 200 events every Monday 8:00 local (1:00 UTC), 2 at other hours of work.
    let monday = 1_767_574_800_i64; // 2026-01-05T01:00:00Z
    let mut all = Vec::new();
    let add = |all: &mut Vec<Event>, time: i64, count: i64| {
        for n in 0..count {
            let id = all.len() as u64;
            all.push(event(id, time + n, r#"{"x":"1","s":"pc"}"#));
        }
    };
    for hour in 0..24 * 7 * 8 {
        add(&mut all, monday + hour * 3_600, if hour % 168 == 0 { 200 } else { 2 });
    }
    assert!(observe(&rules, &all).is_empty(), "the Monday rush is normal");
    add(&mut all, monday + (24 * 7 * 8 + 5) * 3_600, 200);
    let found = observe(&rules, &all);
    assert_eq!(found.len(), 1, "the same at another hour is not");
    let note =
        |name: &str| found[0].summary_fields.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone()).expect("a figure");
    assert_eq!(note("expected"), "2");
    assert_eq!(found[0].count, note("observed").parse::<u64>().expect("a number"));
}

#[test]
fn memory_is_bounded_and_what_is_forgotten_is_counted() {
    let rules = behaviours("{kind: first-seen, by: [s], value: v, within: 30d, learn: 1d, values: 10, memory: 64KiB}");
    let (mut detector, mut out) = (BehaviourDetector::new(rules), Vec::new());
    for n in 0..20_000_u64 {
        let json = format!(r#"{{"x":"1","s":"s{}","v":"v{}"}}"#, n % 3_000, n % 7);
        detector.observe_event(&at(n, n as i64, &json), &mut out);
    }
    let stats = &detector.stats()[0];
    assert!(stats.bytes <= 64 << 10 && stats.evicted > 0 && stats.entities < 3_000, "{stats:?}");
    assert_eq!((stats.observed, stats.budget), (20_000, 64 << 10));

    let rules = behaviours("{kind: first-seen, by: [s], value: v, within: 30d, learn: 1s, values: 10}");
    let (mut detector, mut out) = (BehaviourDetector::new(rules), Vec::new());
    for n in 0..500_u64 {
        detector.observe_event(&at(n, 10 * n as i64, &format!(r#"{{"x":"1","s":"one","v":"v{n}"}}"#)), &mut out);
    }
    assert_eq!(detector.stats()[0].saturated, 1);
    assert!(out.len() < 12, "who shows ever new values has no habit: {}", out.len());

    let rules = behaviours("{kind: rare, value: v, member: s, memory: 64KiB}");
    let (mut detector, mut out) = (BehaviourDetector::new(rules), Vec::new());
    for n in 0..20_000_u64 {
        detector.observe_event(&at(n, n as i64, &format!(r#"{{"x":"1","s":"s{}","v":"v{n}"}}"#, n % 30)), &mut out);
    }
    let stats = &detector.stats()[0];
    assert!(stats.bytes <= 64 << 10 && stats.evicted > 0, "{stats:?}");
}

#[test]
fn units_are_apart_unless_the_behaviour_says_otherwise() {
    let settings = "{kind: scan, by: [s], distinct: v, within: 5m, at_least: 4}";
    let all: Vec<Event> =
        (0..4).map(|n| at(n, n as i64, &format!(r#"{{"x":"1","s":"one","v":"v{n}","unit":"u{}"}}"#, n % 2))).collect();
    assert!(observe(&behaviours(settings), &all).is_empty());
    let together = observe(&behaviours(&format!("{settings}, across_units: true")), &all);
    assert_eq!(together.len(), 1);
    assert_eq!(together[0].unit, None);
}
