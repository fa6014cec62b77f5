//! Torn tails and flipped bits: never a panic, never a wrong entry, nothing sound lost.

use crate::{entry, open, read_all, small_segments};
use engine_journal::Journal;
use std::path::{Path, PathBuf};

fn segments(dir: &Path) -> Vec<PathBuf> {
    let mut found: Vec<_> = std::fs::read_dir(dir)
        .expect("folder")
        .map(|item| item.expect("item").path())
        .filter(|path| path.extension().is_some_and(|e| e == "seg"))
        .collect();
    found.sort();
    found
}

/// Copies the journal's files (not its lock) into a fresh folder.
fn copy(from: &Path) -> tempfile::TempDir {
    let to = tempfile::tempdir().expect("folder");
    for item in std::fs::read_dir(from).expect("folder") {
        let path = item.expect("item").path();
        std::fs::copy(&path, to.path().join(path.file_name().expect("name"))).expect("copies");
    }
    to
}

#[tokio::test]
async fn a_tail_torn_at_any_byte_is_cut_and_work_goes_on() {
    let dir = tempfile::tempdir().expect("folder");
    let (journal, _) = Journal::open(dir.path(), engine_journal::JournalOptions::default()).expect("opens");
    let mut ends = vec![32];
    for n in 0..6 {
        journal.append(vec![entry(n, 20)]).await.expect("kept");
        ends.push(journal.stats().bytes);
    }
    drop(journal);
    let segment = segments(dir.path()).remove(0);
    let whole = std::fs::read(&segment).expect("reads");
    for cut in 0..=whole.len() {
        let dir = copy(dir.path());
        let segment = dir.path().join(segment.file_name().expect("name"));
        std::fs::write(&segment, &whole[..cut]).expect("writes");
        let sound = u64::try_from(ends.iter().filter(|&&e| e <= cut as u64).count()).expect("small").saturating_sub(1);
        let (journal, recovery) = Journal::open(dir.path(), small_segments()).expect("opens");
        assert_eq!((recovery.entries, journal.end()), (sound, sound), "cut at {cut}");
        let clean = ends.contains(&(cut as u64));
        assert_eq!(recovery.torn_tail.is_none(), clean, "cut at {cut}: {recovery:?}");
        assert!(recovery.damage.is_empty(), "cut at {cut}: {recovery:?}");
        journal.append(vec![entry(sound, 20)]).await.expect("kept");
        let (found, skipped) = read_all(&journal).await;
        assert_eq!(skipped, 0);
        assert_eq!(found, (0..=sound).map(|n| (n, entry(n, 20))).collect::<Vec<_>>(), "cut at {cut}");
    }
}

#[tokio::test]
async fn a_tail_of_zeros_or_rubbish_is_cut() {
    for filler in [0_u8, 0xff, b'M'] {
        let dir = tempfile::tempdir().expect("folder");
        let journal = open(dir.path());
        journal.append(vec![entry(0, 20), entry(1, 20)]).await.expect("kept");
        drop(journal);
        let segment = segments(dir.path()).remove(0);
        let mut bytes = std::fs::read(&segment).expect("reads");
        bytes.resize(bytes.len() + 300_000, filler);
        std::fs::write(&segment, &bytes).expect("writes");
        let (journal, recovery) = Journal::open(dir.path(), small_segments()).expect("opens");
        assert_eq!((recovery.entries, recovery.torn_tail.map(|t| t.cut_bytes)), (2, Some(300_000)));
        assert_eq!(read_all(&journal).await.0.len(), 2);
    }
}

/// Every entry found must be the one that was written under that number; at most the damaged
/// one is missing, and what is missing is counted.
async fn check_after_damage(dir: &Path, written: u64, size: usize, lost_at_most: usize, what: &str) {
    let (journal, _) = Journal::open(dir, small_segments()).expect(what);
    journal.append(vec![entry(journal.end(), size)]).await.expect("kept");
    let (found, skipped) = read_all(&journal).await;
    for (sequence, found) in &found {
        assert_eq!(*found, entry(*sequence, size), "{what}");
    }
    let old = found.iter().filter(|(s, _)| *s < written).count();
    let missing = usize::try_from(written).expect("small").saturating_sub(old);
    assert!(missing <= lost_at_most, "{what}: {missing} of {written} entries missing");
    assert!(skipped <= missing as u64, "{what}");
    // And it opens again, to the same entries.
    drop(journal);
    let again = open(dir);
    assert_eq!(read_all(&again).await.0.len(), found.len(), "{what}");
}

