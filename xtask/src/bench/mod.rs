//! `bench`: figures of the program as a whole, as ratios within one run.
//!
//! Nothing here fails a build: speed depends on the machine and on what else it does. What counts is the
//! ratio between rows of the same run.

mod hunt;
mod measure;
mod server;

use crate::repo::{Repo, cargo_program};
use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use std::path::{Path, PathBuf};
use std::process::Command;

/// What to measure, and with which build.
#[derive(Args)]
pub(crate) struct Options {
    /// What to measure; everything without it.
    #[arg(value_enum)]
    what: Vec<What>,
    /// The release profile, as packages have it, instead of `fast`.
    #[arg(long)]
    release: bool,
    /// Runs per row; the median is told.
    #[arg(long, default_value_t = 3)]
    runs: usize,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    /// `mangrove hunt` over the shared EVTX sets with all SigmaHQ rules.
    Hunt,
    /// `mangrove up`: start to first page, syslog and HTTP intake.
    Server,
}

/// Measures and prints Markdown tables.
pub(crate) fn run(repo: &Repo, options: &Options) -> Result<bool> {
    let profile = if options.release { "release" } else { "fast" };
    let status = Command::new(cargo_program())
        .args(["build", "--locked", "--package", "app-server", "--profile", profile])
        .current_dir(&repo.root)
        .status()
        .context("cargo build cannot be started")?;
    if !status.success() {
        bail!("the program does not build");
    }
    let target = target_folder()?;
    let bench =
        Bench { program: target.join(profile).join("mangrove"), work: target.join("bench"), runs: options.runs.max(1) };
    std::fs::create_dir_all(&bench.work).with_context(|| format!("{} cannot be made", bench.work.display()))?;
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    println!("profile `{profile}`, {cores} cores, median of {} runs", bench.runs);
    let wanted = |what| options.what.is_empty() || options.what.contains(&what);
    if wanted(What::Hunt) {
        hunt::run(repo, &bench)?;
    }
    if wanted(What::Server) {
        server::run(&bench)?;
    }
    Ok(true)
}

/// What every measurement needs.
struct Bench {
    program: PathBuf,
    work: PathBuf,
    runs: usize,
}

/// Where cargo builds: this program lies in `<target>/<profile>/`.
fn target_folder() -> Result<PathBuf> {
    let own = std::env::current_exe().context("this program does not know where it lies")?;
    own.parent().and_then(Path::parent).map(Path::to_path_buf).context("this program lies in no target folder")
}

/// The shared data sets (`MANGROVE_SHARED`, default `../shared`).
fn shared(repo: &Repo) -> Result<PathBuf> {
    let folder = std::env::var_os("MANGROVE_SHARED").map_or_else(|| repo.root.join("../shared"), PathBuf::from);
    if !folder.join("data").is_dir() {
        bail!("no shared data at {}; set MANGROVE_SHARED", folder.display());
    }
    Ok(folder)
}
