//! A disk without room: a typed error, nothing half-written, work goes on when there is room.

use crate::{entry, open, read_all};
use engine_journal::{Journal, JournalError};
use std::path::Path;
use std::process::Command;

/// A file system of 256 KiB in memory, where mounting is allowed.
struct Tiny(tempfile::TempDir);

impl Tiny {
    fn mount() -> Option<Self> {
        let dir = tempfile::tempdir().expect("folder");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=256k", "mangrove-test"])
            .arg(dir.path())
            .stderr(std::process::Stdio::null())
            .status()
            .is_ok_and(|status| status.success());
        mounted.then_some(Self(dir))
    }
}

impl Drop for Tiny {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).status();
    }
}

/// Appends until there is no room; the acknowledged count.
async fn fill(journal: &Journal, from: u64) -> (u64, JournalError) {
    for n in from.. {
        if let Err(error) = journal.append(vec![entry(n, 3000)]).await {
            return (n, error);
        }
    }
    unreachable!("the disk is small")
}

#[tokio::test]
async fn a_full_disk_is_told_and_the_journal_stays_usable() {
    let Some(disk) = Tiny::mount() else {
        eprintln!("mounting is not allowed here: the limit on file size stands in, see the other test");
        return;
    };
    let (ballast, folder) = (disk.0.path().join("ballast"), disk.0.path().join("journal"));
    std::fs::write(&ballast, vec![1; 100 * 1024]).expect("writes");
    let journal = open(&folder);
    let (kept, error) = fill(&journal, 0).await;
    assert!(matches!(error, JournalError::Full { .. }) && error.is_temporary(), "{error}");
    assert!(error.to_string().contains("free some space"), "{error}");
    assert!(kept > 5, "{kept} entries fitted");
    // Still full: the same answer again, and again no harm done.
    assert!(matches!(journal.append(vec![entry(kept, 60_000)]).await, Err(JournalError::Full { .. })));
    assert_eq!(journal.end(), kept);
    std::fs::remove_file(&ballast).expect("removes");
    let (more, _) = fill(&journal, kept).await;
    assert!(more > kept, "there was room again");
    drop(journal);
    let journal = open(&folder);
    let (found, skipped) = read_all(&journal).await;
    assert_eq!(found, (0..more).map(|n| (n, entry(n, 3000))).collect::<Vec<_>>());
    assert_eq!(skipped, 0);
}

const FOLDER: &str = "MANGROVE_TEST_FULL_CHILD";

/// Not a test by itself: runs in a process whose files may not grow beyond a limit.
#[test]
fn child_meets_the_file_size_limit() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let runtime = tokio::runtime::Runtime::new().expect("runtime");
    runtime.block_on(async {
        let options = engine_journal::JournalOptions::default();
        let (journal, _) = Journal::open(Path::new(&folder), options).expect("opens");
        let (kept, error) = fill(&journal, 0).await;
        assert!(matches!(error, JournalError::Full { .. }), "{error}");
        // Shorter entries still fit before the limit.
        journal.append(vec![entry(kept, 10)]).await.expect("kept");
        std::fs::write(Path::new(&folder).join("kept"), kept.to_string()).expect("writes");
    });
}

#[tokio::test]
async fn a_file_size_limit_counts_as_a_full_disk() {
    let dir = tempfile::tempdir().expect("folder");
    // The signal that comes with the limit is ignored, as a service manager would set it.
    let script = "trap '' XFSZ; ulimit -f 120; exec \"$0\" --exact full_disk::child_meets_the_file_size_limit";
    let output = Command::new("sh")
        .args(["-c", script])
        .arg(std::env::current_exe().expect("this test"))
        .env(FOLDER, dir.path())
        .output()
        .expect("starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    let kept: u64 = std::fs::read_to_string(dir.path().join("kept")).expect("child ran").parse().expect("number");
    let (found, skipped) = read_all(&open(dir.path())).await;
    let expected: Vec<_> = (0..=kept).map(|n| (n, entry(n, if n == kept { 10 } else { 3000 }))).collect();
    assert_eq!((found, skipped), (expected, 0));
}
