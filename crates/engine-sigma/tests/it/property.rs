//! Random rules on random events: the engine and the obvious reading must agree.

use crate::oracle;
use crate::support::{file, record};
use engine_event::LogSource;
use engine_sigma::{RuleSet, Scratch};
use proptest::prelude::*;

const FIELDS: [&str; 4] = ["A", "B", "C", "d.e"];

fn text_value() -> impl Strategy<Value = String> {
    prop_oneof!["[abAđĐ]{0,3}", "[abA*?\\\\]{1,5}", "[ab]{1,2}[*][ab]{1,2}", Just("-1".to_owned()), "[0-3]"]
}

/// A value as YAML.
fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => text_value().prop_map(|t| format!("'{t}'")),
        2 => (-1..4_i32).prop_map(|n| n.to_string()),
        1 => Just("null".to_owned()),
        1 => Just("true".to_owned()),
    ]
}

fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => prop::collection::vec(text_value(), 1..4),
        1 => prop::collection::vec(text_value(), 6..9),
    ]
    .prop_map(|v| format!("[{}]", v.iter().map(|t| format!("'{t}'")).collect::<Vec<_>>().join(", ")))
}

fn list(of: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    prop::collection::vec(of, 1..8).prop_map(|v| format!("[{}]", v.join(", ")))
}

fn modifiers_and_values() -> impl Strategy<Value = (String, String)> {
    let place = prop::sample::select(vec!["contains", "startswith", "endswith"]);
    prop_oneof![
        4 => list(value()).prop_map(|v| (String::new(), v)),
        5 => (place.clone(), any::<[bool; 2]>(), texts()).prop_map(|(p, [all, cased], v)| {
            (format!("|{p}{}{}", if all { "|all" } else { "" }, if cased { "|cased" } else { "" }), v)
        }),
        1 => texts().prop_map(|v| ("|cased".to_owned(), v)),
        1 => (prop::sample::select(vec!["a+b", "^a", "[đ0-9]$", "b|Đ"]), any::<bool>())
            .prop_map(|(v, i)| (if i { "|re|i" } else { "|re" }.to_owned(), format!("'{v}'"))),
        1 => (prop::sample::select(vec!["gt", "gte", "lt", "lte"]), -1..4_i32).prop_map(|(op, n)| (format!("|{op}"), n.to_string())),
        1 => list(value()).prop_map(|v| ("|neq".to_owned(), v)),
        1 => any::<bool>().prop_map(|b| ("|exists".to_owned(), b.to_string())),
        1 => prop::sample::select(FIELDS.to_vec()).prop_map(|f| ("|fieldref".to_owned(), f.to_owned())),
    ]
}

fn map() -> impl Strategy<Value = String> {
    let entry = (prop::sample::select(FIELDS.to_vec()), modifiers_and_values());
    prop::collection::vec(entry, 1..3).prop_map(|entries| {
        // Repeated keys are an error in YAML.
        let mut lines: Vec<String> = Vec::new();
        for (field, (modifiers, values)) in entries {
            let key = format!("{field}{modifiers}: ");
            if !lines.iter().any(|l| l.starts_with(&key)) {
                lines.push(format!("{key}{values}"));
            }
        }
        format!("{{{}}}", lines.join(", "))
    })
}

fn detection() -> impl Strategy<Value = String> {
    prop_oneof![
        5 => map(),
        1 => prop::collection::vec(map(), 1..3).prop_map(|m| format!("[{}]", m.join(", "))),
        1 => texts(),
        1 => texts().prop_map(|t| format!("{{'|all': {t}}}")),
    ]
}

fn condition() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec![
        "sel_a",
        "sel_b",
        "filter",
        "_x",
        "1 of sel_*",
        "all of sel_*",
        "1 of them",
        "all of them",
        "2 of them",
        "1 of *",
    ]);
    leaf.prop_map(str::to_owned).prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} and {b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} or {b})")),
            inner.prop_map(|a| format!("not {a}")),
        ]
    })
}

fn rule() -> impl Strategy<Value = String> {
    (prop::array::uniform4(detection()), condition()).prop_map(|([a, b, f, x], condition)| {
        format!("title: T\ndetection:\n    sel_a: {a}\n    sel_b: {b}\n    filter: {f}\n    _x: {x}\n    condition: {condition}\n")
    })
}

fn event() -> impl Strategy<Value = String> {
    let scalar = prop_oneof![
        5 => "[abABđĐ]{0,4}".prop_map(|t| format!("\"{t}\"")),
        2 => "[0-3]{1,2}".prop_map(|t| format!("\"{t}\"")),
        2 => (-1..4_i32).prop_map(|n| n.to_string()),
        1 => (0..3_i32).prop_map(|n| format!("{n}.0")),
        1 => prop::sample::select(vec!["null", "true", "\"true\"", "\"*\"", "\"a\\\\b\""]).prop_map(str::to_owned),
    ];
    let value = prop_oneof![
        4 => scalar.clone(),
        1 => prop::collection::vec(scalar, 0..4).prop_map(|v| format!("[{}]", v.join(", "))),
    ];
    prop::collection::vec(value, FIELDS.len()).prop_flat_map(|values| {
        prop::collection::vec(any::<bool>(), FIELDS.len()).prop_map(move |there| {
            let entries = FIELDS.iter().zip(&values).zip(there).filter(|(_, there)| *there);
            format!("{{{}}}", entries.map(|((f, v), _)| format!("\"{f}\": {v}")).collect::<Vec<_>>().join(", "))
        })
    })
}

/// More by `PROPTEST_CASES`.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(100)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), ..ProptestConfig::default() })]

    #[test]
    fn engine_and_oracle_agree(rules in prop::collection::vec(rule(), 1..12), events in prop::collection::vec(event(), 1..12)) {
        let texts: Vec<String> = rules.iter().enumerate().map(|(n, r)| format!("id: rule-{n}\n{r}")).collect();
        let files: Vec<_> = texts.iter().map(|t| file(t)).collect();
        let (set, errors) = RuleSet::compile(&files);
        prop_assert!(errors.is_empty(), "{:?}\n{}", errors, texts.join("---\n"));
        let parsed: Vec<_> = texts.iter().map(|t| rsigma_parser::parse_sigma_yaml(t).expect("parses").rules.remove(0)).collect();
        let mut scratch = Scratch::new();
        for event in &events {
            let record = record(event);
            let mut hits = Vec::new();
            set.evaluate(&LogSource::default(), &record, &mut scratch, &mut |r| hits.push(r.index()));
            for (n, rule) in parsed.iter().enumerate() {
                let expected = oracle::matches(rule, &record);
                prop_assert_eq!(hits.contains(&n), expected, "{}\n{}", &texts[n], event);
                let explained = set.explain(engine_sigma::RuleIdx(n as u32), &LogSource::default(), &record, None).expect("rule");
                prop_assert_eq!(explained.matched, expected, "explanation of {}\n{}", &texts[n], event);
            }
        }
    }
}
