//! The second folder: what moves there, crashes on the way, and a folder that goes away.

use crate::crash::{add_files, assert_holds, copy};
use crate::{all, files};
use base_core::Timestamp;
use engine_lake::contract::samples::{self, START, province};
use engine_lake::{Lake, LakeTables, SearchRequest, SqlRequest};
use heavy_lake_datafusion::{ColdTier, LakeOptions, LookedAtLake, OpenReport, ParquetLake};
use std::path::{Path, PathBuf};

const DAY: i64 = 86_400;
const KEY: [u8; 32] = [6; 32];

/// A folder with `lake` and `cold` in it.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("folder"))
    }

    fn lake(&self) -> PathBuf {
        self.0.path().join("lake")
    }

    fn cold(&self) -> PathBuf {
        self.0.path().join("cold")
    }

    fn options(&self) -> LakeOptions {
        let cold = Some(ColdTier { dir: self.cold(), after_days: 3 });
        LakeOptions { cold, seal_key: Some(KEY), ..LakeOptions::default() }
    }

    async fn open(&self) -> (ParquetLake, OpenReport) {
        ParquetLake::open(&self.lake(), self.options()).await.expect("opens")
    }

    /// Ten days of events in their final form.
    async fn ten_days(&self) -> ParquetLake {
        let lake = self.open().await.0;
        lake.write(0..240, &samples::events(240)).await.expect("writes");
        lake.compact(true).await.expect("compacts");
        lake.seal(START).await.expect("seals");
        lake
    }
}

fn day(n: i64) -> Timestamp {
    START.plus_secs(n * DAY)
}

async fn findings(lake: &ParquetLake) -> usize {
    let verified = lake.verify(lake.seal_key().as_deref()).await.expect("verifies");
    assert_eq!(verified.out_of_reach, 0);
    verified.findings.len()
}

fn manifest_format(lake: &Path) -> u64 {
    let newest = files(&lake.join("manifests")).pop().expect("a manifest");
    let json: serde_json::Value = serde_json::from_slice(&std::fs::read(newest).expect("reads")).expect("JSON");
    json["format"].as_u64().expect("a number")
}

#[tokio::test]
async fn days_that_closed_long_ago_move_and_are_read_checked_and_deleted_there() {
    let place = Place::new();
    let lake = place.ten_days().await;
    assert_eq!(manifest_format(&place.lake()), 2, "as before, as long as nothing has moved");
    let hot = files(&place.lake().join("data")).len();
    let moved = lake.move_cold(day(8)).await.expect("moves");
    // Days 0 to 4 closed more than three days ago.
    let cold = files(&place.cold().join("data"));
    assert!(moved.files > 0 && moved.files == cold.len() && moved.files * 2 == hot, "{moved:?} of {hot}");
    assert_eq!(files(&place.lake().join("data")).len(), hot - cold.len(), "the originals are gone");
    assert_eq!(manifest_format(&place.lake()), 3, "a program that knows no second folder must not read it");
    assert_eq!(lake.move_cold(day(8)).await.expect("looks").files, 0);
    assert_holds(&lake, 240).await;
    assert_eq!(findings(&lake).await, 0);
    let stats = lake.stats().await.expect("stats");
    assert_eq!((stats.events, stats.cold_files), (240, cold.len() as u64));
    // A late event of a day that has moved stays beside it, and follows when it has its final form.
    let mut late = samples::Facts { n: 240 }.event();
    late.time = START.plus_secs(3_600);
    lake.write(240..241, &[late]).await.expect("writes");
    lake.compact(true).await.expect("compacts");
    assert_eq!(lake.move_cold(day(8)).await.expect("moves").files, 1);
    drop(lake);
    let (lake, report) = place.open().await;
    assert!(report.damaged.is_empty() && report.orphans_removed == 0 && report.cold_away.is_none(), "{report:?}");
    assert_eq!(all(&lake).await.len(), 241);
    // A reader beside it needs no setting.
    let look = LookedAtLake::open(&place.lake(), LakeOptions::default()).await.expect("opens to look");
    let question = SqlRequest { statement: "SELECT count(*) FROM events".into(), ..SqlRequest::default() };
    assert_eq!(look.sql(&province(), &question).await.expect("answers").rows, [[Some("241".to_owned())]]);
    assert_eq!(lake.expire(day(2)).await.expect("expires"), 49);
    assert!(files(&place.cold().join("data")).len() < cold.len() + 1);
    lake.seal(START).await.expect("seals");
    assert_eq!(findings(&lake).await, 0);
    // Who alters a file there is found out.
    let file = files(&place.cold().join("data")).swap_remove(0);
    let mut bytes = std::fs::read(&file).expect("reads");
    bytes[10] ^= 1;
    std::fs::write(&file, bytes).expect("writes");
    assert_eq!(findings(&lake).await, 1);
}

