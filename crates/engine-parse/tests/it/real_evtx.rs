//! The EVTX sets of the shared data: every record, and the same fields as their JSON twins.

use crate::kit::{in_two, parse_bytes};
use base_testkit::{shared_dir, unpack_tar_zst};
use engine_parse::{FileFormat, Limits, RecordReader};
use std::collections::BTreeMap;
use std::path::Path;

struct Counted {
    path: String,
    expected: u64,
    records: u64,
    lost: u64,
    kinds: BTreeMap<String, u64>,
    unparsed: u64,
    no_time: u64,
    bad: Vec<String>,
}

fn count_file(parser: &mut engine_parse::Parser, root: &Path, row: &(String, u64)) -> Counted {
    let mut counted = Counted {
        path: row.0.clone(),
        expected: row.1,
        records: 0,
        lost: 0,
        kinds: BTreeMap::new(),
        unparsed: 0,
        no_time: 0,
        bad: Vec::new(),
    };
    let reader = RecordReader::open(&root.join(&row.0), Limits::default()).expect("opens");
    assert_eq!(reader.format(), FileFormat::Evtx);
    for item in reader {
        match item {
            Ok(record) => {
                counted.records += 1;
                let event = parse_bytes(parser, &record.bytes, None);
                *counted.kinds.entry(event.kind.to_string()).or_default() += 1;
                counted.unparsed += u64::from(event.marks.unparsed);
                counted.no_time += u64::from(event.marks.no_time);
                if event.record.get("EventID").is_none() || event.logsource.product.is_none() {
                    counted.bad.push(event.raw_text().chars().take(200).collect());
                }
                parser.recycle(event);
            }
            Err(skip) => {
                counted.lost += skip.records_lost_estimate.unwrap_or(0);
                counted.bad.push(skip.to_string());
            }
        }
    }
    counted
}

fn check(set: &str) {
    let Some(shared) = shared_dir() else { return };
    let folder = shared.join("data/evtx");
    let unpacked = tempfile::tempdir().expect("folder");
    unpack_tar_zst(&folder.join(format!("{set}.tar.zst")), unpacked.path());
    let table = std::fs::read_to_string(folder.join(format!("{set}-records.tsv"))).expect("table");
    let rows: Vec<(String, u64)> = table
        .lines()
        .skip(1)
        .map(|line| {
            let cells: Vec<&str> = line.split('\t').collect();
            (cells[0].to_owned(), cells[2].parse().expect("count"))
        })
        .collect();
    let counted = in_two(&rows, |parser, row| count_file(parser, unpacked.path(), row));
    let mut kinds: BTreeMap<String, u64> = BTreeMap::new();
    let mut faults = Vec::new();
    let (mut total, mut unparsed, mut no_time) = (0, 0, 0);
    for file in &counted {
        total += file.records;
        unparsed += file.unparsed;
        no_time += file.no_time;
        for (kind, count) in &file.kinds {
            *kinds.entry(kind.clone()).or_default() += count;
        }
        if file.records != file.expected || !file.bad.is_empty() {
            faults.push(format!(
                "{}: {} records of {}, {} lost: {:?}",
                file.path, file.records, file.expected, file.lost, file.bad
            ));
        }
    }
    eprintln!(
        "{set}: {total} records of {} files, unparsed {unparsed}, without time {no_time}, {kinds:?}",
        counted.len()
    );
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert_eq!((unparsed, no_time), (0, 0));
}

#[test]
fn attack_samples_are_read_to_the_last_record() {
    check("evtx-attack-samples");
}

#[test]
fn damaged_and_odd_files_are_read_to_the_last_record() {
    check("evtx-parser-samples");
}

/// Versions of the library differ in how they write GUIDs and the decimals of times.
fn plain(text: &str) -> String {
    let text = text.trim_matches(['{', '}']).to_ascii_lowercase();
    match text.split_once('.') {
        Some((before, after)) if before.len() == 19 && before.contains('t') && after.ends_with('z') => {
            format!("{before}.{:0<6.6}", after.trim_end_matches('z'))
        }
        _ => text,
    }
}

