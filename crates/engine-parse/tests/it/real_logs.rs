//! Log collections of the shared data: what is recognised, how much is matched, and the
//! values that their own expectations name.

use crate::kit::{in_two, parse, parse_bytes, parser};
use base_testkit::{shared_dir, unpack_tar_zst};
use engine_event::Event;
use engine_parse::{Limits, RecordReader};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

fn files_under(dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut stack = vec![dir.to_path_buf()];
    while let Some(dir) = stack.pop() {
        for entry in std::fs::read_dir(dir).expect("folder") {
            let path = entry.expect("entry").path();
            if path.is_dir() { stack.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    files
}

fn json_lines(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).expect("file");
    text.lines().map(|l| serde_json::from_str(l).expect("json")).collect()
}

#[derive(Default)]
struct Rate {
    kinds: BTreeMap<String, u64>,
    unparsed: u64,
    no_time: u64,
    total: u64,
    with_action: u64,
}

impl Rate {
    fn add(&mut self, event: &Event) {
        *self.kinds.entry(event.kind.to_string()).or_default() += 1;
        self.total += 1;
        self.unparsed += u64::from(event.marks.unparsed);
        self.no_time += u64::from(event.marks.no_time);
        self.with_action += u64::from(event.common.event_action.is_some());
    }

    fn show(&self, what: &str) {
        eprintln!(
            "{what}: {} records, unparsed {}, without time {}, with an action {}, {:?}",
            self.total, self.unparsed, self.no_time, self.with_action, self.kinds
        );
    }

    fn share(&self, kind: &str) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a share for a test")]
        {
            *self.kinds.get(kind).unwrap_or(&0) as f64 / self.total.max(1) as f64
        }
    }
}

/// Parses a file, at most `most` of its records.
fn rate_of(parser: &mut engine_parse::Parser, path: &Path, most: usize) -> Rate {
    let mut rate = Rate::default();
    let reader = RecordReader::open(path, Limits::default()).unwrap_or_else(|e| panic!("{e}"));
    for record in reader.flatten().take(most) {
        let event = parse_bytes(parser, &record.bytes, None);
        rate.add(&event);
        parser.recycle(event);
    }
    rate
}

#[test]
fn flat_windows_json_ends_at_the_kinds_of_its_channels() {
    let Some(shared) = shared_dir() else { return };
    let unpacked = tempfile::tempdir().expect("folder");
    unpack_tar_zst(&shared.join("data/logs/otrf-windows.tar.zst"), unpacked.path());
    let files: Vec<_> =
        files_under(unpacked.path()).into_iter().filter(|p| p.extension().is_some_and(|e| e == "jsonl")).collect();
    assert!(files.len() > 50);
    let mut all = Rate::default();
    for rate in in_two(&files, |parser, path| rate_of(parser, path, 400)) {
        for (kind, count) in rate.kinds {
            *all.kinds.entry(kind).or_default() += count;
        }
        all.total += rate.total;
        all.unparsed += rate.unparsed;
        all.no_time += rate.no_time;
        all.with_action += rate.with_action;
    }
    all.show("OTRF");
    assert!(all.total > 10_000);
    assert_eq!((all.unparsed, all.no_time), (0, 0));
    assert!(all.kinds.keys().all(|k| k.starts_with("microsoft/")), "{:?}", all.kinds);
    assert!(all.share("microsoft/windows-event") < 0.05, "{:?}", all.kinds);
}

#[test]
fn linux_and_apache_collections_are_recognised() {
    let Some(shared) = shared_dir() else { return };
    let unpacked = tempfile::tempdir().expect("folder");
    unpack_tar_zst(&shared.join("data/logs/loghub-2k.tar.zst"), unpacked.path());
    let files = files_under(unpacked.path());
    let file = |name: &str| files.iter().find(|p| p.ends_with(name)).unwrap_or_else(|| panic!("{name}")).clone();
    let mut parser = parser();
    for (name, kind, share) in [
        ("OpenSSH/OpenSSH_2k.log", "linux/sshd", 1.0),
        ("Apache/Apache_2k.log", "apache/error", 1.0),
        ("Linux/Linux_2k.log", "linux/sshd", 0.3),
    ] {
        let rate = rate_of(&mut parser, &file(name), usize::MAX);
        rate.show(name);
        assert_eq!((rate.total, rate.unparsed, rate.no_time), (2000, 0, 0), "{name}");
        assert!(rate.share(kind) >= share, "{name}: {:?}", rate.kinds);
    }
    // The others are no sources of ours: they must at least be kept and read to the end.
    for path in files.iter().filter(|p| p.to_string_lossy().ends_with("_2k.log")) {
        let rate = rate_of(&mut parser, path, usize::MAX);
        assert!(rate.total >= 1990, "{}: {}", path.display(), rate.total);
    }
}

#[test]
fn suricata_records_are_read_with_their_columns() {
    let Some(shared) = shared_dir() else { return };
    let folder = shared.join("data/logs/suricata");
    let mut parser = parser();
    for name in
        ["eve-test6-malicious.jsonl.zst", "eve-alerts-wrccdc-2017.jsonl", "eve-alerts-first-org-conf-2015.jsonl"]
    {
        let mut rate = Rate::default();
        let reader = RecordReader::open(&folder.join(name), Limits::default()).expect("opens");
        for record in reader {
            let record = record.expect("whole");
            let json: Value = serde_json::from_slice(&record.bytes).expect("json");
            let event = parse_bytes(&mut parser, &record.bytes, None);
            let text = |v: &Value| v.as_str().map(str::to_owned);
            assert_eq!(
                event.common.source_ip,
                text(&json["src_ip"]).map(String::into_boxed_str),
                "{}",
                event.raw_text()
            );
            assert_eq!(
                event.common.event_code.as_deref().map(str::to_owned),
                json["alert"]["signature_id"].as_u64().map(|n| n.to_string())
            );
            rate.add(&event);
        }
        rate.show(name);
        assert_eq!((rate.unparsed, rate.no_time), (0, 0), "{name}");
        assert!(rate.share("suricata/eve") > 0.999 && rate.total >= 100, "{name}: {:?}", rate.kinds);
    }
}

/// `results[…][n].Evt.Meta["source_ip"] == "…"` lines of a test's expectation.
fn expected_sources(assert: &str) -> BTreeSet<String> {
    assert
        .lines()
        .filter(|l| l.contains("Evt.Meta[\"source_ip\"] == "))
        .filter_map(|l| l.rsplit_once("== \"")?.1.strip_suffix('"'))
        .filter(|ip| !ip.is_empty())
        .map(str::to_owned)
        .collect()
}

#[test]
fn honeypot_and_server_logs_name_the_same_addresses() {
    let Some(shared) = shared_dir() else { return };
    let unpacked = tempfile::tempdir().expect("folder");
    unpack_tar_zst(&shared.join("data/logs/crowdsec-hub-tests.tar.zst"), unpacked.path());
    let ours = [
        "sshd",
        "ssh-",
        "apache",
        "nginx",
        "postfix",
        "dovecot",
        "iptables",
        "pf-logs",
        "pfsense",
        "suricata",
        "mikrotik",
        "bind9",
        "http-",
        "thinkphp",
        "netgear",
        "sudo",
        "mysql",
        "mariadb",
        "pgsql",
        "haproxy",
        "palo-alto",
        "iis",
    ];
    let (mut lines, mut unparsed, mut agreed, mut wanted) = (0_u64, 0_u64, 0, 0);
    let (mut kinds, mut missing) = (BTreeMap::<String, u64>::new(), Vec::new());
    let mut parser = parser();
    for path in files_under(unpacked.path()).iter().filter(|p| p.extension().is_some_and(|e| e == "log")) {
        let folder = path.parent().expect("folder");
        let name = folder.file_name().expect("name").to_string_lossy().into_owned();
        let mut seen = BTreeSet::new();
        let Ok(reader) = RecordReader::open(path, Limits::default()) else { continue };
        for record in reader.flatten() {
            let event = parse_bytes(&mut parser, &record.bytes, None);
            lines += 1;
            unparsed += u64::from(event.marks.unparsed);
            *kinds.entry(event.kind.to_string()).or_default() += 1;
            seen.extend(event.common.source_ip.map(String::from));
        }
        // The proxy manager writes a format of its own.
        if !ours.iter().any(|prefix| name.starts_with(prefix)) || name.contains("proxy-manager") || name.contains("npm")
        {
            continue;
        }
        let assert = std::fs::read_to_string(folder.join("parser.assert")).unwrap_or_default();
        for address in expected_sources(&assert) {
            wanted += 1;
            if seen.contains(&address) {
                agreed += 1;
            } else {
                missing.push(format!("{name}: {address}"));
            }
        }
    }
    eprintln!("CrowdSec tests: {lines} lines, {unparsed} unknown, {kinds:?}");
    eprintln!("addresses named by the expectations of our sources: {agreed} of {wanted}; not found: {missing:?}");
    assert!(wanted > 30 && agreed * 100 >= wanted * 95, "{agreed} of {wanted}: {missing:?}");
}

/// Names that the other parser gives to the same field.
fn golden_name(name: &str) -> &str {
    match name {
        "result" => "res",
        other => other,
    }
}

#[test]
fn audit_records_agree_with_the_golden_files() {
    let Some(shared) = shared_dir() else { return };
    let folder = shared.join("data/logs/auditd/go-libaudit/auparse/testdata");
    let (mut equal, mut compared, mut differ) = (0, 0, BTreeMap::<String, String>::new());
    let mut parser = parser();
    for path in files_under(&folder).iter().filter(|p| p.extension().is_some_and(|e| e == "log")) {
        let golden: Value =
            serde_json::from_str(&std::fs::read_to_string(path.with_extension("log.golden")).expect("golden"))
                .expect("json");
        let text = std::fs::read_to_string(path).expect("log");
        let lines: Vec<&str> = text.lines().filter(|l| !l.trim().is_empty()).collect();
        let golden = golden.as_array().expect("list");
        assert_eq!(lines.len(), golden.len(), "{}", path.display());
        for (line, want) in lines.iter().zip(golden) {
            if want["sequence"].as_u64().is_none_or(|n| n == 0) {
                // A record without a serial is none: the other parser reports an error here.
                continue;
            }
            let event = parse_bytes(&mut parser, line.as_bytes(), None);
            assert_eq!(&*event.kind, "linux/audit", "{line}");
            assert_eq!(
                event.record.text("serial"),
                want["sequence"].as_u64().map(|n| n.to_string()).as_deref(),
                "{line}"
            );
            let time = want["@timestamp"].as_str().expect("time");
            assert_eq!(Some(event.time), base_core::Timestamp::parse_rfc3339(time), "{line}");
            for (name, value) in want["data"].as_object().into_iter().flatten() {
                // The other parser translates numbers of calls, modes, users, sockets and labels; we keep them.
                let translated = matches!(
                    name.as_str(),
                    "auid"
                        | "ses"
                        | "arch"
                        | "syscall"
                        | "result"
                        | "exit"
                        | "saddr"
                        | "addr"
                        | "port"
                        | "family"
                        | "path"
                        | "sig"
                        | "audit_pid"
                ) || name.starts_with("subj_")
                    || name.starts_with("obj_")
                    || name.starts_with("old")
                    || name.contains("context");
                if translated {
                    continue;
                }
                compared += 1;
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                let got = event.record.get_all(golden_name(name)).any(|f| f.text == text);
                if got {
                    equal += 1;
                } else {
                    differ.entry(name.clone()).or_insert_with(|| format!("want {text}: {line}"));
                }
            }
        }
    }
    eprintln!("audit: {equal} of {compared} values equal; kinds of difference: {differ:#?}");
    assert!(compared > 300 && equal * 100 >= compared * 97, "{equal} of {compared}");
}

#[test]
fn audit_events_are_joined_whatever_their_order() {
    let Some(shared) = shared_dir() else { return };
    let folder = shared.join("data/logs/auditd/go-libaudit/testdata");
    for name in ["normal.log", "out_of_order.log", "lost_messages.log", "rollover.log"] {
        let text = std::fs::read_to_string(folder.join(name)).expect("log");
        let serials: BTreeSet<&str> =
            text.lines().filter_map(|l| l.split("audit(").nth(1)?.split(')').next()).collect();
        let reader = RecordReader::open(&folder.join(name), Limits::default()).expect("opens");
        let joined = reader.flatten().count();
        assert_eq!(joined, serials.len(), "{name}");
    }
}

#[test]
fn cef_cases_agree() {
    let Some(shared) = shared_dir() else { return };
    let (mut equal, mut faults) = (0, Vec::new());
    for case in json_lines(&shared.join("data/logs/cef/cef-cases.jsonl")) {
        let message = case["message"].as_str().expect("text");
        let event = parse(message);
        if case["valid"] == Value::Bool(false) {
            assert!(event.marks.unparsed, "{message}");
            assert_eq!(&*event.raw, message.as_bytes());
            continue;
        }
        for part in ["header", "extensions"] {
            for (name, want) in case[part].as_object().into_iter().flatten() {
                let got = event.record.text(name);
                if got == want.as_str() {
                    equal += 1;
                } else {
                    faults.push(format!("{}: {name}: got {got:?}, want {want}", case["name"]));
                }
            }
        }
    }
    assert!(faults.is_empty() && equal > 50, "{equal}: {}", faults.join("\n"));
}

#[test]
fn zeek_json_is_recognised() {
    let Some(shared) = shared_dir() else { return };
    let unpacked = tempfile::tempdir().expect("folder");
    unpack_tar_zst(&shared.join("data/logs/zeek-logs.tar.zst"), unpacked.path());
    let mut parser = parser();
    let mut all = Rate::default();
    for path in files_under(unpacked.path()) {
        let Ok(reader) = RecordReader::open(&path, Limits::default()) else { continue };
        if reader.format() != engine_parse::FileFormat::Ndjson {
            continue;
        }
        for record in reader.flatten().take(200) {
            all.add(&parse_bytes(&mut parser, &record.bytes, None));
        }
    }
    all.show("Zeek");
    assert!(all.total > 500 && all.share("zeek/json") > 0.9, "{:?}", all.kinds);
}
