//! What the lake costs: bytes per event, rate of writing and merging, time of searches.
//!
//! `cargo run --release -p heavy-lake-datafusion --example lake -- write DIR SOURCES COUNT FILE…`
//! parses the records of the files (all files by turns, line by line) with the source
//! definitions, writes COUNT of them and merges. Beyond the first round the records are repeated
//! with other hosts; times go on at 100 events a second.
//!
//! `… -- many DIR COUNT` makes a lake of COUNT small files, `… -- columns DIR` prints the bytes of each column, `… -- search DIR QUERY…` the times of
//! searches, `… -- count DIR FIELD` that of counting the values of a field, `… -- open DIR` the time of opening. `docs/benchmarks/lake.sh` does it all.
#![allow(clippy::print_stdout, clippy::cast_precision_loss, reason = "an example speaks to its user, in rates")]

use base_core::content::read_dir;
use base_core::{Scope, Timestamp};
use datafusion::parquet::file::reader::{FileReader, SerializedFileReader};
use engine_event::EventId;
use engine_lake::query::FieldRef;
use engine_lake::{Lake, Query, SearchRequest, SurveyAsk};
use engine_parse::{Catalog, Parser, ParserOptions, Raw, Transport};
use heavy_lake_datafusion::{LakeOptions, ParquetLake};
use std::collections::BTreeMap;
use std::error::Error;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// As the program has it: freed pages are used again instead of going back to the kernel.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Events handed to the lake at once, as the pipeline does under load.
const RANGE: usize = 50_000;
/// Records that arrive together.
const ARRIVAL: u64 = 200;
/// When the made-up arrival begins.
const ARRIVES: Timestamp = Timestamp::from_secs(1_795_000_000);
/// Time of the first event, and from one to the next.
const BEGINS: Timestamp = Timestamp::from_secs(1_794_900_000);
const STEP_MICROS: i64 = 10_000;
/// Passes of each search, of which the median is told; PASSES says another number.
fn passes() -> usize {
    std::env::var("PASSES").ok().and_then(|n| n.parse().ok()).unwrap_or(5)
}

/// In milliseconds.
fn median(sorted: &[Duration]) -> f64 {
    sorted.get(sorted.len() / 2).copied().unwrap_or_default().as_secs_f64() * 1000.0
}

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let runtime = tokio::runtime::Runtime::new()?;
    match args.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["write", dir, sources, count, files @ ..] if !files.is_empty() => {
            runtime.block_on(write(Path::new(dir), sources, count.parse()?, files))
        }
        ["columns", dir] => columns(Path::new(dir)),
        ["search", dir, queries @ ..] => runtime.block_on(search(Path::new(dir), queries)),
        ["count", dir, field] => runtime.block_on(count(Path::new(dir), field)),
        ["many", dir, count] => runtime.block_on(many(Path::new(dir), count.parse()?)),
        ["open", dir] => runtime.block_on(open_timed(Path::new(dir))),
        _ => Err("write DIR SOURCES COUNT FILE… | columns DIR | search DIR QUERY… | count DIR FIELD | many DIR COUNT | open DIR".into()),
    }
}

/// Lines of several files by turns, again and again.
struct Lanes {
    paths: Vec<String>,
    open: Vec<Option<BufReader<File>>>,
    turn: usize,
    round: u64,
}

impl Lanes {
    fn new(paths: &[&str]) -> Result<Self> {
        let paths: Vec<String> = paths.iter().map(|path| (*path).to_owned()).collect();
        let open = Self::reopen(&paths)?;
        Ok(Self { paths, open, turn: 0, round: 0 })
    }

    fn reopen(paths: &[String]) -> Result<Vec<Option<BufReader<File>>>> {
        paths.iter().map(|path| Ok(Some(BufReader::with_capacity(1 << 20, File::open(path)?)))).collect()
    }

    fn next(&mut self, line: &mut Vec<u8>) -> Result<()> {
        loop {
            if self.open.iter().all(Option::is_none) {
                self.open = Self::reopen(&self.paths)?;
                self.round += 1;
            }
            let turn = self.turn % self.open.len();
            self.turn += 1;
            let Some(file) = self.open.get_mut(turn) else { continue };
            let Some(reader) = file else { continue };
            line.clear();
            reader.read_until(b'\n', line)?;
            if line.is_empty() {
                *file = None;
                continue;
            }
            if line.last() == Some(&b'\n') {
                line.pop();
            }
            if self.round > 0 {
                self.shift(line);
            }
            return Ok(());
        }
    }

