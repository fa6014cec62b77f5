//! Retention, holds, the record of deletions, room on the disk, and rebuilding from the journal.

use crate::{all, files, open};
use base_core::{SourceId, UnitId};
use base_testkit::SmallDisk;
use engine_lake::Lake;
use engine_lake::contract::samples::{self, START, assert_same};
use heavy_lake_datafusion::{
    Hold, HoldBook, Keep, LakeOptions, LookedAtLake, ParquetLake, Retention, RoomLimits, Wrong,
};
use std::sync::Arc;

const DAY: i64 = 86_400;

/// One unit's events go after ten days at the latest, the others' stay a hundred at least.
#[derive(Debug)]
struct ByUnit;

impl Retention for ByUnit {
    fn keep(&self, unit: Option<&UnitId>, _: Option<&SourceId>) -> Keep {
        match unit.map(UnitId::as_str) {
            Some("syt") => Keep { at_least_days: 5, at_most_days: Some(10) },
            _ => Keep { at_least_days: 100, at_most_days: None },
        }
    }
}

fn options() -> LakeOptions {
    LakeOptions { retention: Arc::new(ByUnit), ..LakeOptions::default() }
}

/// Two days at a time, so that each day and kind has a file of its own.
async fn write_days(lake: &ParquetLake, events: &[engine_event::Event]) {
    for (n, part) in (0_u64..).zip(events.chunks(48)) {
        lake.write(n * 48..(n + 1) * 48, part).await.expect("writes");
    }
}

fn is_short(event: &engine_event::Event) -> bool {
    event.unit.as_ref().is_some_and(|unit| unit.as_str() == "syt")
}

#[tokio::test]
async fn events_go_when_their_retention_says_so_and_leave_a_record() {
    let dir = tempfile::tempdir().expect("folder");
    let lake = ParquetLake::open(dir.path(), options()).await.expect("opens").0;
    // 240 events, ten days.
    let events = samples::events(240);
    write_days(&lake, &events).await;
    lake.compact(true).await.expect("compacts");
    assert_eq!(lake.expire_kept(START.plus_secs(9 * DAY)).await.expect("expires"), 0);
    let hold = Hold {
        name: "SC-01".to_owned(),
        from: START.plus_secs(2 * DAY).as_micros(),
        until: START.plus_secs(3 * DAY).as_micros(),
        why: "sự cố ngày 03/3/2014".to_owned(),
    };
    lake.hold(hold.clone()).await.expect("holds");
    let now = START.plus_secs(15 * DAY);
    let gone = lake.expire_kept(now).await.expect("expires");
    // Days 0 to 4 of that unit, but for the held day 2.
    let old = |e: &engine_event::Event| is_short(e) && e.time < START.plus_secs(5 * DAY);
    let held = |e: &engine_event::Event| (hold.from..hold.until).contains(&e.time.as_micros());
    let expected: Vec<_> = events.iter().filter(|e| !old(e) || held(e)).collect();
    let left = all(&lake).await;
    assert_eq!((left.len(), gone), (expected.len(), 240 - expected.len() as u64));
    left.iter().zip(expected).for_each(|(found, event)| assert_same(found, event));
    let record = lake.deletions().await.expect("a record");
    assert_eq!(record.iter().map(|line| line.events).sum::<u64>(), gone);
    assert!(record.iter().all(|line| line.why == "retention" && line.at == now.as_micros()));
    assert!(lake.lift_hold("SC-01").await.expect("lifts") && !lake.lift_hold("SC-01").await.expect("lifts"));
    assert!(lake.expire_kept(now).await.expect("expires") > 0);
    // Who takes a line out of the record is found out.
    let path = dir.path().join("deletions.jsonl");
    let text = std::fs::read_to_string(&path).expect("reads");
    std::fs::write(&path, text.lines().skip(1).map(|line| format!("{line}\n")).collect::<String>()).expect("writes");
    assert!(lake.deletions().await.is_err());
}

