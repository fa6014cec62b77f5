//! Takes search results out as a file, page by page, so that memory stays bounded.

use super::search_events::lake_error;
use base_audit::Act;
use base_authz::{Action, Caller};
use base_core::{Result, Scope};
use base_db::Db;
use engine_event::Event;
use engine_lake::{Cursor, Lake, SearchRequest};
use serde_json::json;
use std::sync::Arc;

/// Most events of one export.
pub const MAX_EVENTS: usize = 200_000;
/// Events fetched at once.
const PAGE: usize = 2_000;

/// An export under way.
pub struct Export {
    lake: Arc<dyn Lake>,
    scope: Scope,
    request: SearchRequest,
    left: usize,
    done: bool,
}

impl std::fmt::Debug for Export {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Export").field("left", &self.left).field("done", &self.done).finish_non_exhaustive()
    }
}

/// Begins an export; it stands in the audit trail before the first event leaves.
///
/// # Errors
/// `Forbidden` without the right; when the database does not answer.
pub async fn begin(
    db: &Db,
    lake: Arc<dyn Lake>,
    caller: &Caller,
    mut request: SearchRequest,
    format: &'static str,
) -> Result<Export> {
    let scope = caller.require(Action::EventsExport)?;
    let after = json!({
        "query": request.query.text(), "from": request.from, "until": request.until, "format": format,
        "most": MAX_EVENTS,
    });
    let mut tx = db.begin().await?;
    base_audit::record(&mut tx, caller, Act::new("events.export", "events", "search").change(None, Some(after)))
        .await?;
    tx.commit().await?;
    request.limit = PAGE;
    request.after = None;
    request.scan_limit = None;
    Ok(Export { lake, scope, request, left: MAX_EVENTS, done: false })
}

impl Export {
    /// The next events; `None` at the end.
    ///
    /// # Errors
    /// When the lake cannot answer.
    pub async fn next(&mut self) -> Result<Option<Vec<Event>>> {
        if self.done || self.left == 0 {
            return Ok(None);
        }
        self.request.limit = PAGE.min(self.left);
        let page = self.lake.search(&self.scope, &self.request).await.map_err(lake_error)?;
        self.left = self.left.saturating_sub(page.events.len());
        self.go_on(page.next);
        Ok(Some(page.events))
    }

    fn go_on(&mut self, next: Option<Cursor>) {
        self.done = next.is_none();
        self.request.after = next;
    }
}
