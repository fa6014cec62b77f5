//! The rest of a search as it is found: messages over one answer that stays open. The script of the
//! page puts them in their places; ending the connection ends the search.
//!
//! A message is a line `data: {"to": "<id of a part>", "html": "…", "more": false}`; `more` adds to the
//! part instead of taking its place. The last one is `{"done": true}`.

use super::search_columns;
use super::search_params::{PAGE, Params};
use super::search_parts::{facets, pager, picture, progress, rows};
use crate::ops::search_run::SearchRun;
use crate::ports::EventsPorts;
use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::Query as Address;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use base_core::{Error, Result};
use base_ui::{Tone, notice};
use base_web::{Ctx, WebResult};
use engine_lake::SearchRequest;
use futures::stream;
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

/// Where the page stands.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Standing {
    /// Results on the page already.
    have: usize,
    /// Whether the counts are wanted.
    #[serde(rename = "dem-lai")]
    counts: String,
}

struct Going {
    ctx: Ctx,
    params: Params,
    run: SearchRun,
    had: usize,
    shown: usize,
    over: bool,
}

/// `GET /tim-kiem/dong`
pub(super) async fn stream(
    ctx: Ctx,
    Extension(ports): Extension<EventsPorts>,
    Address(params): Address<Params>,
    Address(standing): Address<Standing>,
) -> WebResult {
    let request = params.request(ctx.now).map_err(|e| Error::invalid("q", e.to_string()))?;
    let missing = PAGE.saturating_sub(standing.have);
    let request = SearchRequest { limit: missing.max(1), ..request };
    let fields = params.counted(super::search::sees_units(&ctx));
    let mut run = SearchRun::begin(Arc::clone(&ports.lake), &ctx, request, fields, standing.counts == "1").await?;
    // The page is full already: only the counts are wanted.
    run.looking = missing > 0;
    let had = standing.have.min(PAGE);
    let going = Going { ctx, params, run, had, shown: 0, over: false };
    let body = Body::from_stream(stream::unfold(going, |mut going| async move {
        if going.over {
            return None;
        }
        let text = going.go_on().await;
        Some((Ok::<Bytes, std::io::Error>(Bytes::from(text)), going))
    }));
    Ok(answer(body))
}

/// As a stream of events no layer holds the messages back to compress them.
fn answer(body: Body) -> Response {
    ([(header::CONTENT_TYPE, "text/event-stream; charset=utf-8")], body).into_response()
}

fn message(to: &str, html: Markup, more: bool) -> String {
    format!("data: {}\n\n", json!({"to": to, "html": html.into_string(), "more": more}))
}

impl Going {
    /// One step of the search, and what it changes on the page.
    async fn go_on(&mut self) -> String {
        match self.step().await {
            Ok(text) => text,
            Err(error) => {
                self.over = true;
                tracing::debug!(%error, "a search ended with an error");
                let said = match error.kind {
                    base_core::Kind::Invalid => super::search::too_broad(&self.ctx, &error.message),
                    _ => notice(Tone::Bad, html! { p { (error.message) } }),
                };
                message("progress-error", said, false) + "data: {\"done\":true}\n\n"
            }
        }
    }

    async fn step(&mut self) -> Result<String> {
        let looked = self.run.looking;
        let more = self.run.step().await?;
        let (ctx, params) = (&self.ctx, &self.params);
        let mut text = String::new();
        if looked {
            let fresh = self.run.events.get(self.shown..).unwrap_or_default();
            if !fresh.is_empty() {
                let columns = search_columns::shown(ctx, params);
                text.push_str(&message("rows", rows(ctx, params, &columns, fresh), true));
                self.shown = self.run.events.len();
            }
            if !self.run.looking {
                let all = self.had + self.shown;
                let part = if all == 0 {
                    super::search::nothing(ctx, params)
                } else {
                    pager(ctx, params, all, self.run.next.map(|n| n.to_string()), false)
                };
                text.push_str(&message("after-rows", part, false));
            }
        } else if self.run.survey().is_some() {
            text.push_str(&message("picture", picture(ctx, params, &self.run), false));
            text.push_str(&message("facets", facets(ctx, params, &self.run), false));
        }
        let share = self.run.is_counting().then(|| self.run.share());
        let looking = self.run.looking;
        text.push_str(&message("progress", progress(ctx, params, looking, share), false));
        if !more {
            self.over = true;
            text.push_str("data: {\"done\":true}\n\n");
        }
        Ok(text)
    }
}
