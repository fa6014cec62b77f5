//! The behaviours of this repository: they load without a mistake and do what their tests say.

use super::places;
use crate::support::{catalog, content_dir, read};
use base_core::Lang;
use engine_detect::behaviours::{Behaviours, content_tests};
use std::collections::BTreeMap;
use std::sync::Arc;

#[test]
fn every_behaviour_fires_and_keeps_quiet_as_its_tests_say() {
    let files = read(&content_dir("behaviours"), &[".yml"]);
    let (behaviours, errors) = Behaviours::load(&files, &read(&content_dir("attack"), &["tactics.toml"]), places());
    assert!(errors.is_empty(), "{errors:?}");
    let behaviours = Arc::new(behaviours);
    let report = content_tests::run(&behaviours, &catalog(), &files);
    for failure in &report.failures {
        println!("{failure}");
    }
    assert!(report.failures.is_empty() && report.untested.is_empty(), "{:?}", report.untested);
    assert!(report.passed >= 24, "{}", report.passed);
}

#[test]
fn there_are_two_of_each_kind_and_all_explain_themselves() {
    let files = read(&content_dir("behaviours"), &[".yml"]);
    let (behaviours, _) = Behaviours::load(&files, &[], places());
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for info in behaviours.infos() {
        let kind = ["baseline", "first-seen", "rare", "sequence", "travel", "scan"];
        let kind = kind.into_iter().find(|k| info.source_text.contains(&format!("kind: {k}"))).expect("a kind");
        *kinds.entry(kind).or_default() += 1;
        assert!(info.techniques().next().is_some() && info.tactics().next().is_some(), "{}", info.file);
        for lang in Lang::ALL {
            let texts = info.explain.texts(lang);
            assert!(!texts.what.is_empty() && !texts.why.is_empty() && texts.do_now.len() >= 3, "{}", info.file);
        }
    }
    assert!(kinds.len() == 6 && kinds.values().all(|n| *n >= 2), "{kinds:?}");
}
