//! The manual in `docs/guides` is what the table says, and every setting has its texts.

use base_core::Lang;
use base_settings::{Group, TABLE, manual, texts};
use std::collections::BTreeSet;
use std::path::Path;

#[test]
fn the_manual_in_the_guides_is_up_to_date() {
    let guides = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guides");
    for (lang, name) in [(Lang::En, "settings.md"), (Lang::Vi, "settings.vi.md")] {
        let (path, wanted) = (guides.join(name), manual(lang));
        if std::env::var_os("MANGROVE_BLESS").is_some() {
            std::fs::write(&path, &wanted).expect("written");
        }
        let found = std::fs::read_to_string(&path).expect("the manual is there");
        assert!(found == wanted, "{name} is not what the table says; run MANGROVE_BLESS=1 cargo test -p base-settings");
    }
}

#[test]
fn every_setting_has_its_texts_and_a_name_of_its_own() {
    let mut names = BTreeSet::new();
    for lang in Lang::ALL {
        let tr = texts(lang);
        for setting in TABLE {
            let text = tr.dynamic("setting-", setting.name);
            assert!(text != setting.name && text.len() > 20, "{} has no text in {}", setting.name, lang.tag());
            if !setting.unit.is_empty() {
                assert_ne!(tr.dynamic("setting-unit-", setting.unit), "", "{}", setting.name);
            }
        }
        for group in Group::ALL {
            assert_ne!(tr.dynamic("setting-group-", group.key()), group.key());
        }
        assert!(!manual(lang).contains('⟦'), "an unknown text in the manual");
    }
    for name in TABLE.iter().flat_map(|s| [Some(s.name), s.secret_file]).flatten() {
        assert!(names.insert(name), "{name} stands twice");
        assert!(name.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{name}");
    }
}
