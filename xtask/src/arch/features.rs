//! `cargo demo` and `cargo xtask test` must switch the same features on, or they compile what stands on
//! a differing crate twice: minutes, where DataFusion is above it.

use crate::findings::Findings;
use crate::repo::{Repo, cargo_program};
use anyhow::{Context, Result, bail};
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// What `cargo demo` builds.
const DEMO: [&str; 4] = ["--edges", "normal,build", "--package", "app-server"];
/// What `cargo xtask test` builds.
const TESTS: [&str; 5] = ["--edges", "normal,build,dev", "--workspace", "--exclude", "xtask"];

/// Features of each package, by name and version. A package can be there twice, for build scripts.
type Features = BTreeMap<String, BTreeSet<String>>;

/// Tells every package whose features differ between the two builds.
pub(super) fn check(repo: &Repo, findings: &mut Findings) -> Result<()> {
    compare(&tree(repo, &DEMO)?, &tree(repo, &TESTS)?, findings);
    Ok(())
}

fn tree(repo: &Repo, selection: &[&str]) -> Result<Features> {
    let out = Command::new(cargo_program())
        .args(["tree", "--locked", "--prefix", "none", "--format", "{p}\t{f}"])
        .args(selection)
        .current_dir(&repo.root)
        .output()
        .context("cargo tree cannot be started")?;
    if !out.status.success() {
        bail!("cargo tree failed: {}", String::from_utf8_lossy(&out.stderr).trim());
    }
    Ok(read(&String::from_utf8_lossy(&out.stdout)))
}

fn read(text: &str) -> Features {
    let mut features = Features::new();
    for line in text.lines() {
        let Some((package, list)) = line.split_once('\t') else { continue };
        let list = list.trim_end_matches(" (*)");
        // Our own packages stand there with their folder and have no features.
        if !package.contains('(') || package.contains("(proc-macro)") {
            features.entry(package.to_owned()).or_default().insert(list.to_owned());
        }
    }
    features
}

fn compare(demo: &Features, tests: &Features, findings: &mut Findings) {
    let named = |set: &BTreeSet<String>| set.iter().map(|f| format!("[{f}]")).collect::<Vec<_>>().join(" and ");
    for (package, in_demo) in demo {
        let Some(in_tests) = tests.get(package).filter(|t| *t != in_demo) else { continue };
        findings.add(
            package,
            format!(
                "is built with {} for the demo but {} for the tests, so it is compiled twice with all above it; \
                 give a crate of ours below both the same features",
                named(in_demo),
                named(in_tests)
            ),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_is_told_and_ours_are_left_out() {
        let demo = read("app-server v0.1.0 (/x)\t\nserde v1.0.0\tstd (*)\ngetrandom v0.4.0\t\n");
        let tests = read("app-server v0.1.0 (/x)\tx\nserde v1.0.0\tstd\ngetrandom v0.4.0\tstd\nproptest v1.0.0\tstd\n");
        let mut findings = Findings::default();
        compare(&demo, &tests, &mut findings);
        assert_eq!(findings.problems.len(), 1);
        assert!(findings.texts().contains("getrandom v0.4.0: is built with [] for the demo but [std]"));
    }
}
