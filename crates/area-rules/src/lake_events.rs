//! Events of a lake, page by page, for a hunt through them.

use base_core::Scope;
use engine_event::Event;
use engine_hunt::{Skip, StoredEvents};
use engine_lake::{Lake, Order, SearchRequest, SurveyAsk};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};
use tokio::runtime::Handle;

/// Events fetched at once: enough that planning a page costs nothing beside reading it.
const PAGE: usize = 5_000;
/// Pages that may wait for the workers.
const AHEAD: usize = 4;

/// Gives the events that match, oldest first, as the rules must see them.
#[derive(Debug)]
pub struct LakeEvents(Receiver<Result<Vec<Event>, Skip>>);

impl LakeEvents {
    /// Begins to read. Reading ends when this is dropped.
    #[must_use]
    pub fn begin(runtime: &Handle, lake: Arc<dyn Lake>, scope: Scope, request: SearchRequest) -> Self {
        let (send, receive) = sync_channel(AHEAD);
        runtime.spawn(async move {
            let mut request =
                SearchRequest { order: Order::Oldest, limit: PAGE, after: None, scan_limit: None, ..request };
            loop {
                let page = lake.search(&scope, &request).await;
                let (piece, next) = match page {
                    Ok(page) => (Ok(page.events), page.next),
                    Err(error) => {
                        let remedy = "narrow the time range, or check the disk and the log";
                        (Err(Skip::input("lake", error.to_string(), remedy)), None)
                    }
                };
                // The workers may be slower than the lake; waiting for them must not hold up the runtime.
                let sender = send.clone();
                let sent = tokio::task::spawn_blocking(move || sender.send(piece).is_ok()).await;
                match next {
                    Some(next) if sent.unwrap_or(false) => request.after = Some(next),
                    _ => return,
                }
            }
        });
        Self(receive)
    }
}

impl StoredEvents for LakeEvents {
    fn next(&mut self) -> Option<Result<Vec<Event>, Skip>> {
        self.0.recv().ok()
    }
}

/// How many events will be read, for the progress bar.
///
/// # Errors
/// When the lake cannot be read.
pub async fn count(lake: &dyn Lake, scope: &Scope, request: &SearchRequest) -> Result<u64, engine_lake::LakeError> {
    Ok(lake.survey(scope, request, &SurveyAsk::default()).await?.matched)
}
