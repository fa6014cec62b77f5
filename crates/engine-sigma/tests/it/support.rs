//! Short ways to compile a rule and hold it against an event.

use base_core::{ContentError, ContentFile};
use engine_event::json::record_from_json;
use engine_event::{LogSource, Record};
use engine_sigma::{CompileOptions, RuleIdx, RuleSet, Scratch};

pub(crate) fn file(text: &str) -> ContentFile {
    ContentFile { path: "test.yml".into(), text: text.into() }
}

pub(crate) fn compile(text: &str) -> (RuleSet, Vec<ContentError>) {
    RuleSet::compile(&[file(text)])
}

/// A rule with this `detection:` block (indented by the caller or not at all).
pub(crate) fn rule(detection: &str) -> String {
    let body: String = detection.lines().map(|l| format!("    {l}\n")).collect();
    format!(
        "title: Test\nid: 00000000-0000-4000-8000-000000000001\nlogsource:\n    product: windows\ndetection:\n{body}level: low\n"
    )
}

pub(crate) fn record(json: &str) -> Record {
    record_from_json(json).expect("a JSON object")
}

/// Whether the detection matches, by evaluation; explanation must agree.
pub(crate) fn matches_with(options: &CompileOptions, detection: &str, json: &str, raw: Option<&str>) -> bool {
    let (set, errors) = RuleSet::compile_with(&[file(&rule(detection))], options);
    assert!(errors.is_empty(), "{errors:?}\n{detection}");
    let (record, source) = (record(json), LogSource::new(Some("windows"), None, None));
    let mut hits = Vec::new();
    set.evaluate_with_raw(&source, &record, raw, &mut Scratch::new(), &mut |rule| hits.push(rule));
    let explained = set.explain(RuleIdx(0), &source, &record, raw).expect("a rule");
    assert_eq!(explained.matched, !hits.is_empty(), "explanation of {detection} on {json}");
    for seen in explained.predicates.iter().flat_map(|p| &p.seen) {
        assert!(seen.value.get(seen.span.0..seen.span.1).is_some(), "{seen:?}");
    }
    !hits.is_empty()
}

pub(crate) fn matches(detection: &str, json: &str) -> bool {
    matches_with(&CompileOptions::default(), detection, json, None)
}

/// Each line: `yes` or `no`, then the event.
pub(crate) fn check(detection: &str, cases: &str) {
    for case in cases.lines().map(str::trim).filter(|l| !l.is_empty()) {
        let (expected, json) = case.split_once(' ').expect("yes or no, then an event");
        assert_eq!(matches(detection, json), expected == "yes", "{detection}\n{json}");
    }
}
