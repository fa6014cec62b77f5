//! Search for programs: what the search page does, as JSON. The asker is a signed-in person (the
//! session's cookie); the scope is theirs. Times are RFC 3339 in UTC, or what the page's address takes.
//!
//! The text of the API (`super::openapi`) is made from the types here and in [`super::answers`].
//!
//! Errors: `{"error":{"kind","message","fields","request"}}`; a mistake in a query is 422 with its place.

use super::answers::{Counts, Fields, Found, Proposals, Rows};
use crate::model::range::{Preset, parse_time};
use crate::ops::export_writer::WholeEvent;
use crate::ops::search_events::{self, lake_error};
use crate::ops::{ask_sql, search_run};
use crate::ports::EventsPorts;
use axum::extract::Query as Address;
use axum::response::IntoResponse;
use axum::{Extension, Json};
use base_authz::Action;
use base_core::{Error, Result, Timestamp};
use base_web::{Ctx, Refusals, WebResult};
use engine_lake::query::FieldRef;
use engine_lake::{Buckets, Order, Query, SearchRequest, SurveyAsk};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

/// Events of one answer, unless the asker says less.
const LIMIT: usize = 100;
/// Most events of one answer.
const MAX_LIMIT: usize = 1_000;
/// Stored events looked at for one answer: a program goes on with `next`.
const SCAN: u64 = 5_000_000;
/// Most values told of a field.
const MAX_TOP: usize = 1_000;

/// What is asked. What an endpoint has no use for is not looked at.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct Asked {
    /// Query text, such as `user.name:admin AND NOT source.ip:10.0.0.0/8 "mimikatz"`; nothing finds everything.
    #[param(example = "user.name:admin")]
    q: String,
    /// The time until now: 15m, 1h, 24h, 7d, 30d or all. It counts before `from` and `until`.
    range: String,
    /// Begin, inclusive: RFC 3339, or as the pages' addresses have it.
    #[param(example = "2026-11-22T08:00:00+07:00")]
    from: String,
    /// End, exclusive.
    until: String,
    /// `newest` first, or `oldest`.
    order: String,
    /// `next` of the answer before.
    after: String,
    /// Most events of one answer: 1 to 1,000, else 100. Numbers beyond are brought within.
    limit: Option<usize>,
    /// Fields whose values are counted, with commas between them; at most 24.
    fields: String,
    /// Most values told of a field: up to 1,000, else 10.
    top: Option<usize>,
    /// Bars of the picture over time, at most 2,000.
    bars: Option<usize>,
    /// Where the caret stands in `q`, in characters; else at its end.
    caret: Option<usize>,
}

impl Asked {
    fn time(name: &'static str, text: &str) -> Result<Option<Timestamp>> {
        if text.is_empty() {
            return Ok(None);
        }
        let wrong = || Error::invalid(name, "not a time; write 2026-11-22T08:00:00+07:00");
        parse_time(text).map(Some).ok_or_else(wrong)
    }

    fn span(&self, now: Timestamp) -> Result<(Option<Timestamp>, Option<Timestamp>)> {
        if !self.range.is_empty() {
            let preset = Preset::parse(&self.range);
            let preset = preset.ok_or_else(|| Error::invalid("range", "must be 15m, 1h, 24h, 7d, 30d or all"))?;
            return Ok((preset.secs().map(|secs| now.plus_secs(-secs)), None));
        }
        Ok((Self::time("from", &self.from)?, Self::time("until", &self.until)?))
    }

    fn request(&self, now: Timestamp) -> Result<SearchRequest> {
        let (from, until) = self.span(now)?;
        let after = match self.after.as_str() {
            "" => None,
            text => Some(text.parse().map_err(|e: engine_lake::BadCursor| Error::invalid("after", e.to_string()))?),
        };
        let order = match self.order.as_str() {
            "" | "newest" => Order::Newest,
            "oldest" => Order::Oldest,
            _ => return Err(Error::invalid("order", "must be newest or oldest")),
        };
        Ok(SearchRequest {
            from,
            until,
            query: Query::parse(&self.q).map_err(|e| Error::invalid("q", e.to_string()))?,
            order,
            limit: self.limit.unwrap_or(LIMIT).clamp(1, MAX_LIMIT),
            after,
            scan_limit: Some(SCAN),
        })
    }
}

#[utoipa::path(
    get, path = "/api/v1/search", tag = "search", operation_id = "search", summary = "Events that a query finds", params(Asked),
    responses((status = 200, body = Found<'static>), Refusals), security(("session" = []), ("token" = []))
)]
/// A part of them, the newest or oldest first; go on with `next`.
pub(crate) async fn search(
    ctx: Ctx,
    Extension(ports): Extension<EventsPorts>,
    Address(asked): Address<Asked>,
) -> WebResult {
    let scope = ctx.require(Action::EventsSearch)?;
    let request = asked.request(ctx.now)?;
    let page = ports.lake.search(&scope, &request).await.map_err(lake_error)?;
    let left_out = ports.lake.out_of_reach(request.from, request.until).await.map(|away| away.days);
    // How much was looked at tells of other units' events: only the province is told.
    let scanned = scope.as_units().is_none().then_some(page.scanned);
    let events = page.events.iter().map(WholeEvent::from).collect();
    Ok(Json(Found { events, next: page.next.map(|next| next.to_string()), scanned, left_out }).into_response())
}

