//! `/quy-tac/luat/{id}/tat`, `…/bat`: switch a rule off, with a reason, and on again.

use super::{in_words, rule, rule_href};
use crate::ops::switch_rule;
use crate::ports::RulesPorts;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Form};
use base_authz::Action;
use base_core::Kind;
use base_ui::Tone;
use base_web::{Ctx, News, WebResult};
use serde::Deserialize;

/// What the form sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Input {
    reason: String,
}

/// `POST …/tat`
pub(super) async fn off(
    ctx: Ctx,
    Extension(ports): Extension<RulesPorts>,
    Path(id): Path<String>,
    Form(input): Form<Input>,
) -> WebResult<Response> {
    match switch_rule::switch_off(ctx.db(), &ports.book, &ctx, &id, &input.reason).await {
        Ok(()) => Ok(done(&ctx, &id, ctx.tr.t("rules-off-done"))),
        Err(error) if error.kind == Kind::Invalid => {
            let errors = in_words(&ctx, error.fields);
            let page = rule::whole(&ctx, &ports, &id, &input.reason, &errors).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(error) if error.kind == Kind::Conflict => {
            Ok(ctx.flash(rule_href(&id), Tone::Warn, ctx.tr.t("rules-switch-late")))
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST …/bat`
pub(super) async fn on(
    ctx: Ctx,
    Extension(ports): Extension<RulesPorts>,
    Path(id): Path<String>,
) -> WebResult<Response> {
    match switch_rule::switch_on(ctx.db(), &ports.book, &ctx, &id).await {
        Ok(()) => Ok(done(&ctx, &id, ctx.tr.t("rules-on-done"))),
        Err(error) if error.kind == Kind::Conflict => {
            Ok(ctx.flash(rule_href(&id), Tone::Warn, ctx.tr.t("rules-switch-late")))
        }
        Err(error) => Err(error.into()),
    }
}

fn done(ctx: &Ctx, id: &str, text: String) -> Response {
    ctx.web.news().send(News::new(crate::TOPIC, Action::RulesRead));
    ctx.done(rule_href(id), text)
}
