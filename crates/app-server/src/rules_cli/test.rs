//! `mangrove rules test`

use super::{Folder, catalog, files_with_tests, tactic_files, told, write_json};
use anyhow::Result;
use base_core::ContentFile;
use engine_detect::{RulePack, rule_tests};
use serde_json::json;
use std::io::Write;
use std::sync::Arc;

/// Runs the test files and writes what failed. `true` when every case passed.
pub(super) fn run(folder: &Folder, out: &mut dyn Write) -> Result<bool> {
    let (files, mut failures) = files_with_tests(folder.dir.as_deref())?;
    let rules: Vec<ContentFile> = files.iter().filter(|f| !f.path.ends_with(".test.yml")).cloned().collect();
    let (pack, mistakes) = RulePack::load(&rules, &tactic_files());
    failures.extend(mistakes);
    let (catalog, mistakes) = catalog();
    failures.extend(mistakes);
    let report = rule_tests::run(&Arc::new(pack), &catalog, &files);
    failures.extend(report.failures);
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
