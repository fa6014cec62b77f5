//! The public rule collection: everything in it must load.

use base_core::ContentFile;
use base_core::content::read_dir;
use engine_sigma::{CompileOptions, RuleSet};
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

/// Rules of older times and special purposes load, or are refused with a reason and a remedy.
#[test]
fn retired_rules_load_or_are_refused_with_the_reason() {
    let Some((_dir, files)) = rules(&["unsupported", "deprecated", "rules-placeholder"]) else { return };
    let (set, errors) = RuleSet::compile_with(&files, &options());
    let aggregations = errors.iter().filter(|e| e.message.contains("old aggregate syntax")).count();
    println!("{} of {} files loaded, {aggregations} with aggregations refused", set.len(), files.len());
    for error in errors.iter().filter(|e| !e.message.contains("old aggregate syntax")).take(20) {
        println!("{error}");
    }
    assert!(errors.iter().all(|e| e.line.is_some() && !e.remedy.is_empty()));
    assert!(aggregations > 20 && set.len() > 150, "{aggregations} {}", set.len());
}
