//! `/quy-tac/chi-bao/cho-phep`: what is never told although it is listed.

use super::{LISTS, in_words, shelf_of};
use crate::ops::manage_list::{self, Desk, look_at_allow};
use crate::ops::read_lists;
use crate::ports::RulesPorts;
use crate::shelf::Shelf;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Form};
use base_authz::Action;
use base_core::{ContentError, FieldError, Kind, Result};
use base_ui::{Field, Tone, actions, button, card, code, error_summary, field_error, notice, page_head};
use base_web::{Ctx, News, WebResult};
use maud::{Markup, html};
use serde::Deserialize;

/// Mistakes shown.
const SHOWN: usize = 50;

/// What the form sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Input {
    text: String,
}

/// `GET …/cho-phep`
pub(super) async fn page(ctx: Ctx, Extension(ports): Extension<RulesPorts>) -> WebResult<Markup> {
    Ok(shown(&ctx, shelf_of(&ports)?, None, &[]).await?)
}

async fn shown(ctx: &Ctx, shelf: &Shelf, typed: Option<&str>, errors: &[FieldError]) -> Result<Markup> {
    let (_, own) = read_lists::all(ctx.db(), shelf, ctx).await?;
    let tr = &ctx.tr;
    let title = tr.t("rules-allow");
    let kept = own.map(|o| o.text).unwrap_or_default();
    let text = typed.unwrap_or(&kept);
    let wrong: Vec<ContentError> = if errors.is_empty() { Vec::new() } else { look_at_allow(text).1 };
    let content = html! {
        (page_head(&title, Some(&tr.t("rules-allow-lead")), html! {
            a class="button button-quiet" href=(LISTS) { (tr.t("rules-lists")) }
        }))
        (error_summary(tr, errors))
        @if !wrong.is_empty() {
            (notice(Tone::Bad, html! {
                ul { @for mistake in wrong.iter().take(SHOWN) { li class="mono small" { (mistake) } } }
            }))
        }
        (card(&tr.t("rules-allow-own-title"), html! {
            p class="small muted" { (tr.t("rules-allow-how")) }
            @if ctx.may(Action::IndicatorsManage) {
                form method="post" action="/quy-tac/chi-bao/cho-phep" {
                    (ctx.csrf_field())
                    (Field::area("text", &tr.t("rules-allow-text"), 14).value(text)
                        .hint(&tr.t("rules-allow-text-hint")).error(field_error(errors, "text")).render())
                    (actions(button(&tr.t("rules-allow-keep"), "button-primary")))
                }
            } @else { (code(text)) }
        }))
        (card(&tr.t("rules-allow-shipped-title"), html! {
            @for file in shelf.shipped_allow() {
                details { summary class="mono" { (file.path) } (code(&file.text)) }
            }
        }))
    };
    Ok(ctx.page(&title, content))
}

/// `POST …/cho-phep`
pub(super) async fn keep(
    ctx: Ctx,
    Extension(ports): Extension<RulesPorts>,
    Form(input): Form<Input>,
) -> WebResult<Response> {
    let shelf = shelf_of(&ports)?;
    let desk = Desk { db: ctx.db(), ids: ctx.web.ids(), shelf, caller: &ctx };
    match manage_list::set_allow(desk, &input.text).await {
        Ok(n) => {
            ctx.web.news().send(News::new(crate::TOPIC, Action::RulesRead));
            Ok(ctx.done("/quy-tac/chi-bao/cho-phep", ctx.tr.ta("rules-allow-done", &[("n", &n)])))
        }
        Err(error) if error.kind == Kind::Invalid => {
            let errors = in_words(&ctx, error.fields);
            let page = shown(&ctx, shelf, Some(&input.text), &errors).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(error) => Err(error.into()),
    }
}
