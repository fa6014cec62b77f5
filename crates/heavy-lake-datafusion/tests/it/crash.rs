//! Crashes, damage and company: at every point the lake opens to whole ranges, each event once.

use crate::{all, files, open};
use engine_event::EventId;
use engine_lake::contract::samples::{self, INSTANCE, province};
use engine_lake::query::{MAX_DEPTH, MAX_TERMS};
use engine_lake::{Lake, LakeError, Query, SearchRequest};
use heavy_lake_datafusion::{ColdTier, LakeOptions, ParquetLake};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

/// Copies a lake's files (not its lock) as they are at this moment, as a crash would leave them.
pub(crate) fn copy(from: &Path) -> tempfile::TempDir {
    let to = tempfile::tempdir().expect("folder");
    add_files(from, to.path());
    to
}

pub(crate) fn add_files(from: &Path, to: &Path) {
    for file in files(from).into_iter().filter(|f| !f.ends_with("lake.lock")) {
        let target = to.join(file.strip_prefix(from).expect("inside"));
        std::fs::create_dir_all(target.parent().expect("parent")).expect("folder");
        std::fs::copy(&file, target).expect("copies");
    }
}

/// The lake holds the samples `0..count`, each once.
pub(crate) async fn assert_holds(lake: &ParquetLake, count: u64) {
    assert_eq!(lake.committed().await.expect("committed"), count);
    let numbers: Vec<u64> = all(lake).await.iter().map(|e| e.id.sequence()).collect();
    assert_eq!(numbers, (0..count).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_crash_before_the_manifest_leaves_the_lake_as_it_was() {
    let dir = tempfile::tempdir().expect("folder");
    let events = samples::events(100);
    let lake = open(dir.path()).await.0;
    lake.write(0..60, &events[..60]).await.expect("writes");
    lake.write(60..100, &events[60..]).await.expect("writes");
    let crashed = copy(dir.path());
    let newest = files(&crashed.path().join("manifests")).pop().expect("a manifest");
    std::fs::remove_file(newest).expect("removes");
    // What the store itself leaves of a file it was writing.
    std::fs::write(crashed.path().join("data/x.parquet#1"), b"half").expect("writes");
    std::fs::write(crashed.path().join("manifests/00000000000000000002.json#1"), b"half").expect("writes");
    let (lake, report) = open(crashed.path()).await;
    assert!(report.orphans_removed > 2, "{report:?}");
    assert_holds(&lake, 60).await;
    lake.write(60..100, &events[60..]).await.expect("the journal repeats it");
    assert_holds(&lake, 100).await;
    drop(lake);
    let (lake, report) = open(crashed.path()).await;
    assert_eq!((report.orphans_removed, report.events), (0, 100));
    assert_holds(&lake, 100).await;
}

#[tokio::test]
async fn a_crash_around_a_compaction_neither_loses_nor_doubles() {
    let dir = tempfile::tempdir().expect("folder");
    let events = samples::events(100);
    let lake = open(dir.path()).await.0;
    for n in 0..10 {
        lake.write(n * 10..n * 10 + 10, &events[usize::try_from(n * 10).expect("small")..][..10])
            .await
            .expect("writes");
    }
    let before = copy(dir.path());
    let done = lake.compact(true).await.expect("compacts");
    assert!(done.files_after < done.files_before && done.files_before > 0, "{done:?}");
    assert_holds(&lake, 100).await;
    drop(lake);
    // Before its first manifest: the new files are there, nothing names them.
    let early = copy(before.path());
    add_files(&dir.path().join("data"), &early.path().join("data"));
    let (lake, report) = open(early.path()).await;
    assert!(report.orphans_removed > 0);
    assert_holds(&lake, 100).await;
    // After its last manifest: the old files have not been removed yet.
    let late = copy(before.path());
    add_files(dir.path(), late.path());
    let (lake, report) = open(late.path()).await;
    assert!(report.orphans_removed > 0);
    assert_holds(&lake, 100).await;
}

#[tokio::test]
async fn many_versions_open_from_a_snapshot() {
    let dir = tempfile::tempdir().expect("folder");
    let lake =
        ParquetLake::open(dir.path(), LakeOptions { sync: false, ..LakeOptions::default() }).await.expect("opens").0;
    for n in 0..150_u64 {
        lake.write(n..n + 1, &[samples::Facts { n }.event()]).await.expect("writes");
    }
    assert!(files(&dir.path().join("manifests")).len() <= 65, "old manifests are removed");
    drop(lake);
    let (lake, report) = open(dir.path()).await;
    assert_eq!(report.events, 150);
    assert_holds(&lake, 150).await;
}

#[tokio::test]
async fn a_damaged_file_is_told_and_the_rest_is_searched() {
    let dir = tempfile::tempdir().expect("folder");
    let events = samples::events(100);
    let lake = open(dir.path()).await.0;
    lake.write(0..100, &events).await.expect("writes");
    drop(lake);
    let data = files(&dir.path().join("data"));
    std::fs::remove_file(&data[0]).expect("removes");
    std::fs::write(&data[1], b"short").expect("writes");
    let (lake, report) = open(dir.path()).await;
    assert_eq!(report.damaged.len(), 2, "{report:?}");
    assert_eq!(report.orphans_removed, 0, "what is left of them is kept");
    let found = all(&lake).await;
    assert_eq!(found.len() as u64, report.events);
    assert!(!found.is_empty() && found.len() < 100);
    drop(lake);
    std::fs::write(&files(&dir.path().join("manifests"))[0], b"{").expect("writes");
    let error = ParquetLake::open(dir.path(), LakeOptions::default()).await.expect_err("damaged");
    assert!(matches!(error, LakeError::Damaged { .. }), "{error}");
}

#[tokio::test]
async fn a_second_instance_is_told_who_has_the_folder() {
    let dir = tempfile::tempdir().expect("folder");
    let _lake = open(dir.path()).await;
    let error = ParquetLake::open(dir.path(), LakeOptions::default()).await.expect_err("locked");
    let text = error.to_string();
    assert!(text.contains(&format!("process {}", std::process::id())), "{text}");
    assert!(text.contains(&dir.path().display().to_string()), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn searches_during_writes_and_compaction_see_whole_ranges() {
    let dir = tempfile::tempdir().expect("folder");
    let lake = Arc::new(open(dir.path()).await.0);
    let events = Arc::new(samples::events(400));
    let writer = {
        let (lake, events) = (lake.clone(), events.clone());
        tokio::spawn(async move {
            for n in (0..400_u64).step_by(20) {
                let part = &events[usize::try_from(n).expect("small")..][..20];
                lake.write(n..n + 20, part).await.expect("writes");
                lake.compact(n % 60 == 0).await.expect("compacts");
            }
        })
    };
    let mut searches = 0;
    while !writer.is_finished() {
        let before = lake.committed().await.expect("committed");
        let found = all(&lake).await;
        let after = lake.committed().await.expect("committed");
        let count = found.len() as u64;
        assert!(count.is_multiple_of(20) && before <= count && count <= after, "{before} {count} {after}");
        searches += 1;
    }
    writer.await.expect("writer");
    assert!(searches > 0);
    assert_holds(&lake, 400).await;
    // Nothing is left behind once no search holds the old files.
    lake.expire(samples::START).await.expect("nothing is that old");
    lake.compact(true).await.expect("compacts");
    drop(lake);
    assert_eq!(open(dir.path()).await.1.orphans_removed, 0);
}

#[tokio::test]
async fn old_events_expire_by_whole_files() {
    let dir = tempfile::tempdir().expect("folder");
    let lake = open(dir.path()).await.0;
    lake.write(0..100, &samples::events(100)).await.expect("writes");
    let day_two = samples::START.plus_secs(86_400);
    assert_eq!(lake.expire(day_two).await.expect("expires"), 24);
    assert_eq!(lake.committed().await.expect("committed"), 100);
    assert_eq!(all(&lake).await.len(), 76);
    assert_eq!(lake.stats().await.expect("stats").days[0].day, "2014-03-02");
}

#[tokio::test]
async fn random_times_and_kinds_do_not_make_countless_files() {
    let dir = tempfile::tempdir().expect("folder");
    let lake = open(dir.path()).await.0;
    let mut events = samples::events(500);
    for (n, event) in (0_i64..).zip(&mut events) {
        event.time = samples::START.plus_secs(n * 86_400);
    }
    lake.write(0..500, &events).await.expect("writes");
    assert!(lake.stats().await.expect("stats").files <= 33);
    assert_holds(&lake, 500).await;
    let id = EventId::from_journal(INSTANCE, 321);
    assert!(lake.get(&province(), &id, None).await.expect("gets").is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_largest_queries_run_on_an_ordinary_thread() {
    let dir = tempfile::tempdir().expect("folder");
    let lake = open(dir.path()).await.0;
    lake.write(0..50, &samples::events(50)).await.expect("writes");
    let deep = format!("{}user.name:root{}", "NOT (".repeat(MAX_DEPTH / 2), ")".repeat(MAX_DEPTH / 2));
    let wide = (0..MAX_TERMS).map(|n| format!("f{n}:x")).collect::<Vec<_>>().join(" OR ");
    let both = (0..MAX_TERMS).map(|n| format!("NOT host.name:x{n}")).collect::<Vec<_>>().join(" AND ");
    for (query, expected) in [(deep, None), (wide, Some(0)), (both, Some(50))] {
        let request = SearchRequest::of(Query::parse(&query).expect("parses"));
        // As a server does it: on a worker thread with the usual stack.
        let page = lake.search(&province(), &request).await.expect("searches");
        let plain = samples::events(50).iter().filter(|e| request.query.matches(e)).count();
        assert_eq!(page.events.len(), expected.unwrap_or(plain));
    }
}

const FOLDER: &str = "MANGROVE_TEST_LAKE_CHILD";
/// How often the process is killed; `MANGROVE_KILLS` sets another number.
const KILLS: u64 = 40;

/// With seals, so that a kill can fall between a seal and its manifest, and a second folder.
async fn open_sealed(dir: &Path) -> ParquetLake {
    let cold = Some(ColdTier { dir: dir.join("cold"), after_days: 1 });
    let options = LakeOptions { seal_key: Some([5; 32]), cold, ..LakeOptions::default() };
    ParquetLake::open(&dir.join("lake"), options).await.expect("opens").0
}

/// Not a test by itself: the process that is killed. Writes on from where the lake stands, merges,
/// moves and seals, and prints `done <next>` after each write.
#[test]
fn child_writes_until_killed() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let runtime = tokio::runtime::Runtime::new().expect("runtime");
    runtime.block_on(async {
        let lake = open_sealed(Path::new(&folder)).await;
        loop {
            let start = lake.committed().await.expect("committed");
            let events: Vec<_> = (start..start + 7).map(|n| samples::Facts { n }.event()).collect();
            lake.write(start..start + 7, &events).await.expect("writes");
            writeln!(std::io::stdout(), "done {}", start + 7).expect("pipe");
            match start % 11 {
                0 | 4 | 8 => drop(lake.compact(false).await.expect("compacts")),
                2 => drop(lake.compact(true).await.expect("compacts")),
                // All days but the last few have closed.
                3 | 7 => drop(lake.move_cold(samples::Facts { n: start }.event().time).await.expect("moves")),
                6 | 9 => drop(lake.seal(samples::START).await.expect("seals")),
                _ => {}
            }
        }
    });
}

/// A random number below `below`, from the seeds that the standard library draws.
fn random(below: u64) -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(below) % below
}

#[test]
fn kill_9_at_random_points_leaves_each_event_exactly_once() {
    let dir = tempfile::tempdir().expect("folder");
    let runtime = tokio::runtime::Runtime::new().expect("runtime");
    let mut promised = 0;
    let lives = std::env::var("MANGROVE_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(KILLS);
    for life in 0..lives {
        let mut child = Command::new(std::env::current_exe().expect("this test"))
            .args(["--exact", "crash::child_writes_until_killed", "--nocapture", "--test-threads=1"])
            .env(FOLDER, dir.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("starts");
        let mut lines = BufReader::new(child.stdout.take().expect("pipe")).lines();
        let mut take = |line: Option<std::io::Result<String>>| {
            if let Some((_, next)) = line.expect("the child works").expect("text").rsplit_once("done ") {
                promised = next.parse().expect("number");
            }
        };
        (0..2 + random(6)).for_each(|_| take(lines.next()));
        // Somewhere between two writes, in a merge, in a seal: never at the same place.
        std::thread::sleep(std::time::Duration::from_micros(random(20_000)));
        child.kill().expect("kills");
        child.wait().expect("ends");
        lines.for_each(|line| take(Some(line)));
        runtime.block_on(async {
            let lake = open_sealed(dir.path()).await;
            let committed = lake.committed().await.expect("committed");
            assert!(committed >= promised, "{committed} after {promised} were promised");
            let verified = lake.verify(lake.seal_key().as_deref()).await.expect("verifies");
            assert_eq!(verified.findings, [], "life {life}");
            if life % 8 == 7 || life + 1 == lives {
                assert_holds(&lake, committed).await;
            }
        });
    }
    let cold = files(&dir.path().join("cold/data")).len();
    println!("{promised} events in {lives} lives, {cold} files in the second folder");
}

#[tokio::test]
async fn a_full_disk_is_told_and_writing_goes_on_when_there_is_room() {
    let dir = tempfile::tempdir().expect("folder");
    let mounted = Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=512k", "mangrove-test"])
        .arg(dir.path())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if !mounted {
        println!("skipped: mounting a small disk is not allowed here");
        return;
    }
    let (kept, error) = fill(dir.path()).await;
    let _ = Command::new("umount").arg("-l").arg(dir.path()).status();
    assert!(matches!(error, LakeError::Full { .. }) && error.is_temporary(), "{error}");
    assert!(kept > 0);
}

async fn fill(dir: &Path) -> (u64, LakeError) {
    let ballast = dir.join("ballast");
    std::fs::write(&ballast, vec![1; 200 * 1024]).expect("writes");
    let lake = open(dir).await.0;
    let write = async |start: u64| {
        let events: Vec<_> = (start..start + 10).map(|n| samples::Facts { n }.event()).collect();
        lake.write(start..start + 10, &events).await
    };
    let mut start = 0;
    let error = loop {
        match write(start).await {
            Ok(()) => start += 10,
            Err(error) => break error,
        }
    };
    assert_holds(&lake, start).await;
    std::fs::remove_file(ballast).expect("removes");
    write(start).await.expect("there is room again");
    assert_holds(&lake, start + 10).await;
    (start, error)
}
