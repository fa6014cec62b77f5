//! Watched files: lines that are appended, through rotation, limits and restarts; files read once.

use crate::{Running, clock, start, start_with};
use engine_intake::{DropFolder, FolderOptions, Identity, Quota, TailedFolder, Transport, TroubleKind};
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

/// A folder that is watched, and its checkpoint beside it.
pub(crate) struct Stage {
    root: tempfile::TempDir,
    pub(crate) options: FolderOptions,
}

impl Stage {
    pub(crate) fn new(pattern: &str) -> Self {
        let root = tempfile::tempdir().expect("temp dir");
        fs::create_dir(root.path().join("logs")).expect("makes");
        let options = FolderOptions {
            every: Duration::from_millis(5),
            ..FolderOptions::new("nhật ký", root.path().join("logs"), pattern, root.path().join("mark.json"))
        };
        Self { root, options }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.path().join("logs").join(name)
    }

    pub(crate) fn append(&self, name: &str, text: &str) {
        let mut file = OpenOptions::new().create(true).append(true).open(self.path(name)).expect("opens");
        file.write_all(text.as_bytes()).expect("writes");
    }

    pub(crate) fn start(&self) -> Running {
        start(TailedFolder::open(self.options.clone(), clock()).expect("opens"))
    }
}

/// Stops and checks that nothing else came.
pub(crate) async fn stop(running: Running) {
    let (counts, left) = running.stop().await;
    let left: Vec<_> = left.iter().map(|r| String::from_utf8_lossy(&r.bytes).into_owned()).collect();
    assert_eq!(left, Vec::<String>::new(), "{counts:?}");
}

#[tokio::test]
async fn lines_are_followed_and_a_restart_goes_on_exactly() {
    let stage = Stage::new("*.log");
    stage.append("a.log", "một\r\ntwo\nthree, half");
    stage.append("other.txt", "not looked at\n");
    let mut running = stage.start();
    let first = running.next().await;
    assert_eq!((&first.bytes[..], first.transport), ("một".as_bytes(), Transport::File));
    assert_eq!(first.identity.as_deref(), Some(&Identity::Folder("nhật ký".to_owned())));
    assert_eq!(running.next_text().await, "two");
    stage.append("a.log", " and whole\n");
    assert_eq!(running.next_text().await, "three, half and whole");
    stage.append("b.log", "of another file\n");
    assert_eq!(running.next_text().await, "of another file");
    stop(running).await;
    stage.append("a.log", "while nobody looked\n");
    let mut running = stage.start();
    assert_eq!(running.next_text().await, "while nobody looked");
    stop(running).await;
}

#[tokio::test]
async fn a_crash_brings_at_most_the_last_batch_again() {
    let stage = Stage::new("*.log");
    let lines: String = (0..5000).map(|n| format!("line {n}\n")).collect();
    stage.append("a.log", &lines);
    let options = FolderOptions { batch_records: 100, ..stage.options.clone() };
    let input = TailedFolder::open(options, clock()).expect("opens");
    let mut running = start_with(Box::new(input), 20, 0, false);
    let before = running.next_texts(2000).await;
    running.task.abort();
    let _ = (&mut running.task).await;
    let mut running = stage.start();
    let first = running.next_text().await;
    let again = before.iter().rev().take_while(|l| **l >= first).count();
    let at = before.iter().position(|l| *l == first).unwrap_or(before.len());
    assert!(before.len() - at <= 100, "{again} lines came again from {first}");
    let rest = running.next_texts(5000 - at - 1).await;
    assert_eq!(rest.last().map(String::as_str), Some("line 4999"));
    stop(running).await;
}

