//! The form that brings a list of indicators, and the request that carries it.

use super::lists::{Params, list_href, shown};
use super::{LISTS, in_words, shelf_of};
use crate::model::indicator_list::MAX_UPLOAD_BYTES;
use crate::ops::manage_list::{self, Desk, NewFile, NewList, Which};
use crate::ops::read_lists::ListView;
use crate::ports::RulesPorts;
use crate::shelf::Shelf;
use axum::Extension;
use axum::extract::Multipart;
use axum::extract::multipart::Field as Part;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use base_authz::Action;
use base_core::{Error, FieldError, Kind, Result, Severity};
use base_ui::{Field, Tone, actions, button, card, error_summary, field_error, notice};
use base_web::{Ctx, News, WebResult};
use engine_detect::indicators::Tlp;
use maud::{Markup, html};
use std::path::PathBuf;
use tokio::io::AsyncWriteExt;

/// The word among the lists for a new one.
const NEW: &str = "";
/// Longest value of a field beside the file, in bytes.
const MAX_FIELD: usize = 4_096;

/// The form. The list stands before the file: a form is read in the order of its fields.
pub(super) fn form(ctx: &Ctx, lists: &[ListView], errors: &[FieldError], why: Option<&str>) -> Markup {
    let tr = &ctx.tr;
    let known = lists.iter().map(|l| (l.list.spec.id.clone(), l.list.spec.title.clone()));
    let options = std::iter::once((NEW.to_owned(), tr.t("rules-list-new"))).chain(known).collect();
    let levels = [Severity::High, Severity::Critical, Severity::Medium, Severity::Low, Severity::Informational];
    let levels = levels.map(|s| (s.as_str().to_owned(), tr.dynamic("ui-severity-", s.as_str()))).to_vec();
    let tlps = [Tlp::Amber, Tlp::AmberStrict, Tlp::Red, Tlp::Green, Tlp::Clear];
    let tlps = tlps.map(|t| (t.as_str().to_owned(), format!("TLP:{}", t.as_str().to_uppercase()))).to_vec();
    card(
        &tr.t("rules-list-upload"),
        html! {
            (error_summary(tr, errors))
            @if let Some(why) = why { (notice(Tone::Bad, html! { p class="mono small" { (why) } })) }
            p class="lead" { (tr.t("rules-list-upload-lead")) }
            form method="post" enctype="multipart/form-data" action=(ctx.csrf_action(LISTS)) {
                (Field::select("list", &tr.t("rules-list-name"), options).hint(&tr.t("rules-list-hint")).render())
                details open {
                    summary { (tr.t("rules-list-describe")) }
                    (Field::text("title", &tr.t("rules-list-title")).max(120).error(field_error(errors, "title")).render())
                    (Field::text("source", &tr.t("rules-list-source")).max(120).hint(&tr.t("rules-list-source-hint")).render())
                    (Field::select("level", &tr.t("rules-column-level"), levels).render())
                    (Field::text("lifetime", &tr.t("rules-list-lifetime")).max(4)
                        .hint(&tr.t("rules-list-lifetime-hint")).error(field_error(errors, "lifetime")).render())
                    (Field::text("min_confidence", &tr.t("rules-list-min-confidence")).max(3)
                        .hint(&tr.t("rules-list-min-confidence-hint")).error(field_error(errors, "min_confidence")).render())
                    (Field::select("tlp", &tr.t("rules-list-tlp"), tlps).render())
                }
                (file_field(ctx, errors))
                (actions(button(&tr.t("rules-list-upload-go"), "button-primary")))
            }
        },
    )
}

/// The form on a list's own page: the file alone.
pub(super) fn replace_form(ctx: &Ctx, list: &str) -> Markup {
    let tr = &ctx.tr;
    html! {
        form method="post" enctype="multipart/form-data" action=(ctx.csrf_action(LISTS)) {
            input type="hidden" name="list" value=(list);
            (file_field(ctx, &[]))
            (actions(button(&tr.t("rules-list-upload-go"), "")))
        }
    }
}

fn file_field(ctx: &Ctx, errors: &[FieldError]) -> Markup {
    let tr = &ctx.tr;
    let wrong = field_error(errors, "file");
    html! {
        div class={ "field" @if wrong.is_some() { " field-wrong" } } {
            label for="f-file" { (tr.t("rules-list-file")) }
            input id="f-file" name="file" type="file" required aria-describedby="f-file-hint";
            p class="field-hint" id="f-file-hint" { (tr.t("rules-list-file-hint")) }
            @if let Some(wrong) = wrong { p class="field-error" { (wrong) } }
        }
    }
}

