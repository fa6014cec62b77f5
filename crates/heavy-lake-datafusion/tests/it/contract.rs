//! The contract suite, on a fresh lake, a compacted one, and one opened again.

use crate::open;
use async_trait::async_trait;
use base_core::{Scope, Timestamp};
use engine_event::{Event, EventId};
use engine_lake::{
    Bucket, Lake, LakeError, LakeStats, SearchPage, SearchRequest, Survey, SurveyAsk, contract, contract::samples,
};
use heavy_lake_datafusion::{ColdTier, LakeOptions, ParquetLake};
use std::ops::Range;
use tempfile::TempDir;

/// A lake with its folder; after each write it is compacted, when so wished.
struct Kept {
    lake: ParquetLake,
    compact: bool,
    /// Whether everything then moves to the second folder.
    cold: bool,
    _dir: TempDir,
}

#[async_trait]
impl Lake for Kept {
    async fn write(&self, range: Range<u64>, events: &[Event]) -> Result<(), LakeError> {
        self.lake.write(range, events).await?;
        if self.compact {
            self.lake.compact(true).await?;
        }
        if self.cold {
            while self.lake.move_cold(samples::START.plus_secs(100_000 * 86_400)).await?.files > 0 {}
        }
        Ok(())
    }

    async fn committed(&self) -> Result<u64, LakeError> {
        self.lake.committed().await
    }

    async fn search(&self, scope: &Scope, request: &SearchRequest) -> Result<SearchPage, LakeError> {
        self.lake.search(scope, request).await
    }

    async fn histogram(&self, scope: &Scope, request: &SearchRequest, n: usize) -> Result<Vec<Bucket>, LakeError> {
        self.lake.histogram(scope, request, n).await
    }

    async fn get(&self, scope: &Scope, id: &EventId, near: Option<Timestamp>) -> Result<Option<Event>, LakeError> {
        self.lake.get(scope, id, near).await
    }

    async fn survey(&self, scope: &Scope, request: &SearchRequest, ask: &SurveyAsk) -> Result<Survey, LakeError> {
        self.lake.survey(scope, request, ask).await
    }

    async fn stats(&self) -> Result<LakeStats, LakeError> {
        self.lake.stats().await
    }
}

async fn kept(compact: bool) -> Kept {
    let dir = tempfile::tempdir().expect("folder");
    let lake = open(dir.path()).await.0;
    Kept { lake, compact, cold: false, _dir: dir }
}

async fn kept_cold() -> Kept {
    let dir = tempfile::tempdir().expect("folder");
    let cold = Some(ColdTier { dir: dir.path().join("cold"), after_days: 0 });
    let options = LakeOptions { cold, ..LakeOptions::default() };
    let lake = ParquetLake::open(&dir.path().join("lake"), options).await.expect("opens").0;
    Kept { lake, compact: true, cold: true, _dir: dir }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn parquet_lake_keeps_the_contract() {
    contract::run(|| kept(false)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn parquet_lake_keeps_the_contract_while_being_compacted() {
    contract::run(|| kept(true)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn parquet_lake_keeps_the_contract_from_its_second_folder() {
    contract::run(kept_cold).await;
}
