//! The public rules on recorded attacks: what must be found, and how we differ from the reference.

use crate::support::{catalog, content_dir, events, public_pack};
use engine_detect::{Hit, MatchScratch, Matcher};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Hits by rule id of one file.
fn hits(matcher: &Matcher, path: &Path, catalog: &std::sync::Arc<engine_parse::Catalog>) -> BTreeMap<String, usize> {
    let mut scratch = MatchScratch::new();
    let mut counts = BTreeMap::new();
    for event in events(path, catalog) {
        let mut found: Vec<Hit> = Vec::new();
        matcher.hits(&event, &mut scratch, &mut found);
        for hit in found {
            let info = matcher.pack().info(hit.rule).expect("a rule");
            *counts.entry(info.id.to_string()).or_default() += 1;
        }
    }
    counts
}

/// Each recorded attack must be found by its rule, as often as the collection's own tests ask.
#[test]
fn recorded_attacks_are_found_by_their_rules() {
    let Some(shared) = base_testkit::shared_dir() else { return };
    let dir = tempfile::tempdir().expect("temporary folder");
    let matcher = Matcher::new(public_pack(&shared, dir.path()));
    base_testkit::unpack_tar_zst(&shared.join("data/sigma/regression-data.tar.zst"), dir.path());
    let catalog = catalog();
    let index = std::fs::read_to_string(shared.join("data/sigma/regression-index.tsv")).expect("index");
    let (mut tested, mut missed) = (0, Vec::new());
    for line in index.lines().skip(1) {
        let cells: Vec<&str> = line.split('\t').collect();
        let [_, id, title, "evtx", path, expected] = cells[..] else { continue };
        let least: usize = expected.trim_start_matches(">=").parse().expect("a number");
        tested += 1;
        let found = hits(&matcher, &dir.path().join(path), &catalog).get(id).copied().unwrap_or(0);
        if found < least {
            missed.push(format!("{title} ({id}): {found} of {least} in {path}"));
        }
    }
    println!("{tested} recorded attacks");
    assert!(tested >= 98, "{tested}");
    assert!(missed.is_empty(), "{} missed:\n{}", missed.len(), missed.join("\n"));
}

type Pairs = BTreeMap<(String, String), usize>;

fn reference(path: &Path) -> Pairs {
    let text = std::fs::read_to_string(path).expect("reference hits");
    let row = |line: &str| {
        let cells: Vec<&str> = line.split('\t').collect();
        ((cells[0].to_owned(), cells[1].to_owned()), cells[2].parse().expect("a number"))
    };
    text.lines().skip(1).map(row).collect()
}

/// Compares our hits with the reference, file by file and rule by rule. Every rule in which
/// they differ must be explained in `docs/detection/differences.md`.
#[test]
fn differences_from_the_reference_are_explained() {
    let Some(shared) = base_testkit::shared_dir() else { return };
    let dir = tempfile::tempdir().expect("temporary folder");
    let matcher = Matcher::new(public_pack(&shared, dir.path()));
    let catalog = catalog();
    base_testkit::unpack_tar_zst(&shared.join("data/sigma/regression-data.tar.zst"), dir.path());
    let samples = dir.path().join("samples");
    std::fs::create_dir(&samples).expect("folder");
    base_testkit::unpack_tar_zst(&shared.join("data/evtx/evtx-attack-samples.tar.zst"), &samples);
    let mut differing: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut equal = 0;
    for (root, list) in
        [(dir.path(), "reference-hits-regression.tsv"), (&samples, "reference-hits-evtx-attack-samples.tsv")]
    {
        let expected = reference(&shared.join("data/sigma").join(list));
        let applicable: BTreeSet<&String> = expected.keys().map(|(_, rule)| rule).collect();
        assert!(!applicable.is_empty());
        let mut ours = Pairs::new();
        for path in evtx_files(root, root == samples) {
            let name = path.strip_prefix(root).expect("below").to_string_lossy().into_owned();
            for (rule, n) in hits(&matcher, &path, &catalog) {
                ours.insert((name.clone(), rule), n);
            }
        }
        for key in expected.keys().chain(ours.keys()).collect::<BTreeSet<_>>() {
            let (theirs, here) = (expected.get(key).copied().unwrap_or(0), ours.get(key).copied().unwrap_or(0));
            if theirs == here {
                equal += 1;
            } else {
                differing.entry(key.1.clone()).or_default().push(format!("{}: reference {theirs}, here {here}", key.0));
            }
        }
    }
    println!("{equal} pairs of file and rule are equal; rules that differ: {}", differing.len());
    let document = content_dir("../docs/detection/differences.md");
    let explained = std::fs::read_to_string(&document).unwrap_or_default();
    let mut unexplained = Vec::new();
    for (rule, places) in &differing {
        let info = matcher.pack().find(rule);
        let title = info.map_or("?", |i| i.title.as_str());
        if !explained.contains(rule.as_str()) {
            unexplained.push(format!("{rule} {title}\n    {}", places.join("\n    ")));
        }
    }
    assert!(
        unexplained.is_empty(),
        "{} rules differ without explanation:\n{}",
        unexplained.len(),
        unexplained.join("\n")
    );
    assert!(equal >= 800, "{equal}");
}

fn evtx_files(root: &Path, all: bool) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    let mut stack = vec![if all { root.to_path_buf() } else { root.join("regression_data") }];
    while let Some(folder) = stack.pop() {
        for entry in std::fs::read_dir(&folder).expect("folder") {
            let path = entry.expect("entry").path();
            if path.is_dir() {
                stack.push(path);
            } else if path.extension().is_some_and(|e| e == "evtx") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}
