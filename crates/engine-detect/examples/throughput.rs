//! How fast rules are loaded and events matched, on one core.
//!
//! `cargo run --release -p engine-detect --example throughput -- SOURCES RULES FILE…`:
//! folder of source definitions, folder of rules, files of events. Parsing and matching are
//! measured apart, so that the share of each can be seen; every pass must find the same hits.
#![allow(clippy::print_stdout, reason = "an example speaks to its user")]

use base_core::Timestamp;
use base_core::content::read_dir;
use engine_detect::{CompileOptions, MatchScratch, Matcher, RulePack};
use engine_event::EventId;
use engine_parse::{Catalog, Limits, Parser, ParserOptions, RecordReader};
use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

const MAX_EVENTS: usize = 100_000;

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let (Some(sources), Some(rules)) = (args.next(), args.next()) else {
        return Err("give a folder of sources, a folder of rules and files of events".into());
    };
    let (files, _) = read_dir(Path::new(&rules), &[".yml"])?;
    let start = Instant::now();
    let (pack, errors) = RulePack::load_with(&files, &[], &CompileOptions::default());
    println!("{} rules loaded in {:.2?}, {} left out", pack.len(), start.elapsed(), errors.len());

    let (catalog, _) = Catalog::load(&read_dir(Path::new(&sources), &["source.toml"])?.0);
    let mut parser = Parser::new(Arc::new(catalog), ParserOptions::default());
    let (mut events, mut bytes, mut parsing) = (Vec::new(), 0, Duration::ZERO);
    for path in args {
        let mut reader = RecordReader::open(Path::new(&path), Limits::default())?;
        while let Some(record) = reader.next() {
            let Ok(record) = record else { continue };
            if events.len() >= MAX_EVENTS {
                break;
            }
            bytes += record.bytes.len();
            let id = EventId::from_journal(0, events.len() as u64);
            let start = Instant::now();
            events.push(parser.parse(&record.as_raw(Timestamp::from_secs(1_900_000_000), None), id));
            parsing += start.elapsed();
        }
    }
    let count = events.len();
    println!(
        "{count} events, {} bytes each, parsed at {:.0} events/s",
        bytes / count.max(1),
        per_second(count, parsing)
    );

    let matcher = Matcher::new(Arc::new(pack));
    let (mut scratch, mut found) = (MatchScratch::new(), Vec::new());
    for pass in 0..4 {
        found.clear();
        let start = Instant::now();
        events.iter().for_each(|e| matcher.hits(e, &mut scratch, &mut found));
        let name = if pass == 0 { "cold" } else { "warm" };
        println!("{name}: {:.0} events/s, {} hits", per_second(count, start.elapsed()), found.len());
    }
    let start = Instant::now();
    let explained = events.iter().map(|e| {
        found.clear();
        matcher.hits(e, &mut scratch, &mut found);
        found.iter().filter_map(|hit| matcher.detection(e, *hit)).count()
    });
    let detections: usize = explained.sum();
    println!("with detections made: {:.0} events/s, {detections} detections", per_second(count, start.elapsed()));
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "a rate for people")]
fn per_second(count: usize, time: Duration) -> f64 {
    count as f64 / time.as_secs_f64().max(1e-9)
}
