//! Files by content: every wrapping, and every way in which a file can be broken.

use crate::kit::{parse_bytes, parser};
use engine_parse::{FileFormat, Limits, Place, RawRecord, RecordReader, Skipped};
use std::io::{Cursor, Read, Write};

fn read(bytes: impl Into<Vec<u8>>) -> (FileFormat, Vec<RawRecord>, Vec<Skipped>) {
    read_with(bytes, Limits::default())
}

fn read_with(bytes: impl Into<Vec<u8>>, limits: Limits) -> (FileFormat, Vec<RawRecord>, Vec<Skipped>) {
    let reader = RecordReader::from_read("test", Box::new(Cursor::new(bytes.into())), limits).expect("opens");
    let format = reader.format();
    let (mut records, mut skipped) = (Vec::new(), Vec::new());
    for item in reader {
        match item {
            Ok(record) => records.push(record),
            Err(skip) => skipped.push(skip),
        }
    }
    (format, records, skipped)
}

fn texts(records: &[RawRecord]) -> Vec<String> {
    records.iter().map(|r| String::from_utf8_lossy(&r.bytes).into_owned()).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).expect("gzip");
    encoder.finish().expect("gzip")
}

const NDJSON: &str = "{\"a\":1}\n\n{\"a\":2}\r\n{\"a\":3}";

#[test]
fn every_wrapping_gives_the_same_records() {
    let want = ["{\"a\":1}", "{\"a\":2}", "{\"a\":3}"];
    let zstd = |b: &[u8]| zstd::encode_all(b, 3).expect("zstd");
    let utf16: Vec<u8> = [0xff, 0xfe].into_iter().chain(NDJSON.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let two_members = [gzip(b"{\"a\":1}\n"), gzip(b"{\"a\":2}\n{\"a\":3}\n")].concat();
    for (name, bytes) in [
        ("plain", NDJSON.as_bytes().to_vec()),
        ("byte order mark", [b"\xef\xbb\xbf", NDJSON.as_bytes()].concat()),
        ("gzip", gzip(NDJSON.as_bytes())),
        ("gzip in two members", two_members),
        ("zstd", zstd(NDJSON.as_bytes())),
        ("gzip in zstd", zstd(&gzip(NDJSON.as_bytes()))),
        ("utf-16", utf16.clone()),
        ("utf-16 in gzip", gzip(&utf16)),
        ("list", b"[{\"a\":1},\n {\"a\":2} , {\"a\":3}]\n".to_vec()),
        ("joined", b"{\"a\":1}{\"a\":2} {\"a\":3}".to_vec()),
        ("wrapped", b"{\"Records\": [{\"a\":1},{\"a\":2},{\"a\":3}], \"next\": null}".to_vec()),
    ] {
        let (format, records, skipped) = read(bytes);
        let got: Vec<String> = texts(&records).iter().map(|t| t.trim_start_matches('\u{feff}').to_owned()).collect();
        assert_eq!(got, want, "{name} as {}", format.name());
        assert!(skipped.is_empty(), "{name}: {skipped:?}");
    }
    let (format, records, _) = read("{\n  \"a\": {\"b\": \"}\\\"{\"}\n}\n{\n  \"a\": 2\n}");
    assert_eq!((format, records.len()), (FileFormat::Json, 2));
}

#[test]
fn zstd_with_a_window_of_64_mib_is_read() {
    let mut encoder = zstd::Encoder::new(Vec::new(), 1).expect("zstd");
    encoder.window_log(26).expect("window");
    encoder.long_distance_matching(true).expect("long");
    encoder.write_all(NDJSON.as_bytes()).expect("write");
    let (_, records, skipped) = read(encoder.finish().expect("finish"));
    assert_eq!((records.len(), skipped.len()), (3, 0));
}

#[test]
fn a_truncated_archive_gives_what_came_before_and_says_so() {
    let lines: String = (0..20_000).map(|i| format!("{{\"n\":{i},\"x\":\"{:x}\"}}\n", i * 7919 % 65_537)).collect();
    for bytes in [gzip(lines.as_bytes()), zstd::encode_all(lines.as_bytes(), 3).expect("zstd")] {
        let cut = bytes[..bytes.len() / 2].to_vec();
        let (_, records, skipped) = read(cut);
        assert!(records.len() > 3_000, "{} records", records.len());
        assert_eq!(skipped.len(), 1, "{skipped:?}");
        assert!(matches!(skipped[0].place, Place::Byte(n) if n > 0));
        assert!(!skipped[0].remedy.is_empty() && skipped[0].input == "test");
    }
    let mut damaged = gzip(lines.as_bytes());
    let middle = damaged.len() / 2;
    damaged[middle..middle + 40].fill(0x55);
    let (_, records, skipped) = read(damaged);
    assert!(records.len() > 1_000 && !skipped.is_empty(), "{} {skipped:?}", records.len());
}

#[test]
fn what_is_no_log_is_refused_with_a_remedy() {
    let noise: Vec<u8> = (0..100_000_u32).map(|i| i.wrapping_mul(2_654_435_761).to_le_bytes()[2]).collect();
    for (bytes, part) in
        [(noise, "binary"), (b"PK\x03\x04rest".to_vec(), "zip"), (gzip(&[0_u8, 1, 2, 3].repeat(100)), "binary")]
    {
        let error =
            RecordReader::from_read("x.log", Box::new(Cursor::new(bytes)), Limits::default()).expect_err("refused");
        assert!(error.to_string().contains(part) && error.to_string().starts_with("x.log"), "{error}");
        assert!(!error.remedy.is_empty());
    }
    let missing = RecordReader::open(std::path::Path::new("/no/such/file"), Limits::default()).expect_err("refused");
    assert!(missing.to_string().contains("/no/such/file"));
    assert!(RecordReader::open(std::path::Path::new("/"), Limits::default()).is_err());
}

#[test]
fn empty_inputs_have_no_records() {
    for bytes in [&b""[..], b"\n\n", b"[]", &gzip(b"")] {
        let (_, records, skipped) = read(bytes);
        assert!(records.is_empty() && skipped.is_empty());
    }
}

/// A stream that is made while it is read, so that the test holds none of it.
struct Repeat {
    head: Cursor<Vec<u8>>,
    byte: u8,
    left: u64,
    tail: Cursor<Vec<u8>>,
}

impl Read for Repeat {
    fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
        let from_head = self.head.read(buf)?;
        if from_head > 0 {
            return Ok(from_head);
        }
        if self.left > 0 {
            let count = usize::try_from(self.left).unwrap_or(usize::MAX).min(buf.len());
            buf[..count].fill(self.byte);
            self.left -= count as u64;
            return Ok(count);
        }
        self.tail.read(buf)
    }
}

