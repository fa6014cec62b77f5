//! The public rule collection: everything in it must load.

use base_core::ContentFile;
use base_core::content::read_dir;
use engine_sigma::{Comparison, CompileOptions, CorrelationKind, Referred, RuleSet};
use std::path::Path;
use std::time::Instant;

/// Unpacks the rules and reads the folders that are meant to be deployed.
pub(crate) fn rules(folders: &[&str]) -> Option<(tempfile::TempDir, Vec<ContentFile>)> {
    let shared = base_testkit::shared_dir()?;
    let dir = tempfile::tempdir().expect("temporary folder");
    base_testkit::unpack_tar_zst(&shared.join("data/sigma/sigmahq-rules.tar.zst"), dir.path());
    let mut files = Vec::new();
    for folder in folders {
        files.extend(read(dir.path(), folder));
    }
    Some((dir, files))
}

fn read(root: &Path, folder: &str) -> Vec<ContentFile> {
    let (files, errors) = read_dir(&root.join(folder), &[".yml"]).expect("folder");
    assert!(errors.is_empty(), "{errors:?}");
    files.into_iter().map(|f| ContentFile { path: format!("{folder}/{}", f.path), text: f.text }).collect()
}

/// Lists for the placeholders that the collection uses.
pub(crate) fn options() -> CompileOptions {
    let mut options = CompileOptions::default();
    for name in ["Administrators", "DomainControllers", "Workstations", "JumpServers", "Servers", "known_cdcs"] {
        options.placeholders.insert(name.to_owned(), vec![format!("{name}-example*")]);
    }
    options
}

#[test]
fn every_deployable_rule_loads() {
    let folders = ["rules", "rules-emerging-threats", "rules-threat-hunting", "rules-compliance"];
    let Some((_dir, files)) = rules(&folders) else { return };
    let start = Instant::now();
    let (set, errors) = RuleSet::compile_with(&files, &options());
    println!(
        "{} files, {} rules, {} correlations, {} foreign in {:?}",
        files.len(),
        set.len(),
        set.correlations().len(),
        set.foreign_documents(),
        start.elapsed()
    );
    for error in errors.iter().take(40) {
        println!("{error}");
    }
    assert!(errors.is_empty(), "{} errors", errors.len());
    assert_eq!(set.len() + set.correlations().len(), 3141 + 473 + 140 + 3);
}

/// Names of placeholders that the rules of `rules-placeholder` use and [`options`] gives no list for.
fn lists_of_their_own(files: &[ContentFile]) -> CompileOptions {
    let mut options = options();
    for name in files.iter().flat_map(|f| f.text.split('%').skip(1).step_by(2)) {
        options.placeholders.entry(name.to_owned()).or_insert_with(|| vec!["example".to_owned()]);
    }
    options
}

/// Every rule of the trees that are not meant to be deployed loads, the old aggregations as
/// correlations, or is refused with the reason. The numbers are those of the collection: a
/// change in them is a change of what is understood.
#[test]
fn retired_rules_load_or_are_refused_with_the_reason() {
    let Some((_dir, files)) = rules(&["unsupported", "deprecated", "rules-placeholder"]) else { return };
    let (set, errors) = RuleSet::compile_with(&files, &lists_of_their_own(&files));
    let mut reasons: std::collections::BTreeMap<&str, Vec<&str>> = std::collections::BTreeMap::new();
    for error in &errors {
        assert!(error.line.is_some() && !error.remedy.is_empty(), "{error}");
        let reason = REASONS.iter().find(|(part, _)| error.message.contains(part));
        let (_, reason) = reason.unwrap_or_else(|| panic!("another reason: {error}"));
        reasons.entry(reason).or_default().push(&error.file);
    }
    for (reason, files) in &reasons {
        println!("{}: {reason}: {files:?}", files.len());
    }
    let counts: Vec<(&str, usize)> = reasons.iter().map(|(reason, files)| (*reason, files.len())).collect();
    println!("{} files, {} rules, {} correlations", files.len(), set.len(), set.correlations().len());
    assert_eq!(counts, [("a collection", 1), ("no equal", 1), ("no timeframe", 11), ("not Sigma", 4)]);
    assert_eq!((files.len(), set.len(), set.correlations().len()), (282, 271, 42));
    let kinds = |kind| set.correlations().iter().filter(|c| c.kind == kind).count();
    assert_eq!(kinds(CorrelationKind::EventCount), 21);
    assert_eq!(kinds(CorrelationKind::ValueCount), 16);
    assert_eq!(kinds(CorrelationKind::ValueSum), 2);
    assert_eq!(kinds(CorrelationKind::Temporal), 3);
}

/// Part of the message, and what it stands for.
const REASONS: [(&str, &str); 4] = [
    ("it has no `timeframe`", "no timeframe"),
    ("`near` with `not` or `or` has no equal", "no equal"),
    ("it stands in a collection", "a collection"),
    ("cannot be read as Sigma", "not Sigma"),
];

/// The rule a correlation came from keeps its name: an old rule is found by its own id.
#[test]
fn an_old_aggregation_becomes_a_correlation_of_the_same_id() {
    let Some((_dir, files)) = rules(&["unsupported"]) else { return };
    let (set, _) = RuleSet::compile(&files);
    let scan = set.correlations().iter().find(|c| c.meta.title.starts_with("Network Scans Count By Destination Port"));
    let scan = scan.expect("loaded");
    assert_eq!((scan.kind, scan.timespan_micros), (CorrelationKind::ValueCount, 24 * 3_600_000_000));
    assert_eq!((&*scan.fields, &*scan.conditions), (&["dst_port".to_owned()][..], &[(Comparison::Greater, 10.0)][..]));
    assert_eq!(scan.group_by[0].fields, ["src_ip"]);
    let Referred::Rule(rule) = scan.refers_to[0] else { panic!("a rule") };
    assert!(!set.is_standalone(rule) && scan.standalone);
    assert_eq!(*set.meta(rule).expect("a rule").id, format!("{}#1", scan.meta.id));
}
