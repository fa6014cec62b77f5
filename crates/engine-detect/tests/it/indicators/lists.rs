//! Lists as they are published: real ones, and broken ones.

use super::{NOW, add, spec};
use engine_detect::indicators::load::{Format, LoadReport, read};
use engine_detect::indicators::{Builder, IndicatorKind, ListSpec};
use proptest::prelude::*;
use std::io::BufReader;
use std::path::Path;

fn count(builder: Builder, kind: IndicatorKind) -> usize {
    builder.build().counts().kinds.iter().find(|(k, _)| *k == kind).map_or(0, |(_, n)| *n)
}

#[test]
fn mistakes_are_told_with_line_and_remedy_and_the_rest_is_taken() {
    let mut builder = Builder::new();
    let text = "# list\n1.2.3.4 5\n\nnot-an-indicator\n0.0.0.0 tracker.example\nhxxp://evil[.]com/x # c\ngov.vn\n";
    let report = add(&mut builder, spec("a"), Format::Text, text);
    assert_eq!(report.added, 3);
    let lines: Vec<_> = report.mistakes.iter().map(|m| (m.line, m.file.as_str(), !m.remedy.is_empty())).collect();
    assert_eq!(lines, [(Some(4), "list.txt", true), (Some(7), "list.txt", true)]);

    let table = "# note\nfirst_seen;ioc;type;confidence;tlp;expires\n2026-01-02;evil.com;domain;80;tlp:green;2027-01-01\n\
                 ;x.exe;filename;;;\n;bad value;domain;;;\n;8.8.4.4;ip;high;;soon\n\"open;1.1.1.1;ip;;;\n";
    let report = add(&mut builder, ListSpec { min_confidence: 50, ..spec("b") }, Format::Csv, table);
    assert_eq!((report.added, report.other_kinds.get("filename")), (2, Some(&1)));
    assert_eq!(report.mistakes.iter().map(|m| m.line).collect::<Vec<_>>(), [Some(5), Some(6), Some(6), Some(7)]);

    let rows = "{\"type\":\"domain\",\"value\":\"a.example\",\"confidence\":40}\n{\"x\":1}\nnonsense\n";
    let report = add(&mut builder, ListSpec { min_confidence: 50, ..spec("c") }, Format::Ndjson, rows);
    assert_eq!((report.added, report.unwanted), (0, 1));
    assert_eq!(report.mistakes.iter().map(|m| m.line).collect::<Vec<_>>(), [Some(2), Some(3)]);

    let report = add(&mut builder, spec("d"), Format::Csv, "name,age\nx,1\n");
    assert_eq!(report.mistakes.len(), 1);
    assert_eq!(report.mistakes[0].line, Some(1));
}

#[test]
fn misp_and_stix_are_read() {
    let misp = r#"{"Event":{"info":"Worm","date":"2026-01-02","Tag":[{"name":"tlp:red"}],"Attribute":[
        {"type":"domain","value":"evil.com","to_ids":true,"timestamp":"1767312000"},
        {"type":"filename|sha256","value":"a.exe|ef537f25c895bfa782526529a9b63d97aa631564d5d789c2b765448c8635fb6c","to_ids":"1"},
        {"type":"domain|ip","value":"bad.example|192.0.2.4","to_ids":true},
        {"type":"domain","value":"harmless.example","to_ids":false},
        {"type":"mutex","value":"x","to_ids":true},
        {"type":"ip-dst","value":"not an address","to_ids":true}],
        "Object":[{"name":"file","Attribute":[{"type":"md5","value":"5d8129be965fab8115eca34fc84bd7f0","to_ids":true}]}]}}"#;
    let mut builder = Builder::new();
    let report = add(&mut builder, spec("m"), Format::guess(misp.as_bytes()), misp);
    assert_eq!((report.added, report.unwanted, report.other_kinds.get("mutex")), (5, 1, Some(&1)));
    assert_eq!(report.mistakes.iter().map(|m| m.line).collect::<Vec<_>>(), [Some(7)]);

    let stix = r#"{"type":"bundle","id":"bundle--1","objects":[
        {"type":"indicator","id":"indicator--1","pattern_type":"stix","pattern":"[ipv4-addr:value = '192.0.2.9']","valid_from":"2026-01-01T00:00:00Z"},
        {"type":"indicator","id":"indicator--2","pattern_type":"stix","pattern":"[url:value = 'x' AND file:size = 1]"},
        {"type":"indicator","id":"indicator--3","revoked":true,"pattern":"[domain-name:value = 'gone.example']"},
        {"type":"indicator","id":"indicator--4","pattern_type":"yara","pattern":"rule x"},
        {"type":"malware","id":"malware--1"}]}"#;
    let report = add(&mut builder, spec("s"), Format::guess(stix.as_bytes()), stix);
    assert_eq!((report.added, report.unwanted, report.other_kinds.get("yara")), (1, 1, Some(&1)));
    assert_eq!(report.mistakes.iter().map(|m| m.line).collect::<Vec<_>>(), [Some(3)]);
    let counts = builder.build().counts();
    assert_eq!(counts.total(), 6, "{counts:?}");
}

