//! Rules and events made to break things: told with line and remedy, or borne; never a panic,
//! and everything else goes on.

use crate::oracle::{self, Event};
use crate::support::{compile, file, record, rule};
use base_core::ContentFile;
use engine_event::{Kind, LogSource, Record};
use engine_sigma::{CompileOptions, Routing, RuleSet, Scratch};
use std::fmt::Write;

const GOOD: &str = "title: Good\nid: good\ndetection:\n    s:\n        A: fine\n    condition: s\n";

/// Compiles a bad rule beside a good one; gives the messages.
fn refused(text: &str) -> Vec<String> {
    let files = [file(text), ContentFile { path: "good.yml".into(), text: GOOD.into() }];
    let (set, errors) = RuleSet::compile(&files);
    assert_eq!(
        (set.len(), &*set.rules().next().expect("the good rule").id),
        (1, "good"),
        "{}",
        &text[..text.len().min(200)]
    );
    assert!(!errors.is_empty());
    for error in &errors {
        assert!(error.line.is_some() && !error.remedy.is_empty() && error.file == "test.yml", "{error}");
    }
    errors.iter().map(|e| e.message.clone()).collect()
}

#[test]
fn nesting_is_bounded() {
    let deep = |open: &str, close: &str, n: usize| {
        rule(&format!("s:\n    A: 1\ncondition: {}s{}", open.repeat(n), close.repeat(n)))
    };
    for text in [deep("(", ")", 10_000), deep("not ", "", 10_000), deep("not (", ")", 9_000), deep("(not ", ")", 61)] {
        assert!(refused(&text)[0].contains("nested deeper"));
    }
    let (set, errors) = compile(&deep("not (", ")", 50));
    assert!(set.len() == 1 && errors.is_empty(), "{errors:?}");
    // Lists in lists in lists.
    let lists = format!(
        "title: x\ndetection:\n    s: {}A: 1{}\n    condition: s\n",
        "[{".to_owned() + &"[".repeat(5_000),
        "]".repeat(5_000) + "}]"
    );
    assert!(!refused(&lists).is_empty());
}

#[test]
fn aliases_cannot_grow_into_a_bomb() {
    let mut text = "title: x\na0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for n in 1..12 {
        let list = vec![format!("*a{}", n - 1); 9].join(", ");
        writeln!(text, "a{n}: &a{n} [{list}]").expect("text");
    }
    text.push_str("detection:\n    s:\n        A: *a11\n    condition: s\n");
    assert!(!refused(&text).is_empty());
    // An honest alias is fine.
    let (set, errors) =
        compile("title: x\ndetection:\n    s: &one\n        A: 1\n    t: *one\n    condition: s or t\n");
    assert!(set.len() == 1 && errors.is_empty(), "{errors:?}");
}

#[test]
fn expressions_that_blow_up_are_refused_or_harmless() {
    for bad in ["(((a{1000}){1000}){1000})", "\\p{L}{5000}{5000}", "(?=x)", "(a)\\1", "a{99999999}", "["] {
        let text = rule(&format!("s:\n    A|re: '{bad}'\ncondition: s"));
        assert!(refused(&text)[0].contains("regular expression"), "{bad}");
    }
    // Exponential elsewhere, linear here.
    let (set, errors) = compile(&rule("s:\n    A|re: '^(a+)+(a|aa)+(.*a){12}$'\ncondition: s"));
    assert!(errors.is_empty(), "{errors:?}");
    let text = format!("{}!", "a".repeat(50_000));
    assert_eq!(hits(&set, &one("A", &text)), 0);
    // Wildcards in any number.
    let (set, _) = compile(&rule(&format!("s:\n    A: '{}b'\ncondition: s", "*a".repeat(300))));
    assert_eq!(hits(&set, &one("A", &text)), 0);
    assert_eq!(hits(&set, &one("A", &format!("{}b", "a".repeat(300)))), 1);
}

#[test]
fn ten_thousand_alternatives_load_and_a_million_are_refused() {
    let rule = |n: usize, more: &str| {
        let mut text = format!("title: Many\nid: many{more}\ndetection:\n    s:\n        A{more}:\n");
        (0..n).for_each(|i| writeln!(text, "            - 'value-{i}-x'").expect("text"));
        text + "    condition: s\n"
    };
    for more in ["", "|contains", "|endswith", "|cased"] {
        let (set, errors) = compile(&rule(10_000, more));
        assert!(errors.is_empty(), "{errors:?}");
        assert_eq!((hits(&set, &one("A", "value-9999-x")), hits(&set, &one("A", "value-10000-x"))), (1, 0), "{more}");
    }
    assert!(refused(&rule(300_000, ""))[0].contains("more than 200000 values"));
    assert!(refused(&rule(3_000, "|re"))[0].contains("more than 2000 values"));
    // Few words that grow into many: each detection named again and again.
    let mut wide = "title: Wide\ndetection:\n".to_owned();
    (0..2_000).for_each(|i| writeln!(wide, "    s{i}: {{A: {i}}}").expect("text"));
    let condition = vec!["1 of *"; 4_000].join(" or ");
    assert!(refused(&format!("{wide}    condition: {condition}\n"))[0].contains("questions"));
    let dashes = rule_of_dashes();
    assert!(refused(&dashes)[0].contains("variants"));
}

fn rule_of_dashes() -> String {
    rule(&format!("s:\n    A|windash: '{}'\ncondition: s", "-a ".repeat(30)))
}

