//! What else happened on the machine around the time of the alert. Looked up after the page
//! is there, since the lake may take a moment.

use crate::model::Alert;
use crate::ops::read_alert::within;
use crate::ports::DeskPorts;
use axum::Extension;
use axum::extract::Path;
use base_authz::Action;
use base_core::{AlertId, Error, Kind, Result, Timestamp};
use base_ui::{Column, Href, Row, Tone, empty, notice, section};
use base_web::{Ctx, WebResult};
use engine_event::Event;
use engine_lake::{Order, Query, SearchRequest};
use maud::{Markup, html};

/// How far before the first and after the last event is looked, in seconds.
const SPAN_SECS: i64 = 15 * 60;
/// How many events are shown; all are one click away.
const SHOWN: usize = 30;
/// About how many stored events are looked at before giving up, so that a page never waits long.
const SCAN_LIMIT: u64 = 5_000_000;

/// The query for the machine (or else the account or address) of an alert.
pub(super) fn query(alert: &Alert) -> Option<Query> {
    if let Some(host) = &alert.host {
        return Some(Query::field_is("host.name", host));
    }
    let field = match alert.entity.kind.as_str() {
        "host" => "host.name",
        "user" => "user.name",
        "ip" => "source.ip",
        _ => return None,
    };
    Some(Query::field_is(field, &alert.entity.name))
}

/// From when to when is looked: around the alert's last hour at most, so that an alert that
/// gathers repeats of a week does not ask for a week.
fn span(alert: &Alert) -> (Timestamp, Timestamp) {
    let earliest = alert.last_seen.plus_secs(-3_600).max(alert.first_seen);
    (earliest.plus_secs(-SPAN_SECS), alert.last_seen.plus_secs(SPAN_SECS))
}

fn search_href(alert: &Alert, query: &Query) -> Href {
    let (from, until) = span(alert);
    Href::new("/tim-kiem")
        .with("q", query.text())
        .with("from", from.as_micros().to_string())
        .with("until", until.as_micros().to_string())
}

/// The place the events come into, with a link for browsers without script.
pub(super) fn placeholder(ctx: &Ctx, alert: &Alert) -> Markup {
    let tr = &ctx.tr;
    let Some(query) = query(alert).filter(|_| ctx.may(Action::EventsSearch)) else { return html! {} };
    let href = search_href(alert, &query);
    section(
        &tr.t("desk-around"),
        html! { a href=(href) { (tr.t("desk-around-search")) } },
        html! {
            div hx-get=(super::alert::href(&alert.id).segment("xung-quanh")) hx-trigger="load" hx-swap="innerHTML" {
                p class="muted" role="status" { (tr.t("desk-around-loading")) }
                noscript { p { a href=(href) { (tr.t("desk-around-search")) } } }
            }
        },
    )
}

/// `GET /canh-bao/{id}/xung-quanh`
pub(super) async fn fragment(
    ctx: Ctx,
    Extension(ports): Extension<DeskPorts>,
    Path(id): Path<String>,
) -> WebResult<Markup> {
    let alert = within(ctx.db(), &ctx.require(Action::AlertsRead)?, &AlertId::new(id)).await?;
    let part = match query(&alert) {
        None => html! {},
        Some(query) => found(&ctx, &ports, &alert, query).await?,
    };
    Ok(ctx.fragment_or(part, |part| ctx.page(&alert.title, section(&ctx.tr.t("desk-around"), html! {}, part))))
}

async fn found(ctx: &Ctx, ports: &DeskPorts, alert: &Alert, query: Query) -> Result<Markup> {
    let tr = &ctx.tr;
    let scope = ctx.require(Action::EventsSearch)?;
    let (from, until) = span(alert);
    let request = SearchRequest {
        from: Some(from),
        until: Some(until),
        query,
        order: Order::Oldest,
        limit: SHOWN,
        after: None,
        scan_limit: Some(SCAN_LIMIT),
    };
    let page = ports.lake.search(&scope, &request).await.map_err(|e| Error::new(Kind::Unavailable, e.to_string()))?;
    if page.events.is_empty() {
        return Ok(empty(&tr.t("desk-around-none"), &tr.t("desk-around-none-hint"), None));
    }
    let columns = [
        Column::narrow(tr.t("desk-around-time")),
        Column::narrow(tr.t("desk-around-kind")),
        Column::text(tr.t("desk-around-what")),
    ];
    let rows = page.events.iter().map(|e| {
        let href = Href::new("/su-kien").segment(e.id.to_string()).with("near", e.time.as_micros().to_string());
        Row::new(vec![
            html! { a href=(href) { (tr.time_secs(e.time)) } },
            html! { span class="mono small" { (e.kind) } },
            html! { span class="mono small" { (summary(e)) } },
        ])
    });
    Ok(html! {
        @if page.next.is_some() { (notice(Tone::Info, html! { p { (tr.ta("desk-around-cut", &[("n", &page.events.len())])) } })) }
        (base_ui::table(&tr.t("desk-around"), &columns, None, rows.collect()))
    })
}

/// One line of an event: what was done by whom with what, else the beginning of the record.
fn summary(event: &Event) -> String {
    let c = &event.common;
    let parts = [&c.event_action, &c.user_name, &c.source_ip, &c.process_command_line, &c.url_original, &c.message];
    let mut line = parts.into_iter().filter_map(|p| p.as_deref()).collect::<Vec<_>>().join(" · ");
    if line.is_empty() {
        line = event.raw_text().into_owned();
    }
    line.chars().take(240).collect()
}
