//! The query language as people write it, and the memory lake under the contract.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

mod language;

use engine_lake::{MemoryLake, contract};

#[tokio::test]
async fn memory_lake_keeps_the_contract() {
    contract::run(|| async { MemoryLake::new() }).await;
}
