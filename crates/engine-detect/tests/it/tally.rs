//! What a detector counts on the way: the ground of rule liveness.

use crate::support::{event, pack};
use base_core::Timestamp;
use engine_detect::{Detector, RuleTally, Tally};
use std::collections::BTreeSet;

const RULES: &str = "\
title: low
id: low
level: low
logsource: {product: windows}
detection: {s: {A: 1}, condition: s}
---
title: high
id: high
level: high
logsource: {product: windows}
detection: {s: {B: 1}, condition: s}
";

fn tally(events: &[(i64, &str)]) -> Tally {
    let mut detector = Detector::new(pack(RULES));
    for (n, (secs, json)) in (0..).zip(events) {
        detector.observe(&event(n, *secs, json), &mut Vec::new());
    }
    detector.take_tally()
}

fn of(tally: &Tally, id: &str) -> Option<RuleTally> {
    let pack = pack(RULES);
    tally.hits().find(|(rule, _)| pack.info(*rule).is_some_and(|i| *i.id == *id)).map(|(_, t)| t.clone())
}

#[test]
fn companions_are_graver_rules_that_matched_each_time() {
    let both = r#"{"A":1,"B":1}"#;
    let always = tally(&[(10, both), (30, both), (20, both)]);
    let low = of(&always, "low").expect("it matched");
    assert_eq!((low.hits, low.last, low.companions.len()), (3, Timestamp::from_secs(30), 1));
    assert!(of(&always, "high").expect("it matched").companions.is_empty(), "a lesser rule casts no shadow");
    let mut once_alone = tally(&[(10, both), (20, r#"{"A":1}"#)]);
    assert!(of(&once_alone, "low").expect("it matched").companions.is_empty());
    // Threads put together: what one saw alone is alone.
    once_alone.add(&always);
    let low = of(&once_alone, "low").expect("it matched");
    assert_eq!((low.hits, low.companions.len()), (5, 0));
}

#[test]
fn fields_are_told_once_until_they_are_forgotten() {
    let mut detector = Detector::new(pack(RULES));
    let mut names = |json: &str| -> BTreeSet<String> {
        detector.observe(&event(0, 0, json), &mut Vec::new());
        detector.take_tally().fields().iter().map(|(_, name)| name.to_string()).collect()
    };
    assert_eq!(names(r#"{"A":1,"C":null}"#), ["A".to_owned()].into(), "null is no value");
    assert_eq!(names(r#"{"A":2,"C":"x"}"#), ["C".to_owned()].into());
    assert!(names(r#"{"A":3,"C":"y"}"#).is_empty());
}
