//! `mangrove rules test`

use super::{Folder, tactic_files};
use crate::content;
use anyhow::{Context, Result};
use base_core::ContentFile;
use engine_detect::{RulePack, rule_tests};
use engine_parse::Catalog;
use std::io::Write;
use std::sync::Arc;

/// Runs the test files and writes what failed. `true` when every case passed.
pub(super) fn run(folder: &Folder, out: &mut dyn Write) -> Result<bool> {
    let (files, mut failures) = match folder.dir.as_deref() {
        None => (content::embedded("rules", &[".yml"]), Vec::new()),
        // Rules and tests together, unlike where rules are loaded to run.
        Some(dir) => base_core::content::read_dir(dir, &[".yml"])
            .with_context(|| format!("cannot read {}; name a folder of rules and their *.test.yml", dir.display()))?,
    };
    let rules: Vec<ContentFile> = files.iter().filter(|f| !f.path.ends_with(".test.yml")).cloned().collect();
    let (pack, mistakes) = RulePack::load(&rules, &tactic_files());
    failures.extend(mistakes);
    let (catalog, mistakes) = Catalog::load(&content::embedded("sources", &[".toml"]));
    failures.extend(mistakes);
    let report = rule_tests::run(&Arc::new(pack), &Arc::new(catalog), &files);
    failures.extend(report.failures);
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
