//! The rules of this repository: they load without a mistake and do what their tests say.

use crate::support::{catalog, content_dir, read};
use engine_detect::{RulePack, rule_tests};
use std::sync::Arc;

#[test]
fn every_rule_fires_and_keeps_quiet_as_its_tests_say() {
    let files = read(&content_dir("rules"), &[".yml"]);
    let tactics = read(&content_dir("attack"), &["tactics.toml"]);
    let (pack, errors) = RulePack::load(&files, &tactics);
    for error in &errors {
        println!("{error}");
    }
    assert!(errors.is_empty(), "{} mistakes", errors.len());
    let report = rule_tests::run(&Arc::new(pack), &catalog(), &files);
    for failure in &report.failures {
        println!("{failure}");
    }
    println!(
        "{} cases passed, {} failed, without both kinds of test: {:?}",
        report.passed,
        report.failures.len(),
        report.untested
    );
    assert!(report.failures.is_empty() && report.untested.is_empty());
    assert!(report.passed > 0);
}

#[test]
fn every_rule_explains_itself_in_both_languages() {
    let files = read(&content_dir("rules"), &[".yml"]);
    let (pack, _) = RulePack::load(&files, &read(&content_dir("attack"), &["tactics.toml"]));
    for info in pack.infos() {
        for lang in base_core::Lang::ALL {
            let texts = info.explain.texts(lang);
            let whole = !texts.what.is_empty() && !texts.why.is_empty() && !texts.do_now.is_empty();
            assert!(whole, "{} {}", info.file, lang.tag());
        }
    }
}
