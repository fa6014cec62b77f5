//! Rates of reading and parsing, beside a plain `serde_json::Value` of the same records in the same run.
//!
//! `cargo run --profile fast -p engine-parse --example parse_rates -- content/sources FILE…`
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a measuring tool"
)]
#![allow(clippy::cast_precision_loss, reason = "rates are printed with three digits")]

use base_core::{Timestamp, content};
use engine_event::EventId;
use engine_parse::{Catalog, Limits, Parser, ParserOptions, Raw, RecordReader, Transport};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

fn main() {
    let mut args = std::env::args().skip(1);
    let sources = args.next().expect("folder of sources");
    let (files, _) = content::read_dir(Path::new(&sources), &["source.toml"]).expect("sources");
    let (catalog, errors) = Catalog::load(&files);
    assert!(errors.is_empty(), "{errors:?}");
    let mut parser = Parser::new(Arc::new(catalog), ParserOptions::default());
    let received = Timestamp::from_secs(1_795_348_800);
    let (mut read, mut parse, mut baseline) = (Duration::ZERO, Duration::ZERO, Duration::ZERO);
    let (mut count, mut bytes, mut skipped, mut unparsed) = (0_u64, 0_u64, 0_u64, 0_u64);
    for path in args {
        let start = Instant::now();
        let mut records = Vec::new();
        for item in RecordReader::open(Path::new(&path), Limits::default()).expect("opens") {
            match item {
                Ok(record) => records.push(record),
                Err(_) => skipped += 1,
            }
        }
        read += start.elapsed();
        count += records.len() as u64;
        bytes += records.iter().map(|r| r.bytes.len() as u64).sum::<u64>();
        let start = Instant::now();
        for record in &records {
            if let Ok(value) = serde_json::from_slice::<serde_json::Value>(&record.bytes) {
                std::hint::black_box(value);
            }
        }
        baseline += start.elapsed();
        let start = Instant::now();
        for record in records {
            let raw = Raw { bytes: &[], received, hint: None, peer: None, transport: Transport::File };
            let event = parser.parse_owned(record.bytes, &raw, EventId::default());
            unparsed += u64::from(event.marks.unparsed);
            parser.recycle(event);
        }
        parse += start.elapsed();
    }
    let rate = |time: Duration| count as f64 / time.as_secs_f64() / 1e3;
    let mb = |time: Duration| bytes as f64 / time.as_secs_f64() / 1e6;
    println!("{count} records, {} B each, {skipped} skipped, {unparsed} unparsed", bytes / count.max(1));
    println!("read            {:8.0} k/s {:8.0} MB/s", rate(read), mb(read));
    println!("parse to event  {:8.0} k/s {:8.0} MB/s", rate(parse), mb(parse));
    println!("serde Value     {:8.0} k/s {:8.0} MB/s", rate(baseline), mb(baseline));
    println!("parse / Value   {:8.2} of the time", parse.as_secs_f64() / baseline.as_secs_f64());
}
