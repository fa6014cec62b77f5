//! Any JSON as an event, held against all rules of the repository and some odd ones: a scratch
//! that remembers, a fresh one and the explanation agree.
#![no_main]

use base_core::{ContentFile, content};
use engine_event::json::record_from_json;
use engine_event::{LogSource, Record};
use engine_sigma::{CompileOptions, Routing, RuleIdx, RuleSet, Scratch};
use libfuzzer_sys::fuzz_target;
use std::cell::RefCell;
use std::path::Path;

/// One rule for each way in which a value can be asked.
const ODD: &[&str] = &[
    "a|contains|all: ['b', 'đ?c*']", "a|re|i: '^[a-f]+.\\d$'", "a|cidr: ['10.0.0.0/8', '::/0']", "a|gt: 1", "a: ['', null, 0, 1.5, true]",
    "a|fieldref|contains: b", "a|exists: true", "a|neq: x", "a|hour|gte: 5", "a|windash|contains: ' -e'", "a|base64offset|contains: abc",
    "a|wide|base64: x", "a|cased|endswith: 'B'", "'|all': [a, 1]", "a.b.c|startswith: ['x', 'y*z']",
];

fn rules() -> RuleSet {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../content/rules");
    let (mut files, _) = content::read_dir(&dir, &[".yml"]).expect("content/rules");
    files.retain(|f| !f.path.ends_with(".test.yml"));
    for (n, entry) in ODD.iter().enumerate() {
        let text = format!("title: Odd\nid: odd-{n}\ndetection:\n  s:\n    {entry}\n  condition: s\n");
        files.push(ContentFile { path: format!("odd{n}.yml"), text });
    }
    RuleSet::compile_with(&files, &CompileOptions { routing: Routing::Everything, ..CompileOptions::default() }).0
}

thread_local! {
    static STATE: RefCell<(RuleSet, Scratch)> = RefCell::new((rules(), Scratch::new()));
}

fn hits(set: &RuleSet, record: &Record, raw: Option<&str>, scratch: &mut Scratch) -> Vec<RuleIdx> {
    let mut hits = Vec::new();
    set.evaluate_with_raw(&LogSource::default(), record, raw, scratch, &mut |rule| hits.push(rule));
    hits
}

fuzz_target!(|text: &str| {
    let Ok(record) = record_from_json(text) else { return };
    STATE.with_borrow_mut(|(set, scratch)| {
        for raw in [None, Some(text)] {
            let found = hits(set, &record, raw, scratch);
            assert_eq!(found, hits(set, &record, raw, scratch));
            assert_eq!(found, hits(set, &record, raw, &mut Scratch::new()));
            for rule in found {
                let told = set.explain(rule, &LogSource::default(), &record, raw).expect("a rule");
                assert!(told.matched);
                let spans = told.predicates.iter().flat_map(|p| &p.seen);
                spans.for_each(|s| assert!(s.value.get(s.span.0..s.span.1).is_some()));
            }
        }
    });
});
