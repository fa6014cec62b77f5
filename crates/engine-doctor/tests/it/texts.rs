//! Every finding that the code can make has its texts in both languages.

use base_core::Lang;
use engine_doctor::{Finding, Level, as_json, texts};
use std::collections::BTreeSet;
use std::path::Path;

/// The codes in a file of this crate, or of the program that adds some: `Finding::new("code", Level::…`.
fn codes_in(text: &str) -> BTreeSet<(String, bool)> {
    let mut found = BTreeSet::new();
    for part in text.split("Finding::new(").skip(1).chain(text.split("fault(").skip(1)) {
        let Some(code) = part.trim_start().strip_prefix('"').and_then(|rest| rest.split('"').next()) else { continue };
        let well = part.split_once(',').is_some_and(|(_, rest)| rest.trim_start().starts_with("Level::Well"));
        found.insert((code.to_owned(), well));
    }
    found
}

#[test]
fn every_finding_is_told_in_both_languages() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut codes = BTreeSet::new();
    for folder in ["engine-doctor/src", "app-server/src"] {
        for file in std::fs::read_dir(crates.join(folder)).expect("listed").flatten() {
            if file.path().is_file() {
                codes.extend(codes_in(&std::fs::read_to_string(file.path()).expect("read")));
            }
        }
    }
    assert!(codes.len() > 40, "{codes:?}");
    for lang in Lang::ALL {
        let tr = texts(lang);
        for (code, well) in &codes {
            for part in if *well { ["what"].as_slice() } else { ["what", "why", "remedy"].as_slice() } {
                let prefix = format!("doctor-{part}-");
                assert_ne!(tr.dynamic(&prefix, code), *code, "{prefix}{code} is missing in {}", lang.tag());
            }
        }
    }
}

#[test]
fn a_finding_says_what_why_and_what_to_do() {
    let findings = [
        Finding::new("disk-well", Level::Well, "/x"),
        Finding::new("port-taken", Level::Fault, "port 127.0.0.1:1 TCP: nginx (7)"),
    ];
    let text = findings[1].text(&texts(Lang::Vi));
    assert!(text.starts_with("✗ Cổng đang bị chương trình khác dùng: port 127.0.0.1:1 TCP: nginx (7)\n"), "{text}");
    assert!(text.contains("Vì sao quan trọng: ") && text.contains("Cần làm: "), "{text}");
    assert_eq!(findings[0].text(&texts(Lang::En)), "✓ The disk has room and is fast enough: /x\n");
    let json = as_json(&findings, &texts(Lang::En));
    assert_eq!((json["ok"].as_bool(), json["findings"][1]["level"].as_str()), (Some(false), Some("fault")));
    assert!(as_json(&findings[..1], &texts(Lang::En))["ok"].as_bool() == Some(true));
}
