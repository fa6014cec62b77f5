//! One event: what is known of it, its fields, the record as received.

use super::search_params::Params;
use crate::ops::search_events;
use crate::ports::EventsPorts;
use axum::Extension;
use axum::extract::{Path, Query as Address};
use base_core::{Error, Timestamp};
use base_ui::{Href, Icon, icon, kv, page_head, section, time_full};
use base_web::{Ctx, WebResult};
use engine_event::{CommonField, Event, EventId};
use engine_lake::Query;
use engine_lake::query::Pivot;
use maud::{Markup, html};
use serde::Deserialize;

/// Seconds before and after, for "around".
const AROUND_SECS: i64 = 15 * 60;
/// Most fields shown; the raw record has all.
const MAX_FIELDS: usize = 500;
/// Longest raw record shown, in bytes.
const MAX_RAW: usize = 256 * 1024;

/// Where in time to look.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Near {
    near: String,
}

/// Address of an event's page.
pub(super) fn href(event: &Event) -> Href {
    Href::new("/su-kien").segment(event.id.to_string()).with("near", event.time.as_micros().to_string())
}

/// The same with the search the person comes from, so that values lead on within it.
pub(super) fn within(params: &Params, event: Href) -> Href {
    let (from, until) = if params.preset().is_none() { (&*params.from, &*params.until) } else { ("", "") };
    event
        .with("q", &params.q)
        .with("range", &params.range)
        .with("from", from)
        .with("until", until)
        .with("order", &params.order)
        .with("cols", &params.cols)
        .with("dem", &params.dem)
}

/// `GET /su-kien/{id}`: a page, or the part beside the search results.
pub(super) async fn page(
    ctx: Ctx,
    Extension(ports): Extension<EventsPorts>,
    Path(id): Path<String>,
    Address(near): Address<Near>,
    Address(params): Address<Params>,
) -> WebResult<Markup> {
    let id: EventId = id.parse().map_err(|_| Error::not_found(format!("no event {id}")))?;
    let near = near.near.parse().ok().map(Timestamp::from_micros);
    let event = search_events::one(&*ports.lake, &ctx, &id, near).await?;
    let tr = &ctx.tr;
    let title = tr.t("events-event-title");
    let part = html! {
        (facts(&ctx, &ports, &params, &event)) (fields(&ctx, &params, &event)) (raw(&ctx, &event))
    };
    Ok(ctx.fragment_or(part, |part| {
        let lead = format!("{} · {}", tr.time_secs(event.time), event.kind);
        ctx.page(&title, html! { (page_head(&title, Some(&lead), html! {})) div class="stack" { (part) } })
    }))
}

fn facts(ctx: &Ctx, ports: &EventsPorts, params: &Params, e: &Event) -> Markup {
    let tr = &ctx.tr;
    let mut rows = vec![
        (tr.t("events-column-time"), html! { (time_full(tr, e.time)) " " span class="muted mono small" { (e.time) } }),
        (tr.t("events-column-received"), time_full(tr, e.received)),
        (tr.t("events-column-unit"), super::unit_cell(ctx, e.unit.as_ref())),
        (tr.t("events-column-kind"), html! { span class="mono" { (e.kind) } }),
    ];
    if let Some(source) = &e.source {
        let link = Href::new("/nguon").segment(source.as_str());
        // Who may see the event may know what sent it.
        let name = ports.book.by_id(source).map_or_else(|| source.to_string(), |known| known.name);
        let may = ctx.may(base_authz::Action::SourcesRead);
        rows.push((tr.t("events-column-source"), html! { @if may { a href=(link) { (name) } } @else { (name) } }));
    }
    for field in CommonField::ALL {
        if let Some(value) = e.common.get(*field) {
            rows.push((field.name().to_owned(), value_links(ctx, params, field.name(), value)));
        }
    }
    rows.push((tr.t("events-column-id"), html! { span class="mono small" { (e.id) } }));
    section(
        &tr.t("events-event-facts"),
        html! {
            @if let Some(query) = search_events::same_host(e) {
                a href=(around(e, Some(&query))) { (tr.t("events-event-around")) }
            }
            a href=(around(e, None)) { (tr.t("events-event-around-all")) }
            a href=(href(e)) { (tr.t("events-event-link")) " " (icon(Icon::External)) }
        },
        html! { (kv(&rows)) (super::search_parts::marks(ctx, e.marks)) },
    )
}

fn around(e: &Event, query: Option<&Query>) -> Href {
    Href::new("/tim-kiem")
        .with("q", query.map_or("", Query::text))
        .with("from", e.time.plus_secs(-AROUND_SECS).as_micros().to_string())
        .with("until", e.time.plus_secs(AROUND_SECS).as_micros().to_string())
        .with("order", "oldest")
}

/// A value that leads on within the search: only events with it, only those without it.
fn value_links(ctx: &Ctx, params: &Params, field: &str, value: &str) -> Markup {
    let tr = &ctx.tr;
    let to = |pivot| params.asking(&Query::pivoted(&params.q, field, value, pivot));
    let (only, without) = (tr.t("events-pivot-only"), tr.t("events-pivot-without"));
    html! {
        span class="pivot" {
            span class="mono small value" { (value) }
            span class="pivot-links" {
                a href=(to(Pivot::Only)) title=(only) aria-label={ (only) ": " (field) } { "=" }
                a href=(to(Pivot::Without)) title=(without) aria-label={ (without) ": " (field) } { "≠" }
            }
        }
    }
}

fn fields(ctx: &Ctx, params: &Params, e: &Event) -> Markup {
    let tr = &ctx.tr;
    if e.record.is_empty() {
        return html! {};
    }
    let one = |f: engine_event::Field<'_>| {
        let value = if f.text.is_empty() {
            html! {}
        } else {
            value_links(ctx, params, f.name, f.text)
        };
        (f.name.to_owned(), value)
    };
    let rows: Vec<(String, Markup)> = e.record.iter().take(MAX_FIELDS).map(one).collect();
    section(&tr.t("events-event-fields"), html! {}, html! { div class="fields" { (kv(&rows)) } })
}

fn raw(ctx: &Ctx, e: &Event) -> Markup {
    let text = e.raw_text();
    let shown = text.get(..text.floor_char_boundary(MAX_RAW)).unwrap_or(&text);
    section(&ctx.tr.t("events-event-raw"), html! {}, base_ui::code(shown))
}
