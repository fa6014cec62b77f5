//! `mangrove lake stats`

use super::DataArgs;
use crate::lake_cli::look;
use crate::rules_cli::table::table;
use crate::rules_cli::write_json;
use anyhow::Result;
use clap::Args;
use engine_lake::Lake;
use serde_json::json;
use std::io::Write;

#[derive(Args, Clone, Debug)]
pub(super) struct StatsArgs {
    #[command(flatten)]
    data: DataArgs,
    /// One JSON object instead of text
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: &StatsArgs, out: &mut dyn Write) -> Result<bool> {
    let lake = look(&args.data.data).await?;
    let (stats, away) = (lake.stats().await?, lake.out_of_reach(None, None).await);
    let (oldest, newest) = (stats.oldest.map(|t| t.to_string()), stats.newest.map(|t| t.to_string()));
    if args.json {
        let days: Vec<_> = stats
            .days
            .iter()
            .map(|d| json!({ "day": d.day, "events": d.events, "stored_bytes": d.stored_bytes, "files": d.files }))
            .collect();
        write_json(
            out,
            &json!({
                "events": stats.events, "stored_bytes": stats.stored_bytes, "raw_bytes": stats.raw_bytes,
                "files": stats.files, "committed": stats.committed, "oldest": oldest, "newest": newest,
                "bytes_per_event": stats.bytes_per_event(), "days": days,
                "cold_files": stats.cold_files, "cold_bytes": stats.cold_bytes,
                "out_of_reach": away.map(|a| json!({ "days": a.days, "reason": a.reason })),
            }),
        )?;
        return Ok(true);
    }
    let mut days = table(&["day", "events", "bytes", "files"]);
    for day in &stats.days {
        days.add_row([day.day.clone(), day.events.to_string(), day.stored_bytes.to_string(), day.files.to_string()]);
    }
    writeln!(out, "{days}")?;
    writeln!(
        out,
        "{} events in {} files, {} bytes of {} raw ones ({:.1} per event); from {} to {}",
        stats.events,
        stats.files,
        stats.stored_bytes,
        stats.raw_bytes,
        stats.bytes_per_event().unwrap_or(0.0),
        oldest.as_deref().unwrap_or("-"),
        newest.as_deref().unwrap_or("-"),
    )?;
    if stats.cold_files > 0 {
        writeln!(out, "{} of the files, with {} bytes, are in the cold folder", stats.cold_files, stats.cold_bytes)?;
    }
    if let Some(away) = away {
        writeln!(
            out,
            "the cold folder cannot be reached, {} days are left out of searches: {}",
            away.days.len(),
            away.reason
        )?;
    }
    Ok(true)
}
