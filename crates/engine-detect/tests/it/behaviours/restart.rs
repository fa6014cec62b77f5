//! A restart at any point gives the same detections; broken checkpoints are refused.

use super::{load, observe};
use crate::support::event;
use engine_detect::behaviours::{BehaviourDetector, CheckpointError};
use proptest::prelude::*;
use std::sync::Arc;

/// All kinds over the same events, with little memory so that forgetting is part of it.
const ALL: &[&str] = &[
    "{kind: baseline, by: [s], bucket: 1h, season: hour-of-day, warmup: 2h, factor: 1, at_least: 2, memory: 16KiB}",
    "{kind: baseline, by: [s], distinct: v, bucket: 1h, season: none, warmup: 2h, factor: 1, at_least: 2}",
    "{kind: first-seen, by: [s], value: v, within: 1d, learn: 2h, values: 4}",
    "{kind: rare, value: v, member: s, share: 0.4, members: 2, within: 1d, learn: 2h}",
    "{kind: travel, by: [s], address: ip}",
    "{kind: scan, by: [s], distinct: v, within: 2h, at_least: 3}",
    "{kind: sequence, by: [s], steps: [e0, {absent: e1, for: 1h}], within: 1h}",
    "{kind: sequence, by: [s], steps: [e2, {absent: e3}, e4], within: 3h}",
];

fn rules(all: &[&str]) -> String {
    let mut text = String::new();
    for (n, settings) in all.iter().enumerate() {
        text += &format!(
            "---\ntitle: T{n}\nid: t{n}\nlogsource: {{product: windows}}\ndetection: {{a: {{x: '*'}}, condition: a}}\nmangrove: {{behaviour: {settings}}}\n"
        );
    }
    for n in 0..5 {
        text += &format!(
            "---\ntitle: E{n}\nid: e{n}\nname: e{n}\nlogsource: {{product: windows}}\ndetection: {{a: {{v: v{n}}}, condition: a}}\n"
        );
    }
    text.trim_start_matches("---\n").to_owned()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn a_restart_at_any_point_changes_nothing(
        stream in proptest::collection::vec((0_i64..4_000, 0_u8..5, 0_u8..6, 0_u8..3), 1..120),
        cuts in proptest::collection::btree_set(0_usize..120, 0..4),
    ) {
        let behaviours = load(&rules(ALL));
        let mut time = 1_790_000_000;
        let events: Vec<_> = (0..).zip(&stream).map(|(n, (step, s, v, ip))| {
            // Some come late.
            time += step;
            let late = if n % 7 == 3 { 5_000 } else { 0 };
            let ip = ["192.0.2.1", "198.51.100.1", "203.0.113.1"][usize::from(*ip)];
            event(n, time - late, &format!(r#"{{"x":"1","s":"s{s}","v":"v{v}","ip":"{ip}","unit":"u{}"}}"#, v % 2))
        }).collect();
        let mut wanted = observe(&behaviours, &events);
        let (mut detector, mut found) = (BehaviourDetector::new(Arc::clone(&behaviours)), Vec::new());
        for (n, event) in events.iter().enumerate() {
            if cuts.contains(&n) {
                let bytes = detector.checkpoint();
                let stats = detector.stats();
                detector = BehaviourDetector::new(Arc::clone(&behaviours));
                let restored = detector.restore(&bytes).expect("a whole checkpoint");
                prop_assert_eq!(restored.restored, ALL.len());
                prop_assert_eq!(detector.stats(), stats);
                prop_assert_eq!(detector.checkpoint(), bytes);
            }
            detector.observe_event(event, &mut found);
        }
        let print = |all: &mut Vec<engine_detect::Detection>| all.drain(..).map(|d| format!("{d:?}")).collect::<Vec<_>>();
        prop_assert_eq!(print(&mut found), print(&mut wanted));
    }

    #[test]
    fn any_bytes_are_refused_without_harm(bytes in proptest::collection::vec(any::<u8>(), 0..300), at in any::<proptest::sample::Index>(), bit in 0_u8..8) {
        let behaviours = load(&rules(ALL));
        let mut detector = BehaviourDetector::new(Arc::clone(&behaviours));
        prop_assert_eq!(detector.restore(&bytes), Err(CheckpointError::NotOne));
        let mut out = Vec::new();
        for n in 0..20 {
            detector.observe_event(&event(n, 1_790_000_000, &format!(r#"{{"x":"1","s":"s","v":"v{n}","ip":"192.0.2.1"}}"#)), &mut out);
        }
        let whole = detector.checkpoint();
        let mut broken = whole.clone();
        let place = at.index(broken.len());
        broken[place] ^= 1 << bit;
        prop_assert!(detector.restore(&broken).is_err());
        prop_assert!(detector.restore(&whole[..place]).is_err());
        prop_assert_eq!(detector.checkpoint(), whole, "what was refused changed nothing");
    }
}

#[test]
fn changed_and_removed_behaviours_learn_anew() {
    let before = load(&rules(ALL));
    let bytes = BehaviourDetector::new(Arc::clone(&before)).checkpoint();
    let mut other: Vec<&str> = ALL.to_vec();
    other[5] = "{kind: scan, by: [s], distinct: v, within: 2h, at_least: 4}";
    let mut detector = BehaviourDetector::new(load(&rules(&other)));
    let restored = detector.restore(&bytes).expect("whole");
    assert_eq!((restored.restored, restored.changed, restored.gone.len()), (ALL.len() - 1, vec!["t5".to_owned()], 0));
    let mut version = bytes.clone();
    version[7] = 9;
    assert_eq!(detector.restore(&version), Err(CheckpointError::Version(9)));
    let one = load(
        "title: T\nid: x\nlogsource: {product: windows}\ndetection: {a: {x: y}, condition: a}\nmangrove: {behaviour: {kind: scan, distinct: v, within: 2h, at_least: 4}}\n",
    );
    let restored = BehaviourDetector::new(one).restore(&bytes).expect("whole");
    assert_eq!((restored.restored, restored.gone.len()), (0, ALL.len()));
}
