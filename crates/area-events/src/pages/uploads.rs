//! Handing in files: the form, what was handed in, and the request that brings them.

use crate::model::{Upload, UploadState};
use crate::ops::upload::{self, Desk, Spooled};
use crate::ops::upload_job::UploadJob;
use crate::ports::EventsPorts;
use axum::Extension;
use axum::extract::multipart::{Field as Part, MultipartError};
use axum::extract::{Multipart, Query as Address};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use base_authz::Action;
use base_core::{Error, FieldError, Kind, Result, UnitId};
use base_i18n::Tr;
use base_ui::{
    Column, Field, Href, Page, Row, Tone, actions, badge, button, card, empty, error_summary, page_head, pager,
    section, time_full,
};
use base_web::{Csv, Ctx, WebResult};
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;

/// Rows on a page.
const PAGE_ROWS: i64 = 25;
/// Most rows of an export.
const EXPORT_ROWS: i64 = 20_000;
/// Most files of one request.
const MAX_FILES: usize = 100;

/// The query of the address.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Params {
    page: String,
}

/// `GET /tai-len`
pub(super) async fn page(ctx: Ctx, Address(params): Address<Params>) -> WebResult<Markup> {
    Ok(shown(&ctx, &params, &[]).await?)
}

async fn shown(ctx: &Ctx, params: &Params, errors: &[FieldError]) -> Result<Markup> {
    let at = Page::new(params.page.parse().ok(), PAGE_ROWS);
    let (rows, total) = upload::list(ctx.db(), ctx, PAGE_ROWS, at.offset()).await?;
    let part = list(ctx, &rows, at, total);
    let here = Href::new("/tai-len").with("page", &params.page);
    Ok(ctx.fragment_or(part, |part| {
        let tr = &ctx.tr;
        let title = tr.t("events-upload-title");
        let content = html! {
            (page_head(&title, Some(&tr.t("events-upload-lead")), html! {
                a class="button button-quiet" href="/tai-len/xuat.csv" { (tr.t("events-export-csv")) }
            }))
            (form(ctx, errors))
            div data-live="uploads" data-live-url=(here) { (part) }
        };
        ctx.page(&title, content)
    }))
}

/// The unit stands before the files: a form is read in the order of its fields.
fn form(ctx: &Ctx, errors: &[FieldError]) -> Markup {
    let tr = &ctx.tr;
    let units = super::unit_options(ctx, Action::EventsUpload, (String::new(), tr.t("events-unit-none")));
    let wrong = base_ui::field_error(errors, "file");
    card(
        &tr.t("events-upload-form"),
        html! {
            (error_summary(tr, errors))
            form method="post" enctype="multipart/form-data" action=(ctx.csrf_action("/tai-len")) {
                (Field::select("unit", &tr.t("events-column-unit"), units).hint(&tr.t("events-field-unit-hint")).render())
                div class={ "field" @if wrong.is_some() { " field-wrong" } } {
                    label for="f-file" { (tr.t("events-upload-files")) }
                    input id="f-file" name="file" type="file" multiple required aria-describedby="f-file-hint";
                    p class="field-hint" id="f-file-hint" { (tr.t("events-upload-files-hint")) }
                    @if let Some(wrong) = wrong { p class="field-error" { (wrong) } }
                }
                (actions(button(&tr.t("events-upload-go"), "button-primary")))
            }
        },
    )
}

/// The state of an upload as a badge.
pub(super) fn state_badge(tr: &Tr, state: UploadState) -> Markup {
    let tone = match state {
        UploadState::Running => Tone::Info,
        UploadState::Done => Tone::Good,
        UploadState::Failed => Tone::Bad,
    };
    badge(tone, &tr.dynamic("events-upload-state-", state.as_str()))
}

fn list(ctx: &Ctx, rows: &[Upload], at: Page, total: i64) -> Markup {
    let tr = &ctx.tr;
    let title = tr.t("events-upload-list");
    if rows.is_empty() {
        return section(&title, html! {}, empty(&tr.t("events-upload-none"), &tr.t("events-upload-none-hint"), None));
    }
    let columns = [
        Column::narrow(tr.t("events-upload-state")),
        Column::text(tr.t("events-upload-file")),
        Column::text(tr.t("events-column-unit")),
        Column::narrow(tr.t("events-upload-format")),
        Column::number(tr.t("events-upload-records")),
        Column::number(tr.t("events-upload-skipped")),
        Column::narrow(tr.t("events-upload-at")),
    ];
    let rows = rows.iter().map(|u| {
        Row::new(vec![
            state_badge(tr, u.state),
            html! {
                a href=(Href::new("/tai-len").segment(&u.id)) { (u.file_name) }
                div class="small muted" { (tr.bytes(u64::try_from(u.bytes).unwrap_or(0))) " · " (u.by_name) }
            },
            super::unit_cell(ctx, u.unit.as_ref()),
            html! { (u.format.as_deref().unwrap_or("—")) },
            html! { (tr.number(u.records)) },
            html! { (tr.number(u.skipped)) },
            time_full(tr, u.at),
        ])
    });
    html! {
        (section(&title, html! {}, base_ui::table(&title, &columns, None, rows.collect())))
        (pager(tr, at, total, &Href::new("/tai-len")))
    }
}