    /// Another host and, where the record has its time in a place of its own, another day.
    fn shift(&self, line: &mut Vec<u8>) {
        let text = String::from_utf8_lossy(line).into_owned();
        let host = format!("-{:02}\"", self.round % 100);
        let mut text = text;
        for name in ["\"Computer\":\"", "\"Hostname\":\"", "\"host\":\""] {
            if let Some(at) = text.find(name).map(|at| at + name.len())
                && let Some(end) = text.get(at..).and_then(|rest| rest.find('"')).map(|end| at + end)
            {
                text.replace_range(end..=end, &host);
            }
        }
        *line = text.into_bytes();
    }
}

async fn write(dir: &Path, sources: &str, count: u64, files: &[&str]) -> Result<()> {
    let (catalog, mistakes) = Catalog::load(&read_dir(Path::new(sources), &["source.toml"])?.0);
    assert!(mistakes.is_empty(), "{mistakes:?}");
    let mut parser = Parser::new(Arc::new(catalog), ParserOptions::default());
    let options = LakeOptions { sync: false, ..LakeOptions::default() };
    let (lake, _) = ParquetLake::open(dir, options).await?;
    let (mut lanes, mut line) = (Lanes::new(files)?, Vec::new());
    let (mut spent, mut raw_bytes, mut next) = (Duration::ZERO, 0_u64, lake.committed().await?);
    let mut merging = Duration::ZERO;
    while next < count {
        let first = next;
        let mut events = Vec::with_capacity(RANGE);
        while events.len() < RANGE && next < count {
            lanes.next(&mut line)?;
            let received = ARRIVES.plus_micros(i64::try_from(next / ARRIVAL)? * 4_000);
            let raw = Raw { bytes: &line, received, hint: None, peer: None, transport: Transport::Http };
            let mut event = parser.parse(&raw, EventId::from_journal(7, next));
            // The lanes come from many days; a busy server has them within the hour. Their own
            // times are too regular when spread, so each is off by up to a step.
            let jitter = (next.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) % u64::try_from(STEP_MICROS)?;
            event.time = BEGINS.plus_micros(i64::try_from(next)? * STEP_MICROS + i64::try_from(jitter)?);
            raw_bytes += event.raw.len() as u64;
            events.push(event);
            next += 1;
        }
        let begin = Instant::now();
        lake.write(first..next, &events).await?;
        spent += begin.elapsed();
        if (next / RANGE as u64).is_multiple_of(8) {
            let begin = Instant::now();
            lake.compact(false).await?;
            merging += begin.elapsed();
        }
    }
    let fresh = lake.stats().await?;
    let begin = Instant::now();
    lake.compact(true).await?;
    merging += begin.elapsed();
    let stats = lake.stats().await?;
    println!(
        "{} events, {} raw bytes each; written at {:.0} events/s, {} files, {:.1} B/event; merged at {:.0} events/s (all levels): {} files, {:.2} B/event",
        stats.events,
        raw_bytes / stats.events.max(1),
        stats.events as f64 / spent.as_secs_f64(),
        fresh.files,
        fresh.bytes_per_event().unwrap_or(0.0),
        stats.events as f64 / merging.as_secs_f64(),
        stats.files,
        stats.bytes_per_event().unwrap_or(0.0),
    );
    Ok(())
}

