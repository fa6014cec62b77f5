//! One upload: what was read, what was skipped and why.

use crate::model::{Upload, UploadSkip};
use crate::ops::upload;
use axum::extract::Path;
use base_authz::Action;
use base_ui::{Column, Href, Row, Tone, empty, kv, notice, page_head, section, time_full};
use base_web::{Ctx, WebResult};
use maud::{Markup, html};

/// `GET /tai-len/{id}`
pub(super) async fn page(ctx: Ctx, Path(id): Path<String>) -> WebResult<Markup> {
    let (upload, skips) = upload::one(ctx.db(), &ctx, &id).await?;
    let part = html! { (facts(&ctx, &upload)) (skipped(&ctx, &upload, &skips)) };
    Ok(ctx.fragment_or(part, |part| {
        let tr = &ctx.tr;
        let here = Href::new("/tai-len").segment(&upload.id);
        let events =
            Href::new("/tim-kiem").with("q", super::sources::source_query(upload.source.as_str())).with("range", "all");
        let content = html! {
            (page_head(&upload.file_name, None, html! {
                @if ctx.may(Action::EventsSearch) { a class="button" href=(events) { (tr.t("events-source-search")) } }
                a class="button button-quiet" href="/tai-len" { (tr.t("events-upload-title")) }
            }))
            div class="stack" data-live="uploads" data-live-url=(here) { (part) }
        };
        ctx.page(&upload.file_name, content)
    }))
}

fn facts(ctx: &Ctx, u: &Upload) -> Markup {
    let tr = &ctx.tr;
    let mut rows = vec![
        (tr.t("events-upload-state"), super::uploads::state_badge(tr, u.state)),
        (tr.t("events-upload-records"), html! { (tr.number(u.records)) }),
        (
            tr.t("events-upload-skipped"),
            html! {
                (tr.number(u.skipped))
                @if u.lost > 0 { " " (tr.ta("events-upload-lost", &[("n", &u.lost)])) }
            },
        ),
        (tr.t("events-upload-format"), html! { (u.format.as_deref().unwrap_or("—")) }),
        (tr.t("events-upload-bytes"), html! { (tr.bytes(u64::try_from(u.bytes).unwrap_or(0))) }),
        (tr.t("events-column-unit"), super::unit_cell(ctx, u.unit.as_ref())),
        (tr.t("events-upload-at"), html! { (time_full(tr, u.at)) " · " (u.by_name) }),
    ];
    if let Some(at) = u.finished_at {
        rows.push((tr.t("events-upload-finished"), time_full(tr, at)));
    }
    html! {
        @if let Some(message) = &u.message { (notice(Tone::Bad, html! { p { (message) } })) }
        (section(&tr.t("events-upload-facts"), html! {}, kv(&rows)))
    }
}

fn skipped(ctx: &Ctx, u: &Upload, skips: &[UploadSkip]) -> Markup {
    let tr = &ctx.tr;
    let title = tr.t("events-upload-skips");
    if skips.is_empty() {
        return section(
            &title,
            html! {},
            empty(&tr.t("events-upload-skips-none"), &tr.t("events-upload-skips-none-hint"), None),
        );
    }
    let columns = [
        Column::text(tr.t("events-skip-place")),
        Column::text(tr.t("events-skip-reason")),
        Column::text(tr.t("events-skip-remedy")),
    ];
    let rows = skips.iter().map(|s| {
        Row::new(vec![
            html! { span class="mono small" { (s.input) } div class="small" { (s.place) } },
            html! { (s.reason) },
            html! { (s.remedy) },
        ])
    });
    let told = i64::try_from(skips.len()).unwrap_or(i64::MAX);
    html! {
        @if u.skipped > told { (notice(Tone::Info, html! { p { (tr.ta("events-upload-skips-more", &[("told", &told), ("all", &u.skipped)])) } })) }
        (section(&title, html! {}, base_ui::table(&title, &columns, None, rows.collect())))
    }
}
