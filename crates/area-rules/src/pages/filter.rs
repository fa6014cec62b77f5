//! `/quy-tac/bo-loc/{id}`: one tuning filter and the list of what it hid.

use super::rule_href;
use super::rule_parts::{conditions, filter_state};
use crate::model::{Filter, Hidden};
use crate::ops::tune_rule::{end_filter, read_filter};
use crate::ports::RulesPorts;
use axum::Extension;
use axum::extract::{Path, Query};
use axum::response::Response;
use base_authz::Action;
use base_core::Kind;
use base_ui::{
    Column, Href, Page, Row, Tone, actions, button, card, empty, kv, notice, page_head, pager, section, time_full,
};
use base_web::{Csv, Ctx, News, WebResult};
use maud::{Markup, html};
use serde::Deserialize;

/// Rows on a page.
const PAGE_ROWS: i64 = 50;

/// The query of the address.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Params {
    page: String,
}

fn href(id: &str) -> Href {
    Href::new("/quy-tac/bo-loc").segment(id)
}

/// `GET /quy-tac/bo-loc/{id}`
pub(super) async fn page(ctx: Ctx, Path(id): Path<String>, Query(params): Query<Params>) -> WebResult<Markup> {
    let at = Page::new(params.page.parse().ok(), PAGE_ROWS);
    let (filter, hidden, kept) = read_filter(ctx.db(), &ctx, &id, PAGE_ROWS, at.offset()).await?;
    let tr = &ctx.tr;
    let title = tr.t("rules-filter-title");
    let part = html! { (facts(&ctx, &filter)) (list(&ctx, &filter, &hidden, kept, at)) };
    Ok(ctx.fragment_or(part, |part| {
        let content = html! {
            (page_head(&title, Some(&filter.reason), html! {
                a class="button button-quiet" href=(href(&id).segment("xuat.csv")) { (tr.t("rules-export")) }
                a class="button button-quiet" href=(rule_href(&filter.rule)) { (tr.t("rules-to-rule")) }
            }))
            div class="stack" data-live=(crate::TOPIC) data-live-url=(href(&id).with("page", &params.page)) { (part) }
            @if ctx.may(Action::RulesTune) && filter.holds_at(ctx.now) {
                form method="post" action=(href(&id).segment("ket-thuc")) {
                    (ctx.csrf_field())
                    (actions(button(&tr.t("rules-filter-end"), "button-danger")))
                }
            }
        };
        ctx.page(&title, content)
    }))
}

fn facts(ctx: &Ctx, filter: &Filter) -> Markup {
    let tr = &ctx.tr;
    let mut rows = vec![
        (tr.t("rules-filter-state"), filter_state(tr, filter, ctx.now)),
        (tr.t("rules-filter-hides"), conditions(&filter.conditions)),
        (tr.t("rules-column-rule"), html! { a href=(rule_href(&filter.rule)) { (filter.rule) } }),
        (tr.t("rules-filter-from"), html! { (time_full(tr, filter.at)) " · " (filter.by_name) }),
        (tr.t("rules-filter-until"), time_full(tr, filter.until)),
        (tr.t("rules-filter-hidden"), html! { (tr.number(filter.hidden)) }),
    ];
    if let Some((at, by)) = &filter.ended {
        rows.push((tr.t("rules-filter-ended"), html! { (time_full(tr, *at)) " · " (by) }));
    }
    if let Some(at) = filter.last_hidden {
        rows.push((tr.t("rules-filter-last"), time_full(tr, at)));
    }
    card(&tr.t("rules-filter-facts"), kv(&rows))
}

fn list(ctx: &Ctx, filter: &Filter, hidden: &[Hidden], kept: i64, at: Page) -> Markup {
    let tr = &ctx.tr;
    let title = tr.t("rules-hidden");
    if hidden.is_empty() {
        return section(&title, html! {}, empty(&tr.t("rules-hidden-none"), &tr.t("rules-hidden-none-hint"), None));
    }
    let columns = [
        Column::narrow(tr.t("rules-hidden-time")),
        Column::text(tr.t("rules-hidden-entity")),
        Column::text(tr.t("rules-hidden-unit")),
        Column::text(tr.t("rules-hidden-fields")),
    ];
    let rows = hidden.iter().map(|h| {
        let when = time_full(tr, h.time);
        Row::new(vec![
            html! { @if ctx.may(Action::EventsSearch) { a href=(Href::new("/su-kien").segment(&h.event)) { (when) } } @else { (when) } },
            html! { span class="mono" { (h.entity_name) } },
            html! { (h.unit.as_ref().map_or_else(|| "—".to_owned(), |u| ctx.web.units().name(u))) },
            html! { @for (name, value) in h.fields.iter().take(4) { div class="mono small" { (name) "=" (value) } } },
        ])
    });
    html! {
        @if filter.hidden > kept {
            (notice(Tone::Info, html! { p { (tr.ta("rules-hidden-sampled", &[("kept", &kept), ("all", &filter.hidden)])) } }))
        }
        (section(&title, html! {}, base_ui::table(&title, &columns, None, rows.collect())))
        (pager(tr, at, kept, &href(&filter.id)))
    }
}

/// `GET …/xuat.csv`: what is kept of what the filter hid.
pub(super) async fn export(ctx: Ctx, Path(id): Path<String>) -> WebResult<Response> {
    let (_, hidden, _) = read_filter(ctx.db(), &ctx, &id, 5_000, 0).await?;
    let tr = &ctx.tr;
    let mut csv = Csv::new(&[
        &tr.t("rules-hidden-time"),
        &tr.t("rules-hidden-entity"),
        &tr.t("rules-hidden-unit"),
        &tr.t("rules-hidden-event"),
        &tr.t("rules-hidden-fields"),
    ]);
    for h in &hidden {
        let fields: Vec<String> = h.fields.iter().map(|(n, v)| format!("{n}={v}")).collect();
        let unit = h.unit.as_ref().map(|u| ctx.web.units().name(u)).unwrap_or_default();
        csv.row(&[&tr.time_secs(h.time), &h.entity_name, &unit, &h.event, &fields.join("; ")]);
    }
    Ok(csv.attachment("bo-loc.csv"))
}

/// `POST …/ket-thuc`: ends the filter before its time.
pub(super) async fn end(
    ctx: Ctx,
    Extension(ports): Extension<RulesPorts>,
    Path(id): Path<String>,
) -> WebResult<Response> {
    match end_filter(ctx.db(), &ports, &ctx, &id).await {
        Ok(_) => {
            ctx.web.news().send(News::new(crate::TOPIC, Action::RulesRead));
            Ok(ctx.done(href(&id), ctx.tr.t("rules-filter-end-done")))
        }
        Err(error) if error.kind == Kind::Conflict => {
            Ok(ctx.flash(href(&id), Tone::Warn, ctx.tr.t("rules-filter-ended")))
        }
        Err(error) => Err(error.into()),
    }
}