/// Bytes of each column over all files, and what is between them (index, footer, filters).
fn columns(dir: &Path) -> Result<()> {
    let (mut sums, mut whole, mut rows, mut groups) = (BTreeMap::<String, i64>::new(), 0_i64, 0_i64, 0);
    let mut folders = vec![PathBuf::from(dir).join("data")];
    while let Some(folder) = folders.pop() {
        for item in std::fs::read_dir(folder)? {
            let path = item?.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            whole += i64::try_from(path.metadata()?.len())?;
            let reader = SerializedFileReader::new(File::open(&path)?)?;
            rows += reader.metadata().file_metadata().num_rows();
            for pair in reader.metadata().file_metadata().key_value_metadata().into_iter().flatten() {
                if pair.key == "mangrove.text_index" {
                    let bytes = pair.value.as_deref().and_then(|v| v.split_once(',')).map_or("0", |(_, b)| b);
                    *sums.entry("(text index)".to_owned()).or_default() += bytes.parse::<i64>()?;
                }
            }
            for group in reader.metadata().row_groups() {
                groups += 1;
                for column in group.columns() {
                    *sums.entry(column.column_path().string()).or_default() += column.compressed_size();
                    *sums.entry("(bloom filters)".to_owned()).or_default() +=
                        i64::from(column.bloom_filter_length().unwrap_or(0));
                    let pages = column.offset_index_length().unwrap_or(0) + column.column_index_length().unwrap_or(0);
                    *sums.entry("(page index)".to_owned()).or_default() += i64::from(pages);
                }
            }
        }
    }
    let rest = whole - sums.values().sum::<i64>();
    sums.insert("(footer and the rest)".to_owned(), rest);
    let mut sums: Vec<_> = sums.into_iter().collect();
    sums.sort_by_key(|(_, bytes)| -bytes);
    for (name, bytes) in sums.iter().filter(|(_, bytes)| *bytes * 200 > rows) {
        println!("{:8.3} B/event  {name}", *bytes as f64 / rows as f64);
    }
    println!("{:8.3} B/event  all, {rows} rows in {groups} row groups", whole as f64 / rows as f64);
    Ok(())
}

async fn search(dir: &Path, queries: &[&str]) -> Result<()> {
    let (lake, _) = ParquetLake::open(dir, LakeOptions::default()).await?;
    for text in queries {
        let request = SearchRequest { limit: 100, ..SearchRequest::of(Query::parse(text)?) };
        let (mut pages, mut counts) = (Vec::new(), Vec::new());
        let (mut found, mut total) = (0, 0);
        for _ in 0..passes() {
            let begin = Instant::now();
            found = lake.search(&Scope::province(), &request).await?.events.len();
            pages.push(begin.elapsed());
            let begin = Instant::now();
            total = lake.histogram(&Scope::province(), &request, 60).await?.iter().map(|bar| bar.count).sum::<u64>();
            counts.push(begin.elapsed());
        }
        pages.sort_unstable();
        counts.sort_unstable();
        println!(
            "{text:?}: {total} found, all counted in {:.1} ms; first page of {found} in {:.1} ms",
            median(&counts),
            median(&pages)
        );
    }
    Ok(())
}

async fn count(dir: &Path, field: &str) -> Result<()> {
    let (lake, _) = ParquetLake::open(dir, LakeOptions::default()).await?;
    let ask = SurveyAsk { fields: vec![FieldRef::named(field)], ..SurveyAsk::default() };
    let (mut times, mut top) = (Vec::new(), String::new());
    for _ in 0..passes() {
        let begin = Instant::now();
        let request = SearchRequest::of(Query::everything());
        let survey = lake.survey(&Scope::province(), &request, &ask).await?;
        times.push(begin.elapsed());
        top = format!("{:?}", survey.fields.first().map(|counts| counts.top(1)));
    }
    times.sort_unstable();
    println!("counts by {field}: {:.1} ms, first {top}", median(&times));
    Ok(())
}

/// A lake of so many files, one event each, over as many days.
async fn many(dir: &Path, count: u64) -> Result<()> {
    const FILES_OF_WRITE: u64 = 32;
    let (lake, _) = ParquetLake::open(dir, LakeOptions { sync: false, ..LakeOptions::default() }).await?;
    let mut next = 0;
    while next < count {
        let end = (next + FILES_OF_WRITE).min(count);
        let events: Vec<_> = (next..end)
            .map(|n| engine_lake::contract::samples::Facts { n: n * 24 }.event())
            .zip(next..end)
            .map(|(mut event, n)| {
                event.id = EventId::from_journal(7, n);
                event
            })
            .collect();
        lake.write(next..end, &events).await?;
        next = end;
    }
    println!("{} files", lake.stats().await?.files);
    Ok(())
}

async fn open_timed(dir: &Path) -> Result<()> {
    let begin = Instant::now();
    let (lake, report) = ParquetLake::open(dir, LakeOptions::default()).await?;
    println!(
        "{} files opened in {:.1} ms, {} damaged",
        report.files,
        begin.elapsed().as_secs_f64() * 1000.0,
        report.damaged.len()
    );
    drop(lake);
    Ok(())
}
