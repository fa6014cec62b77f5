//! The Parquet lake on a real disk: the contract, crashes, compaction, size.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a test fails by panicking and speaks through its output"
)]

mod cold;
mod contract;
mod crash;
mod look;
mod older;
mod readers;
mod seals;
mod size;
mod sql;
mod upkeep;

use engine_event::Event;
use engine_lake::contract::samples::province;
use engine_lake::{Lake, Order, SearchRequest};
use heavy_lake_datafusion::{LakeOptions, OpenReport, ParquetLake};
use std::path::Path;

async fn open(dir: &Path) -> (ParquetLake, OpenReport) {
    ParquetLake::open(dir, LakeOptions::default()).await.expect("opens")
}

/// All events, oldest first.
async fn all(lake: &ParquetLake) -> Vec<Event> {
    let request = SearchRequest { order: Order::Oldest, limit: engine_lake::MAX_PAGE, ..SearchRequest::default() };
    lake.search(&province(), &request).await.expect("searches").events
}

/// Every file below a folder.
fn files(dir: &Path) -> Vec<std::path::PathBuf> {
    let (mut found, mut folders) = (Vec::new(), vec![dir.to_path_buf()]);
    while let Some(folder) = folders.pop() {
        for item in std::fs::read_dir(folder).expect("folder").map(|item| item.expect("item").path()) {
            if item.is_dir() { folders.push(item) } else { found.push(item) }
        }
    }
    found.sort();
    found
}
