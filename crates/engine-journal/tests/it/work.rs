//! Ordinary work: appending, following, reopening, releasing, closing.

use crate::{entry, open, read_all, small_segments};
use engine_journal::{Journal, JournalError, JournalOptions};
use std::sync::Arc;

#[tokio::test]
async fn entries_read_back_in_order_also_after_reopening() {
    let dir = tempfile::tempdir().expect("folder");
    let journal = open(dir.path());
    let instance = journal.instance();
    for n in 0..50 {
        let range = journal.append(vec![entry(2 * n, 80), entry(2 * n + 1, 300)]).await.expect("kept");
        assert_eq!(range, 2 * n..2 * n + 2);
    }
    assert!(journal.stats().segments > 3, "{:?}", journal.stats());
    drop(journal);
    let (journal, recovery) = Journal::open(dir.path(), small_segments()).expect("opens");
    assert_eq!((recovery.entries, recovery.torn_tail, recovery.damage.len()), (100, None, 0));
    assert_eq!(journal.instance(), instance);
    assert_eq!(journal.append(vec![entry(100, 10)]).await.expect("kept"), 100..101);
    let (found, skipped) = read_all(&journal).await;
    assert_eq!(skipped, 0);
    assert_eq!(found.len(), 101);
    for (sequence, found) in found {
        let size = if sequence == 100 {
            10
        } else if sequence % 2 == 0 {
            80
        } else {
            300
        };
        assert_eq!(found, entry(sequence, size));
    }
}

#[tokio::test]
async fn concurrent_appends_share_syncs_and_get_their_own_numbers() {
    let dir = tempfile::tempdir().expect("folder");
    let journal = open(dir.path());
    let tasks: Vec<_> = (0..64_u64)
        .map(|task| {
            let journal = journal.clone();
            tokio::spawn(async move {
                let mut kept = Vec::new();
                for n in 0..20 {
                    let number = task * 100 + n;
                    let range = journal.append(vec![entry(number, 50)]).await.expect("kept");
                    kept.push((range.start, number));
                }
                kept
            })
        })
        .collect();
    let mut kept = Vec::new();
    for task in tasks {
        kept.extend(task.await.expect("task"));
    }
    kept.sort_unstable();
    let (found, _) = read_all(&journal).await;
    let found: Vec<_> = found.into_iter().map(|(sequence, e)| (sequence, e.raw)).collect();
    let expected: Vec<_> = kept.into_iter().map(|(sequence, n)| (sequence, entry(n, 50).raw)).collect();
    assert_eq!(found, expected);
    let stats = journal.stats();
    assert!(stats.syncs < 1280, "group commit: {stats:?}");
}

#[tokio::test]
async fn a_reader_follows_the_tail_and_ends_with_the_journal() {
    let dir = tempfile::tempdir().expect("folder");
    let journal = open(dir.path());
    let mut reader = journal.reader(0);
    let follower = tokio::spawn(async move {
        let mut seen = 0;
        loop {
            match reader.next_batch(10, 1 << 20).await {
                Ok(batch) => {
                    assert_eq!(batch.first, seen);
                    seen = batch.end();
                }
                Err(JournalError::Closed) => return seen,
                Err(error) => panic!("{error}"),
            }
        }
    });
    for n in 0..200 {
        journal.append(vec![entry(n, 100)]).await.expect("kept");
    }
    journal.shutdown();
    assert_eq!(follower.await.expect("follower"), 200);
    assert!(matches!(journal.append(vec![entry(0, 1)]).await, Err(JournalError::Closed)));
}

#[tokio::test]
async fn dropping_a_waiting_read_loses_nothing() {
    let dir = tempfile::tempdir().expect("folder");
    let journal = open(dir.path());
    let mut reader = journal.reader(0);
    let mut seen = Vec::new();
    for n in 0..30 {
        // Poll once or twice, then give up, at different stages of the read.
        for _ in 0..n % 3 {
            let read = reader.next_batch(4, 1 << 20);
            tokio::pin!(read);
            if let std::task::Poll::Ready(batch) = futures_poll(read.as_mut()).await {
                seen.extend(batch.expect("reads").entries);
            }
        }
        journal.append(vec![entry(n, 60)]).await.expect("kept");
    }
    while seen.len() < 30 {
        seen.extend(reader.next_batch(4, 1 << 20).await.expect("reads").entries);
    }
    let expected: Vec<_> = (0..30).map(|n| entry(n, 60)).collect();
    assert_eq!(seen, expected);
}

/// Polls once.
async fn futures_poll<F: Future + Unpin>(mut future: F) -> std::task::Poll<F::Output> {
    std::future::poll_fn(move |cx| std::task::Poll::Ready(std::pin::Pin::new(&mut future).poll(cx))).await
}