/// `POST /quy-tac/chi-bao`: takes a file in; it waits on the list's page.
pub(super) async fn upload(ctx: Ctx, Extension(ports): Extension<RulesPorts>, form: Multipart) -> WebResult<Response> {
    ctx.require(Action::IndicatorsManage)?;
    let shelf = shelf_of(&ports)?;
    let desk = Desk { db: ctx.db(), ids: ctx.web.ids(), shelf, caller: &ctx };
    let done = match take(&ctx, shelf, form).await {
        Ok((new, _raw)) => manage_list::stage(desk, new).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(file) => {
            ctx.web.news().send(News::new(crate::TOPIC, Action::RulesRead));
            let said = ctx.tr.ta("rules-list-taken", &[("n", &ctx.tr.number(file.report.added))]);
            Ok(ctx.done(list_href(&file.list), said))
        }
        Err(error) if error.kind == Kind::Invalid => {
            // A message beyond the code of the field says more: line and remedy of the first mistake.
            let told = error.fields.iter().all(|f| f.message != error.message).then(|| error.message.clone());
            let errors = in_words(&ctx, error.fields);
            let page = shown(&ctx, shelf, &Params::default(), &errors, told.as_deref()).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// A file on its way in; its bytes are removed with it.
struct Raw(PathBuf);

impl Drop for Raw {
    fn drop(&mut self) {
        // What stays behind is removed at a later start.
        let _ = std::fs::remove_file(&self.0);
    }
}

async fn take(ctx: &Ctx, shelf: &Shelf, mut form: Multipart) -> Result<(NewFile, Raw)> {
    let broken = |_| Error::invalid("file", "list-damaged");
    let (mut list, mut new) = (String::new(), NewList::default());
    while let Some(part) = form.next_field().await.map_err(broken)? {
        let name = part.name().unwrap_or_default().to_owned();
        if name == "file" {
            let file_name = part.file_name().unwrap_or_default().to_owned();
            if file_name.is_empty() {
                continue;
            }
            let raw = spool(ctx, shelf, part).await?;
            let which = if list.is_empty() { Which::New(new) } else { Which::Known(list) };
            return Ok((NewFile { list: which, name: file_name, raw: raw.0.clone() }, raw));
        }
        let value = short(part).await?;
        match name.as_str() {
            "list" => list = value,
            "title" => new.title = value,
            "source" => new.source = value,
            "level" => new.level = Severity::parse(&value),
            "lifetime" => new.lifetime_days = value,
            "min_confidence" => new.min_confidence = value,
            "tlp" => new.tlp = Tlp::parse(&value),
            _ => {}
        }
    }
    Err(Error::invalid("file", "list-missing"))
}

/// The value of a field beside the file.
async fn short(mut part: Part<'_>) -> Result<String> {
    let broken = |_| Error::invalid("file", "list-damaged");
    let mut bytes = Vec::new();
    while let Some(piece) = part.chunk().await.map_err(broken)? {
        bytes.extend_from_slice(&piece);
        if bytes.len() > MAX_FIELD {
            return Err(Error::invalid("file", "list-damaged"));
        }
    }
    Ok(String::from_utf8_lossy(&bytes).trim().to_owned())
}

/// Writes the file to the folder of lists, piece by piece.
async fn spool(ctx: &Ctx, shelf: &Shelf, mut part: Part<'_>) -> Result<Raw> {
    let disk = |e: std::io::Error| {
        Error::new(Kind::Unavailable, format!("the list cannot be written ({e}); check the disk of the data folder"))
    };
    let broken = |_| Error::invalid("file", "list-damaged");
    tokio::fs::create_dir_all(shelf.folder()).await.map_err(disk)?;
    let raw = Raw(shelf.folder().join(format!("{}.raw", ctx.web.ids().next())));
    let mut file = tokio::fs::File::create(&raw.0).await.map_err(disk)?;
    let mut bytes = 0_u64;
    while let Some(piece) = part.chunk().await.map_err(broken)? {
        bytes += piece.len() as u64;
        if bytes > MAX_UPLOAD_BYTES {
            return Err(Error::invalid("file", "list-long"));
        }
        file.write_all(&piece).await.map_err(disk)?;
    }
    file.flush().await.map_err(disk)?;
    Ok(raw)
}