#[utoipa::path(
    get, path = "/api/v1/search/counts", tag = "search", operation_id = "search-counts", summary = "Counts of all events that a query finds", params(Asked),
    responses((status = 200, body = Counts), Refusals), security(("session" = []), ("token" = []))
)]
/// Over time, and by the values of fields.
pub(crate) async fn counts(
    ctx: Ctx,
    Extension(ports): Extension<EventsPorts>,
    Address(asked): Address<Asked>,
) -> WebResult<Json<Counts>> {
    let scope = ctx.require(Action::EventsSearch)?;
    let request = asked.request(ctx.now)?;
    let wanted = asked.bars.unwrap_or(search_run::BARS);
    let bounds = search_run::span(&*ports.lake, &scope, &request).await?;
    let buckets = bounds.and_then(|(from, until)| Buckets::new(from, until, wanted));
    let fields = asked.fields.split(',').map(str::trim).filter(|f| !f.is_empty()).map(FieldRef::named).collect();
    let ask = SurveyAsk { buckets, fields, sample: None };
    let found = ports.lake.survey(&scope, &request, &ask).await.map_err(lake_error)?;
    let bars = buckets.map(|b| b.fill(found.bars.iter().copied().enumerate())).unwrap_or_default();
    let top = asked.top.unwrap_or(10).min(MAX_TOP);
    Ok(Json(Counts::new(found.matched, &bars, &found.fields, top)))
}

#[utoipa::path(
    get, path = "/api/v1/search/fields", tag = "search", operation_id = "search-fields", summary = "Which fields the found events have", params(Asked),
    responses((status = 200, body = Fields), Refusals), security(("session" = []), ("token" = []))
)]
/// Looks into some of the newest.
pub(crate) async fn fields(
    ctx: Ctx,
    Extension(ports): Extension<EventsPorts>,
    Address(asked): Address<Asked>,
) -> WebResult<Json<Fields>> {
    let seen = search_events::fields(&*ports.lake, &ctx, &asked.request(ctx.now)?).await?;
    Ok(Json(seen.into()))
}

#[utoipa::path(
    get, path = "/api/v1/search/complete", tag = "search", operation_id = "search-complete", summary = "How a query may go on", params(Asked),
    responses((status = 200, body = Proposals), Refusals), security(("session" = []), ("token" = []))
)]
/// Names of fields, or values of the field that is being written.
pub(crate) async fn complete(
    ctx: Ctx,
    Extension(ports): Extension<EventsPorts>,
    Address(asked): Address<Asked>,
) -> WebResult<Json<Proposals>> {
    let caret = asked.caret.unwrap_or_else(|| asked.q.chars().count());
    let found = search_events::propose(&*ports.lake, &ctx, &asked.q, caret, asked.span(ctx.now)?).await?;
    Ok(Json(Proposals::new(found)))
}

/// A statement.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
pub(crate) struct Question {
    /// One `SELECT` over the table `events`.
    #[schema(example = "SELECT host_name, count(*) FROM events GROUP BY 1")]
    sql: String,
    /// Begin of the time that is read, inclusive, RFC 3339.
    from: String,
    /// Its end, exclusive.
    until: String,
    /// Most rows of the answer.
    rows: Option<usize>,
}

#[utoipa::path(
    post, path = "/api/v1/sql", tag = "search", operation_id = "sql", summary = "Rows that answer a statement in SQL",
    request_body = Question, responses((status = 200, body = Rows), Refusals),
    security(("session" = [], "page" = []), ("token" = []))
)]
/// Read only, within bounds of rows, time and memory, and within the asker's units.
pub(crate) async fn sql(
    ctx: Ctx,
    Extension(ports): Extension<EventsPorts>,
    Json(question): Json<Question>,
) -> WebResult<Json<Rows>> {
    let tables = ports.tables.as_ref().ok_or_else(|| Error::not_found("this lake takes no questions in SQL"))?;
    let span = (Asked::time("from", &question.from)?, Asked::time("until", &question.until)?);
    let rows = question.rows.unwrap_or(ask_sql::MAX_ROWS).clamp(1, ask_sql::MAX_FILE_ROWS);
    let answer = ask_sql::ask(ctx.db(), &**tables, &ctx, &question.sql, span, rows).await?;
    let answer = answer.map_err(|e| Error::invalid("sql", e.to_string()))?;
    Ok(Json(answer.into()))
}