#[tokio::test]
async fn a_filling_disk_is_warned_of_then_relieved_of_what_nothing_protects() {
    let Some(disk) = SmallDisk::mount(2 << 20) else {
        return base_testkit::skip("mounting a small disk is not allowed here");
    };
    let dir = disk.path().join("lake");
    let lake = ParquetLake::open(&dir, options()).await.expect("opens").0;
    write_days(&lake, &samples::events(240)).await;
    let limits = |warn, compact, delete, refuse| RoomLimits { warn, compact, delete, refuse };
    let room = lake.keep_room(limits(0, 0, 0, 0), START).await.expect("looks");
    assert!(!room.low && !room.refuse && !room.compacted && room.deleted == 0 && room.free > 0, "{room:?}");
    let room = lake.keep_room(limits(100, 100, 0, 0), START).await.expect("looks");
    assert!(room.low && room.compacted && room.deleted == 0, "{room:?}");
    // Six days on, one unit's first day is past its five; the others' hundred days protect theirs.
    let room = lake.keep_room(limits(100, 0, 100, 100), START.plus_secs(7 * DAY)).await.expect("looks");
    assert!(room.deleted > 0 && room.refuse, "{room:?}");
    let expected = samples::events(240).iter().filter(|e| is_short(e) && e.time < START.plus_secs(2 * DAY)).count();
    assert_eq!(room.deleted, expected as u64);
    assert!(lake.deletions().await.expect("a record").iter().all(|line| line.why == "room"));
}

#[tokio::test]
async fn a_file_cut_short_is_set_aside_and_rebuilt_from_the_journal() {
    let dir = tempfile::tempdir().expect("folder");
    let events = samples::events(100);
    let lake = open(dir.path()).await.0;
    for n in [0_u64, 50, 70] {
        let end = if n == 0 { 50 } else { n + if n == 50 { 20 } else { 30 } };
        let part = &events[usize::try_from(n).expect("small")..usize::try_from(end).expect("small")];
        lake.write(n..end, part).await.expect("writes");
    }
    drop(lake);
    let cut = files(&dir.path().join("data"))
        .into_iter()
        .find(|f| f.display().to_string().contains("-00000000000000000070.parquet"))
        .expect("a file");
    let bytes = std::fs::read(&cut).expect("reads");
    std::fs::write(&cut, &bytes[..bytes.len() / 2]).expect("writes");
    let (lake, report) = open(dir.path()).await;
    assert_eq!(report.damaged.len(), 1);
    assert!(!cut.exists() && files(&dir.path().join("set-aside")).len() == 1);
    assert_eq!(lake.rebuild_from(70).await.expect("looks"), None, "the journal has nothing from before 70");
    let from = lake.rebuild_from(0).await.expect("rebuilds").expect("from somewhere");
    assert_eq!(from, 50, "where the range of that file began");
    assert_eq!(lake.committed().await.expect("committed"), from);
    lake.write(from..100, &events[usize::try_from(from).expect("small")..]).await.expect("writes");
    let found = all(&lake).await;
    assert_eq!(found.len(), 100);
    found.iter().zip(&events).for_each(|(found, event)| assert_same(found, event));
    drop(lake);
    assert_eq!(open(dir.path()).await.1.damaged, []);
}

#[tokio::test]
async fn a_clock_that_jumps_neither_reorders_nor_loses_anything() {
    let dir = tempfile::tempdir().expect("folder");
    let lake = open(dir.path()).await.0;
    let mut events = samples::events(60);
    for (n, event) in (0_i64..).zip(&mut events) {
        // Back by an hour in the middle; a leap second is the same second twice; all of one time at the end.
        let secs = match n {
            0..20 => n,
            20..40 => n - 3600,
            40..50 => 1000 + (n - 40) / 2,
            _ => 2000,
        };
        event.time = START.plus_secs(secs);
    }
    for at in [0_usize, 20, 40] {
        let range = at as u64..at as u64 + 20;
        lake.write(range.clone(), &events[at..at + 20]).await.expect("writes");
        // The same range again, as after a crash before the acknowledgement.
        lake.write(range, &events[at..at + 20]).await.expect("is skipped");
    }
    let mut expected = events.clone();
    expected.sort_by_key(|event| (event.time, event.id));
    for compacted in [false, true] {
        if compacted {
            lake.compact(true).await.expect("compacts");
        }
        let found = all(&lake).await;
        assert_eq!(found.len(), 60);
        found.iter().zip(&expected).for_each(|(found, event)| assert_same(found, event));
    }
}