#[tokio::test]
async fn released_segments_go_and_the_numbering_stays() {
    let dir = tempfile::tempdir().expect("folder");
    let journal = open(dir.path());
    for n in 0..100 {
        journal.append(vec![entry(n, 200)]).await.expect("kept");
    }
    assert_eq!(journal.release(0), 0);
    let before = journal.stats();
    assert!(journal.release(60) > 0);
    let after = journal.stats();
    assert!(after.start > 0 && after.start <= 60 && after.bytes < before.bytes, "{after:?}");
    let mut late = journal.reader(0);
    let batch = late.next_batch(1, 1).await.expect("reads");
    assert_eq!((batch.first, batch.skipped, batch.range().start), (after.start, after.start, 0));
    journal.release(u64::MAX);
    drop(journal);
    let journal = open(dir.path());
    assert_eq!(journal.end(), 100);
    assert_eq!(journal.append(vec![entry(100, 1)]).await.expect("kept"), 100..101);
}

#[tokio::test]
async fn spare_segments_stay_although_nobody_needs_them() {
    let dir = tempfile::tempdir().expect("folder");
    let (journal, _) =
        Journal::open(dir.path(), JournalOptions { spare_segments: 2, ..small_segments() }).expect("opens");
    for n in 0..100 {
        journal.append(vec![entry(n, 200)]).await.expect("kept");
    }
    journal.release(u64::MAX);
    assert_eq!(journal.stats().segments, 3, "two whole ones and the one that is written to");
    assert!(journal.start() > 0);
}

#[tokio::test]
async fn numbers_already_used_downstream_are_not_given_again() {
    let dir = tempfile::tempdir().expect("folder");
    let options = JournalOptions { at_least: 500, ..small_segments() };
    let (journal, recovery) = Journal::open(dir.path(), options).expect("opens");
    assert_eq!((journal.end(), recovery.jumped), (500, 0));
    assert_eq!(journal.append(vec![entry(0, 9)]).await.expect("kept"), 500..501);
    drop(journal);
    let (journal, recovery) =
        Journal::open(dir.path(), JournalOptions { at_least: 800, ..small_segments() }).expect("opens");
    assert_eq!((journal.end(), recovery.jumped), (800, 299));
    journal.append(vec![entry(1, 9)]).await.expect("kept");
    let (found, skipped) = read_all(&journal).await;
    assert_eq!(found.iter().map(|(s, _)| *s).collect::<Vec<_>>(), [500, 800]);
    assert_eq!(skipped, 299);
}

#[tokio::test]
async fn a_second_instance_is_told_who_has_the_folder() {
    let dir = tempfile::tempdir().expect("folder");
    let journal = open(dir.path());
    let error = Journal::open(dir.path(), small_segments()).expect_err("locked");
    let text = error.to_string();
    assert!(matches!(error, JournalError::Locked { pid: Some(pid), .. } if pid == std::process::id()), "{text}");
    assert!(text.contains(&dir.path().display().to_string()), "{text}");
    drop(journal);
    open(dir.path());
}

#[tokio::test]
async fn too_long_fields_are_refused_before_anything_is_written() {
    let dir = tempfile::tempdir().expect("folder");
    let options = JournalOptions { max_raw_bytes: 100, ..small_segments() };
    let (journal, _) = Journal::open(dir.path(), options).expect("opens");
    let error = journal.append(vec![entry(0, 100), entry(1, 101)]).await.expect_err("too long");
    assert!(error.to_string().contains("entry 1 of the batch has 101 bytes"), "{error}");
    let mut long_hint = entry(0, 10);
    long_hint.hint = Some("x".repeat(2000));
    assert!(matches!(journal.append(vec![long_hint]).await, Err(JournalError::TooLarge { field: "hint", .. })));
    assert_eq!(journal.end(), 0);
}

#[tokio::test]
async fn a_small_queue_holds_callers_back_and_a_big_batch_still_passes() {
    let dir = tempfile::tempdir().expect("folder");
    let options = JournalOptions { queue_bytes: 1000, group_bytes: 500, ..small_segments() };
    let (journal, _) = Journal::open(dir.path(), options).expect("opens");
    let journal: Arc<Journal> = journal;
    let tasks: Vec<_> = (0..20_u64)
        .map(|n| {
            let journal = journal.clone();
            tokio::spawn(async move { journal.append(vec![entry(n, 700), entry(n, 5000)]).await })
        })
        .collect();
    for task in tasks {
        task.await.expect("task").expect("kept");
    }
    assert_eq!(read_all(&journal).await.0.len(), 40);
}
