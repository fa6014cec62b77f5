//! Correlation rules and filters are compiled, or refused with the reason.

use crate::support::{compile, record};
use engine_event::LogSource;
use engine_sigma::{Comparison, CorrelationKind, Referred, RuleIdx, Scratch, Together};

const BASE: &str = "title: Base\nname: base\nid: base-id\nlogsource:\n    product: windows\ndetection:\n    s:\n        EventID: 4625\n    condition: s\n---\n";

fn correlation(body: &str) -> String {
    let body: String = body.lines().map(|l| format!("    {l}\n")).collect();
    format!("{BASE}title: Many\nid: many\ncorrelation:\n{body}")
}

#[test]
fn an_event_count() {
    let (set, errors) = compile(&correlation(
        "type: event_count\nrules: [base]\ngroup-by: [Computer]\ntimespan: 10m\ncondition:\n    gte: 10\n    lt: 20",
    ));
    assert!(errors.is_empty(), "{errors:?}");
    let made = &set.correlations()[0];
    assert_eq!(made.kind, CorrelationKind::EventCount);
    assert_eq!(made.refers_to, [Referred::Rule(RuleIdx(0))]);
    assert_eq!(made.timespan_micros, 600_000_000);
    assert!(
        made.conditions.contains(&(Comparison::GreaterOrEqual, 10.0))
            && made.conditions.contains(&(Comparison::Less, 20.0))
    );
    assert!(!set.is_standalone(RuleIdx(0)), "a referred rule stays quiet by default");
}

#[test]
fn generate_keeps_the_rule_loud() {
    let text = correlation(
        "type: event_count\nrules: [base-id]\ngroup-by: [Computer]\ntimespan: 10m\ncondition:\n    gte: 10",
    );
    let (set, _) = compile(&format!("{text}generate: true\n"));
    assert!(set.is_standalone(RuleIdx(0)));
}

#[test]
fn aliases_choose_the_field_for_each_rule() {
    let second = BASE.replace("base", "other").replace("Base", "Other");
    let text = format!(
        "{second}{}",
        correlation(
            "type: temporal\nrules: [base, other]\ngroup-by: [ip, Computer]\ntimespan: 10s\naliases:\n    ip:\n        base: SourceIp\n        other: DestinationIp"
        )
    );
    let (set, errors) = compile(&text);
    assert!(errors.is_empty(), "{errors:?}");
    let made = &set.correlations()[0];
    assert_eq!(made.group_by[0].fields, ["SourceIp", "DestinationIp"]);
    assert_eq!(made.group_by[1].fields, ["Computer", "Computer"]);
    assert_eq!(made.together, Together::All);
}

#[test]
fn chains_are_put_in_order() {
    // The outer correlation stands before what it refers to.
    let outer = "title: Outer\nid: outer\ncorrelation:\n    type: temporal_ordered\n    rules: [many, base]\n    group-by: [User]\n    timespan: 1h\n---\n";
    let text = format!(
        "{outer}{}",
        correlation("type: event_count\nrules: [base]\ngroup-by: [User]\ntimespan: 10m\ncondition:\n    gte: 3")
    );
    let (set, errors) = compile(&text);
    assert!(errors.is_empty(), "{errors:?}");
    assert_eq!(&*set.correlations()[1].meta.id, "outer");
    assert_eq!(set.correlations()[1].refers_to[0], Referred::Correlation(0));
    assert!(!set.correlations()[0].standalone && set.correlations()[1].standalone);
}

#[test]
fn mistakes_are_refused() {
    for (body, part) in [
        ("type: event_count\nrules: [nobody]\ngroup-by: [U]\ntimespan: 10m\ncondition:\n    gte: 3", "nobody"),
        ("type: value_count\nrules: [base]\ngroup-by: [U]\ntimespan: 10m\ncondition:\n    gte: 3", "field"),
        ("type: event_count\nrules: [base]\ngroup-by: [U]\ntimespan: ten\ncondition:\n    gte: 3", "imespan"),
        ("type: event_count\nrules: [base]\ngroup-by: [U]\ntimespan: 0s\ncondition:\n    gte: 3", "imespan"),
        ("type: sometimes\nrules: [base]\ngroup-by: [U]\ntimespan: 1m\ncondition:\n    gte: 3", "sometimes"),
        ("type: event_count\nrules: [many]\ngroup-by: [U]\ntimespan: 1m\ncondition:\n    gte: 3", "many"),
        ("type: event_count\nrules: [base]\ngroup-by: [U]\ntimespan: 1m", "condition"),
        ("type: temporal\nrules: [base]\ngroup-by: [U]\ntimespan: 1m\ncondition: base and not base", "not"),
    ] {
        let (set, errors) = compile(&correlation(body));
        assert_eq!((set.len(), set.correlations().len()), (1, 0), "{body}");
        assert!(errors.iter().any(|e| e.to_string().contains(part)), "{body}: {errors:?}");
    }
}

#[test]
fn circles_are_refused() {
    let one = |id: &str, other: &str| {
        format!(
            "title: {id}\nid: {id}\ncorrelation:\n    type: event_count\n    rules: [{other}]\n    group-by: [U]\n    timespan: 1m\n    condition:\n        gte: 2\n"
        )
    };
    let (set, errors) = compile(&format!("{}---\n{}", one("a", "b"), one("b", "a")));
    assert_eq!(set.correlations().len(), 0);
    assert!(errors.iter().all(|e| e.message.contains("circle")) && errors.len() == 2, "{errors:?}");
}

#[test]
fn filters_leave_out_in_both_ways_of_writing() {
    for condition in ["selection", "not selection"] {
        let text = format!(
            "{BASE}title: Known\nlogsource:\n    product: windows\nfilter:\n    rules: [base-id]\n    selection:\n        User|startswith: adm_\n    condition: {condition}\n"
        );
        let (set, errors) = compile(&text);
        assert!(errors.is_empty(), "{errors:?}");
        let mut hits = 0;
        let mut scratch = Scratch::new();
        let source = LogSource::new(Some("windows"), None, None);
        for event in
            [r#"{"EventID": 4625, "User": "lan"}"#, r#"{"EventID": 4625, "User": "ADM_lan"}"#, r#"{"EventID": 4625}"#]
        {
            set.evaluate(&source, &record(event), &mut scratch, &mut |_| hits += 1);
        }
        assert_eq!(hits, 2, "{condition}");
    }
    let (_, errors) =
        compile(&format!("{BASE}title: F\nfilter:\n    rules: [ghost]\n    s:\n        A: 1\n    condition: s\n"));
    assert!(errors[0].message.contains("ghost"));
}
