//! Compiled rules kept as bytes: any bytes are read within bounds, though their sum fits, and rules
//! that are written and read say the same as before. By the first byte: 0, the rest is what stands
//! behind the sum; 1, the rest are changes (place, value) to well-formed bytes; else a rule file.
#![no_main]

use base_core::ContentFile;
use engine_event::json::record_from_json;
use engine_event::{LogSource, Record};
use engine_sigma::{CompileOptions, Routing, RuleCacheKey, RuleIdx, RuleSet, Scratch};
use libfuzzer_sys::fuzz_target;
use std::sync::OnceLock;

const RULES: &str = "title: A\nname: a\nlogsource: {product: p}\nmangrove: {entity: A, n: [1, -2, 0.5]}\ndetection:\n  s:\n    A|contains: [x, y, z, u, v]\n    B|re: '^a+$'\n    C|cidr: 10.0.0.0/8\n    D|gte: 5\n    E: null\n    F: a?b*c\n    G|fieldref: A\n  k: [word]\n  condition: s or not k\n---\ntitle: B\ncorrelation:\n  type: temporal\n  rules: [a]\n  timespan: 5m\n  group-by: [A]\n  condition: a\n";

fn event() -> &'static Record {
    static EVENT: OnceLock<Record> = OnceLock::new();
    EVENT.get_or_init(|| record_from_json(r#"{"A": 1, "B": "aa", "C": "10.1.1.1", "D": [7, null], "F": "axbc"}"#).expect("JSON"))
}

fn options() -> CompileOptions {
    CompileOptions { routing: Routing::Everything, ..CompileOptions::default() }
}

/// What all rules say of the event.
fn answers(set: &RuleSet) -> Vec<String> {
    let (source, mut hits) = (LogSource::default(), Vec::new());
    set.evaluate_with_raw(&source, event(), Some("a word"), &mut Scratch::new(), &mut |rule| hits.push(format!("{rule:?}")));
    let told = (0..u32::try_from(set.len()).expect("few")).map(RuleIdx);
    hits.extend(told.map(|n| format!("{:?} {:?}", set.explain(n, &source, event(), Some("a word")), set.fields_of(n))));
    hits
}

fn stored(text: &str) -> (Vec<ContentFile>, RuleCacheKey, RuleSet, Vec<u8>) {
    let files = vec![ContentFile { path: "fuzz.yml".to_owned(), text: text.to_owned() }];
    let key = RuleCacheKey::of(&files, &options());
    let (set, errors) = RuleSet::compile_with(&files, &options());
    let bytes = set.to_stored(&errors, &key, &files);
    (files, key, set, bytes)
}

/// Reads `body` behind a key and a sum that fit.
fn read(body: &[u8]) {
    let (files, key, _, bytes) = stored(RULES);
    let (head, _) = bytes.split_at(40);
    let bytes = [head, blake3::hash(body).as_bytes(), body].concat();
    if let Ok((set, _)) = RuleSet::from_stored(&bytes, &key, &files, &options()) {
        answers(&set);
    }
}

fuzz_target!(|data: &[u8]| {
    match data.split_first() {
        Some((0, body)) => read(body),
        Some((1, changes)) => {
            let mut body = stored(RULES).3.split_off(72);
            for change in changes.chunks_exact(3) {
                let at = usize::from(u16::from_le_bytes([change[0], change[1]])) % body.len();
                body[at] = change[2];
            }
            read(&body);
        }
        Some((_, text)) => {
            let Ok(text) = std::str::from_utf8(text) else { return };
            let (files, key, set, bytes) = stored(text);
            // A condition nested too deeply to be read again is compiled at every start.
            if let Ok((again, _)) = RuleSet::from_stored(&bytes, &key, &files, &options()) {
                assert_eq!(answers(&set), answers(&again));
            }
        }
        None => {}
    }
});