#[test]
fn a_line_of_100_mb_is_cut_and_the_next_one_read() {
    for (head, tail, records) in [
        ("first line\n", "\nNov 22 08:00:00 h sshd[1]: x\n", 3),
        ("{\"a\":\"", "\"}\n{\"b\":1}\n", 2),
        ("[{\"a\":\"", "\"},{\"b\":1}]", 2),
    ] {
        let source =
            Repeat { head: Cursor::new(head.into()), byte: b'x', left: 100_000_000, tail: Cursor::new(tail.into()) };
        let reader = RecordReader::from_read("big", Box::new(source), Limits::default()).expect("opens");
        let (mut got, mut skipped, mut longest) = (0, Vec::new(), 0);
        let mut parser = parser();
        for item in reader {
            match item {
                Ok(record) => {
                    got += 1;
                    longest = longest.max(record.bytes.len());
                    let event = parse_bytes(&mut parser, &record.bytes, None);
                    assert_eq!(event.marks.truncated, record.truncated);
                }
                Err(skip) => skipped.push(skip),
            }
        }
        assert_eq!((got, skipped.len()), (records, 1), "{head}: {skipped:?}");
        assert!(longest <= 1024 * 1024 + 1);
        assert!(skipped[0].reason.contains("longer than"), "{}", skipped[0]);
    }
}

#[test]
fn a_record_over_the_limit_is_cut_also_when_all_of_it_was_read_at_once() {
    let limits = Limits { max_record_bytes: 100, ..Limits::default() };
    let long = "x".repeat(300);
    let json = format!("[{{\"a\":\"{long}\"}},\n{{\"b\":1}}]");
    let xml = format!("<Events><Event><Data>{long}</Data></Event><Event><Data>y</Data></Event></Events>");
    for text in [json, xml] {
        let source = Box::new(Cursor::new(text.clone().into_bytes()));
        let reader = RecordReader::from_read("long", source, limits).expect("opens");
        let records: Vec<_> = reader.flatten().map(|record| (record.bytes.len(), record.truncated)).collect();
        assert_eq!(records.len(), 2, "{text}: {records:?}");
        assert_eq!((records[0], records[1].1), ((101, true), false), "{text}: {records:?}");
    }
}

#[test]
fn rubbish_between_json_objects_is_passed_over() {
    let (_, records, skipped) = read("[{\"a\":1} rubbish , {\"a\":2},{\"a\":");
    assert_eq!(texts(&records), ["{\"a\":1}", "{\"a\":2}"]);
    assert_eq!(skipped.len(), 2, "{skipped:?}");
    // A broken line of NDJSON costs itself only.
    let (_, records, skipped) = read("{\"a\":1}\n{\"a\": oops\n{\"a\":3}\n");
    assert_eq!((records.len(), skipped.len()), (3, 0));
    let mut parser = parser();
    let marks: Vec<bool> = records.iter().map(|r| parse_bytes(&mut parser, &r.bytes, None).marks.unparsed).collect();
    assert_eq!(marks, [false, true, false]);
}

#[test]
fn audit_records_of_one_event_are_joined() {
    let text = "type=SYSCALL msg=audit(1490995752.404:1): syscall=59 exe=\"/bin/a\"\n\
                type=SYSCALL msg=audit(1490995752.404:2): syscall=59 exe=\"/bin/b\"\n\
                type=EXECVE msg=audit(1490995752.404:1): argc=1 a0=\"a\"\n\
                type=EOE msg=audit(1490995752.404:1):\n\
                type=EXECVE msg=audit(1490995752.404:2): argc=1 a0=\"b\"\n";
    let (format, records, _) = read(text);
    assert_eq!((format, records.len()), (FileFormat::Audit, 2));
    let mut parser = parser();
    let events: Vec<_> = records.iter().map(|r| parse_bytes(&mut parser, &r.bytes, None)).collect();
    assert_eq!(events[0].record.text("exe"), Some("/bin/a"));
    assert_eq!(events[0].record.text("CommandLine"), Some("a"));
    assert_eq!(events[0].logsource.category.as_deref(), Some("process_creation"));
    assert_eq!(events[1].record.text("Image"), Some("/bin/b"));
}

#[test]
fn windows_events_as_xml() {
    let event = "<Event xmlns='u'><System><EventID>1102</EventID><Channel>Security</Channel></System></Event>";
    let text = format!("\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?><Events>{event}\n{event}</Events>");
    let (format, records, skipped) = read(text);
    assert_eq!((format, records.len(), skipped.len()), (FileFormat::Xml, 2, 0));
    assert_eq!(&*parse_bytes(&mut parser(), &records[0].bytes, None).kind, "microsoft/windows-security");
}
