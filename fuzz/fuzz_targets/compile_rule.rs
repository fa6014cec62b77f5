//! Any text as a rule file or a pipeline: mistakes are told with line and remedy, never fatal, and
//! what is understood can be evaluated.
#![no_main]

use base_core::ContentFile;
use engine_event::json::record_from_json;
use engine_event::{LogSource, Record};
use engine_sigma::{CompileOptions, Pipeline, Routing, RuleIdx, RuleSet, Scratch};
use libfuzzer_sys::fuzz_target;
use std::sync::OnceLock;

/// Compiled beside the input: it must load whatever else is broken.
const GOOD: &str = "title: Good\nid: good\ndetection:\n  s:\n    A: 1\n  condition: s\n";

fn event() -> &'static Record {
    static EVENT: OnceLock<Record> = OnceLock::new();
    EVENT.get_or_init(|| record_from_json(r#"{"A": 1, "Image": "C:\\Windows\\cmd.exe", "B": [null, "đ", 2.5]}"#).expect("JSON"))
}

fuzz_target!(|text: String| {
    let file = |path: &str, text: &str| ContentFile { path: path.to_owned(), text: text.to_owned() };
    let pipelines = Pipeline::read(&file("fuzz.pipeline.yml", &text)).into_iter().collect();
    let options = CompileOptions { pipelines, routing: Routing::Everything, ..CompileOptions::default() };
    let (set, errors) = RuleSet::compile_with(&[file("fuzz.yml", &text), file("good.yml", GOOD)], &options);
    assert!(errors.iter().all(|e| e.line.is_some() && !e.remedy.is_empty()));
    assert!(set.find("good").is_some() || !options.pipelines.is_empty() || text.contains("good") || text.contains("filter"));
    let (source, mut hits) = (LogSource::default(), Vec::new());
    set.evaluate_with_raw(&source, event(), Some("a message"), &mut Scratch::new(), &mut |rule| hits.push(rule));
    for n in 0..u32::try_from(set.len()).expect("few") {
        let told = set.explain(RuleIdx(n), &source, event(), Some("a message")).expect("a rule");
        assert_eq!(told.matched, hits.contains(&RuleIdx(n)));
    }
});
