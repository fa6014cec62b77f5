//! `mangrove lake`: look after the event lake.
//!
//! * `stats` tells what is kept and what it takes.
//! * `verify` names every file that was altered, removed or added.
//! * `compact` gives all files their final, small form; the server must not run.
//! * `export` writes events as NDJSON, CSV or Parquet.
//! * `hold`, `holds` and `lift` protect what an incident needs; `deleted` shows what went and why.
//!
//! Exit status: 0 when all is well, 1 otherwise.

mod export;
mod hold;
mod stats;
mod verify;

use crate::rules_cli::to_stdout;
use crate::{cmd_up, lake_keeper};
use anyhow::{Context, Result, bail};
use base_core::Timestamp;
use clap::{Args, Subcommand};
use heavy_lake_datafusion::{LakeOptions, ParquetLake};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Look after the event lake: stats, verify, compact, export, holds
#[derive(Args, Clone, Debug)]
pub(crate) struct LakeArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Clone, Debug, Subcommand)]
enum Action {
    /// Tell what is kept and what it takes
    Stats(stats::StatsArgs),
    /// Read all files and name each that was altered, removed or added
    Verify(verify::VerifyArgs),
    /// Give all files their final, small form; the server must not run
    Compact(DataArgs),
    /// Write events as NDJSON, CSV or Parquet
    Export(export::ExportArgs),
    /// Protect the events of a time from deletion, for an incident; the server must not run
    Hold(hold::HoldArgs),
    /// Show what is protected
    Holds(DataArgs),
    /// Lift a protection; the server must not run
    Lift(hold::LiftArgs),
    /// Show what was deleted, when and why
    Deleted(DataArgs),
}

/// Which data folder.
#[derive(Args, Clone, Debug)]
struct DataArgs {
    /// Data folder of the server
    #[arg(long, env = "MANGROVE_DATA", value_name = "DIR")]
    data: PathBuf,
}

/// Runs the command.
///
/// # Errors
/// When the lake cannot be read or written.
pub(crate) fn run(args: &LakeArgs) -> Result<ExitCode> {
    let runtime = cmd_up::runtime()?;
    to_stdout(|out| runtime.block_on(act(&args.action, out)))
}

async fn act(action: &Action, out: &mut dyn Write) -> Result<bool> {
    match action {
        Action::Stats(args) => stats::run(args, out).await,
        Action::Verify(args) => verify::run(args, out).await,
        Action::Compact(args) => compact(args, out).await,
        Action::Export(args) => export::run(args, out).await,
        Action::Hold(args) => hold::hold(args, out).await,
        Action::Holds(args) => hold::list(args, out).await,
        Action::Lift(args) => hold::lift(args, out).await,
        Action::Deleted(args) => hold::deleted(args, out).await,
    }
}

/// Opens the lake only to look, also while a server runs on it.
async fn look(data: &Path) -> Result<ParquetLake> {
    open(data, true).await
}

/// Opens the lake to change it; a running server keeps it locked.
async fn take(data: &Path) -> Result<ParquetLake> {
    open(data, false).await
}

async fn open(data: &Path, read_only: bool) -> Result<ParquetLake> {
    let dir = data.join("lake");
    if !dir.join("manifests").is_dir() {
        bail!("{} holds no event lake of Mangrove; name the data folder of a server with --data", data.display());
    }
    let options = LakeOptions { read_only, seal_key: lake_keeper::seal_key(data), ..LakeOptions::default() };
    Ok(ParquetLake::open(&dir, options).await?.0)
}

async fn compact(args: &DataArgs, out: &mut dyn Write) -> Result<bool> {
    let done = take(&args.data).await?.compact(true).await?;
    writeln!(
        out,
        "{} files became {}, {} bytes became {}",
        done.files_before, done.files_after, done.bytes_before, done.bytes_after
    )?;
    Ok(true)
}

/// A time of the command line: RFC 3339, or a day.
fn time(text: &str) -> Result<Timestamp> {
    let day = format!("{text}T00:00:00+07:00");
    Timestamp::parse_rfc3339(text)
        .or_else(|| Timestamp::parse_rfc3339(&day))
        .with_context(|| format!("{text} is not a time; write e.g. 2026-11-22T08:30:00+07:00 or 2026-11-22"))
}
