//! Runs every fuzz target for a short, bounded time, so that a parser that breaks on foreign input
//! is found by the same command as a broken test.
//!
//! The targets are built as `cargo fuzz build --sanitizer none` would build them (its compiler
//! options of coverage are stable ones), so no further tool is needed. What a run finds beyond
//! the seeds is kept in the target folder: the next run goes on from there.

use super::{Options, Totals, tools};
use crate::repo::{Repo, cargo_program};
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Seconds per target unless `MANGROVE_FUZZ_SECONDS` says otherwise.
const SECONDS: u32 = 8;
/// Longest input, in bytes: beyond the longest piece any of the parsers reads at once.
const MAX_LEN: u32 = 65_536;
/// Most memory of a target, in MiB: what needs more for 64 KiB of input is a fault.
const MEMORY_MIB: u32 = 2_048;
/// Longest time for one input, in seconds, with coverage and on a busy machine.
const TIMEOUT: u32 = 25;

/// Options of the compiler under which libFuzzer sees which branches an input took.
const COVERAGE: &str = "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
     -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
     -Cllvm-args=-sanitizer-coverage-trace-compares -Cllvm-args=-sanitizer-coverage-stack-depth \
     -Clink-dead-code -Cdebug-assertions -Ccodegen-units=1";

/// Builds the targets, makes the seeds and runs target after target; one check each.
pub(super) fn run(repo: &Repo, _: &Options) -> Result<Totals> {
    let targets = targets(repo)?;
    let built = build(repo)?;
    succeed(Command::new("sh").arg("fuzz/seed.sh").current_dir(&repo.root), "fuzz/seed.sh")?;
    let kept = tools::target_folder(repo).join("fuzz-corpus");
    let seconds = std::env::var("MANGROVE_FUZZ_SECONDS").ok();
    let seconds = match seconds {
        Some(text) => text.parse().with_context(|| format!("MANGROVE_FUZZ_SECONDS={text} is not a number"))?,
        None => SECONDS,
    };
    let mut totals = Totals::default();
    for target in &targets {
        totals.add(one(repo, &built.join(target), target, &kept, seconds)?);
    }
    Ok(totals)
}

/// Names of the targets; every file must be named in `fuzz/Cargo.toml`, or it would never be built.
fn targets(repo: &Repo) -> Result<Vec<String>> {
    let manifest = repo.read("fuzz/Cargo.toml")?;
    let files: Vec<&str> = repo.matching("fuzz/fuzz_targets/", ".rs").collect();
    if let Some(file) = files.iter().find(|f| !manifest.contains(f.trim_start_matches("fuzz/"))) {
        bail!("{file} is not named in fuzz/Cargo.toml; add a [[bin]] with its path");
    }
    let name = |f: &&str| Path::new(f).file_stem().map(|s| s.to_string_lossy().into_owned());
    Ok(files.iter().filter_map(name).collect())
}

/// Compiles the targets; the folder of their programs.
fn build(repo: &Repo) -> Result<PathBuf> {
    // The versions of the program itself; cargo adds what only the targets need.
    let lock = repo.root.join("fuzz/Cargo.lock");
    std::fs::copy(repo.root.join("Cargo.lock"), &lock)
        .with_context(|| format!("{} cannot be written", lock.display()))?;
    let host = host()?;
    let folder = tools::target_folder(repo).join("fuzz");
    let mut cargo = Command::new(cargo_program());
    // With --target the options are for the targets alone, not for build scripts.
    cargo
        .args(["build", "--quiet", "--release", "--bins", "--target", &host])
        .env("RUSTFLAGS", COVERAGE)
        .env("CARGO_TARGET_DIR", &folder)
        .env("CARGO_PROFILE_RELEASE_DEBUG", "line-tables-only")
        .current_dir(repo.root.join("fuzz"));
    succeed(&mut cargo, "building the fuzz targets")?;
    Ok(folder.join(host).join("release"))
}

/// What this machine is, as the compiler calls it.
fn host() -> Result<String> {
    let out = Command::new("rustc").arg("-vV").output().context("rustc cannot be started")?;
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    let host = text.lines().find_map(|l| l.strip_prefix("host: ")).context("rustc does not tell its host")?;
    Ok(host.to_owned())
}

fn succeed(command: &mut Command, what: &str) -> Result<()> {
    let status = command.status().with_context(|| format!("{what}: cannot be started"))?;
    if !status.success() {
        bail!("{what} failed; see above");
    }
    Ok(())
}

/// Runs a target from its seeds and from what earlier runs found.
fn one(repo: &Repo, program: &Path, target: &str, kept: &Path, seconds: u32) -> Result<Totals> {
    let (kept, found) = (kept.join(target), kept.join(format!("{target}-found/")));
    let seeds = repo.root.join("fuzz/corpus").join(target);
    for folder in [&kept, &found, &seeds] {
        std::fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    }
    let out = Command::new(program)
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-max_len={MAX_LEN}"))
        .arg(format!("-rss_limit_mb={MEMORY_MIB}"))
        .arg(format!("-timeout={TIMEOUT}"))
        .arg(format!("-artifact_prefix={}", found.display()))
        .args([&kept, &seeds])
        .output()
        .with_context(|| format!("{} cannot be started", program.display()))?;
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    if out.status.success() {
        let last = said.lines().rev().find(|l| l.starts_with("Done ")).unwrap_or("ended before its time");
        println!("{target}: {last}");
        return Ok(Totals::one(true));
    }
    println!("{target} FAILED; its input is in {}, make it a test and a seed:", found.display());
    let lines: Vec<&str> = said.lines().collect();
    for line in lines.iter().skip(lines.len().saturating_sub(40)) {
        println!("    {line}");
    }
    Ok(Totals::one(false))
}
