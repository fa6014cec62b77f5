//! The lists and allow lists of this repository.

use crate::support::{content_dir, read};
use base_core::Lang;
use engine_detect::indicators::{Allow, ListSpec};

#[test]
fn the_lists_that_ship_load_and_explain_themselves() {
    let (specs, errors) = ListSpec::load(&read(&content_dir("indicators"), &[".yml"]));
    assert!(errors.is_empty(), "{errors:?}");
    assert!(specs.len() >= 4);
    for spec in specs {
        let rule = spec.rule();
        assert!(rule.techniques().next().is_some(), "{}", spec.id);
        for lang in Lang::ALL {
            let texts = rule.explain.texts(lang);
            assert!(texts.what.contains("{indicator}") && texts.do_now.len() >= 3, "{}", spec.id);
        }
    }
}

#[test]
fn what_is_allowed_loads() {
    let (allow, errors) = Allow::load(&read(&content_dir("indicators/allow"), &[".txt"]));
    assert!(errors.is_empty(), "{errors:?}");
    assert!(allow.len() > 25, "{}", allow.len());
}
