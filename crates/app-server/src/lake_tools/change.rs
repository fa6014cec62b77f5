//! `mangrove lake compact` and `accept-loss`: done here when no server has the lake, else asked of it.

use super::DataArgs;
use crate::lake_cli::{folder, options};
use crate::lake_requests::{self, Work};
use anyhow::{Result, bail};
use clap::Args;
use engine_lake::LakeError;
use heavy_lake_datafusion::ParquetLake;
use std::io::Write;
use std::path::Path;

#[derive(Args, Clone, Debug)]
pub(super) struct LossArgs {
    #[command(flatten)]
    data: DataArgs,
    /// The damaged file as the server's log names it, such as data/day=2026-11-22/kind=…/….parquet; `cold` for
    /// all files of a cold folder that is gone for good
    #[arg(value_name = "FILE")]
    file: String,
    /// Why it is accepted; stands in the record of deletions
    #[arg(long, value_name = "TEXT")]
    why: String,
}

pub(super) async fn compact(args: &DataArgs, out: &mut dyn Write) -> Result<bool> {
    change(&args.data, Work::Compact, out).await
}

pub(super) async fn accept_loss(args: &LossArgs, out: &mut dyn Write) -> Result<bool> {
    if args.why.trim().is_empty() {
        bail!("--why is empty; say why the loss is accepted");
    }
    change(&args.data.data, Work::AcceptLoss { file: args.file.clone(), why: args.why.clone() }, out).await
}

async fn change(data: &Path, work: Work, out: &mut dyn Write) -> Result<bool> {
    match ParquetLake::open(&folder(data)?, options(data)).await {
        Ok((lake, _)) => {
            let done = tokio::select! {
                done = lake_requests::perform(&lake, &work, |text| { lake_requests::tell(text); true }) => done,
                // A merger that is broken off leaves files that the next start removes.
                _ = tokio::signal::ctrl_c() => bail!("stopped; what was merged by now stays merged"),
            };
            writeln!(out, "{}", done?)?;
        }
        Err(LakeError::Locked { holder, .. }) => {
            writeln!(out, "{}", lake_requests::ask(data, &work, &holder).await?)?;
        }
        Err(error) => return Err(error.into()),
    }
    Ok(true)
}