#[tokio::test]
async fn rename_and_create_loses_and_repeats_nothing() {
    for pattern in ["*.log", "*"] {
        let stage = Stage::new(pattern);
        stage.append("a.log", "one\n");
        let mut running = stage.start();
        assert_eq!(running.next_text().await, "one");
        for n in 0..10 {
            stage.append("a.log", &format!("last of {n}\nno line feed {n}"));
            fs::rename(stage.path("a.log"), stage.path(&format!("a.log.{n}"))).expect("renames");
            stage.append("a.log", &format!("first of {n}\n"));
            let mut got = running.next_texts(2).await;
            // The last line without an end is given out when it is known that nothing follows; in a file
            // that is followed under its new name this is never known.
            if pattern == "*.log" {
                got.push(running.next_text().await);
            }
            got.sort();
            let mut expected = vec![format!("first of {n}"), format!("last of {n}")];
            if pattern == "*.log" {
                expected.push(format!("no line feed {n}"));
            }
            assert_eq!(got, expected, "{pattern}");
        }
        stop(running).await;
        stop(stage.start()).await;
    }
}

#[tokio::test]
async fn what_was_rotated_while_nobody_looked_is_read_to_its_end() {
    let stage = Stage::new("a.log");
    stage.append("a.log", "one\n");
    let mut running = stage.start();
    assert_eq!(running.next_text().await, "one");
    stop(running).await;
    stage.append("a.log", "two\n");
    fs::rename(stage.path("a.log"), stage.path("a.log.1")).expect("renames");
    stage.append("a.log", "three\n");
    let mut running = stage.start();
    assert_eq!(running.next_texts(2).await, ["two", "three"]);
    stop(running).await;
    // Packed before it was read: told, because the lines are in a file that is not opened.
    stage.append("a.log", "four\n");
    fs::remove_file(stage.path("a.log")).expect("removes");
    fs::write(stage.path("a.log.2.gz"), "packed").expect("writes");
    stage.append("a.log", "five\n");
    let mut running = stage.start();
    assert_eq!(running.next_text().await, "five");
    let told = running.trouble(TroubleKind::File).await;
    assert!(told.contains("a.log") && told.contains("cannot be found") && told.contains("delaycompress"), "{told}");
    stop(running).await;
}

#[tokio::test]
async fn copy_and_truncate_loses_and_repeats_nothing() {
    for pattern in ["a.log", "*"] {
        let stage = Stage::new(pattern);
        let mut running = stage.start();
        for n in 0..10 {
            let lines: String = (0..50).map(|l| format!("{n} line {l}\n")).collect();
            stage.append("a.log", &lines);
            running.next_texts(50).await;
            // Written, copied and cut before anybody looks: only the copy has it.
            stage.append("a.log", &format!("{n} just before the copy\n"));
            fs::copy(stage.path("a.log"), stage.path(&format!("a.log.{n}"))).expect("copies");
            OpenOptions::new().write(true).truncate(true).open(stage.path("a.log")).expect("truncates");
            assert_eq!(running.next_text().await, format!("{n} just before the copy"), "{pattern}");
        }
        stage.append("a.log", "the end\n");
        assert_eq!(running.next_text().await, "the end");
        stop(running).await;
        stop(stage.start()).await;
    }
}

#[tokio::test]
async fn a_long_line_is_cut_and_bounded_also_over_a_restart() {
    let mut stage = Stage::new("*.log");
    stage.options.max_record_bytes = 1000;
    stage.options.read_bytes = 4096;
    stage.append("a.log", &"x".repeat(50_000));
    let mut running = stage.start();
    let cut = running.next().await;
    assert_eq!((cut.bytes.len(), cut.truncated), (1000, true));
    stop(running).await;
    stage.append("a.log", &("y".repeat(50_000) + "\nnext\n"));
    let mut running = stage.start();
    assert_eq!(running.next_text().await, "next");
    stop(running).await;
}

#[tokio::test]
async fn a_busy_sink_and_a_quota_make_reading_wait() {
    let mut stage = Stage::new("*.log");
    stage.options.quota = Quota { events_per_second: 5000, bytes_per_second: 0, burst_seconds: 1 };
    let lines: String = (0..7000).map(|n| format!("line {n}\n")).collect();
    stage.append("a.log", &lines);
    let input = TailedFolder::open(stage.options.clone(), clock()).expect("opens");
    let mut running = start_with(Box::new(input), 0, 2, false);
    running.until(|c| c.waits >= 2).await;
    assert!(running.counters.counts().received <= stage.options.batch_records as u64);
    running.sink.leave.add_permits(1000);
    assert_eq!(running.next_texts(7000).await[6999], "line 6999");
    running.until(|c| c.slowed > 0).await;
    stop(running).await;
}

