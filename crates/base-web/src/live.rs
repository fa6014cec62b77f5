//! Server-sent events: tells an open console which topics have news.

use crate::{Ctx, News, WebResult};
use axum::extract::Query;
use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
use base_authz::Principal;
use futures::{Stream, StreamExt as _};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

/// News within this time goes out together, so that a busy desk costs each browser two fetches a second at most.
const GATHER: Duration = Duration::from_millis(500);
/// Comments that keep proxies from closing the line.
const KEEP_ALIVE: Duration = Duration::from_secs(20);
/// A stream ends after this and the browser comes again, so that revoked sessions and changed
/// grants take effect on open consoles too.
const LIFE: Duration = Duration::from_secs(120);
/// Topics one page may listen to.
const MAX_TOPICS: usize = 16;

#[derive(Debug, Deserialize)]
pub(crate) struct Topics {
    topics: String,
}

/// `GET /truc-tiep?topics=alerts,overview`
pub(crate) async fn stream(ctx: Ctx, Query(query): Query<Topics>) -> WebResult {
    let topics: BTreeSet<String> =
        query.topics.split(',').filter(|t| !t.is_empty()).take(MAX_TOPICS).map(str::to_owned).collect();
    let listener = Listener { news: ctx.web.news().subscribe(), principal: Arc::clone(&ctx.principal), topics };
    let mut response = Sse::new(events(listener)).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response();
    let kind = http::HeaderValue::from_static("text/event-stream; charset=utf-8");
    response.headers_mut().insert(http::header::CONTENT_TYPE, kind);
    // Asks nginx and its kind not to hold the stream back.
    response.headers_mut().insert("x-accel-buffering", http::HeaderValue::from_static("no"));
    Ok(response)
}

struct Listener {
    news: Receiver<News>,
    principal: Arc<Principal>,
    topics: BTreeSet<String>,
}

impl Listener {
    fn wants(&self, news: &News) -> bool {
        self.topics.contains(news.topic) && news.concerns(&self.principal)
    }

    /// Waits for news, then gathers what comes within [`GATHER`]. `*` = something was missed, fetch all;
    /// `None` = the program is stopping.
    async fn next(&mut self) -> Option<String> {
        let mut topics = BTreeSet::new();
        while topics.is_empty() {
            match self.news.recv().await {
                Ok(news) if self.wants(&news) => drop(topics.insert(news.topic)),
                Ok(_) => {}
                Err(RecvError::Lagged(_)) => drop(topics.insert("*")),
                Err(RecvError::Closed) => return None,
            }
        }
        let until = tokio::time::Instant::now() + GATHER;
        while let Ok(more) = tokio::time::timeout_at(until, self.news.recv()).await {
            match more {
                Ok(news) if self.wants(&news) => drop(topics.insert(news.topic)),
                Ok(_) => {}
                Err(RecvError::Lagged(_)) => drop(topics.insert("*")),
                Err(RecvError::Closed) => break,
            }
        }
        Some(topics.into_iter().collect::<Vec<_>>().join(","))
    }
}

fn events(listener: Listener) -> impl Stream<Item = Result<Event, Infallible>> {
    let end = tokio::time::Instant::now() + LIFE;
    // The first event opens the stream at once, also through compressing proxies.
    let hello = futures::stream::once(async { Ok(Event::default().event("hello").data("1")) });
    let news = futures::stream::unfold(listener, move |mut listener| async move {
        let topics = tokio::time::timeout_at(end, listener.next()).await.ok()??;
        Some((Ok(Event::default().event("news").data(topics)), listener))
    });
    // Tells a planned end from a lost connection: the browser comes again without alarming anybody.
    let bye = futures::stream::once(async { Ok(Event::default().event("bye").data("1")) });
    hello.chain(news).chain(bye)
}
