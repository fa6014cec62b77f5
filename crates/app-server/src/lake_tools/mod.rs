//! `mangrove lake`: look after the event lake.
//!
//! * `stats` tells what is kept and what it takes.
//! * `verify` names every file that was altered, removed or added.
//! * `compact` gives all files their final, small form.
//! * `accept-loss` ends the reports of a damaged file that cannot be rebuilt.
//! * `export` writes events as NDJSON, CSV or Parquet.
//! * `hold`, `holds` and `lift` protect what an incident needs; `deleted` shows what went and why.
//!
//! All of it works beside a running server: reading needs no lock, holds have one of their own, and what
//! changes files is asked of the server ([`crate::lake_requests`]).
//!
//! Exit status: 0 when all is well, 1 otherwise.

mod change;
mod export;
mod hold;
mod stats;
mod verify;

use crate::cmd_up;
use crate::rules_cli::to_stdout;
use anyhow::Result;
use clap::{Args, Subcommand};
use std::io::Write;
use std::path::PathBuf;
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
    /// Give all files their final, small form; a running server does it
    Compact(DataArgs),
    /// Write events as NDJSON, CSV or Parquet
    Export(export::ExportArgs),
    /// Protect the events of a time from deletion, for an incident
    Hold(hold::HoldArgs),
    /// Show what is protected
    Holds(DataArgs),
    /// Lift a protection
    Lift(hold::LiftArgs),
    /// Show what was deleted, when and why
    Deleted(DataArgs),
    /// Accept that a damaged file that cannot be rebuilt is lost: it is recorded and not reported any more
    AcceptLoss(change::LossArgs),
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
        Action::Compact(args) => change::compact(args, out).await,
        Action::Export(args) => export::run(args, out).await,
        Action::Hold(args) => hold::hold(args, out),
        Action::Holds(args) => hold::list(args, out).await,
        Action::Lift(args) => hold::lift(args, out),
        Action::Deleted(args) => hold::deleted(args, out).await,
        Action::AcceptLoss(args) => change::accept_loss(args, out).await,
    }
}
