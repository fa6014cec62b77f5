//! `test`: everything that must hold, in one command, ending with one line of totals.

mod cargo_test;
mod fuzz;
mod postgres;
mod python;
mod senders;
mod steps;
mod tools;

use crate::repo::Repo;
use anyhow::{Result, bail};
use clap::Args;
use std::time::{Duration, Instant};

/// What to run.
#[derive(Args)]
pub(crate) struct Options {
    /// Run only these steps (see --list); may be given several times.
    #[arg(long, value_name = "STEP")]
    only: Vec<String>,
    /// Print the names of the steps and stop.
    #[arg(long)]
    list: bool,
    /// Words for the tests' own filter, as after `cargo test`.
    #[arg(value_name = "FILTER")]
    filter: Vec<String>,
}

/// How many checks and tests went which way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
    pub(crate) skipped: usize,
}

impl Totals {
    /// One check that held or did not.
    pub(crate) fn one(held: bool) -> Self {
        Self { passed: usize::from(held), failed: usize::from(!held), skipped: 0 }
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl std::fmt::Display for Totals {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped)
    }
}

/// Runs the steps; true when nothing failed.
pub(crate) fn run(repo: &Repo, options: &Options) -> Result<bool> {
    if options.list {
        for step in steps::STEPS {
            println!("{:<8} {}", step.name, step.about);
        }
        return Ok(true);
    }
    if let Some(unknown) = options.only.iter().find(|o| !steps::STEPS.iter().any(|s| s.name == **o)) {
        bail!("no step is called {unknown}; `cargo xtask test --list` names them");
    }
    let mut totals = Totals::default();
    let mut broken = false;
    let mut times = Vec::new();
    for step in steps::STEPS {
        if !options.only.is_empty() && !options.only.iter().any(|o| o == step.name) {
            continue;
        }
        println!("── {} · {}", step.name, step.about);
        let begun = Instant::now();
        match (step.run)(repo, options) {
            Ok(of_step) => totals.add(of_step),
            Err(e) => {
                println!("{}: {e:#}", step.name);
                totals.failed += 1;
                // Without what the tests need, every later failure would only hide this message.
                broken = step.needed;
            }
        }
        times.push((step.name, begun.elapsed()));
        if broken {
            break;
        }
    }
    println!(
        "── time: {}",
        times.iter().map(|(name, t)| format!("{name} {}", seconds(*t))).collect::<Vec<_>>().join(", ")
    );
    println!("{totals}");
    Ok(totals.failed == 0)
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

impl Options {
    /// Words for the test binaries.
    pub(crate) fn filter(&self) -> &[String] {
        &self.filter
    }
}