fn file(builder: &mut Builder, path: &Path, format: Option<Format>) -> LoadReport {
    let bytes = std::fs::read(path).expect("a file");
    let list = builder.list(spec(&format!("l{}", builder.len()))).expect("room");
    let format = format.unwrap_or_else(|| Format::guess(&bytes));
    read(builder, list, &path.display().to_string(), format, &mut BufReader::new(&bytes[..]), NOW)
}

#[test]
fn published_lists_are_read_whole() {
    let Some(shared) = base_testkit::shared_dir() else { return };
    let (data, dir) = (shared.join("data/threat-intel"), tempfile::tempdir().expect("a folder"));
    for archive in
        ["misp/eset-misp-events.tar.zst", "misp/pymisp-test-events.tar.zst", "stix/idioms-stix20-stix21.tar.zst"]
    {
        base_testkit::unpack_tar_zst(&data.join(archive), dir.path());
    }
    let mut total = LoadReport::default();
    let mut builder = Builder::new();
    let mut paths: Vec<_> = walk(dir.path());
    paths.extend(walk(&data.join("stix/examples-stix21")));
    for path in paths {
        let name = path.display().to_string();
        let report = file(&mut builder, &path, None);
        for mistake in &report.mistakes {
            println!("{mistake}");
        }
        let hashes = name.ends_with(".md5") || name.ends_with(".sha1") || name.ends_with(".sha256");
        // One sum among the published ones has an `s` behind it.
        assert!(!hashes || report.mistakes.len() <= 1, "{name}");
        total.added += report.added;
        total.unwanted += report.unwanted;
    }
    println!("{} taken, {} unwanted, {:?}", total.added, total.unwanted, builder.build().counts());
    assert!(total.added > 10_000, "{}", total.added);
}

fn walk(dir: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    let mut stack = vec![dir.to_path_buf()];
    while let Some(folder) = stack.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder").flatten() {
            let path = entry.path();
            let ending = path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_owned();
            if path.is_dir() {
                stack.push(path);
            } else if ["json", "md5", "sha1", "sha256"].contains(&ending.as_str()) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

#[test]
fn large_feeds_are_read_and_found_again() {
    let Some(shared) = base_testkit::shared_dir() else { return };
    let read_all = |name: &str, format| {
        let text = base_testkit::read_zst(&shared.join("data/threat-intel/ioc").join(name));
        let mut builder = Builder::new();
        let list = builder.list(spec("feed")).expect("room");
        let report = read(&mut builder, list, name, format, &mut BufReader::new(&text[..]), NOW);
        println!("{name}: {} taken, {:?}, {} mistakes", report.added, report.other_kinds, report.mistakes.len());
        report.mistakes.iter().take(10).for_each(|m| println!("{m}"));
        (builder, report)
    };
    let (ipsum, report) = read_all("ipsum-ip-reputation.tsv.zst", Format::Text);
    assert!(report.mistakes.is_empty());
    assert_eq!(count(ipsum, IndicatorKind::Address), 120_430);
    let (trails, report) = read_all("maltrail-trails.jsonl.zst", Format::Ndjson);
    assert!(report.mistakes.len() < 400 && report.further_mistakes == 0);
    let counts = trails.build().counts();
    println!("{counts:?}");
    assert!(counts.total() > 600_000);
}

proptest! {
    #[test]
    fn any_bytes_are_a_list(bytes in proptest::collection::vec(any::<u8>(), 0..600), head in 0_usize..6) {
        const HEADS: [&str; 6] = ["", "value,type\n", "{\"Event\":{\"Attribute\":[", "{\"type\":\"bundle\",\"objects\":[", "{\"value\":\"", "\u{feff}"];
        let mut text = HEADS[head].as_bytes().to_vec();
        text.extend(bytes);
        for format in [Format::Text, Format::Csv, Format::Ndjson, Format::Misp, Format::Stix, Format::guess(&text)] {
            let mut builder = Builder::new();
            let list = builder.list(spec("x")).expect("room");
            read(&mut builder, list, "x", format, &mut BufReader::new(&text[..]), NOW);
            assert!(builder.build().counts().total() <= 64);
        }
    }

    #[test]
    fn patterns_of_any_text_end(pattern in "[\\[\\]()'= a-zA-Z:.,!<>*\\\\-]{0,60}") {
        let bundle = serde_json::json!({ "type": "bundle", "objects": [{ "type": "indicator", "id": "indicator--1", "pattern": pattern }] });
        let mut builder = Builder::new();
        add(&mut builder, spec("x"), Format::Stix, &bundle.to_string());
    }
}
