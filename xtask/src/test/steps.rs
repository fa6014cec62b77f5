//! The steps of `test`, in the order in which they are run: cheap ones first.

use super::{Options, Totals, cargo_test, fuzz, postgres, tools};
use crate::findings::Findings;
use crate::repo::{Repo, cargo_program};
use crate::{arch, i18n, licences, print, tidy};
use anyhow::{Context, Result};
use std::process::Command;

/// A step.
pub(super) struct Step {
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    /// Whether the rest is pointless without it.
    pub(super) needed: bool,
    pub(super) run: fn(&Repo, &Options) -> Result<Totals>,
}

/// All steps.
pub(super) const STEPS: &[Step] = &[
    Step {
        name: "tools",
        about: "what the tests need on this machine",
        needed: true,
        run: |repo, _| tools::check(repo).map(|()| Totals::one(true)),
    },
    Step { name: "fmt", about: "formatting", needed: false, run: |repo, _| cargo(repo, &["fmt", "--all", "--check"]) },
    Step { name: "arch", about: "arrows between crates", needed: false, run: |repo, _| of("arch", arch::check(repo)) },
    Step { name: "tidy", about: "files, lists and links", needed: false, run: |repo, _| of("tidy", tidy::check(repo)) },
    Step {
        name: "i18n",
        about: "strings in both languages",
        needed: false,
        run: |repo, _| of("i18n", i18n::check(repo)),
    },
    Step { name: "deny", about: "licences and origins", needed: false, run: |repo, _| deny(repo) },
    Step {
        name: "clippy",
        about: "lints of the house",
        needed: false,
        run: |repo, _| {
            cargo(
                repo,
                &["clippy", "--profile", "fast", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"],
            )
        },
    },
    Step { name: "cargo", about: "every test", needed: false, run: cargo_test::run },
    Step { name: "postgres", about: "suites with records, on PostgreSQL", needed: false, run: postgres::run },
    Step { name: "fuzz", about: "every fuzz target for a short time", needed: false, run: fuzz::run },
];

fn of(name: &str, findings: Result<Findings>) -> Result<Totals> {
    Ok(Totals::one(print(name, &findings?)))
}

/// Runs cargo with its output going straight through; one check.
fn cargo(repo: &Repo, arguments: &[&str]) -> Result<Totals> {
    let status = Command::new(cargo_program())
        .args(arguments)
        .current_dir(&repo.root)
        .status()
        .with_context(|| format!("cargo {} cannot be started", arguments.join(" ")))?;
    Ok(Totals::one(status.success()))
}

/// Our own rules always; cargo-deny, which also knows advisories, where it is installed.
fn deny(repo: &Repo) -> Result<Totals> {
    let mut totals = of("deny", licences::check(repo))?;
    if tools::on_path("cargo-deny") {
        totals.add(cargo(repo, &["deny", "--offline", "check", "bans", "licenses", "sources"])?);
    }
    Ok(totals)
}