#[tokio::test]
async fn a_hold_put_beside_whoever_has_the_lake_is_kept_to() {
    let dir = tempfile::tempdir().expect("folder");
    let lake = ParquetLake::open(dir.path(), options()).await.expect("opens").0;
    write_days(&lake, &samples::events(240)).await;
    // Another process, which has no lock of the lake.
    let book = HoldBook::of(dir.path());
    let (from, until) = (START.as_micros(), START.plus_secs(100 * DAY).as_micros());
    book.put(Hold { name: "SC-02".into(), from, until, why: "điều tra".into() }).expect("holds");
    let now = START.plus_secs(30 * DAY);
    assert_eq!(lake.expire_kept(now).await.expect("looks"), 0);
    assert_eq!(lake.expire(now).await.expect("looks"), 0);
    assert_eq!(
        lake.keep_room(RoomLimits { warn: 0, compact: 0, delete: 100, refuse: 0 }, now).await.expect("looks").deleted,
        0
    );
    assert!(book.lift("SC-02").expect("lifts") && !book.lift("SC-02").expect("looks"));
    assert!(lake.expire_kept(now).await.expect("expires") > 0);
    // What cannot be read protects everything: nothing is deleted.
    std::fs::write(dir.path().join("holds.json"), "[{").expect("writes");
    assert!(lake.expire(now).await.is_err());
    assert!(!all(&lake).await.is_empty());
}

#[tokio::test]
async fn a_lost_file_is_reported_until_its_loss_is_accepted() {
    let dir = tempfile::tempdir().expect("folder");
    let sealed = || LakeOptions { seal_key: Some([3; 32]), sync: false, ..LakeOptions::default() };
    let events = samples::events(160);
    let open = async || ParquetLake::open(dir.path(), sealed()).await.expect("opens");
    let lake = open().await.0;
    lake.write(0..50, &events[..50]).await.expect("writes");
    lake.seal(START).await.expect("seals");
    drop(lake);
    let gone = files(&dir.path().join("data")).swap_remove(0);
    let path = gone.strip_prefix(dir.path()).expect("inside").display().to_string();
    std::fs::remove_file(&gone).expect("removes");
    let (lake, report) = open().await;
    assert_eq!(report.damaged, [(path.clone(), "it is not there".to_owned())]);
    assert_eq!(lake.rebuild_from(50).await.expect("looks"), None, "the journal has nothing so old");
    // Beyond the next whole list of files, too, nothing is forgotten.
    for n in 50..160_u64 {
        lake.write(n..n + 1, &events[usize::try_from(n).expect("small")..][..1]).await.expect("writes");
    }
    lake.seal(START).await.expect("seals");
    drop(lake);
    let (lake, report) = open().await;
    assert_eq!(report.damaged.len(), 1, "still reported");
    let key = lake.seal_key();
    let removed = |findings: &[heavy_lake_datafusion::Finding]| {
        findings.iter().map(|f| (f.path.clone(), f.what.clone())).collect::<Vec<_>>()
            == [(path.clone(), Wrong::Removed)]
    };
    assert!(removed(&lake.verify(key.as_deref()).await.expect("verifies").findings));
    assert_eq!(lake.accept_loss("data/none.parquet", "x").await.expect("looks"), None);
    let events_gone = lake.accept_loss(&path, "đĩa hỏng, không có bản sao").await.expect("accepts").expect("is lost");
    assert!(events_gone > 0 && lake.lost().is_empty());
    let record = lake.deletions().await.expect("a record");
    assert_eq!((record.len(), &record[0].path, record[0].events), (1, &path, events_gone));
    assert!(record[0].why.contains("it is not there") && record[0].why.contains("đĩa hỏng"), "{}", record[0].why);
    assert_eq!(lake.verify(key.as_deref()).await.expect("verifies").findings, []);
    drop(lake);
    assert_eq!(open().await.1.damaged, []);
    let look = LookedAtLake::open(dir.path(), sealed()).await.expect("opens to look");
    assert_eq!(look.verify(key.as_deref()).await.expect("verifies").findings, []);
    assert_eq!(look.deletions().await.expect("a record").len(), 1);
}

#[tokio::test]
async fn a_compaction_tells_how_far_it_is_and_can_be_ended() {
    let dir = tempfile::tempdir().expect("folder");
    let lake = open(dir.path()).await.0;
    write_days(&lake, &samples::events(240)).await;
    let mut left = Vec::new();
    let done = lake
        .compact_while(true, |progress| {
            left.push(progress.left);
            left.len() < 3
        })
        .await
        .expect("compacts");
    assert_eq!((done.files_after, left.len()), (2, 3), "two mergers, then the end");
    assert!(left.windows(2).all(|pair| pair[1] < pair[0]), "{left:?}");
    assert_eq!(all(&lake).await.len(), 240);
    let rest = lake.compact(true).await.expect("compacts");
    assert!(rest.files_after > 0);
    assert_eq!(lake.compact(true).await.expect("looks").files_before, 0);
}
