//! `/tai-khoan-cua-toi/mat-khau`: changing one's own password.

use super::field_mistakes;
use crate::port::PASSWORD_PAGE;
use crate::{Identity, MIN_PASSWORD_CHARS, ops};
use axum::response::IntoResponse;
use axum::{Extension, Form};
use base_core::FieldError;
use base_ui::{Field, Tone, button, error_summary, field_error, notice, page_head};
use base_web::{Ctx, WebResult};
use http::StatusCode;
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;

pub(crate) async fn show(ctx: Ctx) -> Markup {
    page(&ctx, &[])
}

#[derive(Debug, Deserialize)]
pub(crate) struct Change {
    present: String,
    new: String,
    again: String,
}

pub(crate) async fn send(
    ctx: Ctx,
    Extension(identity): Extension<Arc<Identity>>,
    Form(form): Form<Change>,
) -> WebResult {
    let changed = ops::change_password(&identity, &ctx, &ctx.session.id, &form.present, &form.new, &form.again).await;
    match changed {
        Ok(()) => Ok(ctx.done("/tai-khoan-cua-toi", ctx.tr.t("identity-password-done"))),
        Err(error) => {
            let errors = field_mistakes(&ctx.tr, error)?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&ctx, &errors)).into_response())
        }
    }
}

fn page(ctx: &Ctx, errors: &[FieldError]) -> Markup {
    let tr = &ctx.tr;
    let title = tr.t("identity-change-password");
    let min = MIN_PASSWORD_CHARS;
    let wrong = |name: &str| field_error(errors, name);
    let content = html! {
        (page_head(&title, None, html! {}))
        @if ctx.session.detour.is_some() { (notice(Tone::Warn, html! { p { (tr.t("identity-password-must")) } })) }
        (error_summary(tr, errors))
        form class="card" method="post" action=(PASSWORD_PAGE) {
            div class="card-body" {
                (ctx.csrf_field())
                // Password managers need to know whose password this is.
                input type="hidden" name="username" autocomplete="username" value=(ctx.principal.login);
                (Field::password("present", &tr.t("identity-password-present")).error(wrong("present")).required().autocomplete("current-password").focus().render())
                (Field::password("new", &tr.t("identity-password-new")).hint(&tr.ta("identity-password-hint", &[("min", &min)]))
                    .error(wrong("new")).required().autocomplete("new-password").render())
                (Field::password("again", &tr.t("identity-password-again")).error(wrong("again")).required().autocomplete("new-password").render())
                div class="form-actions" { (button(&tr.t("identity-password-save"), "button-primary")) }
            }
        }
    };
    ctx.page(&title, content)
}
