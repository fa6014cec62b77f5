//! The journal on a real disk: reopening, damage, crashes, a full disk, a second instance.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test fails by panicking and speaks through its output"
)]

mod damage;
mod full_disk;
mod kill;
mod work;

use base_core::{SourceId, Timestamp, UnitId};
use engine_journal::{Entry, Journal, JournalOptions};
use std::path::Path;
use std::sync::Arc;

/// An entry whose contents follow from `n`.
fn entry(n: u64, raw_bytes: usize) -> Entry {
    let mut raw = format!("entry {n} ").into_bytes();
    raw.resize(raw_bytes.max(raw.len()), b'a' + u8::try_from(n % 26).expect("small"));
    Entry {
        source: SourceId::new("source-1"),
        unit: n.is_multiple_of(2).then(|| UnitId::new("stttt")),
        received: Timestamp::from_secs(1_400_000_000).plus_secs(i64::try_from(n).expect("small")),
        hint: n.is_multiple_of(3).then(|| "linux/sshd".to_owned()),
        peer: Some("10.1.2.3".to_owned()),
        transport: 1,
        tag: None,
        raw,
    }
}

fn small_segments() -> JournalOptions {
    JournalOptions { segment_bytes: 4096, ..JournalOptions::default() }
}

fn open(dir: &Path) -> Arc<Journal> {
    Journal::open(dir, small_segments()).expect("opens").0
}

/// Everything that can be read: sequence number and entry, and how many were stepped over.
async fn read_all(journal: &Journal) -> (Vec<(u64, Entry)>, u64) {
    let mut reader = journal.reader(journal.start());
    let (mut found, mut skipped) = (Vec::new(), 0);
    while reader.next_sequence() < journal.end() {
        let batch = reader.next_batch(7, 3000).await.expect("reads");
        skipped += batch.skipped;
        found.extend((batch.first..).zip(batch.entries));
    }
    (found, skipped)
}
