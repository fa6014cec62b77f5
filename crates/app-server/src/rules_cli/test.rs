//! `mangrove rules test`

use super::{Folder, catalog, files_with_tests, tactic_files, told, write_json};
use crate::content;
use anyhow::Result;
use base_core::ContentFile;
use engine_detect::behaviours::{Behaviours, content_tests};
use engine_detect::{RulePack, rule_tests};
use serde_json::json;
use std::io::Write;
use std::sync::Arc;

/// Runs the test files and writes what failed. `true` when every case passed.
pub(super) fn run(folder: &Folder, out: &mut dyn Write) -> Result<bool> {
    let (files, mut failures) = files_with_tests(folder.dir.as_deref())?;
    let (mut behaving, files) = apart(files);
    if folder.dir.is_none() {
        behaving = content::embedded("behaviours", &[".yml"]);
    }
    let rules = |files: &[ContentFile]| -> Vec<ContentFile> {
        files.iter().filter(|f| !f.path.ends_with(".test.yml")).cloned().collect()
    };
    let (pack, mistakes) = RulePack::load(&rules(&files), &tactic_files());
    failures.extend(mistakes);
    let (behaviours, mistakes) = content::behaviours(&behaving, &tactic_files(), None)?;
    failures.extend(mistakes);
    let (catalog, mistakes) = catalog();
    failures.extend(mistakes);
    let mut report = rule_tests::run(&Arc::new(pack), &catalog, &files);
    let of_behaviours = content_tests::run(&Arc::new(behaviours), &catalog, &behaving);
    report.passed += of_behaviours.passed;
    report.untested.extend(of_behaviours.untested);
    failures.extend(report.failures.into_iter().chain(of_behaviours.failures));
    if folder.json {
        let failures_told: Vec<_> = failures.iter().map(told).collect();
        let value = json!({"passed": report.passed, "failures": failures_told, "untested": report.untested});
        write_json(out, &value)?;
        return Ok(failures.is_empty());
    }
    for failure in &failures {
        writeln!(out, "{failure}")?;
    }
    for rule in &report.untested {
        writeln!(
            out,
            "{rule}: no test for each way; give {} a firing and a quiet case",
            rule.replace(".yml", ".test.yml")
        )?;
    }
    writeln!(
        out,
        "{} cases passed, {} failures, {} rule files not fully tested",
        report.passed,
        failures.len(),
        report.untested.len()
    )?;
    Ok(failures.is_empty())
}

/// Behaviours with their tests, and the rest.
fn apart(files: Vec<ContentFile>) -> (Vec<ContentFile>, Vec<ContentFile>) {
    let described = |f: &&ContentFile| !f.path.ends_with(".test.yml") && Behaviours::describes(&f.text);
    let stems: Vec<String> =
        files.iter().filter(described).filter_map(|f| f.path.strip_suffix(".yml")).map(str::to_owned).collect();
    let stem = |f: &ContentFile| {
        f.path.strip_suffix(".test.yml").or_else(|| f.path.strip_suffix(".yml")).unwrap_or(&f.path).to_owned()
    };
    files.into_iter().partition(|f| stems.contains(&stem(f)))
}
