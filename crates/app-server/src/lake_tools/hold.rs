//! `mangrove lake hold`, `holds`, `lift` and `deleted`: also while a server runs.

use super::DataArgs;
use crate::hunt::{parse_end, parse_time};
use crate::lake_cli::{folder, look};
use crate::rules_cli::table::{cell, table};
use anyhow::{Result, bail};
use base_core::Timestamp;
use clap::Args;
use heavy_lake_datafusion::{Hold, HoldBook};
use std::io::Write;

#[derive(Args, Clone, Debug)]
pub(super) struct HoldArgs {
    #[command(flatten)]
    data: DataArgs,
    /// Name, such as the incident's number
    name: String,
    /// Begin of the time: 2026-11-22, "2026-11-22 08:00", 22/11/2026 or RFC 3339; Vietnam time where no zone is given
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    from: Timestamp,
    /// End of the time; a bare day means its end
    #[arg(long, value_name = "TIME", value_parser = parse_end)]
    until: Timestamp,
    /// Why
    #[arg(long, value_name = "TEXT")]
    why: String,
}

#[derive(Args, Clone, Debug)]
pub(super) struct LiftArgs {
    #[command(flatten)]
    data: DataArgs,
    /// Name of the protection
    name: String,
}

pub(super) fn hold(args: &HoldArgs, out: &mut dyn Write) -> Result<bool> {
    let (from, until) = (args.from, args.until);
    if from >= until {
        bail!("--from {from} is not before --until {until}");
    }
    let hold =
        Hold { name: args.name.clone(), from: from.as_micros(), until: until.as_micros(), why: args.why.clone() };
    HoldBook::of(&folder(&args.data.data)?).put(hold)?;
    writeln!(out, "events from {from} until {until} are not deleted while {} is in force", args.name)?;
    Ok(true)
}

pub(super) async fn list(args: &DataArgs, out: &mut dyn Write) -> Result<bool> {
    let mut rows = table(&["name", "from", "until", "why"]);
    for hold in look(&args.data).await?.holds().await? {
        let time = |micros| Timestamp::from_micros(micros).to_string();
        rows.add_row([cell(&hold.name), time(hold.from), time(hold.until), cell(&hold.why)]);
    }
    writeln!(out, "{rows}")?;
    Ok(true)
}

pub(super) fn lift(args: &LiftArgs, out: &mut dyn Write) -> Result<bool> {
    if !HoldBook::of(&folder(&args.data.data)?).lift(&args.name)? {
        bail!("there is no protection {}; `mangrove lake holds` shows them", args.name);
    }
    writeln!(out, "{} is lifted", args.name)?;
    Ok(true)
}

pub(super) async fn deleted(args: &DataArgs, out: &mut dyn Write) -> Result<bool> {
    let mut rows = table(&["when", "why", "events", "oldest", "newest", "file"]);
    for line in look(&args.data).await?.deletions().await? {
        let time = |micros| Timestamp::from_micros(micros).to_string();
        let (events, when) = (line.events.to_string(), time(line.at));
        rows.add_row([when, cell(&line.why), events, time(line.oldest), time(line.newest), cell(&line.path)]);
    }
    writeln!(out, "{rows}")?;
    Ok(true)
}
