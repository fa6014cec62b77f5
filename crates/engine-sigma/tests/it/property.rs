//! Random rules on random events: the engine, its explanation and the slow reading must agree.
//! Small cases that shrink; the large run is in `pairs`.

use crate::oracle::{self, Event};
use crate::random;
use crate::support::{file, record};
use engine_event::LogSource;
use engine_sigma::{CompileOptions, Routing, RuleIdx, RuleSet, Scratch};
use proptest::prelude::*;

/// More by `PROPTEST_CASES`.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(80)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), ..ProptestConfig::default() })]

    #[test]
    fn engine_and_oracle_agree(
        rules in prop::collection::vec(random::rule(), 1..12),
        events in prop::collection::vec((random::event(), prop::option::of("[abđ]{0,5}")), 1..12),
    ) {
        let texts: Vec<String> = rules.iter().enumerate().map(|(n, r)| format!("id: rule-{n}\n{r}")).collect();
        let files: Vec<_> = texts.iter().map(|t| file(t)).collect();
        let options = CompileOptions { routing: Routing::Everything, ..random::options() };
        let (set, errors) = RuleSet::compile_with(&files, &options);
        prop_assert!(errors.is_empty(), "{:?}\n{}", errors, texts.join("---\n"));
        let slow: Vec<_> = texts.iter().map(|t| oracle::Rule::read(t, &options.placeholders)).collect();
        let mut scratch = Scratch::new();
        let source = LogSource::default();
        for (event, raw) in &events {
            let record = record(event);
            let raw = raw.as_deref();
            let seen = Event::new(&record, raw);
            let mut hits = Vec::new();
            set.evaluate_with_raw(&source, &record, raw, &mut scratch, &mut |r| hits.push(r.index()));
            for (n, rule) in slow.iter().enumerate() {
                let expected = rule.matches(&seen);
                prop_assert_eq!(hits.contains(&n), expected, "{}\n{} raw {:?}", &texts[n], event, raw);
                let explained = set.explain(RuleIdx(n as u32), &source, &record, raw).expect("rule");
                prop_assert_eq!(explained.matched, expected, "explanation of {}\n{}", &texts[n], event);
            }
        }
    }
}