#[tokio::test]
async fn a_crash_around_a_move_neither_loses_nor_doubles() {
    let place = Place::new();
    let lake = place.ten_days().await;
    let before = copy(&place.lake());
    assert!(lake.move_cold(day(30)).await.expect("moves").files > 0);
    drop(lake);
    let opened = async |dir: &Path| {
        let options = LakeOptions { seal_key: Some(KEY), ..LakeOptions::default() };
        let (lake, report) = ParquetLake::open(dir, options).await.expect("opens");
        assert!(report.damaged.is_empty() && report.orphans_removed > 0, "{report:?}");
        assert_holds(&lake, 240).await;
        assert_eq!(findings(&lake).await, 0);
        drop(lake);
        let look = LookedAtLake::open(dir, LakeOptions::default()).await.expect("opens to look");
        assert_eq!(look.verify(None).await.expect("verifies").findings, [], "what was left is tidied up");
    };
    // Before the manifest: the copies are there (one of them half), nothing names them.
    let early = copy(before.path());
    std::fs::copy(place.lake().join("lake.id"), early.path().join("lake.id")).expect("copies");
    add_files(&place.cold(), &early.path().join("cold"));
    let half = files(&early.path().join("cold/data")).swap_remove(0);
    std::fs::write(&half, b"PAR1").expect("writes");
    std::fs::write(half.with_extension("parquet#1"), b"PA").expect("writes");
    opened(early.path()).await;
    // After the seal and before the manifest.
    let sealed = copy(early.path());
    add_files(&place.lake().join("seals"), &sealed.path().join("seals"));
    add_files(&place.cold(), &sealed.path().join("cold"));
    opened(sealed.path()).await;
    // After the manifest: the originals are still there.
    let late = copy(before.path());
    add_files(&place.lake(), late.path());
    opened(late.path()).await;
}

