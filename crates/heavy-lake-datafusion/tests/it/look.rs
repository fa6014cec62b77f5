//! Looking into a lake that another process writes and merges.

use crate::open;
use engine_lake::contract::samples::{self, province};
use engine_lake::{Lake, LakeTables, SearchRequest, SqlRequest, SurveyAsk};
use heavy_lake_datafusion::{LakeOptions, LookedAtLake};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_merged_away_meanwhile_are_looked_up_anew() {
    let dir = tempfile::tempdir().expect("folder");
    let (lake, _) = open(dir.path()).await;
    let events = samples::events(240);
    for at in 0..24 {
        let range = at * 10..(at + 1) * 10;
        let slice = usize::try_from(range.start).expect("small")..usize::try_from(range.end).expect("small");
        lake.write(range, &events[slice]).await.expect("writes");
    }
    let look = LookedAtLake::open(dir.path(), LakeOptions::default()).await.expect("opens beside the holder");
    assert_eq!(look.committed().await.expect("committed"), 240);
    // Every file the reader knows goes, and all events stay.
    lake.compact(true).await.expect("compacts");
    let request = SearchRequest { limit: 1000, ..SearchRequest::default() };
    assert_eq!(look.search(&province(), &request).await.expect("searches").events.len(), 240);
    lake.write(240..240, &[]).await.expect("nothing");
    let question = SqlRequest { statement: "SELECT count(*) FROM events".into(), ..SqlRequest::default() };
    let fresh = LookedAtLake::open(dir.path(), LakeOptions::default()).await.expect("opens");
    let counted = fresh.survey(&province(), &SearchRequest::default(), &SurveyAsk::default()).await.expect("counts");
    assert_eq!(counted.matched, 240);
    assert_eq!(fresh.sql(&province(), &question).await.expect("answers").rows, [[Some("240".to_owned())]]);
    assert!(fresh.write(240..241, &[]).await.is_err(), "a reader never writes");
    drop(lake);
    // What the reader did left the folder as it was.
    let (again, report) = open(dir.path()).await;
    assert!(report.damaged.is_empty() && report.events == 240, "{report:?}");
    assert_eq!(again.committed().await.expect("committed"), 240);
}
