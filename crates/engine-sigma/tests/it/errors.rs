//! Mistakes are told with line and remedy, and do not take other rules with them.

use crate::support::{compile, file, rule};
use engine_sigma::{CompileOptions, RuleSet};

fn error(detection: &str) -> (Option<usize>, String) {
    let (set, errors) = compile(&rule(detection));
    assert_eq!(set.len(), 0, "{detection}");
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert!(!errors[0].remedy.is_empty());
    (errors[0].line, errors[0].to_string())
}

#[test]
fn each_mistake_names_its_line() {
    // The detection block starts on line 6.
    for (detection, line, part) in [
        ("s:\n    A|contians: x\ncondition: s", 7, "contians"),
        ("s:\n    A: 1\ncondition: s and filter", 8, "`filter`"),
        ("s:\n    A: 1\ncondition: 1 of filter_*", 8, "1 of filter_*"),
        ("s:\n    A: 1\ncondition: s and (", 8, "condition"),
        ("s:\n    A: 1\ncondition: s | count() by User > 5", 8, "old aggregate syntax"),
        ("s:\n    A: 1\ncondition: s | near t", 8, "old aggregate syntax"),
        ("s:\n    A|re: '(?=x)y'\ncondition: s", 7, "regular expression"),
        ("s:\n    A|re: 'a('\ncondition: s", 7, "regular expression"),
        ("s:\n    A|cidr: 10.0.0.0/64\ncondition: s", 7, "not a network"),
        ("s:\n    A|gt: many\ncondition: s", 7, "not a number"),
        ("s:\n    A|exists: maybe\ncondition: s", 7, "exists"),
        ("s:\n    A|expand: '%Nobody%'\ncondition: s", 7, "%Nobody%"),
        ("s:\n    A|base64: 'a*'\ncondition: s", 7, "wildcards"),
        ("s:\n    A|contains: null\ncondition: s", 7, "null"),
        ("s:\n    A|i: x\ncondition: s", 7, "`re`"),
        ("s:\n    A|re|contains: x\ncondition: s", 7, "modifier"),
        ("s:\n    A: []\ncondition: s", 7, "empty list"),
        ("s: {}\ncondition: s", 6, "empty"),
        ("s:\n    A: 1\ncondition: 5 of s*", 8, "never hold"),
        ("s:\n    A|utf16: x\ncondition: s", 7, "not text"),
        ("s:\n    A|not: x\ncondition: s", 7, "`not`"),
    ] {
        let (at, text) = error(detection);
        assert!(text.contains(part), "{detection}: {text}");
        assert_eq!(at, Some(line), "{detection}: {text}");
    }
}

#[test]
fn yaml_mistakes_have_the_line_of_the_file() {
    let good = rule("s:\n    A: 1\ncondition: s");
    let text = format!("{good}---\ntitle: second\ndetection:\n  s:\n   A: 'x\n");
    let (set, errors) = compile(&text);
    assert_eq!(set.len(), 1);
    assert_eq!(errors.len(), 1);
    let line = errors[0].line.expect("a line");
    assert!(line > good.lines().count(), "{:?}", errors[0]);
}

#[test]
fn missing_parts() {
    let (_, errors) = compile("title: x\nlogsource:\n    product: windows\n");
    assert!(errors[0].message.contains("detection"), "{errors:?}");
    let (_, errors) = compile("detection:\n    s:\n        A: 1\n    condition: s\n");
    assert!(errors[0].message.contains("title"), "{errors:?}");
    let (_, errors) = compile("title: x\ndetection:\n    s:\n        A: 1\n");
    assert!(errors[0].message.contains("condition"), "{errors:?}");
}

#[test]
fn other_rules_load_beside_a_broken_one() {
    let files = [
        file("title: [\ndetection:\n"),
        file(&rule("s:\n    A: 1\ncondition: s")),
        file(&rule("s:\n    A: 1\ncondition: s")),
        file("\u{0}\u{1}binary"),
        file(""),
        file("# only a comment\n"),
        file("version: '3'\nservices:\n  web: {}\n"),
    ];
    let (set, errors) = RuleSet::compile(&files);
    assert_eq!(set.len(), 1);
    assert_eq!(set.foreign_documents(), 1);
    let messages: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(messages.len(), 3, "{messages:?}");
    assert!(messages.iter().any(|m| m.contains("already")), "{messages:?}");
}

#[test]
fn statuses_can_be_left_out() {
    let text = rule("s:\n    A: 1\ncondition: s").replace("title: Test", "title: Test\nstatus: deprecated");
    let options = CompileOptions { skip_statuses: vec!["deprecated".into()], ..CompileOptions::default() };
    let (set, errors) = RuleSet::compile_with(&[file(&text)], &options);
    assert!(set.is_empty() && errors.is_empty());
    assert_eq!(set.skipped_rules(), 1);
}

#[test]
fn global_documents_are_merged() {
    let text = "action: global\ntitle: Both\nlogsource:\n    product: windows\n---\nid: a\ndetection:\n    s:\n        A: 1\n    condition: s\n---\nid: b\ndetection:\n    s:\n        A: 2\n    condition: s\n";
    let (set, errors) = compile(text);
    assert!(errors.is_empty(), "{errors:?}");
    assert_eq!(set.len(), 2);
}
