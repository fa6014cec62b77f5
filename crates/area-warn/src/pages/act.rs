//! What is done with a warning: acknowledge, remind, send again.

use super::{href, office, one, teller, told, vietnamese};
use crate::ops::{acknowledge as answer, remind as reminding, resend as sending};
use crate::ports::WarnPorts;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Form};
use base_core::{Error, Kind, WarningId};
use base_ui::Tone;
use base_web::{Ctx, WebResult};
use serde::Deserialize;

/// The officer's answer.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Note {
    note: String,
}

/// `POST /canh-bao-don-vi/{id}/xac-nhan`
pub(super) async fn acknowledge(
    ctx: Ctx,
    Extension(ports): Extension<WarnPorts>,
    Path(id): Path<String>,
    Form(form): Form<Note>,
) -> WebResult<Response> {
    let (id, vi) = (WarningId::new(id), vietnamese(&ctx));
    match answer::acknowledge(office(&ctx, &ports, &vi), &ctx, &id, &form.note, teller(&ctx)).await {
        Ok(()) => Ok(ctx.done(href(&id), ctx.tr.t("warn-acknowledged-done"))),
        Err(error) if error.kind == Kind::Invalid => {
            let page = one::whole(&ctx, &ports, &id, &form.note, &told(&ctx.tr, &error.fields)).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(error) => refused(&ctx, &id, error, ctx.tr.t("warn-conflict-acknowledged")),
    }
}

/// `POST /canh-bao-don-vi/{id}/nhac`
pub(super) async fn remind(
    ctx: Ctx,
    Extension(ports): Extension<WarnPorts>,
    Path(id): Path<String>,
) -> WebResult<Response> {
    let (id, vi) = (WarningId::new(id), vietnamese(&ctx));
    match reminding::remind(office(&ctx, &ports, &vi), &ctx, &id, teller(&ctx)).await {
        Ok(()) => Ok(ctx.done(href(&id), ctx.tr.t("warn-reminded-done"))),
        Err(error) => refused(&ctx, &id, error, ctx.tr.t("warn-conflict-reminded")),
    }
}

/// `POST /canh-bao-don-vi/{id}/gui-lai`
pub(super) async fn resend(
    ctx: Ctx,
    Extension(ports): Extension<WarnPorts>,
    Path(id): Path<String>,
) -> WebResult<Response> {
    let (id, vi) = (WarningId::new(id), vietnamese(&ctx));
    match sending::resend(office(&ctx, &ports, &vi), &ctx, &id).await {
        Ok(()) => Ok(ctx.done(href(&id), ctx.tr.t("warn-resent-done"))),
        Err(error) => refused(&ctx, &id, error, ctx.tr.t("warn-conflict-sent")),
    }
}

/// Somebody was faster: back to the warning with a word on it. Anything else is an error page.
fn refused(ctx: &Ctx, id: &WarningId, error: Error, text: String) -> WebResult<Response> {
    if error.kind == Kind::Conflict { Ok(ctx.flash(href(id), Tone::Warn, text)) } else { Err(error.into()) }
}