#[test]
fn circles_and_odd_documents() {
    let circle = |id: &str, other: &str| {
        format!(
            "title: {id}\nid: {id}\ncorrelation:\n    type: event_count\n    rules: [{other}]\n    timespan: 1m\n    condition:\n        gte: 2\n"
        )
    };
    let messages = refused(&[circle("a", "b"), circle("b", "c"), circle("c", "a")].join("---\n"));
    assert!(messages.len() == 3 && messages.iter().all(|m| m.contains("circle")), "{messages:?}");
    for text in [
        "title: x\ndetection:\n    s: [[[1]]]\n    condition: [1, 2]\n",
        "title: x\ndetection: 7\n",
        "title: x\ndetection:\n    s:\n        A: {b: {c: 1}}\n        B: 1\n    condition: t\n",
        "title: [x]\ndetection:\n    s: {A: 1}\n    condition: s\n",
        "title: x\ntitle: y\ndetection:\n    s: {A: 1}\n    condition: s\n",
        "detection:\n\t- tab\n",
        "title: x\ncorrelation: [1]\n",
        "title: x\ncorrelation:\n    type: event_count\n    rules: [good]\n    timespan: 99999999999999999d\n    condition: {gte: 1}\n",
        "title: x\ncorrelation:\n    type: value_percentile\n    rules: [good]\n    timespan: 1d\n    condition: {field: a, gte: 1, percentile: 101}\n",
        "title: x\ncorrelation:\n    type: value_percentile\n    rules: [good]\n    timespan: 1d\n    condition: {field: a, gte: 1000}\n",
        "title: x\nid: good\ncorrelation:\n    type: event_count\n    rules: [good]\n    timespan: 1d\n    condition: {gte: 1}\n",
        "title: x\nfilter:\n    rules: [good]\n    condition: s\n",
        "title: x\nlogsource: {product: windows}\nfilter:\n    rules: [good]\n    s: {A: 1}\n    condition: s\n",
    ] {
        refused(text);
    }
}

#[test]
fn bytes_that_are_no_text_are_named_by_the_reader() {
    let dir = tempfile::tempdir().expect("temporary folder");
    std::fs::write(dir.path().join("bad.yml"), b"title: \xff\xfe\n").expect("written");
    std::fs::write(dir.path().join("good.yml"), GOOD).expect("written");
    let (files, errors) = base_core::content::read_dir(dir.path(), &[".yml"]).expect("folder");
    assert_eq!((files.len(), errors.len()), (1, 1));
    assert!(errors[0].remedy.contains("UTF-8"));
    assert_eq!(RuleSet::compile(&files).0.len(), 1);
}

fn one(name: &str, text: &str) -> Record {
    let mut record = Record::new();
    record.push(name, text, Kind::Text);
    record
}

fn hits(set: &RuleSet, record: &Record) -> usize {
    let mut n = 0;
    let source = LogSource::new(Some("windows"), None, None);
    set.evaluate(&source, record, &mut Scratch::new(), &mut |_| n += 1);
    n
}

/// All rules are still evaluated on such events, and rightly.
#[test]
fn monstrous_events_are_evaluated_like_others() {
    let entries = [
        "A|contains: needle",
        "A|endswith: end",
        "B: [x, null]",
        "f9999: last",
        "C|re: 'n.edle'",
        "A|fieldref: D",
        "deep.k|exists: true",
    ];
    let texts: Vec<String> = entries
        .iter()
        .enumerate()
        .map(|(n, e)| format!("title: T\nid: r{n}\ndetection:\n    s:\n        {e}\n    k: [needle]\n    condition: s and not (s and not 1 of *)\n"))
        .collect();
    let files: Vec<ContentFile> = texts.iter().map(|t| file(t)).collect();
    let (set, errors) =
        RuleSet::compile_with(&files, &CompileOptions { routing: Routing::Everything, ..CompileOptions::default() });
    assert!(errors.is_empty(), "{errors:?}");
    let long = format!("{}needle{}end", "xyz ".repeat(1_250_000), "đ".repeat(2_500_000));
    let mut wide = Record::new();
    for n in 0..10_000 {
        wide.push(&format!("f{n}"), if n == 9_999 { "LAST" } else { "v" }, Kind::Text);
    }
    let mut repeated = Record::new();
    for n in 0..10_000 {
        repeated.push("A", if n == 9_998 { "a needle" } else { "hay" }, Kind::Text);
        repeated.push("B", "", Kind::Null);
    }
    let deep = format!("{}{}", "{\"deep\": {\"k\": ".repeat(50), "1".to_owned() + &"}".repeat(100));
    let same = format!("{{\"A\": \"needle\", \"A\": \"{}\", \"D\": \"NEEDLE\"}}", "end".repeat(3));
    let mut scratch = Scratch::new();
    for record in [one("A", &long), one("C", &long), wide, repeated, record(&deep), record(&same), Record::new()] {
        let seen = Event::new(&record, None);
        let mut found = Vec::new();
        for _ in 0..2 {
            found.clear();
            set.evaluate(&LogSource::default(), &record, &mut scratch, &mut |r| found.push(r.index()));
            for (n, text) in texts.iter().enumerate() {
                let expected = oracle::Rule::read(text, &oracle::Placeholders::new()).matches(&seen);
                assert_eq!(found.contains(&n), expected, "{text} {} fields", record.len());
            }
        }
    }
}
