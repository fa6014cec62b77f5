//! Holds the rules of a file against one event and tells every predicate.
//!
//! `cargo run -p engine-sigma --example explain -- RULE.yml 'EVENT as JSON' [product [category [service]]]`
#![allow(clippy::print_stdout, reason = "an example speaks to its user")]

use base_core::ContentFile;
use engine_event::LogSource;
use engine_event::json::record_from_json;
use engine_sigma::{RuleIdx, RuleSet};
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [path, event, source @ ..] = args.as_slice() else {
        return Err("give a rule file and an event as JSON".into());
    };
    let (set, errors) = RuleSet::compile(&[ContentFile { path: path.clone(), text: std::fs::read_to_string(path)? }]);
    for error in &errors {
        println!("{error}");
    }
    let word = |n: usize| source.get(n).map(String::as_str);
    let source = LogSource::new(word(0), word(1), word(2));
    let record = record_from_json(event)?;
    for (n, meta) in (0..).zip(set.rules()) {
        let Some(told) = set.explain(RuleIdx(n), &source, &record, None) else { continue };
        let verdict = match (told.matched, told.applies) {
            (true, true) => "matches",
            (true, false) => "would match, but asks for another log source",
            (false, _) => "does not match",
        };
        println!("{}: {verdict} ({})", meta.title, told.conditions.join(" or "));
        for predicate in told.predicates {
            let mark = if predicate.matched { "yes" } else { "no " };
            let field = predicate.field.as_deref().unwrap_or("(keyword)");
            println!("  {mark} {}: {field} {} {}", predicate.detection, predicate.op, predicate.patterns.join(" | "));
            for seen in predicate.seen {
                let (from, to) = seen.span;
                println!("      {:?} fits {:?} at {from}..{to} of {:?}", seen.field, seen.pattern, seen.value);
            }
        }
    }
    Ok(())
}
