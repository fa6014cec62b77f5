//! Hostile bytes through the whole way: file reader, parser, every decoder. Nothing may panic,
//! hang or grow; the bounded runs here are the everyday part of the fuzz targets in `fuzz/`.

use crate::kit::{parse_bytes, parser, sources_dir};
use engine_parse::{Limits, RecordReader};
use proptest::prelude::*;
use std::cell::RefCell;
use std::io::Cursor;

/// The samples of every source: the seeds of mutation.
fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    let mut stack = vec![sources_dir()];
    while let Some(dir) = stack.pop() {
        for entry in std::fs::read_dir(dir).expect("folder") {
            let path = entry.expect("entry").path();
            if path.is_dir() {
                stack.push(path);
            } else if path.parent().is_some_and(|p| p.ends_with("samples")) {
                seeds.push(std::fs::read(path).expect("sample"));
            }
        }
    }
    seeds.sort();
    assert!(!seeds.is_empty());
    seeds
}

/// A small generator of numbers, so that a failure repeats.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % limit.max(1)
    }
}

fn mutate(seed: &[u8], numbers: &mut Numbers) -> Vec<u8> {
    const PIECES: &[&[u8]] = &[
        b"\"",
        b"\\",
        b"{",
        b"}",
        b"[",
        b"]",
        b"=",
        b"|",
        b"<",
        b">",
        b"\n",
        b"\0",
        b"\xff\xfe",
        b"\xf0\x9f",
        b"'",
        b" ",
        b":",
        b",",
        b"%",
        b"999999999999999999999",
        b"-",
        b"\\ud800",
        b"<14>",
        b"CEF:0|",
        b"type=",
        b"msg=audit(",
        b"\xe1\xbb\x91",
    ];
    let mut bytes = seed.to_vec();
    for _ in 0..=numbers.below(4) {
        let at = numbers.below(bytes.len() + 1);
        match numbers.below(5) {
            0 => bytes.truncate(at),
            1 => {
                let piece = PIECES[numbers.below(PIECES.len())];
                bytes.splice(at..at, piece.iter().copied());
            }
            2 if at < bytes.len() => bytes[at] = u8::try_from(numbers.below(256)).unwrap_or(0),
            3 => {
                let end = (at + numbers.below(40)).min(bytes.len());
                bytes.drain(at..end);
            }
            _ => {
                let end = (at + numbers.below(200)).min(bytes.len());
                let part = bytes[at..end].to_vec();
                bytes.splice(at..at, part);
            }
        }
    }
    bytes
}

fn through(bytes: &[u8]) {
    thread_local! {
        static PARSER: RefCell<engine_parse::Parser> = RefCell::new(parser());
    }
    PARSER.with_borrow_mut(|parser| {
        let event = parse_bytes(parser, bytes, None);
        assert_eq!(&*event.raw, bytes.get(..1024 * 1024).unwrap_or(bytes), "the raw record is kept");
        for hint in ["linux/sshd", "fortinet/fortigate", "netgate/pfsense", "nginx/access"] {
            parse_bytes(parser, bytes, Some(hint));
        }
        let limits = Limits { max_record_bytes: 4096, ..Limits::default() };
        if let Ok(reader) = RecordReader::from_read("fuzz", Box::new(Cursor::new(bytes.to_vec())), limits) {
            for record in reader.flatten() {
                assert!(record.bytes.len() <= 4097 * 2);
                let event = parse_bytes(parser, &record.bytes, None);
                parser.recycle(event);
            }
        }
    });
}

#[test]
fn mutated_samples_are_survived() {
    let seeds = seeds();
    let mut numbers = Numbers(20_261_122);
    for round in 0..30 {
        for seed in &seeds {
            // Whole files, and one line of them.
            let line = seed.split(|b| *b == b'\n').nth(round % 3).unwrap_or(seed);
            through(&mutate(if round % 2 == 0 { line } else { seed }, &mut numbers));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        through(&bytes);
    }

    #[test]
    fn any_text_is_survived(text in "(<[0-9]{1,3}>)?((Nov 22 08:00:00|2026-11-22T08:00:00Z|1) )?[ -~ố\u{1d}]{0,300}") {
        through(text.as_bytes());
    }

    #[test]
    fn json_of_any_shape_is_survived(text in "[{\\[\"][]{}\\[\":,\\\\u0-9a-f \n]{0,300}") {
        through(text.as_bytes());
    }
}

#[test]
fn deep_and_wide_documents_are_bounded() {
    for text in [
        "[".repeat(200_000),
        "{\"a\":".repeat(200_000),
        format!("{{\"a\":{}", "[".repeat(200_000)),
        format!("{{{}\"z\":1}}", (0..100_000).map(|i| format!("\"k{i}\":{i},")).collect::<String>()),
        "a=b ".repeat(200_000),
        format!("CEF:0|a|b|c|d|e|f|{}", "k=v ".repeat(200_000)),
        format!("type=EXECVE msg=audit(1490995752.404:1): {}", "a1[0]=41414141 ".repeat(60_000)),
        format!("<Event>{}", "<a>".repeat(100_000)),
        format!("{} x", "<".repeat(100_000)),
    ] {
        let event = parse_bytes(&mut parser(), text.as_bytes(), None);
        assert!(event.record.len() <= 5_000, "{} fields", event.record.len());
    }
}
