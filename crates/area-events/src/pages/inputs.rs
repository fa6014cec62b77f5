//! The inputs: what each received, lost and refused, who sends, and what senders do wrong.

use crate::model::gap::Gap;
use crate::ops::read_sources;
use crate::ports::{EventsPorts, InputFigures};
use axum::Extension;
use base_authz::Action;
use base_core::{Error, Kind};
use base_ui::{Column, Row, Tone, badge, empty, page_head, section, time_full};
use base_web::{Ctx, WebResult};
use engine_intake::Trouble;
use maud::{Markup, html};
use std::sync::PoisonError;

/// Senders and mistakes shown; the rest is counted in the table of inputs.
const MOST: usize = 200;

/// `GET /nguon/dau-vao`: for who sees the whole province, for senders are told by address before they are
/// anybody's.
pub(super) async fn page(ctx: Ctx, Extension(ports): Extension<EventsPorts>) -> WebResult<Markup> {
    let scope = ctx.require(Action::SourcesRead)?;
    if !scope.contains_opt(None) {
        return Err(Error::new(Kind::Forbidden, "the inputs are shown to who may see the whole province").into());
    }
    let inputs = ports.inputs.read().unwrap_or_else(PoisonError::into_inner).clone();
    let gaps = read_sources::gaps(ctx.db(), &ctx).await?;
    let part =
        html! { (table(&ctx, &inputs)) (full_disk(&ctx, &gaps)) (troubles(&ctx, &inputs)) (senders(&ctx, &inputs)) };
    Ok(ctx.fragment_or(part, |part| {
        let tr = &ctx.tr;
        let title = tr.t("events-inputs-title");
        let back = html! { a class="button button-quiet" href="/nguon" { (tr.t("events-sources-title")) } };
        let content = html! {
            (page_head(&title, Some(&tr.t("events-inputs-lead")), back))
            div data-live="overview" data-live-url="/nguon/dau-vao" { (part) }
        };
        ctx.page(&title, content)
    }))
}

fn count(ctx: &Ctx, n: u64) -> Markup {
    html! { (ctx.tr.number(i64::try_from(n).unwrap_or(i64::MAX))) }
}

/// The name of an input in the reader's language; the engine names it in English.
fn named(ctx: &Ctx, input: &InputFigures) -> String {
    ctx.tr.dynamic("events-input-", &input.name.replace(' ', "_"))
}

fn table(ctx: &Ctx, inputs: &[InputFigures]) -> Markup {
    let tr = &ctx.tr;
    let columns = [
        Column::text(tr.t("events-inputs-input")),
        Column::number(tr.t("events-inputs-received")),
        Column::number(tr.t("events-inputs-accepted")),
        Column::number(tr.t("events-inputs-refused")),
        Column::number(tr.t("events-inputs-dropped")),
        Column::number(tr.t("events-inputs-truncated")),
        Column::number(tr.t("events-inputs-waits")),
        Column::number(tr.t("events-inputs-open")),
    ];
    let rows = inputs.iter().map(|input| {
        let c = input.counters.counts();
        Row::new(vec![
            html! { (named(ctx, input)) div class="small muted mono" { (input.place) } },
            count(ctx, c.received),
            count(ctx, c.accepted),
            count(ctx, c.refused),
            count(ctx, c.dropped + c.dropped_quota),
            count(ctx, c.truncated),
            count(ctx, c.waits + c.slowed),
            count(ctx, c.connections_open),
        ])
    });
    base_ui::table(&tr.t("events-inputs-title"), &columns, None, rows.collect())
}

/// When nothing could be taken in, because the disk was full.
fn full_disk(ctx: &Ctx, gaps: &[Gap]) -> Markup {
    let tr = &ctx.tr;
    let title = tr.t("events-gaps-title");
    if gaps.is_empty() {
        return section(&title, html! {}, empty(&tr.t("events-gaps-none"), &tr.t("events-gaps-none-hint"), None));
    }
    let columns = [
        Column::narrow(tr.t("events-gaps-began")),
        Column::narrow(tr.t("events-gaps-ended")),
        Column::number(tr.t("events-gaps-requests")),
        Column::number(tr.t("events-gaps-lost")),
    ];
    let rows = gaps.iter().map(|gap| {
        let ended = match gap.ended {
            Some(ended) => html! { (time_full(tr, ended)) },
            None => badge(Tone::Bad, &tr.t("events-gaps-open")),
        };
        Row::new(vec![time_full(tr, gap.began), ended, count(ctx, gap.requests), count(ctx, gap.lost)])
    });
    let hint = html! { p class="small muted" { (tr.t("events-gaps-hint")) } };
    let table = base_ui::table(&title, &columns, None, rows.collect());
    section(&title, html! {}, html! { (hint) (table) })
}

fn troubles(ctx: &Ctx, inputs: &[InputFigures]) -> Markup {
    let tr = &ctx.tr;
    let title = tr.t("events-troubles-title");
    let mut all: Vec<(&InputFigures, Trouble)> =
        inputs.iter().flat_map(|i| i.counters.troubles().into_iter().map(move |t| (i, t))).collect();
    if all.is_empty() {
        return section(
            &title,
            html! {},
            empty(&tr.t("events-troubles-none"), &tr.t("events-troubles-none-hint"), None),
        );
    }
    all.sort_by_key(|(_, t)| std::cmp::Reverse(t.last));
    let columns = [
        Column::narrow(tr.t("events-refused-last")),
        Column::text(tr.t("events-refused-sender")),
        Column::text(tr.t("events-refused-reason")),
        Column::number(tr.t("events-troubles-times")),
        Column::text(tr.t("events-refused-detail")),
    ];
    let rows = all.iter().take(MOST).map(|(input, t)| {
        Row::new(vec![
            time_full(tr, t.last),
            html! { span class="mono" { (t.source) } div class="small muted" { (named(ctx, input)) } },
            html! { (tr.dynamic("events-trouble-", t.kind.as_str())) },
            count(ctx, t.count),
            html! { span class="small" { (t.place) ": " (t.reason) "; " (t.remedy) } },
        ])
    });
    section(&title, html! {}, base_ui::table(&title, &columns, None, rows.collect()))
}

fn senders(ctx: &Ctx, inputs: &[InputFigures]) -> Markup {
    let tr = &ctx.tr;
    let title = tr.t("events-senders-title");
    let mut all: Vec<_> = inputs.iter().flat_map(|i| i.counters.sources().into_iter().map(move |s| (i, s))).collect();
    if all.is_empty() {
        return section(&title, html! {}, empty(&tr.t("events-senders-none"), &tr.t("events-senders-none-hint"), None));
    }
    all.sort_by_key(|(_, s)| std::cmp::Reverse(s.received));
    let columns = [
        Column::text(tr.t("events-refused-sender")),
        Column::text(tr.t("events-inputs-input")),
        Column::number(tr.t("events-inputs-received")),
        Column::number(tr.t("events-inputs-dropped")),
        Column::number(tr.t("events-inputs-waits")),
    ];
    let rows = all.iter().take(MOST).map(|(input, s)| {
        let who = s.origin.as_ref().map_or_else(|| tr.t("events-senders-rest"), ToString::to_string);
        Row::new(vec![
            html! { span class="mono" { (who) } },
            html! { (named(ctx, input)) },
            count(ctx, s.received),
            count(ctx, s.dropped + s.dropped_quota),
            count(ctx, s.slowed),
        ])
    });
    section(&title, html! {}, base_ui::table(&title, &columns, None, rows.collect()))
}
