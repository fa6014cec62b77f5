//! Runs `cargo test` for the workspace and counts what the test binaries say.

use super::{Options, Totals, tools};
use crate::repo::{Repo, cargo_program};
use anyhow::{Context, Result, bail};
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

/// A test that found its data absent prints this at the beginning of a line and returns.
const SKIPPED: &str = "skipped: ";

/// Runs every test. Two calls, because the features of xtask's dependencies would otherwise be joined
/// with those of the program, and everything would be compiled a second time beside `cargo demo`.
pub(super) fn run(repo: &Repo, options: &Options) -> Result<Totals> {
    let log_path = tools::target_folder(repo).join("xtask-test.log");
    let mut log = File::create(&log_path).with_context(|| format!("{} cannot be written", log_path.display()))?;
    let mut totals = Totals::default();
    for selection in [&["--workspace", "--exclude", "xtask"][..], &["--package", "xtask"][..]] {
        totals.add(run_selection(repo, options, selection, &mut log)?);
    }
    println!("every line of the tests is in {}", log_path.display());
    Ok(totals)
}

fn run_selection(repo: &Repo, options: &Options, selection: &[&str], log: &mut File) -> Result<Totals> {
    let mut child = Command::new(cargo_program())
        .args(["test", "--profile", "fast", "--locked", "--no-fail-fast"])
        .args(selection)
        .arg("--")
        .arg("--show-output")
        .args(options.filter())
        .current_dir(&repo.root)
        .stdout(Stdio::piped())
        .spawn()
        .context("cargo test cannot be started")?;
    let mut counter = Counter::default();
    let out = child.stdout.take().context("cargo test has no output")?;
    for line in BufReader::new(out).split(b'\n') {
        let line = String::from_utf8_lossy(&line.context("the output of cargo test cannot be read")?).into_owned();
        writeln!(log, "{line}").context("the log cannot be written")?;
        if counter.line(&line) {
            println!("{line}");
        }
    }
    let status = child.wait().context("cargo test cannot be waited for")?;
    let totals = counter.totals();
    if !status.success() && totals.failed == 0 {
        bail!("cargo test failed without a failed test: a compile error or a crash, see above");
    }
    Ok(totals)
}

/// Reads the output of test binaries line by line.
#[derive(Debug, Default)]
pub(super) struct Counter {
    totals: Totals,
    /// The test whose output is being read.
    showing: Option<String>,
    skipped_here: bool,
    skipped_in_binary: usize,
    in_failures: bool,
}

impl Counter {
    /// Takes a line; true when a person should see it.
    pub(super) fn line(&mut self, line: &str) -> bool {
        if let Some(result) = line.strip_prefix("test result: ") {
            self.end_of_test();
            self.in_failures = false;
            // A test that skipped itself is counted as passed by the test binary.
            let skipped = std::mem::take(&mut self.skipped_in_binary);
            self.totals.passed += number_before(result, " passed").saturating_sub(skipped);
            self.totals.skipped += skipped;
            self.totals.failed += number_before(result, " failed");
            self.totals.skipped += number_before(result, " ignored");
            return true;
        }
        if line == "failures:" || line == "successes:" {
            self.end_of_test();
            self.in_failures = line == "failures:";
            return self.in_failures;
        }
        if let Some(name) = line.strip_prefix("---- ").and_then(|l| l.strip_suffix(" stdout ----")) {
            self.end_of_test();
            self.showing = Some(name.to_owned());
            return self.in_failures;
        }
        if let Some(why) = line.strip_prefix(SKIPPED).filter(|_| self.showing.is_some() && !self.in_failures) {
            if !self.skipped_here {
                println!("skipped {}: {why}", self.showing.as_deref().unwrap_or_default());
            }
            self.skipped_here = true;
            return false;
        }
        self.in_failures
            || (line.starts_with("test ") && line.ends_with(" ... FAILED"))
            || line.starts_with("error: test failed")
    }

    fn end_of_test(&mut self) {
        self.skipped_in_binary += usize::from(self.skipped_here);
        self.skipped_here = false;
        self.showing = None;
    }

    pub(super) fn totals(&self) -> Totals {
        self.totals
    }
}

fn number_before(text: &str, word: &str) -> usize {
    let before = text.split(word).next().unwrap_or_default();
    before.rsplit([' ', ';']).next().and_then(|n| n.parse().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(text: &str) -> (Totals, String) {
        let mut counter = Counter::default();
        let shown: String = text.lines().filter(|l| counter.line(l)).map(|l| format!("{l}\n")).collect();
        (counter.totals(), shown)
    }

    #[test]
    fn passed_failed_ignored_and_skipped_are_told_apart() {
        let (totals, shown) = count(
            "\nrunning 5 tests\ntest a ... ok\ntest b ... FAILED\ntest c ... ignored\ntest d ... ok\ntest e ... ok\n\
             \nsuccesses:\n\n---- d stdout ----\nskipped: no data\nskipped: said twice\n\n---- e stdout ----\nhello\n\n\
             \nsuccesses:\n    a\n    d\n    e\n\
             \nfailures:\n\n---- b stdout ----\nskipped: not really\nassertion failed\n\n\nfailures:\n    b\n\
             \ntest result: FAILED. 3 passed; 1 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s\n",
        );
        assert_eq!(totals, Totals { passed: 2, failed: 1, skipped: 2 });
        assert!(shown.contains("test b ... FAILED"), "{shown}");
        assert!(shown.contains("assertion failed"), "{shown}");
        assert!(!shown.contains("hello"), "{shown}");
    }

    #[test]
    fn several_binaries_add_up() {
        let one = "test result: ok. 12 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s\n";
        assert_eq!(count(&one.repeat(3)).0, Totals { passed: 36, failed: 0, skipped: 0 });
    }
}
