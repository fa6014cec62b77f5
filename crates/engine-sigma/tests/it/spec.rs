//! The examples of the specification text and its schema tests.

use base_core::ContentFile;
use base_core::content::read_dir;
use engine_sigma::RuleSet;

/// Parts of the text are fragments (a `detection:` block alone, a list of fields); every part
/// that is a whole document must load. Correlations of the text refer to rules it does not show.
#[test]
fn examples_of_the_text_load() {
    let Some(shared) = base_testkit::shared_dir() else { return };
    let spec = shared.join("data/sigma/spec");
    let (examples, _) = read_dir(&spec.join("examples-from-text"), &[".yml"]).expect("examples");
    let (tests, _) = read_dir(&spec.join("tests"), &[".yml"]).expect("schema tests");
    assert!(examples.len() >= 24 && tests.len() >= 12);
    let mut loaded = 0;
    for file in examples.iter().chain(&tests) {
        let (set, errors) = RuleSet::compile(&[complete(file)]);
        let unexpected: Vec<_> = errors.iter().filter(|e| !is_expected(&e.message)).collect();
        assert!(unexpected.is_empty(), "{}: {unexpected:?}\n{}", file.path, file.text);
        loaded += set.len() + set.correlations().len();
    }
    println!("{loaded} documents of the specification loaded");
    assert!(loaded >= 12, "{loaded}");
}

/// Gives fragments what makes them a rule.
fn complete(file: &ContentFile) -> ContentFile {
    let has = |key: &str| file.text.lines().any(|l| l.starts_with(key));
    let mut text = file.text.clone();
    if has("detection:") && !text.contains("condition:") {
        let name = text.lines().nth(1).unwrap_or_default().trim().trim_end_matches(':').to_owned();
        text = format!("{}\n    condition: {name}\n", text.trim_end());
    }
    if (has("detection:") || has("correlation:")) && !has("title:") {
        text = format!("title: Example\n{text}");
    }
    ContentFile { path: file.path.clone(), text }
}

fn is_expected(message: &str) -> bool {
    // The text refers to rules it does not give, and has one list of null and '' as a bad example.
    ["is not loaded", "Missing timeframe", "Missing correlation type"].iter().any(|part| message.contains(part))
}
