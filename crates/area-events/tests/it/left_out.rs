//! Days that cannot be read at the moment are told with the results that lack them.

use crate::given::{event, given_with};
use async_trait::async_trait;
use base_core::{Scope, Timestamp};
use engine_event::{Event, EventId};
use engine_lake::{Bucket, Lake, LakeError, LakeStats, MemoryLake, OutOfReach, SearchPage, SearchRequest};
use std::ops::Range;
use std::sync::Arc;

/// A lake whose second folder is away.
struct Half(MemoryLake);

#[async_trait]
impl Lake for Half {
    async fn write(&self, range: Range<u64>, events: &[Event]) -> Result<(), LakeError> {
        self.0.write(range, events).await
    }

    async fn committed(&self) -> Result<u64, LakeError> {
        self.0.committed().await
    }

    async fn search(&self, scope: &Scope, request: &SearchRequest) -> Result<SearchPage, LakeError> {
        self.0.search(scope, request).await
    }

    async fn histogram(&self, scope: &Scope, request: &SearchRequest, n: usize) -> Result<Vec<Bucket>, LakeError> {
        self.0.histogram(scope, request, n).await
    }

    async fn get(&self, scope: &Scope, id: &EventId, near: Option<Timestamp>) -> Result<Option<Event>, LakeError> {
        self.0.get(scope, id, near).await
    }

    async fn stats(&self) -> Result<LakeStats, LakeError> {
        self.0.stats().await
    }

    async fn out_of_reach(&self, from: Option<Timestamp>, _: Option<Timestamp>) -> Option<OutOfReach> {
        let days = ["2026-09-30", "2026-10-01"].map(str::to_owned).to_vec();
        // Whoever asks for the last day only, misses nothing.
        from.is_none().then(|| OutOfReach { days, reason: "/mnt/secret-place is away".to_owned() })
    }
}

#[tokio::test]
async fn a_search_says_which_days_it_leaves_out() {
    let lake = Half(MemoryLake::new());
    lake.write(0..1, &[event(0, Some("SYT"), "may-01", "x")]).await.expect("written");
    let given = given_with(Arc::new(lake)).await;
    for who in ["phuong", "hoa"] {
        let page = given.console.get(who, "/tim-kiem?range=all").await.text;
        assert!(page.contains("Chưa đọc được 2 ngày (từ 30/09/2026 đến 01/10/2026)"), "{page}");
        assert!(
            page.contains("may-01") && !page.contains("secret-place"),
            "what is there is shown, no place of the server"
        );
        let last = given.console.get(who, "/tim-kiem?range=24h").await.text;
        assert!(!last.contains("Chưa đọc được"), "{last}");
        let json = given.console.get(who, "/api/v1/search?range=all").await.text;
        assert!(json.contains("\"left_out\":[\"2026-09-30\",\"2026-10-01\"]"), "{json}");
    }
}
