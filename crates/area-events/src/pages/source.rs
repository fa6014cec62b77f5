//! One source: how it is doing, its course over a day, how to send, what was refused.

use super::source_health;
use super::sources::source_query;
use crate::model::source::peers_text;
use crate::model::{Source, SourceRow, Transport};
use crate::ops::read_sources::{self, Full};
use crate::ports::EventsPorts;
use axum::Extension;
use axum::extract::Path;
use base_authz::Action;
use base_core::{SourceId, Timestamp};
use base_ui::{Bar, Href, card, code, copyable, empty, histogram, kv, page_head, section, time, time_full};
use base_web::{Ctx, WebResult};
use maud::{Markup, html};

/// Minutes of one bar of the picture.
const BAR_MINUTES: i64 = 15;
/// Bars of a day.
const BARS: i64 = 96;

/// `GET /nguon/{id}`
pub(super) async fn page(
    ctx: Ctx,
    Extension(ports): Extension<EventsPorts>,
    Path(id): Path<String>,
) -> WebResult<Markup> {
    let full = read_sources::one(ctx.db(), &ctx, &SourceId::new(id)).await?;
    let part = html! {
        div class="split" {
            div class="stack" {
                (course(&ctx, &full)) (source_health::part(&ctx, &full)) (refusals(&ctx, &full))
            }
            aside class="stack" { (facts(&ctx, &ports, &full.row)) }
        }
    };
    let s = &full.row.source;
    Ok(ctx.fragment_or(part, |part| {
        let here = href(&s.id);
        let content = html! {
            (page_head(&s.name, None, actions(&ctx, &full.row)))
            div data-live="sources overview" data-live-url=(here) { (part) }
            (how_to_send(&ctx, &ports, &full.row))
        };
        ctx.page(&s.name, content)
    }))
}

/// Address of a source's page.
pub(super) fn href(id: &SourceId) -> Href {
    Href::new("/nguon").segment(id.as_str())
}

fn actions(ctx: &Ctx, row: &SourceRow) -> Markup {
    let (tr, s) = (&ctx.tr, &row.source);
    let events = Href::new("/tim-kiem").with("q", source_query(s.id.as_str())).with("range", "24h");
    let post = |segment: &str, label: String, question: String| {
        html! {
            form method="post" action=(href(&s.id).segment(segment)) data-confirm=(question) {
                (ctx.csrf_field()) button type="submit" class="button button-quiet" { (label) }
            }
        }
    };
    html! {
        @if ctx.may(Action::EventsSearch) { a class="button button-quiet" href=(events) { (tr.t("events-source-search")) } }
        @if ctx.may(Action::SourcesManage) {
            a class="button" href=(href(&s.id).segment("sua")) { (tr.t("events-source-edit")) }
            @if s.transport == Transport::Http {
                (post("khoa-moi", tr.t("events-token-new"), tr.t("events-token-new-confirm")))
            }
            @if s.enabled { (post("tat", tr.t("events-source-off"), tr.t("events-source-off-confirm"))) }
            @else { (post("bat", tr.t("events-source-on"), tr.t("events-source-on-confirm"))) }
        }
    }
}

fn facts(ctx: &Ctx, ports: &EventsPorts, row: &SourceRow) -> Markup {
    let (tr, s) = (&ctx.tr, &row.source);
    let mut rows = vec![
        (tr.t("events-column-health"), super::health_badge(tr, row.health(ctx.now))),
        (tr.t("events-column-unit"), super::unit_cell(ctx, s.unit.as_ref())),
        (tr.t("events-column-transport"), html! { (tr.dynamic("events-transport-", s.transport.as_str())) }),
        (tr.t("events-column-hint"), hint(ctx, ports, s.hint.as_deref())),
        (tr.t("events-column-silent"), html! { (tr.span(s.silent_after_secs)) }),
        (tr.t("events-column-keep"), kept(ctx, ports, s)),
    ];
    if !s.peers.is_empty() {
        rows.push((tr.t("events-column-peers"), html! { span class="mono" { (peers_text(&s.peers)) } }));
    }
    if !s.identities.is_empty() {
        let all = html! { @for one in &s.identities { div class="mono small" { (one) } } };
        rows.push((tr.t("events-column-identities"), all));
    }
    if let (Some(tail), Some(at)) = (&s.token_tail, s.token_at) {
        rows.push((tr.t("events-column-token"), html! { span class="mono" { "…" (tail) } " · " (time_full(tr, at)) }));
    }
    if let Some(t) = &row.totals {
        rows.push((tr.t("events-column-first"), time_full(tr, t.first_seen)));
        rows.push((tr.t("events-column-last"), time(tr, t.last_seen, ctx.now)));
        rows.push((
            tr.t("events-column-all"),
            html! { (tr.number(t.events)) " · " (tr.bytes(u64::try_from(t.bytes).unwrap_or(0))) },
        ));
        for (label, n) in [
            (tr.t("events-total-unparsed"), t.unparsed),
            (tr.t("events-total-truncated"), t.truncated),
            (tr.t("events-total-not-utf8"), t.not_utf8),
            (tr.t("events-total-no-time"), t.no_time),
        ] {
            rows.push((label, html! { (tr.number(n)) }));
        }
    }
    card(&tr.t("events-source-facts"), kv(&rows))
}

