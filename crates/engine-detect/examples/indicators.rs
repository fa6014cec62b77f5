//! What indicator lists cost: time and memory of building 1 and 10 million, and how much slower
//! detection becomes with them, measured by turns in one run.
//!
//! `cargo run --release -p engine-detect --example indicators -- SOURCES RULES FILE…`: folder of
//! source definitions, folder of rules, files of events (a lane each). The lists are made up; they
//! go through the same reader as real ones.
#![allow(clippy::print_stdout, clippy::cast_precision_loss, reason = "an example speaks to its user, in rates")]

use base_core::content::read_dir;
use base_core::{ManualClock, Timestamp};
use engine_detect::indicators::load::{Format, read};
use engine_detect::indicators::{Builder, IndicatorStore, IndicatorWatch, Indicators, ListSpec};
use engine_detect::{CompileOptions, MatchScratch, Matcher, RulePack};
use engine_event::{Event, EventId};
use engine_parse::{Catalog, Limits, Parser, ParserOptions, RecordReader};
use std::error::Error;
use std::io::{BufReader, Read};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

const NOW: Timestamp = Timestamp::from_secs(1_900_000_000);
const MAX_EVENTS: usize = 20_000;
const PASSES: usize = 10;

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let (Some(sources), Some(rules)) = (args.next(), args.next()) else {
        return Err("give a folder of sources, a folder of rules and files of events".into());
    };
    let million = build(1_000_000);
    drop(million);
    let indicators = Arc::new(build(10_000_000));

    let (catalog, _) = Catalog::load(&read_dir(Path::new(&sources), &["source.toml"])?.0);
    let catalog = Arc::new(catalog);
    let (pack, _) = RulePack::load_with(&read_dir(Path::new(&rules), &[".yml"])?.0, &[], &CompileOptions::default());
    let matcher = Matcher::new(Arc::new(pack));
    println!("{} rules", matcher.pack().len());
    for path in args {
        lane(&path, &catalog, &matcher, &indicators)?;
    }
    Ok(())
}

fn build(count: u64) -> Indicators {
    let (start, before) = (Instant::now(), memory("VmRSS"));
    let mut builder = Builder::new();
    let spec = ListSpec { id: "made-up".into(), title: "Made up".into(), ..ListSpec::default() };
    if let Some(list) = builder.list(spec) {
        let report = read(&mut builder, list, "made-up", Format::Csv, &mut BufReader::new(Feed::new(count)), NOW);
        println!("{} read in {:.2?}, {} mistakes", report.added, start.elapsed(), report.mistakes.len());
    }
    let start = Instant::now();
    let indicators = builder.build();
    let counts = indicators.counts();
    println!(
        "{} indicators built in {:.2?}: {} MB counted, {} MB more resident, {} MB at the peak",
        counts.total(),
        start.elapsed(),
        counts.bytes >> 20,
        memory("VmRSS").saturating_sub(before) >> 10,
        memory("VmHWM") >> 10,
    );
    println!("  {:?}", counts.kinds);
    indicators
}

/// Time this thread has had on a processor, as Linux tells it; it does not pass while others work.
fn cpu() -> Duration {
    let times = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    Duration::from_nanos(times.split_whitespace().next().and_then(|n| n.parse().ok()).unwrap_or(0))
}

/// KiB, as Linux tells it.
fn memory(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|l| l.starts_with(name));
    line.and_then(|l| l.split_whitespace().nth(1)).and_then(|n| n.parse().ok()).unwrap_or(0)
}

/// A table of made-up indicators, made while it is read.
struct Feed {
    left: u64,
    state: u64,
    line: Vec<u8>,
    at: usize,
}

impl Feed {
    fn new(count: u64) -> Self {
        Self { left: count, state: 0x9E37_79B9_7F4A_7C15, line: b"value,first_seen,source\n".to_vec(), at: 0 }
    }

