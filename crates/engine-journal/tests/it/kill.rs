//! kill -9 under load: every acknowledged entry is there exactly once.

use crate::{entry, open, read_all};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

const FOLDER: &str = "MANGROVE_TEST_JOURNAL_CHILD";

/// Not a test by itself: the process that is killed. Appends from several tasks for ever and
/// prints `<sequence> <number>` for each acknowledged entry.
#[test]
fn child_appends_until_killed() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let start: u64 = std::env::var("MANGROVE_TEST_START").expect("start").parse().expect("number");
    let runtime = tokio::runtime::Runtime::new().expect("runtime");
    runtime.block_on(async {
        let journal = open(Path::new(&folder));
        let tasks: Vec<_> = (0..8_u64)
            .map(|task| {
                let journal = journal.clone();
                tokio::spawn(async move {
                    for n in 0.. {
                        let number = start + (n * 8 + task) * 3;
                        let batch = (number..number + 3).map(|n| entry(n, 120)).collect();
                        let range = journal.append(batch).await.expect("kept");
                        let lines: String =
                            range.zip(number..).map(|(sequence, n)| format!("ack {sequence} {n}\n")).collect();
                        // One write per batch, so that the parent never sees half a line as whole.
                        std::io::stdout().lock().write_all(lines.as_bytes()).expect("pipe");
                        std::io::stdout().lock().flush().expect("pipe");
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.expect("task");
        }
    });
}

/// Starts the child, kills it after `acks` acknowledgements, and collects all it printed.
fn run_and_kill(folder: &Path, start: u64, acks: usize, kept: &mut BTreeMap<u64, u64>) {
    let mut child = Command::new(std::env::current_exe().expect("this test"))
        .args(["--exact", "kill::child_appends_until_killed", "--nocapture", "--test-threads=1"])
        .env(FOLDER, folder)
        .env("MANGROVE_TEST_START", start.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("starts");
    let mut lines = BufReader::new(child.stdout.take().expect("pipe"));
    let (mut seen, mut line) = (0, String::new());
    while lines.read_line(&mut line).expect("pipe") > 0 {
        // A last line without its end was cut by the kill and proves nothing.
        if let Some(ack) = line.strip_suffix('\n').and_then(|l| l.rsplit_once("ack ")) {
            let (sequence, number) = ack.1.split_once(' ').expect("two numbers");
            let before = kept.insert(sequence.parse().expect("number"), number.parse().expect("number"));
            assert_eq!(before, None, "a sequence number was given twice");
            seen += 1;
        }
        if seen >= acks {
            let _ = child.kill();
        }
        line.clear();
    }
    let _ = child.kill();
    child.wait().expect("ends");
    assert!(seen >= acks, "the child ended by itself after {seen} acknowledgements");
}

#[test]
fn every_acknowledged_entry_survives_kill_9_exactly_once() {
    let dir = tempfile::tempdir().expect("folder");
    let mut kept = BTreeMap::new();
    for round in 0..12_u64 {
        let acks = 1 + usize::try_from(rand::random::<u32>() % 1500).expect("small");
        run_and_kill(dir.path(), round * 10_000_000, acks, &mut kept);
    }
    let runtime = tokio::runtime::Runtime::new().expect("runtime");
    let (found, skipped) = runtime.block_on(async { read_all(&open(dir.path())).await });
    assert_eq!(skipped, 0);
    let mut by_contents: BTreeMap<Vec<u8>, u32> = BTreeMap::new();
    let found: BTreeMap<u64, _> = found
        .into_iter()
        .map(|(sequence, entry)| {
            *by_contents.entry(entry.raw.clone()).or_default() += 1;
            (sequence, entry)
        })
        .collect();
    assert!(by_contents.values().all(|count| *count == 1), "an entry is there twice");
    for (sequence, number) in &kept {
        assert_eq!(found.get(sequence), Some(&entry(*number, 120)), "acknowledged entry {sequence}");
    }
    println!("{} entries acknowledged in 12 lives, {} kept", kept.len(), found.len());
}