#[tokio::test]
async fn more_files_than_allowed_and_unreadable_ones_are_told() {
    let mut stage = Stage::new("*");
    stage.options.max_files = 2;
    for name in ["a", "b", "c"] {
        stage.append(name, "line\n");
    }
    let mut running = stage.start();
    assert_eq!(running.next_texts(2).await, ["line", "line"]);
    let told = running.trouble(TroubleKind::File).await;
    assert!(told.contains("/c)") && told.contains("2 files of this folder are followed already"), "{told}");
    stop(running).await;
    let mut stage = Stage::new("*");
    stage.options.folder = stage.root.path().join("missing");
    let running = stage.start();
    assert!(running.trouble(TroubleKind::File).await.contains("cannot be listed"));
    stop(running).await;
    fs::write(stage.root.path().join("mark.json"), "{}").expect("writes");
    let error = TailedFolder::open(stage.options.clone(), clock()).expect_err("damaged").to_string();
    assert!(error.contains("mark.json") && error.contains("delete it"), "{error}");
}

#[tokio::test]
async fn evtx_files_are_read_once_completely_whatever_they_are_called() {
    let Some(shared) = base_testkit::shared_dir() else { return };
    let unpacked = tempfile::tempdir().expect("temp dir");
    let Some(sample) = evtx_sample(&shared, unpacked.path()) else {
        return base_testkit::skip("data/evtx/evtx-parser-samples.tar.zst with a security.evtx not found");
    };
    let stage = Stage::new("*.evtx");
    let expected: Vec<Vec<u8>> = engine_parse::RecordReader::open(&sample, engine_parse::Limits::default())
        .expect("opens")
        .filter_map(Result::ok)
        .map(|r| r.bytes)
        .collect();
    assert!(expected.len() > 10, "{} has too few records", sample.display());
    fs::copy(&sample, stage.path("first.evtx")).expect("copies");
    let options = FolderOptions { batch_records: 7, max_record_bytes: 1024 * 1024, ..stage.options.clone() };
    let open = || DropFolder::open(options.clone(), clock()).expect("opens");
    let mut running = start(open());
    let mut got = Vec::new();
    for _ in 0..9 {
        got.push(running.next().await.bytes.to_vec());
    }
    // Stopped in the middle: the rest comes after the restart, and nothing twice.
    let (_, left) = running.stop().await;
    got.extend(left.iter().map(|r| r.bytes.to_vec()));
    let mut running = start(open());
    while got.len() < expected.len() {
        let record = running.next().await;
        assert_eq!(record.transport, Transport::Dropped);
        got.push(record.bytes.to_vec());
    }
    assert!(got == expected, "the same records in the same order");
    // The same content under another name is not read again; rubbish is told.
    fs::copy(&sample, stage.path("second.evtx")).expect("copies");
    fs::write(stage.path("third.evtx"), [0_u8, 1, 2, 3, 255, 254]).expect("writes");
    let told = running.trouble(TroubleKind::File).await;
    assert!(told.contains("third.evtx"), "{told}");
    stop(running).await;
}

/// An EVTX file of the shared data that has some hundred records.
fn evtx_sample(shared: &std::path::Path, into: &std::path::Path) -> Option<PathBuf> {
    let archive = shared.join("data/evtx/evtx-parser-samples.tar.zst");
    archive.is_file().then(|| base_testkit::unpack_tar_zst(&archive, into))?;
    let output = std::process::Command::new("find").arg(into).args(["-name", "security.evtx"]).output().ok()?;
    String::from_utf8_lossy(&output.stdout).lines().next().map(PathBuf::from)
}
