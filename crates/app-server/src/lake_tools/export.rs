//! `mangrove lake export`

use crate::lake_cli::{LakeArgs, look, tell_left_out};
use anyhow::{Context, Result, bail};
use area_events::ops::export_writer::{CsvRows, Ndjson};
use base_core::{Clock, Scope, SystemClock};
use clap::{Args, ValueEnum};
use engine_lake::{EventWriter, Lake, LakeTables, Order, Query, SearchRequest};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

/// Events read at once.
const PAGE: usize = 5_000;

#[derive(Args, Clone, Debug)]
pub(super) struct ExportArgs {
    #[command(flatten)]
    lake: LakeArgs,
    /// Only events that match, as in the search page
    #[arg(value_name = "QUERY", default_value = "")]
    query: String,
    /// Form of the export
    #[arg(long, value_enum, default_value = "ndjson")]
    format: Format,
    /// File to write; standard output if not given (not for Parquet)
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// One JSON object per line, with all fields and the raw record
    Ndjson,
    /// Common columns and the raw record
    Csv,
    /// The columns of `mangrove sql`: common ones, all fields as JSON text, the raw record
    Parquet,
}

pub(super) async fn run(args: &ExportArgs, out: &mut dyn Write) -> Result<bool> {
    if args.format == Format::Parquet && args.out.is_none() {
        bail!("a Parquet file is not for a terminal; name one with --out FILE");
    }
    let (from, until) = args.lake.span.times(SystemClock.now());
    let query = Query::parse(&args.query).with_context(|| format!("the query {}", args.query))?;
    let request = SearchRequest { from, until, query, order: Order::Oldest, limit: PAGE, ..SearchRequest::default() };
    let lake = look(&args.lake.data).await?;
    tell_left_out(&lake, (from, until)).await;
    let writer: Box<dyn EventWriter> = match args.format {
        Format::Ndjson => Box::new(Ndjson),
        Format::Csv => Box::new(CsvRows::plain()),
        Format::Parquet => lake.parquet()?,
    };
    let Some(path) = &args.out else {
        write(&lake, request, writer, out).await?;
        return Ok(true);
    };
    let failed = || format!("cannot write {}", path.display());
    let mut file = BufWriter::new(File::create(path).with_context(failed)?);
    let count = write(&lake, request, writer, &mut file).await?;
    file.flush().and_then(|()| file.get_ref().sync_all()).with_context(failed)?;
    writeln!(out, "{count} events written to {}", path.display())?;
    Ok(true)
}

/// Writes what matches; the number of events.
async fn write(
    lake: &dyn Lake,
    mut request: SearchRequest,
    mut writer: Box<dyn EventWriter>,
    out: &mut dyn Write,
) -> Result<usize> {
    let mut count = 0;
    loop {
        let page = lake.search(&Scope::province(), &request).await?;
        out.write_all(&writer.push(&page.events)?)?;
        count += page.events.len();
        let Some(next) = page.next else { break };
        request.after = Some(next);
    }
    out.write_all(&writer.finish()?)?;
    Ok(count)
}
