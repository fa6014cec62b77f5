//! Search for programs: what the search page does, as JSON. The asker is a signed-in person (the
//! session's cookie); the scope is theirs. Times are RFC 3339 in UTC, or what the page's address takes.
//!
//! * `GET /api/v1/search?q=&from=&until=&range=&order=&after=&limit=`: `{"events": […], "next": "…"|null,
//!   "scanned": n}`. An event is as in the NDJSON export. Go on with `after` = `next`; a page may be short,
//!   even empty, while `next` is there.
//! * `GET /api/v1/search/counts?…&fields=a,b&top=10&bars=60`: `{"matched": n, "bars": [{"from","until","count"}],
//!   "fields": [{"field","present","others","values": [{"value","count"}]}]}`.
//! * `GET /api/v1/search/fields?…`: `{"sample": n, "fields": [{"name","common","events","examples"}]}`.
//! * `GET /api/v1/search/complete?q=&caret=`: `{"proposals": [{"query","label","caret"}]}`.
//! * `POST /api/v1/sql` with `{"sql","from","until","rows"}` and the header `X-CSRF-Token` of a page:
//!   `{"columns": [{"name","kind"}], "rows": [[…]], "more": false}`.
//!
//! Errors: `{"error":{"kind","message","fields","request"}}`; a mistake in a query is 422 with its place.

use crate::model::range::{Preset, parse_time};
use crate::ops::export_writer::whole;
use crate::ops::search_events::{self, lake_error};
use crate::ops::{ask_sql, search_run};
use crate::ports::EventsPorts;
use axum::extract::Query as Address;
use axum::{Extension, Json};
use base_authz::Action;
use base_core::{Error, Result, Timestamp};
use base_web::{Ctx, WebResult};
use engine_lake::query::FieldRef;
use engine_lake::{Buckets, Order, Query, SearchRequest, SqlKind, SurveyAsk};
use serde::Deserialize;
use serde_json::{Value, json};

/// Events of one answer, unless the asker says less.
const LIMIT: usize = 100;
/// Most events of one answer.
const MAX_LIMIT: usize = 1_000;
/// Stored events looked at for one answer: a program goes on with `next`.
const SCAN: u64 = 5_000_000;
/// Most values told of a field.
const MAX_TOP: usize = 1_000;

/// What is asked.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    q: String,
    range: String,
    from: String,
    until: String,
    order: String,
    after: String,
    limit: Option<usize>,
    fields: String,
    top: Option<usize>,
    bars: Option<usize>,
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

/// `GET /api/v1/search`
pub(crate) async fn search(
    ctx: Ctx,
    Extension(ports): Extension<EventsPorts>,
    Address(asked): Address<Asked>,
) -> WebResult<Json<Value>> {
    let scope = ctx.require(Action::EventsSearch)?;
    let request = asked.request(ctx.now)?;
    let page = ports.lake.search(&scope, &request).await.map_err(lake_error)?;
    let left_out = ports.lake.out_of_reach(request.from, request.until).await.map(|away| away.days);
    let events: Vec<Value> = page.events.iter().map(whole).collect();
    // How much was looked at tells of other units' events: only the province is told.
    let scanned = scope.as_units().is_none().then_some(page.scanned);
    Ok(Json(
        json!({"events": events, "next": page.next.map(|n| n.to_string()), "scanned": scanned, "left_out": left_out}),
    ))
}

/// `GET /api/v1/search/counts`
pub(crate) async fn counts(
    ctx: Ctx,
    Extension(ports): Extension<EventsPorts>,
    Address(asked): Address<Asked>,
) -> WebResult<Json<Value>> {
    let scope = ctx.require(Action::EventsSearch)?;
    let request = asked.request(ctx.now)?;
    let wanted = asked.bars.unwrap_or(search_run::BARS);
    let bounds = search_run::span(&*ports.lake, &scope, &request).await?;
    let buckets = bounds.and_then(|(from, until)| Buckets::new(from, until, wanted));
    let fields = asked.fields.split(',').map(str::trim).filter(|f| !f.is_empty()).map(FieldRef::named).collect();
    let ask = SurveyAsk { buckets, fields, sample: None };
    let found = ports.lake.survey(&scope, &request, &ask).await.map_err(lake_error)?;
    let bars = buckets.map(|b| b.fill(found.bars.iter().copied().enumerate())).unwrap_or_default();
    let bars: Vec<Value> = bars
        .iter()
        .map(|b| json!({"from": b.start.to_string(), "until": b.end.to_string(), "count": b.count}))
        .collect();
    let top = asked.top.unwrap_or(10).min(MAX_TOP);
    let fields: Vec<Value> = found
        .fields
        .iter()
        .map(|f| {
            let values: Vec<Value> =
                f.top(top).into_iter().map(|(value, count)| json!({"value": value, "count": count})).collect();
            json!({"field": f.field, "present": f.present, "others": f.others, "distinct": f.distinct(), "values": values})
        })
        .collect();
    Ok(Json(json!({"matched": found.matched, "bars": bars, "fields": fields})))
}

/// `GET /api/v1/search/fields`
pub(crate) async fn fields(
    ctx: Ctx,
    Extension(ports): Extension<EventsPorts>,
    Address(asked): Address<Asked>,
) -> WebResult<Json<Value>> {
    let seen = search_events::fields(&*ports.lake, &ctx, &asked.request(ctx.now)?).await?;
    let fields: Vec<Value> = seen
        .fields
        .iter()
        .map(|f| json!({"name": f.name, "common": f.common, "events": f.events, "examples": f.examples}))
        .collect();
    Ok(Json(json!({"sample": seen.events, "fields": fields})))
}

/// `GET /api/v1/search/complete`
pub(crate) async fn complete(
    ctx: Ctx,
    Extension(ports): Extension<EventsPorts>,
    Address(asked): Address<Asked>,
) -> WebResult<Json<Value>> {
    let caret = asked.caret.unwrap_or_else(|| asked.q.chars().count());
    let found = search_events::propose(&*ports.lake, &ctx, &asked.q, caret, asked.span(ctx.now)?).await?;
    let proposals: Vec<Value> =
        found.iter().map(|c| json!({"query": c.query, "label": c.label, "caret": c.caret})).collect();
    Ok(Json(json!({"proposals": proposals})))
}

/// The body of a question.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Question {
    sql: String,
    from: String,
    until: String,
    rows: Option<usize>,
}

/// `POST /api/v1/sql`
pub(crate) async fn sql(
    ctx: Ctx,
    Extension(ports): Extension<EventsPorts>,
    Json(question): Json<Question>,
) -> WebResult<Json<Value>> {
    let tables = ports.tables.as_ref().ok_or_else(|| Error::not_found("this lake takes no questions in SQL"))?;
    let span = (Asked::time("from", &question.from)?, Asked::time("until", &question.until)?);
    let rows = question.rows.unwrap_or(ask_sql::MAX_ROWS).clamp(1, ask_sql::MAX_FILE_ROWS);
    let answer = ask_sql::ask(ctx.db(), &**tables, &ctx, &question.sql, span, rows).await?;
    let answer = answer.map_err(|e| Error::invalid("sql", e.to_string()))?;
    let kind = |kind| match kind {
        SqlKind::Text => "text",
        SqlKind::Number => "number",
        SqlKind::Time => "time",
        SqlKind::Bool => "bool",
    };
    let columns: Vec<Value> = answer.columns.iter().map(|c| json!({"name": c.name, "kind": kind(c.kind)})).collect();
    Ok(Json(json!({"columns": columns, "rows": answer.rows, "more": answer.more})))
}