/// `POST /tai-len`
pub(super) async fn hand_in(
    ctx: Ctx,
    Extension(ports): Extension<EventsPorts>,
    form: Multipart,
) -> WebResult<Response> {
    let taken = take(&ctx, &ports, form).await;
    match taken {
        Ok(uploads) => {
            let to = match uploads.as_slice() {
                [one] => Href::new("/tai-len").segment(one),
                _ => Href::new("/tai-len"),
            };
            Ok(ctx.done(to, ctx.tr.ta("events-upload-done", &[("n", &uploads.len())])))
        }
        Err(error) if error.kind == Kind::Invalid => {
            let page = shown(&ctx, &Params::default(), &super::in_words(&ctx, error.fields)).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "used as a function for map_err")]
fn broken(error: MultipartError) -> Error {
    // Nothing of the request can be used: too long as a whole, or ended early.
    let code = if error.status() == StatusCode::PAYLOAD_TOO_LARGE { "file-large" } else { "file-broken" };
    Error::invalid("file", code)
}

async fn take(ctx: &Ctx, ports: &EventsPorts, mut form: Multipart) -> Result<Vec<String>> {
    let mut unit: Option<UnitId> = None;
    let mut made = Vec::new();
    while let Some(part) = form.next_field().await.map_err(broken)? {
        match part.name() {
            Some("unit") => {
                let id = part.text().await.map_err(broken)?;
                unit = Some(id.trim()).filter(|u| !u.is_empty()).map(UnitId::new);
                if unit.as_ref().is_some_and(|u| ctx.web.units().unit(u).is_none()) {
                    return Err(Error::invalid("unit", "unit"));
                }
            }
            Some("file") if made.len() < MAX_FILES => {
                // A file field left empty is sent as a nameless empty file.
                let name = part.file_name().unwrap_or_default().to_owned();
                if !name.is_empty() {
                    made.push(one(ctx, ports, part, &name, unit.clone()).await?);
                }
            }
            _ => {}
        }
    }
    if made.is_empty() { Err(Error::invalid("file", "file-none")) } else { Ok(made) }
}

async fn one(ctx: &Ctx, ports: &EventsPorts, mut part: Part<'_>, name: &str, unit: Option<UnitId>) -> Result<String> {
    let mut spooled = Spooled::open(ctx, ctx.web.ids(), &ports.spool).await?;
    while let Some(piece) = part.chunk().await.map_err(broken)? {
        spooled.write(&piece).await?;
    }
    let owner = match &unit {
        Some(unit) => ctx.web.units().name(unit),
        None => ctx.tr.t("events-unit-none"),
    };
    let source = ctx.tr.ta("events-upload-source", &[("unit", &owner)]);
    let desk = Desk { db: ctx.db(), ids: ctx.web.ids(), book: &ports.book, caller: ctx };
    let upload = spooled.keep(desk, name, unit, source).await?;
    let id = upload.id.clone();
    let news = ctx.web.news().clone();
    let job = UploadJob {
        db: ctx.db().clone(),
        ids: Arc::clone(ctx.web.ids()),
        journal: Arc::clone(&ports.journal),
        book: Arc::clone(&ports.book),
        spool: ports.spool.clone(),
        tell: Arc::new(move |unit| news.send(crate::upload_news(unit))),
    };
    // Goes on when the browser goes away; a stop of the program is made good by `resume`.
    tokio::spawn(job.run(upload));
    Ok(id)
}

/// `GET /tai-len/xuat.csv`
pub(super) async fn export(ctx: Ctx) -> WebResult<Response> {
    let (rows, _) = upload::list(ctx.db(), &ctx, EXPORT_ROWS, 0).await?;
    let tr = &ctx.tr;
    let mut csv = Csv::new(&[
        &tr.t("events-upload-file"),
        &tr.t("events-upload-state"),
        &tr.t("events-column-unit"),
        &tr.t("events-upload-format"),
        &tr.t("events-upload-bytes"),
        &tr.t("events-upload-records"),
        &tr.t("events-upload-skipped"),
        &tr.t("events-upload-at"),
        &tr.t("events-upload-by"),
        &tr.t("events-upload-message"),
    ]);
    for u in &rows {
        csv.row(&[
            &u.file_name,
            &tr.dynamic("events-upload-state-", u.state.as_str()),
            &u.unit.as_ref().map(|x| ctx.web.units().name(x)).unwrap_or_default(),
            u.format.as_deref().unwrap_or_default(),
            &u.bytes.to_string(),
            &u.records.to_string(),
            &u.skipped.to_string(),
            &tr.time_secs(u.at),
            &u.by_name,
            u.message.as_deref().unwrap_or_default(),
        ]);
    }
    Ok(csv.attachment("tai-len.csv"))
}
