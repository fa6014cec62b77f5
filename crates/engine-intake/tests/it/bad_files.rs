//! Watched files that are no logs, shrink under the reader, or must not be read: the others go on.

use crate::files::{Stage, stop};
use crate::{clock, start, start_with};
use engine_intake::{DropFolder, FolderOptions, TailedFolder, TroubleKind};
use std::fs::{self, OpenOptions, Permissions};
use std::os::unix::fs::PermissionsExt;

/// Bytes without any sense, some of them line feeds when wanted.
fn garbage(length: usize, line_feeds: bool) -> Vec<u8> {
    let mut state = 0x9e37_79b9_u32;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_le_bytes()[1]
    };
    (0..length).map(|_| next()).map(|b| if b == b'\n' && !line_feeds { 0 } else { b }).collect()
}

#[tokio::test]
async fn garbage_is_bounded_and_other_files_have_their_turn() {
    let mut stage = Stage::new("*.log");
    (stage.options.max_record_bytes, stage.options.read_bytes) = (1_000, 4_096);
    fs::write(stage.path("a.log"), garbage(2_000_000, false)).expect("writes");
    fs::write(stage.path("b.log"), garbage(200_000, true)).expect("writes");
    let lines: String = (0..200).map(|n| format!("good {n}\n")).collect();
    stage.append("c.log", &lines);
    let mut running = stage.start();
    let (mut good, mut all) = (0, 0);
    while good < 200 {
        let record = running.next().await;
        assert!(record.bytes.len() <= 1_000 && !record.bytes.is_empty());
        all += 1;
        if record.bytes.starts_with(b"good ") {
            assert_eq!(record.bytes, format!("good {good}"));
            good += 1;
        }
    }
    // The file without a single line feed is one record and the passing over of its rest.
    assert!(all < 200 + 200_000 / 64, "{all} records");
    running.until(|c| c.truncated >= 1).await;
    let (counts, _) = running.stop().await;
    assert!(counts.accepted >= 202, "{counts:?}");
}

#[tokio::test]
async fn a_file_cut_to_nothing_while_it_is_read_goes_on_with_what_is_new() {
    let stage = Stage::new("*.log");
    let old: String = (0..5_000).map(|n| format!("old {n}\n")).collect();
    stage.append("a.log", &old);
    let options = FolderOptions { batch_records: 100, read_bytes: 4_096, ..stage.options.clone() };
    let input = TailedFolder::open(options, clock()).expect("opens");
    let mut running = start_with(Box::new(input), 3, 0, false);
    let mut seen = running.next_texts(300).await;
    // The next batch waits for the sink.
    OpenOptions::new().write(true).truncate(true).open(stage.path("a.log")).expect("truncates");
    stage.append("a.log", &(0..10).map(|n| format!("new {n}\n")).collect::<String>());
    running.sink.leave.add_permits(1_000);
    while seen.last().is_none_or(|l| l != "new 9") {
        seen.push(running.next_text().await);
    }
    let (before, after): (Vec<_>, Vec<_>) = seen.iter().partition(|l| l.starts_with("old "));
    let expected: Vec<String> = (0..before.len()).map(|n| format!("old {n}")).collect();
    assert!(before.iter().eq(&expected.iter().collect::<Vec<_>>()), "each old line once, in order");
    assert_eq!(after, (0..10).map(|n| format!("new {n}")).collect::<Vec<_>>().iter().collect::<Vec<_>>());
    let told = running.trouble(TroubleKind::File).await;
    assert!(told.contains("a.log") && told.contains("emptied"), "{told}");
    stop(running).await;
}

#[tokio::test]
async fn what_may_not_be_read_is_told_and_read_when_it_may() {
    for lines in [true, false] {
        let stage = Stage::new("*.log");
        stage.append("closed.log", "behind the door\n");
        stage.append("open.log", "in the open\n");
        fs::set_permissions(stage.path("closed.log"), Permissions::from_mode(0o0)).expect("permissions");
        // For root there are no closed doors.
        let root = fs::read(stage.path("closed.log")).is_ok();
        std::os::unix::fs::symlink("/etc/passwd", stage.path("link.log")).expect("links");
        fs::create_dir(stage.path("folder.log")).expect("makes");
        let drop_folder = || DropFolder::open(stage.options.clone(), clock()).expect("opens");
        let mut running = if lines { stage.start() } else { start(drop_folder()) };
        if root {
            let mut both = running.next_texts(2).await;
            both.sort();
            assert_eq!(both, ["behind the door", "in the open"]);
        } else {
            assert_eq!(running.next_text().await, "in the open");
            let told = running.trouble(TroubleKind::File).await;
            assert!(told.contains("closed.log") && told.contains("cannot be read"), "{told}");
            fs::set_permissions(stage.path("closed.log"), Permissions::from_mode(0o600)).expect("permissions");
            // A file that is read once is tried again when it changes.
            if lines {
                assert_eq!(running.next_text().await, "behind the door");
            }
        }
        stop(running).await;
    }
}

#[tokio::test]
async fn a_file_that_was_taken_out_and_put_in_again_is_not_read_twice() {
    let stage = Stage::new("*.log");
    stage.append("a.log", "once\n");
    let open = || DropFolder::open(stage.options.clone(), clock()).expect("opens");
    let mut running = start(open());
    assert_eq!(running.next_text().await, "once");
    fs::rename(stage.path("a.log"), stage.path("elsewhere")).expect("renames");
    stage.append("b.log", "more\n");
    assert_eq!(running.next_text().await, "more");
    stop(running).await;
    let mark = stage.options.checkpoint.clone();
    let text = fs::read_to_string(&mark).expect("the checkpoint");
    assert_eq!(text.matches("\"done\":true").count(), 2, "{text}");
    fs::rename(stage.path("elsewhere"), stage.path("a.log")).expect("renames");
    stage.append("c.log", "last\n");
    let mut running = start(open());
    assert_eq!(running.next_text().await, "last");
    stop(running).await;
}