    fn random(&mut self) -> u64 {
        // splitmix64
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn name(&mut self) -> String {
        const TOPS: [&str; 12] =
            ["com", "net", "org", "info", "vn", "com.vn", "ru", "xyz", "top", "shop", "co.uk", "online"];
        let (n, len) = (self.random(), 6 + self.random() % 12);
        let mut bits = self.random();
        let mut label = String::new();
        for _ in 0..len {
            label.push(char::from(b'a' + u8::try_from(bits % 26).unwrap_or(0)));
            bits = (bits / 26).wrapping_add(n << 32);
        }
        let top = TOPS.get(usize::try_from(n % 12).unwrap_or(0)).copied().unwrap_or("com");
        if n % 5 == 0 { format!("{:x}.{label}.{top}", n >> 52) } else { format!("{label}.{top}") }
    }

    fn fill(&mut self) {
        let (n, what) = (self.random(), self.random() % 100);
        let m = self.random();
        let value = match what {
            0..=29 => format!("{}.{}.{}.{}", 11 + n % 180, n >> 56, (n >> 40) & 255, (n >> 32) & 255),
            30..=64 => self.name(),
            65..=74 => format!("http://{}/{:x}/{}.php?id={:x}", self.name(), n >> 40, m % 1000, m >> 20),
            75..=79 => format!("{n:016x}{m:016x}"),
            80..=84 => format!("{n:016x}{m:016x}{:08x}", n ^ m >> 32 & 0xFFFF_FFFF).chars().take(40).collect(),
            85..=94 => format!("{n:016x}{m:016x}{:016x}{:016x}", n ^ 0x55, m ^ 0xAA),
            95..=96 => format!("2001:{:x}:{:x}::{:x}", (n & 0xFFF) + 1, n >> 48, m >> 48),
            97 => format!("{}.{}.{}.0/24", 11 + n % 180, n >> 56, (n >> 40) & 255),
            _ => format!("{:x}@{}", n >> 40, self.name()),
        };
        let (day, source) = (1 + n % 28, m % 500);
        self.line = format!("{value},2026-{:02}-{day:02},report {source}\n", 1 + m % 11).into_bytes();
        self.at = 0;
        self.left -= 1;
    }
}

impl Read for Feed {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        if self.at >= self.line.len() {
            if self.left == 0 {
                return Ok(0);
            }
            self.fill();
        }
        let rest = self.line.get(self.at..).unwrap_or_default();
        let count = rest.len().min(out.len());
        if let (Some(to), Some(from)) = (out.get_mut(..count), rest.get(..count)) {
            to.copy_from_slice(from);
        }
        self.at += count;
        Ok(count)
    }
}

fn lane(
    path: &str,
    catalog: &Arc<Catalog>,
    matcher: &Matcher,
    indicators: &Arc<Indicators>,
) -> Result<(), Box<dyn Error>> {
    let (events, parsing) = events(path, catalog)?;
    let store = IndicatorStore::new(ManualClock::at(NOW));
    store.replace(Arc::clone(indicators));
    let mut watch = IndicatorWatch::new(store);
    let (mut scratch, mut hits, mut found) = (MatchScratch::new(), Vec::new(), Vec::new());
    let (mut without, mut with) = (Duration::MAX, Duration::MAX);
    // By turns, and the best of each, so that what else the machine does weighs on both alike.
    for _ in 0..PASSES {
        hits.clear();
        let start = cpu();
        events.iter().for_each(|e| matcher.hits(e, &mut scratch, &mut hits));
        without = without.min(cpu().saturating_sub(start));
        hits.clear();
        found.clear();
        let start = cpu();
        for event in &events {
            matcher.hits(event, &mut scratch, &mut hits);
            watch.observe(event, &mut found);
        }
        with = with.min(cpu().saturating_sub(start));
    }
    let each = |time: Duration| time.as_secs_f64() * 1e9 / events.len().max(1) as f64;
    println!(
        "{path}: {} events, read and parse {:.0} ns, rules {:.0} ns, with indicators {:.0} ns",
        events.len(),
        each(parsing),
        each(without),
        each(with)
    );
    println!(
        "  indicators {:.0} ns: rules ×{:.3}, read, parse and rules ×{:.3}; {} detections",
        each(with) - each(without),
        each(with) / each(without),
        (each(parsing) + each(with)) / (each(parsing) + each(without)),
        found.len()
    );
    Ok(())
}

fn events(path: &str, catalog: &Arc<Catalog>) -> Result<(Vec<Event>, Duration), Box<dyn Error>> {
    let mut parser = Parser::new(Arc::clone(catalog), ParserOptions::default());
    let mut reader = RecordReader::open(Path::new(path), Limits::default())?;
    let (mut events, start) = (Vec::new(), cpu());
    while let Some(record) = reader.next() {
        let Ok(record) = record else { continue };
        if events.len() >= MAX_EVENTS {
            break;
        }
        let id = EventId::from_journal(0, events.len() as u64);
        events.push(parser.parse(&record.as_raw(NOW, None), id));
    }
    let parsing = cpu().saturating_sub(start);
    Ok((events, parsing))
}
