//! The quick reader against the full parser: on every public rule, and on texts made from them by
//! small changes, it makes the same rule or declines.

use super::{Conditions, read_rule};
use crate::guard::check_conditions;
use base_core::content::read_dir;
use proptest::prelude::*;
use rsigma_parser::{SigmaRule, parse_sigma_yaml};
use std::sync::LazyLock;

/// The rule that the full parser makes; `None` when it makes something else or finds a mistake.
fn full(text: &str) -> Option<SigmaRule> {
    let collection = parse_sigma_yaml(text).ok()?;
    let plain = collection.errors.is_empty() && collection.correlations.is_empty() && collection.filters.is_empty();
    match collection.rules.as_slice() {
        [rule] if plain => {
            let mut rule = rule.clone();
            // Members that are no part of Sigma, of which only `mangrove` is looked at.
            assert!(!rule.custom_attributes.contains_key("mangrove") || read(text).is_none(), "{text}");
            rule.custom_attributes.clear();
            Some(rule)
        }
        _ => None,
    }
}

fn read(text: &str) -> Option<SigmaRule> {
    check_conditions(text).ok()?;
    read_rule(text, &mut Conditions::default())
}

/// Whether the document was read quickly; what was read is the same as by the full parser.
fn agrees(text: &str) -> bool {
    let Some(quick) = read(text) else { return false };
    assert_eq!(Some(quick), full(text), "{text}");
    true
}

static PUBLIC: LazyLock<Vec<String>> = LazyLock::new(|| {
    let Some(shared) = base_testkit::shared_dir() else { return Vec::new() };
    let dir = tempfile::tempdir().expect("temporary folder");
    base_testkit::unpack_tar_zst(&shared.join("data/sigma/sigmahq-rules.tar.zst"), dir.path());
    let (files, _) = read_dir(dir.path(), &[".yml"]).expect("folder");
    files.into_iter().map(|f| f.text).collect()
});

#[test]
fn public_rules_are_read_as_by_the_full_parser() {
    let quick = PUBLIC.iter().filter(|text| agrees(text)).count();
    println!("{quick} of {} documents are read quickly", PUBLIC.len());
    assert!(quick * 100 >= PUBLIC.len() * 97, "{quick} of {}", PUBLIC.len());
}

const RULE: &str = "title: Ping # a comment\nid: 5f1e\nstatus: test\nlevel: high\ndescription: |\n    Two lines\n\n      of text\nreferences:\n- https://example.org/#a\n- 'it''s'\ntags:\n    - attack.t1059\nfalsepositives:\n    - Administrators who\n      ping\nlogsource:\n    product: windows\n    category: process_creation\ndetection:\n    selection:\n        - Image|endswith: '\\ping.exe'\n          CommandLine|contains|all:\n              - \" -t \"\n              - \"\\\\x\"\n        - EventID:\n            - 1\n            - 4688\n            - null\n            - 007\n            - true\n            - a?b\\*c*\n    filter:\n        ParentImage|re: '^C:\\\\.*\\.exe$'\n    keywords:\n        - -nop\n        - 1.5.2\n        - two: words\n    condition: selection and not filter\n";

#[test]
fn the_forms_of_values_are_read_alike() {
    assert!(agrees(&RULE.replace("        - two: words\n", "")));
    // A list of words and mappings is declined by neither.
    assert!(agrees(RULE));
}

#[test]
fn what_is_not_plain_is_declined() {
    let changes = [
        ("status: test", "status: finished"),
        ("status: test", "status: [test]"),
        ("status: test", "status: &a test"),
        ("status: test", "status: !!str test"),
        ("status: test", "status: test\nstatus: test"),
        ("level: high", "mangrove:\n    entity: Image"),
        ("level: high", "level: 'high"),
        ("level: high", "level:\thigh"),
        ("level: high", "level: high\n---\nlevel: low"),
        ("level: high", "action: global"),
        ("level: high", "sigma-version: 3"),
        ("level: high", "? level\n: high"),
        ("level: high", "level: high\n  low: 1"),
        ("id: 5f1e", "id: 0x5f\nfields: >\n    a"),
        ("EventID:", "Event[0]:"),
        ("- 4688", "- 4.688"),
        ("- 4688", "- 0x4688"),
        ("- 4688", "- {a: 1}"),
        ("- 4688", "- - 1"),
        ("condition: selection", "condition: selection and"),
        ("condition: selection", "timeframe: 5m\n    condition: selection"),
    ];
    for (old, new) in changes {
        assert!(RULE.contains(old) && read(&RULE.replace(old, new)).is_none(), "{new}");
    }
}

/// A small change to a text, as a person or a program that writes rules might make it.
#[derive(Clone, Debug)]
struct Change {
    at: usize,
    length: usize,
    text: String,
}

impl Change {
    fn apply(&self, text: &str) -> String {
        let on_boundary = |at: usize| (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        let from = on_boundary(self.at % (text.len() + 1));
        let to = on_boundary((from + self.length).min(text.len())).max(from);
        [&text[..from], &self.text, &text[to..]].concat()
    }
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let text = prop_oneof![
        "[-:#'\"|>&*!%@`\\[\\]{},?~ \n\\\\]{1,3}",
        "(\n {0,12})(- |[a-z]{1,3}: ?|#|'|\\||[0-9.x+-]{1,4}|null|true|)",
        "[ -~\n]{0,6}",
        "[é\u{2028}\u{85}\t\r\u{FEFF}đ]",
        "(0x1F|1e3|-0|\\+1|\\.5|00|9{15,20}|\\.inf|yes|NULL|~|<<|2020-01-01)",
    ];
    let change = (any::<usize>(), 0..12_usize, text).prop_map(|(at, length, text)| Change { at, length, text });
    prop::collection::vec(change, 1..4)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, ..ProptestConfig::default() })]

    #[test]
    fn changed_rules_are_read_alike_or_declined(which in any::<prop::sample::Index>(), changes in changes()) {
        let text = if PUBLIC.is_empty() || which.index(4) == 0 { RULE } else { which.get(&PUBLIC) };
        let text = changes.iter().fold(text.to_owned(), |text, change| change.apply(&text));
        agrees(&text);
    }
}
