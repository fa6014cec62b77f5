//! Checks and tasks of the repository: `cargo xtask <task>`.
//!
//! Every check reads files, says what is wrong with place and remedy, and changes nothing.
//! `test` is what continuous integration runs; it ends with one line of totals.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command-line tool speaks to the terminal")]

mod arch;
mod bench;
mod findings;
mod i18n;
mod licences;
mod repo;
mod rust_text;
mod test;
mod tidy;

use anyhow::Result;
use clap::{Parser, Subcommand};
use findings::Findings;
use repo::Repo;
use std::process::ExitCode;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Checks and tasks of the Mangrove repository")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Layer arrows, cycles, and where axum, sqlx and DataFusion may appear.
    Arch,
    /// Module docs, file sizes, lists against folders, links, stray machine paths.
    Tidy,
    /// Strings: missing, unknown, unused, and unequal between the languages.
    I18n,
    /// Licences and origins of every dependency, against deny.toml.
    Deny,
    /// Install what the tests need, run every check and test, end with one line of totals.
    Test(test::Options),
    /// Measure the program as a whole; prints Markdown tables.
    Bench(bench::Options),
}

fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(e) => {
            eprintln!("error: {e:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> Result<bool> {
    let repo = Repo::find()?;
    match cli.task {
        Task::Arch => Ok(print("arch", &arch::check(&repo)?)),
        Task::Tidy => Ok(print("tidy", &tidy::check(&repo)?)),
        Task::I18n => Ok(print("i18n", &i18n::check(&repo)?)),
        Task::Deny => Ok(print("deny", &licences::check(&repo)?)),
        Task::Test(options) => test::run(&repo, &options),
        Task::Bench(options) => bench::run(&repo, &options),
    }
}

/// Prints what a check found; true when nothing was wrong.
fn print(name: &str, findings: &Findings) -> bool {
    for problem in &findings.problems {
        println!("{name}: {problem}");
    }
    println!("{name}: {} looked at, {} wrong", findings.looked_at, findings.problems.len());
    findings.problems.is_empty()
}