/// How long its events are kept, and which rule asks for it.
fn kept(ctx: &Ctx, ports: &EventsPorts, s: &Source) -> Markup {
    let tr = &ctx.tr;
    let required = ports.law.required(s.unit.as_ref());
    // The level may have risen since days were set: the law goes first.
    let least = s.keep.at_least_days.unwrap_or(0).max(required.days);
    let least_text = tr.ta("events-keep-least", &[("n", &i64::from(least))]);
    let most = s.keep.at_most_days.map(|most| tr.ta("events-keep-most", &[("n", &i64::from(most.max(least)))]));
    html! {
        div { (least_text) }
        div { (most.unwrap_or_else(|| tr.t("events-keep-room"))) }
        div class="small muted" { (tr.dynamic("events-keep-rule-", required.rule())) }
    }
}

fn hint(ctx: &Ctx, ports: &EventsPorts, hint: Option<&str>) -> Markup {
    let Some(id) = hint else { return html! { span class="muted" { (ctx.tr.t("events-hint-none")) } } };
    let known = ports.kinds.iter().find(|k| k.id == id);
    html! { @if let Some(k) = known { (k.name(ctx.tr.lang())) " " } span class="mono small" { (id) } }
}

fn course(ctx: &Ctx, full: &Full) -> Markup {
    let tr = &ctx.tr;
    let this = crate::model::counts::minute_of(ctx.now);
    let first = this.div_euclid(BAR_MINUTES) * BAR_MINUTES - (BARS - 1) * BAR_MINUTES;
    let bars: Vec<Bar> = (0..BARS)
        .map(|i| {
            let (from, until) = (first + i * BAR_MINUTES, first + (i + 1) * BAR_MINUTES);
            let n: i64 = full.minutes.iter().filter(|m| (from..until).contains(&m.0)).map(|m| m.1).sum();
            let at = Timestamp::from_secs(from * 60);
            let href = Href::new("/tim-kiem")
                .with("q", source_query(full.row.source.id.as_str()))
                .with("from", at.as_micros().to_string())
                .with("until", Timestamp::from_secs(until * 60).as_micros().to_string());
            let href = ctx.may(Action::EventsSearch).then_some(href);
            Bar { label: tr.time(at), value: super::height(n), text: tr.number(n), href }
        })
        .collect();
    let total: i64 = full.minutes.iter().map(|m| m.1).sum();
    let label = tr.ta("events-course-label", &[("n", &total)]);
    let from = tr.time(Timestamp::from_secs(first * 60));
    section(&label, html! {}, histogram(&label, &bars, &from, &tr.time(ctx.now)))
}

fn refusals(ctx: &Ctx, full: &Full) -> Markup {
    let tr = &ctx.tr;
    section(
        &tr.t("events-source-refused"),
        html! { a href="/nguon/tu-choi" { (tr.t("events-refused-all")) } },
        html! {
            @if full.refusals.is_empty() {
                (empty(&tr.t("events-refused-none"), &tr.t("events-refused-none-hint"), None))
            } @else {
                (super::refused::table(ctx, &full.refusals))
            }
        },
    )
}

/// How a program or device sends to this source.
fn how_to_send(ctx: &Ctx, ports: &EventsPorts, row: &SourceRow) -> Markup {
    let tr = &ctx.tr;
    let body = match row.source.transport {
        Transport::Http => http_example(ctx, ports),
        Transport::Syslog => html! { p { (tr.t("events-send-syslog")) } },
        Transport::Files => html! { p { (tr.t("events-send-files")) } },
        Transport::Upload => {
            html! { p { (tr.t("events-send-upload")) " " a href="/tai-len" { (tr.t("events-upload-title")) } } }
        }
    };
    section(&tr.t("events-send-title"), html! {}, body)
}

/// The address and a command line that sends one record.
pub(super) fn http_example(ctx: &Ctx, ports: &EventsPorts) -> Markup {
    let tr = &ctx.tr;
    let url = format!("{}/api/v1/events", ports.base_url);
    let command = format!(
        "curl -H 'Authorization: Bearer <token>' -H 'Content-Type: application/x-ndjson' \\\n  --data-binary @events.ndjson {url}"
    );
    html! {
        p { (tr.t("events-send-http")) }
        p { (copyable(tr, &url)) }
        (code(&command))
        p class="small muted" { (tr.t("events-send-http-text")) }
    }
}
