//! `mangrove sql`

use super::search::scope;
use super::write::Rows;
use super::{Form, LakeArgs, look, tell_left_out};
use crate::cmd_up;
use crate::rules_cli::to_stdout;
use anyhow::{Context, Result};
use base_core::{Clock, SystemClock};
use clap::Args;
use engine_lake::{LakeTables, SqlRequest};
use std::io::{Read, Write};
use std::process::ExitCode;
use std::time::Duration;

/// Ask the stored events in SQL: one SELECT over the table `events`
#[derive(Args, Clone, Debug)]
pub(crate) struct SqlArgs {
    /// The statement; `-` reads it from standard input. Beside plain SQL: matches('search query'),
    /// field('OriginalName'), in_network(source_ip, '10.0.0.0/8')
    #[arg(value_name = "SELECT", required_unless_present = "columns")]
    statement: Option<String>,
    #[command(flatten)]
    lake: LakeArgs,
    /// Most rows
    #[arg(long, short = 'n', value_name = "N", default_value_t = 10_000)]
    limit: usize,
    /// Longest time in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 600)]
    timeout: u64,
    /// Most memory in megabytes
    #[arg(long, value_name = "MB", default_value_t = 1_024)]
    memory: usize,
    /// Form of the answer
    #[arg(long, short = 'o', value_enum, default_value_t = Form::Table)]
    output: Form,
    /// Show the columns of the table `events`
    #[arg(long)]
    columns: bool,
}

/// Runs the command.
///
/// # Errors
/// When the statement has a mistake, meets a limit, or the lake cannot be read.
pub(crate) fn run(args: &SqlArgs) -> Result<ExitCode> {
    let statement = match args.statement.as_deref() {
        Some("-") => {
            let mut text = String::new();
            std::io::stdin().take(1 << 20).read_to_string(&mut text).context("cannot read standard input")?;
            text
        }
        other => other.unwrap_or_default().to_owned(),
    };
    to_stdout(|out| {
        cmd_up::runtime()?.block_on(async {
            let (from, until) = args.lake.span.times(SystemClock.now());
            let lake = look(&args.lake.data).await?;
            if args.columns {
                for column in lake.sql_columns() {
                    writeln!(out, "{}", column.name)?;
                }
                return Ok(true);
            }
            tell_left_out(&lake, (from, until)).await;
            let request = SqlRequest {
                statement,
                from,
                until,
                max_rows: args.limit,
                time: Duration::from_secs(args.timeout),
                memory_bytes: args.memory << 20,
            };
            let answer = lake.sql(&scope(), &request).await?;
            let mut rows = Rows::begin(args.output, answer.columns.iter().map(|c| c.name.clone()).collect(), out)?;
            for row in answer.rows {
                rows.row(row, None)?;
            }
            rows.end()?;
            if answer.more {
                let note = format!("only the first {} rows are shown; add a condition or raise --limit", args.limit);
                let _ = writeln!(std::io::stderr().lock(), "{note}");
            }
            Ok(true)
        })
    })
}