#[tokio::test]
async fn any_flipped_bit_costs_at_most_the_entry_it_hits() {
    let dir = tempfile::tempdir().expect("folder");
    let journal = open(dir.path());
    for n in 0..25 {
        journal.append(vec![entry(n, 400)]).await.expect("kept");
    }
    drop(journal);
    let files = segments(dir.path());
    assert!(files.len() >= 3, "three segments are needed");
    for (index, file) in files.iter().enumerate() {
        let whole = std::fs::read(file).expect("reads");
        // Every bit of the segment header and two frame headers, then samples of the rest.
        let bits = 0..whole.len() * 8;
        for bit in bits.filter(|bit| *bit < 60 * 8 || bit % 397 == 0) {
            let copied = copy(dir.path());
            let mut bytes = whole.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            std::fs::write(copied.path().join(file.file_name().expect("name")), &bytes).expect("writes");
            check_after_damage(copied.path(), 25, 400, 1, &format!("segment {index}, bit {bit}")).await;
        }
    }
}

#[tokio::test]
async fn a_ruined_middle_segment_is_set_aside_and_later_ones_are_kept() {
    let dir = tempfile::tempdir().expect("folder");
    let journal = open(dir.path());
    for n in 0..40 {
        journal.append(vec![entry(n, 400)]).await.expect("kept");
    }
    drop(journal);
    let files = segments(dir.path());
    let (ruined, next) = (&files[1], &files[2]);
    let length = std::fs::metadata(ruined).expect("size").len();
    std::fs::write(ruined, vec![0x5a; usize::try_from(length).expect("small")]).expect("writes");
    let number = |path: &Path| path.file_stem().expect("name").to_str().expect("text").parse::<u64>().expect("number");
    let lost = number(next) - number(ruined);
    let (journal, recovery) = Journal::open(dir.path(), small_segments()).expect("opens");
    assert_eq!(recovery.damage.len(), 1, "{recovery:?}");
    assert!(recovery.damage[0].set_aside && recovery.damage[0].path.exists());
    assert_eq!(recovery.damage[0].entries_lost, lost);
    let (found, skipped) = read_all(&journal).await;
    assert_eq!((found.len() as u64, skipped), (40 - lost, lost));
    assert_eq!(journal.stats().lost, lost);
}

#[tokio::test]
async fn a_forged_frame_inside_a_record_does_not_pass_for_an_entry() {
    let dir = tempfile::tempdir().expect("folder");
    // What an attacker can send: the frame of an entry that would come next, made by another journal.
    let other = tempfile::tempdir().expect("folder");
    let journal = open(other.path());
    journal.append(vec![entry(0, 20), entry(0, 20), entry(777, 20)]).await.expect("kept");
    drop(journal);
    let forged = std::fs::read(&segments(other.path())[0]).expect("reads")[32..].to_vec();
    let journal = open(dir.path());
    journal.append(vec![entry(0, 20)]).await.expect("kept");
    let carrier_at = usize::try_from(journal.stats().bytes).expect("small");
    let mut carrier = entry(1, 20);
    carrier.raw = forged;
    journal.append(vec![carrier, entry(2, 20)]).await.expect("kept");
    drop(journal);
    let segment = segments(dir.path()).remove(0);
    let mut bytes = std::fs::read(&segment).expect("reads");
    bytes[carrier_at + 9] ^= 0xff; // its header is no longer believed: the search for a mark begins
    std::fs::write(&segment, &bytes).expect("writes");
    let journal = open(dir.path());
    let found = read_all(&journal).await.0;
    assert_eq!(found, [(0, entry(0, 20)), (2, entry(2, 20))]);
}

#[test]
fn a_newer_format_is_refused_by_name() {
    let dir = tempfile::tempdir().expect("folder");
    drop(open(dir.path()));
    std::fs::write(dir.path().join("journal.json"), r#"{"format":9,"instance":"00"}"#).expect("writes");
    let error = Journal::open(dir.path(), small_segments()).expect_err("refused");
    assert!(error.to_string().contains("journal.json has journal format 9, this program knows 1"), "{error}");
}
