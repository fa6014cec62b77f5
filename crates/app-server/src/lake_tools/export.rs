//! `mangrove lake export`

use super::{DataArgs, look, time};
use anyhow::{Context, Result, bail};
use base_core::Scope;
use clap::{Args, ValueEnum};
use engine_event::{CommonField, Event};
use engine_lake::{Lake, Order, Query, SearchRequest};
use heavy_lake_datafusion::ParquetExport;
use serde_json::json;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

/// Events read at once.
const PAGE: usize = 5_000;

#[derive(Args, Clone, Debug)]
pub(super) struct ExportArgs {
    #[command(flatten)]
    data: DataArgs,
    /// Only events that match, as in the search page
    #[arg(value_name = "QUERY", default_value = "")]
    query: String,
    /// Begin of the time: RFC 3339, or a day
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// End of the time, not included
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
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
    /// All columns, all fields as JSON text
    Parquet,
}

/// Where events go.
enum Target<'a> {
    Ndjson(Box<dyn Write + 'a>),
    Csv(Box<csv::Writer<Box<dyn Write + 'a>>>),
    Parquet(Box<ParquetExport<BufWriter<File>>>),
}

pub(super) async fn run(args: &ExportArgs, out: &mut dyn Write) -> Result<bool> {
    let mut request = SearchRequest {
        from: args.from.as_deref().map(time).transpose()?,
        until: args.until.as_deref().map(time).transpose()?,
        query: Query::parse(&args.query).with_context(|| format!("the query {}", args.query))?,
        order: Order::Oldest,
        limit: PAGE,
        ..SearchRequest::default()
    };
    let lake = look(&args.data.data).await?;
    let mut target = Target::open(args, out)?;
    let mut count = 0;
    loop {
        let page = lake.search(&Scope::province(), &request).await?;
        target.add(&page.events)?;
        count += page.events.len();
        let Some(next) = page.next else { break };
        request.after = Some(next);
    }
    target.finish()?;
    if let Some(path) = &args.out {
        writeln!(out, "{count} events written to {}", path.display())?;
    }
    Ok(true)
}

impl<'a> Target<'a> {
    fn open(args: &ExportArgs, out: &'a mut dyn Write) -> Result<Self> {
        let file = match &args.out {
            Some(path) => Some(File::create(path).with_context(|| format!("cannot write {}", path.display()))?),
            None => None,
        };
        if args.format == Format::Parquet {
            let Some(file) = file else { bail!("a Parquet file is not for a terminal; name one with --out FILE") };
            return Ok(Self::Parquet(Box::new(ParquetExport::new(BufWriter::new(file))?)));
        }
        let out: Box<dyn Write + 'a> = match file {
            Some(file) => Box::new(BufWriter::new(file)),
            None => Box::new(out),
        };
        if args.format == Format::Ndjson {
            return Ok(Self::Ndjson(out));
        }
        let mut csv = csv::Writer::from_writer(out);
        let names = CommonField::ALL.iter().map(|field| field.name());
        csv.write_record(["time", "received", "unit", "source", "kind"].into_iter().chain(names).chain(["raw", "id"]))?;
        Ok(Self::Csv(Box::new(csv)))
    }

    fn add(&mut self, events: &[Event]) -> Result<()> {
        match self {
            Self::Ndjson(out) => events.iter().try_for_each(|e| Ok(writeln!(out, "{}", whole(e))?)),
            Self::Csv(csv) => events.iter().try_for_each(|e| Ok(csv.write_record(cells(e))?)),
            Self::Parquet(file) => Ok(file.add(events)?),
        }
    }

    fn finish(self) -> Result<()> {
        match self {
            Self::Ndjson(mut out) => Ok(out.flush()?),
            Self::Csv(mut csv) => Ok(csv.flush()?),
            Self::Parquet(file) => {
                let mut file = file.finish()?;
                file.flush()?;
                Ok(file.get_ref().sync_all()?)
            }
        }
    }
}

/// An event with everything known of it. Times are RFC 3339 in UTC.
fn whole(e: &Event) -> serde_json::Value {
    json!({
        "id": e.id, "time": e.time.to_string(), "received": e.received.to_string(), "unit": e.unit, "source": e.source,
        "kind": e.kind, "logsource": *e.logsource, "common": e.common, "fields": e.record, "marks": e.marks,
        "raw": e.raw_text(),
    })
}

fn cells(e: &Event) -> Vec<String> {
    let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
    let mut cells = vec![e.time.to_string(), e.received.to_string()];
    cells.push(text(e.unit.as_ref().map(|unit| unit.as_str())));
    cells.push(text(e.source.as_ref().map(|source| source.as_str())));
    cells.push(e.kind.to_string());
    cells.extend(CommonField::ALL.iter().map(|field| text(e.common.get(*field))));
    // A spreadsheet takes a cell that begins so for a formula.
    let guard = |cell: String| if cell.starts_with(['=', '+', '-', '@']) { format!("'{cell}") } else { cell };
    let mut cells: Vec<String> = cells.into_iter().map(guard).collect();
    cells.push(guard(e.raw_text().into_owned()));
    cells.push(e.id.to_string());
    cells
}
