//! What was not taken in: from whom, how many, why.

use crate::model::Refusal;
use crate::ops::read_sources;
use axum::extract::Query as Address;
use axum::response::Response;
use base_ui::{Column, Href, Page, Row, empty, page_head, pager, section, time_full};
use base_web::{Csv, Ctx, WebResult};
use maud::{Markup, html};
use serde::Deserialize;

/// Rows on a page.
const PAGE_ROWS: i64 = 50;
/// Most rows of an export.
const EXPORT_ROWS: i64 = 20_000;

/// The query of the address.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Params {
    page: String,
}

/// `GET /nguon/tu-choi`
pub(super) async fn page(ctx: Ctx, Address(params): Address<Params>) -> WebResult<Markup> {
    let at = Page::new(params.page.parse().ok(), PAGE_ROWS);
    let (rows, total, records) = read_sources::refused(ctx.db(), &ctx, PAGE_ROWS, at.offset()).await?;
    let tr = &ctx.tr;
    let title = tr.t("events-refused-title");
    let content = html! {
        (page_head(&title, Some(&tr.ta("events-refused-lead", &[("n", &records)])), html! {
            a class="button button-quiet" href="/nguon/tu-choi/xuat.csv" { (tr.t("events-export-csv")) }
            a class="button button-quiet" href="/nguon" { (tr.t("events-sources-title")) }
        }))
        @if rows.is_empty() {
            (section(&title, html! {}, empty(&tr.t("events-refused-none"), &tr.t("events-refused-none-hint"), None)))
        } @else {
            (table(&ctx, &rows))
            (pager(tr, at, total, &Href::new("/nguon/tu-choi")))
        }
    };
    Ok(ctx.page(&title, content))
}

/// The table, also on the page of a source.
pub(super) fn table(ctx: &Ctx, rows: &[Refusal]) -> Markup {
    let tr = &ctx.tr;
    let columns = [
        Column::narrow(tr.t("events-refused-last")),
        Column::text(tr.t("events-refused-sender")),
        Column::text(tr.t("events-refused-reason")),
        Column::number(tr.t("events-refused-records")),
        Column::text(tr.t("events-refused-detail")),
    ];
    let rows = rows.iter().map(|r| {
        Row::new(vec![
            time_full(tr, r.last_at),
            html! {
                span class="mono" { (r.sender) } " " span class="small muted" { (r.transport) }
                @if let Some(source) = &r.source { " " a class="small" href=(super::source::href(source)) { (tr.t("events-column-source")) } }
            },
            html! { (tr.dynamic("events-reason-", &r.reason)) },
            html! { (tr.number(r.records)) },
            html! { span class="small" { (r.detail) } },
        ])
    });
    base_ui::table(&tr.t("events-refused-title"), &columns, None, rows.collect())
}

/// `GET /nguon/tu-choi/xuat.csv`
pub(super) async fn export(ctx: Ctx) -> WebResult<Response> {
    let (rows, ..) = read_sources::refused(ctx.db(), &ctx, EXPORT_ROWS, 0).await?;
    let tr = &ctx.tr;
    let mut csv = Csv::new(&[
        &tr.t("events-refused-last"),
        &tr.t("events-refused-sender"),
        &tr.t("events-column-transport"),
        &tr.t("events-refused-reason"),
        &tr.t("events-refused-records"),
        &tr.t("events-refused-detail"),
    ]);
    for r in &rows {
        csv.row(&[
            &tr.time_secs(r.last_at),
            &r.sender,
            &r.transport,
            &tr.dynamic("events-reason-", &r.reason),
            &r.records.to_string(),
            &r.detail,
        ]);
    }
    Ok(csv.attachment("tu-choi.csv"))
}