#[tokio::test]
async fn a_folder_that_is_away_is_told_and_nothing_of_it_is_forgotten() {
    let place = Place::new();
    let lake = place.ten_days().await;
    lake.move_cold(day(8)).await.expect("moves");
    let away = place.0.path().join("away");
    std::fs::rename(place.cold(), &away).expect("moves away");
    assert_eq!(all(&lake).await.len(), 120, "the hot days");
    let told = lake.out_of_reach(None, None).await.expect("is told");
    assert_eq!((told.days.len(), told.days[0].as_str()), (5, "2014-03-01"));
    assert!(lake.out_of_reach(Some(day(6)), None).await.is_none(), "nothing of that time");
    assert_eq!(lake.stats().await.expect("stats").events, 240);
    let verified = lake.verify(lake.seal_key().as_deref()).await.expect("verifies");
    assert!(verified.findings.is_empty() && verified.out_of_reach > 0, "{verified:?}");
    // What cannot be deleted now is deleted when it can be; the rest works on.
    assert_eq!(lake.expire(day(2)).await.expect("looks"), 0);
    let more: Vec<_> = (240..264).map(|n| samples::Facts { n }.event()).collect();
    lake.write(240..264, &more).await.expect("writes");
    lake.compact(true).await.expect("compacts");
    lake.seal(START).await.expect("seals");
    assert_eq!(lake.move_cold(day(30)).await.expect("looks").files, 0);
    let id = samples::Facts { n: 3 }.event().id;
    assert!(lake.get(&province(), &id, None).await.expect("looks").is_none());
    drop(lake);
    // Nor at a start, where an empty mount point is in its place.
    std::fs::create_dir(place.cold()).expect("a folder");
    let (lake, report) = place.open().await;
    let reason = report.cold_away.expect("is told");
    assert!(reason.contains("does not bear the mark"), "{reason}");
    assert!(report.damaged.is_empty() && report.events == 264, "nothing is lost");
    assert_eq!(all(&lake).await.len(), 144);
    assert!(files(&place.cold()).is_empty(), "nothing is begun anew");
    std::fs::remove_dir(place.cold()).expect("empty");
    std::fs::rename(&away, place.cold()).expect("comes back");
    assert_eq!(all(&lake).await.len(), 264);
    assert!(lake.out_of_reach(None, None).await.is_none());
    assert!(lake.get(&province(), &id, None).await.expect("looks").is_some());
    assert_eq!(findings(&lake).await, 0);
    assert_eq!(lake.expire(day(2)).await.expect("expires"), 48);
    drop(lake);
    // It may be moved for good: the setting names its new place.
    let moved = place.0.path().join("other-disk");
    std::fs::rename(place.cold(), &moved).expect("moves");
    let cold = Some(ColdTier { dir: moved, after_days: 3 });
    let (lake, report) =
        ParquetLake::open(&place.lake(), LakeOptions { cold, ..place.options() }).await.expect("opens");
    assert_eq!(report.cold_away, None);
    assert_eq!(all(&lake).await.len(), 216);
}

#[tokio::test]
async fn a_folder_that_is_gone_for_good_is_accepted_and_begun_anew() {
    let place = Place::new();
    let lake = place.ten_days().await;
    lake.move_cold(day(8)).await.expect("moves");
    assert_eq!(lake.accept_loss("cold", "x").await.expect("looks"), None, "it is here");
    std::fs::remove_dir_all(place.cold()).expect("burns");
    assert_eq!(lake.accept_loss("cold", "đĩa cháy").await.expect("accepts"), Some(120));
    assert!(lake.deletions().await.expect("a record").iter().all(|line| line.why.contains("đĩa cháy")));
    drop(lake);
    let (lake, report) = place.open().await;
    assert_eq!((report.cold_away, report.events), (None, 120));
    assert!(lake.move_cold(day(30)).await.expect("moves").files > 0);
    assert_eq!(all(&lake).await.len(), 120);
    assert_eq!(findings(&lake).await, 0);
}

#[tokio::test]
async fn the_folder_of_another_lake_and_one_inside_the_lake_are_refused() {
    let (one, other) = (Place::new(), Place::new());
    drop(one.open().await);
    let taken = Some(ColdTier { dir: one.cold(), after_days: 3 });
    let (lake, report) =
        ParquetLake::open(&other.lake(), LakeOptions { cold: taken, ..other.options() }).await.expect("opens");
    assert!(report.cold_away.expect("is told").contains("another lake"));
    lake.write(0..24, &samples::events(24)).await.expect("writes");
    lake.compact(true).await.expect("compacts");
    assert_eq!(lake.move_cold(day(30)).await.expect("looks").files, 0);
    assert_eq!(lake.search(&province(), &SearchRequest::default()).await.expect("searches").events.len(), 24);
    drop(lake);
    let inside = Some(ColdTier { dir: other.lake().join("cold-data"), after_days: 3 });
    let report =
        ParquetLake::open(&other.lake(), LakeOptions { cold: inside, ..other.options() }).await.expect("opens").1;
    assert!(report.cold_away.expect("is told").contains("beside it"));
}