/// The same events as JSON lines of another tool give the same kinds and fields.
#[test]
fn evtx_and_its_json_give_the_same_events() {
    let Some(shared) = shared_dir() else { return };
    let folder = shared.join("data/evtx");
    let unpacked = tempfile::tempdir().expect("folder");
    unpack_tar_zst(&folder.join("evtx-attack-samples.tar.zst"), unpacked.path());
    unpack_tar_zst(&folder.join("evtx-attack-samples-json.tar.zst"), unpacked.path());
    let mut parser = crate::kit::parser();
    let mut compared = 0;
    let table = std::fs::read_to_string(folder.join("evtx-attack-samples-records.tsv")).expect("table");
    for line in table.lines().skip(1).step_by(9) {
        let evtx = unpacked.path().join(line.split('\t').next().expect("path"));
        let json = evtx.with_extension("jsonl");
        let left = RecordReader::open(&evtx, Limits::default()).expect("evtx");
        let right = RecordReader::open(&json, Limits::default()).expect("json");
        for (left, right) in left.zip(right) {
            let left = parse_bytes(&mut parser, &left.expect("whole").bytes, None);
            let right = parse_bytes(&mut parser, &right.expect("whole").bytes, None);
            assert_eq!(
                (&left.kind, &left.logsource, left.time),
                (&right.kind, &right.logsource, right.time),
                "{}",
                evtx.display()
            );
            // The other tool adds its own number and time in front.
            let fields = |event: &engine_event::Event| {
                event
                    .record
                    .iter()
                    .filter(|f| !matches!(f.name, "event_record_id" | "timestamp"))
                    .map(|f| (f.name.to_owned(), plain(f.text)))
                    .collect::<Vec<_>>()
            };
            assert_eq!(fields(&left), fields(&right), "{}", evtx.display());
            compared += 1;
        }
    }
    eprintln!("{compared} events compared");
    assert!(compared > 500);
}

/// A damaged chunk costs its own records and no others.
#[test]
fn a_corrupt_chunk_costs_only_itself() {
    let Some(shared) = shared_dir() else { return };
    let unpacked = tempfile::tempdir().expect("folder");
    unpack_tar_zst(&shared.join("data/evtx/evtx-parser-samples.tar.zst"), unpacked.path());
    let whole = std::fs::read(unpacked.path().join("python-evtx/tests/data/security.evtx")).expect("file");
    let count = |bytes: Vec<u8>| {
        let reader = RecordReader::from_read("security.evtx", Box::new(std::io::Cursor::new(bytes)), Limits::default())
            .expect("opens");
        let (mut records, mut skipped) = (0, Vec::new());
        for item in reader {
            match item {
                Ok(_) => records += 1,
                Err(skip) => skipped.push(skip),
            }
        }
        (records, skipped)
    };
    let (all, skipped) = count(whole.clone());
    assert_eq!((all, skipped.len()), (2261, 0));
    let chunk = |n: usize| 4096 + n * 65_536;
    // The header of a chunk overwritten.
    let mut bytes = whole.clone();
    bytes[chunk(3)..chunk(3) + 512].fill(0xa5);
    let (records, skipped) = count(bytes);
    assert!(records > 2000 && records < all && skipped.len() == 1, "{records} {skipped:?}");
    assert_eq!(skipped[0].place, engine_parse::Place::Chunk(3));
    // The middle of a chunk overwritten: the records before it are kept.
    let mut bytes = whole.clone();
    bytes[chunk(3) + 30_000..chunk(3) + 34_000].fill(0xa5);
    let (records, skipped) = count(bytes);
    assert!(records > 2150 && records < all && !skipped.is_empty(), "{records} {skipped:?}");
    // The end cut off inside a chunk, and the file header gone.
    let (records, skipped) = count(whole[..chunk(5) + 40_000].to_vec());
    assert!(records > 400 && !skipped.is_empty(), "{records} {skipped:?}");
    let mut bytes = whole;
    bytes[..4096].fill(0);
    assert_eq!(count(bytes).0, all);
}
