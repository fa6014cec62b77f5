//! `mangrove search` and `mangrove sql`: the event lake from the command line.
//!
//! Both read the lake's folder beside a running server, without its lock: files of the lake never
//! change, and a version that was merged away meanwhile is looked up anew. Whoever may read the data
//! folder may read all of it, so there is no scope here. What the server has received in the last
//! seconds is in its journal still.
//!
//! Exit status: 0 when the question was answered, 1 otherwise.

mod search;
mod sql;
mod write;

pub(crate) use search::{SearchArgs, run as search};
pub(crate) use sql::{SqlArgs, run as sql};

use crate::hunt::{parse_end, parse_time};
use crate::lake_keeper;
use anyhow::{Result, bail};
use base_core::Timestamp;
use clap::{Args, ValueEnum};
use engine_lake::Lake;
use heavy_lake_datafusion::{LakeOptions, LookedAtLake};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Folder of the lake in the data folder.
const LAKE: &str = "lake";

/// Where the lake is, and over which time.
#[derive(Args, Clone, Debug)]
pub(crate) struct LakeArgs {
    /// Data folder of the server; it may be running
    #[arg(long, env = "MANGROVE_DATA", value_name = "DIR")]
    pub(crate) data: PathBuf,
    #[command(flatten)]
    pub(crate) span: SpanArgs,
}

/// Over which time.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct SpanArgs {
    /// Only events of the time up to now: 15m, 24h, 90d, 12w
    #[arg(long, value_name = "SPAN", value_parser = parse_span, conflicts_with = "from")]
    pub(crate) since: Option<i64>,
    /// Only events at or after this time: 2026-11-22, "2026-11-22 08:00", 22/11/2026 or RFC 3339;
    /// Vietnam time where no zone is given
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    pub(crate) from: Option<Timestamp>,
    /// Only events before this time; a bare day means its end
    #[arg(long, value_name = "TIME", value_parser = parse_end)]
    pub(crate) until: Option<Timestamp>,
}

impl SpanArgs {
    /// The first moment inside and the first moment behind.
    pub(crate) fn times(&self, now: Timestamp) -> (Option<Timestamp>, Option<Timestamp>) {
        (self.since.map(|secs| now.plus_secs(-secs)).or(self.from), self.until)
    }
}

/// Forms of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    /// A table for the terminal
    Table,
    /// One JSON object per line
    Jsonl,
    /// Comma-separated values
    Csv,
}

/// Seconds of `90d`.
pub(crate) fn parse_span(text: &str) -> Result<i64, String> {
    let wrong = || format!("{text} is no span of time; write 15m, 24h, 90d or 12w");
    let text = text.trim();
    let unit = text.chars().last().ok_or_else(wrong)?;
    let number: i64 = text.strip_suffix(unit).and_then(|n| n.parse().ok()).filter(|n| *n > 0).ok_or_else(wrong)?;
    let secs = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        'w' => 7 * 86_400,
        _ => return Err(wrong()),
    };
    number.checked_mul(secs).filter(|secs| *secs < 200 * 366 * 86_400).ok_or_else(wrong)
}

/// Folder of the lake of a data folder.
///
/// # Errors
/// When the data folder holds none.
pub(crate) fn folder(data: &Path) -> Result<PathBuf> {
    let folder = data.join(LAKE);
    if !folder.join("manifests").is_dir() {
        bail!(
            "{} holds no data of Mangrove; start `mangrove up --data {}` once, or name its folder",
            data.display(),
            data.display()
        );
    }
    Ok(folder)
}

/// How every command opens the lake of a data folder.
pub(crate) fn options(data: &Path) -> LakeOptions {
    LakeOptions { seal_key: lake_keeper::seal_key(data), ..LakeOptions::default() }
}

/// Opens the lake of a data folder for reading, beside the server that may have it.
///
/// # Errors
/// When the folder holds none, or it cannot be read.
pub(crate) async fn look(data: &Path) -> Result<LookedAtLake> {
    Ok(LookedAtLake::open(&folder(data)?, options(data)).await?)
}

/// Says on standard error which days the answer leaves out because they cannot be read at the moment.
pub(crate) async fn tell_left_out(lake: &dyn Lake, (from, until): (Option<Timestamp>, Option<Timestamp>)) {
    let Some(away) = lake.out_of_reach(from, until).await else { return };
    let days = match (away.days.first(), away.days.last()) {
        (Some(first), Some(last)) if first != last => format!("{} days from {first} to {last} are", away.days.len()),
        (Some(only), _) => format!("the day {only} is"),
        (None, _) => return,
    };
    let _ = writeln!(std::io::stderr().lock(), "{days} left out: {}", away.reason);
}

#[cfg(test)]
mod tests {
    use super::parse_span;

    #[test]
    fn spans_are_read_and_nonsense_is_refused() {
        assert_eq!(parse_span("90d"), Ok(90 * 86_400));
        assert_eq!(parse_span(" 15m "), Ok(900));
        for text in ["", "d", "-1d", "0h", "1y", "9999999999999w", "ngày"] {
            assert!(parse_span(text).is_err(), "{text}");
        }
    }
}
