//! `mangrove indicators check`

use crate::hunt::lists;
use crate::rules_cli::write_json;
use anyhow::Result;
use clap::Args;
use serde_json::json;
use std::io::Write;
use std::path::PathBuf;

/// Which files to read.
#[derive(Args, Clone, Debug)]
pub(super) struct CheckArgs {
    /// Files of indicators: text, CSV, JSON lines, MISP or STIX, also gzip and zstd
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// One JSON object per file instead of text
    #[arg(long)]
    json: bool,
}

/// Reads the files and writes what came of each. `true` when none has a mistake.
pub(super) fn run(args: &CheckArgs, out: &mut dyn Write) -> Result<bool> {
    let mut well = true;
    for path in &args.files {
        let read = lists::check(path)?;
        let report = &read.report;
        let wrong = report.mistakes.len() as u64 + report.further_mistakes;
        well &= wrong == 0;
        if args.json {
            let mistakes: Vec<String> = report.mistakes.iter().map(ToString::to_string).collect();
            write_json(
                out,
                &json!({
                    "file": read.path, "format": read.format.as_str(), "indicators": report.added, "left_out": report.unwanted,
                    "other_kinds": report.other_kinds, "mistakes": mistakes, "further_mistakes": report.further_mistakes,
                }),
            )?;
            continue;
        }
        for mistake in &report.mistakes {
            writeln!(out, "{mistake}")?;
        }
        if report.further_mistakes > 0 {
            writeln!(out, "{}: {} further mistakes", read.path.display(), report.further_mistakes)?;
        }
        for (kind, n) in &report.other_kinds {
            writeln!(out, "{}: {n} of kind {kind}, which is not looked for", read.path.display())?;
        }
        writeln!(
            out,
            "{}: {}, {} indicators, {} left out, {wrong} mistakes",
            read.path.display(),
            read.format.as_str(),
            report.added,
            report.unwanted
        )?;
    }
    Ok(well)
}
