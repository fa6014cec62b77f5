//! `/ke-hoach/{indicator}/cong-bo`: the form to enter a declared value.

use super::{indicator, shared};
use crate::model::Indicator;
use crate::model::measurement::DeclareInput;
use crate::ops::declare;
use axum::Form;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use base_authz::Action;
use base_core::{FieldError, Kind};
use base_ui::{Field, actions, button, error_summary, field_error, page_head};
use base_web::{Ctx, WebResult};
use maud::{Markup, html};
use serde::Deserialize;

/// What the form sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Input {
    percent: String,
    basis: String,
    declared_on: String,
}

/// The empty form.
pub(crate) async fn form(ctx: Ctx, Path(word): Path<String>) -> WebResult<Markup> {
    ctx.require(Action::PlanDeclare)?;
    let indicator = indicator::find(&word)?;
    Ok(page(&ctx, indicator, &Input::default(), &[]))
}

/// Takes the form; shows it again with what was typed where something is wrong.
pub(crate) async fn submit(ctx: Ctx, Path(word): Path<String>, Form(input): Form<Input>) -> WebResult<Response> {
    let indicator = indicator::find(&word)?;
    let asked = DeclareInput {
        percent: input.percent.clone(),
        basis: input.basis.clone(),
        declared_on: input.declared_on.clone(),
    };
    match declare::declare(ctx.db(), &ctx, indicator, &asked).await {
        Ok(()) => Ok(ctx.done(shared::href(indicator), ctx.tr.t("plan-declared-done"))),
        Err(error) if error.kind == Kind::Invalid => {
            let told = |e: &FieldError| FieldError {
                field: e.field.clone(),
                message: ctx.tr.dynamic("plan-error-", e.message.trim_start_matches("plan-error-")),
            };
            let errors: Vec<FieldError> = error.fields.iter().map(told).collect();
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&ctx, indicator, &input, &errors)).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

fn page(ctx: &Ctx, indicator: Indicator, input: &Input, errors: &[FieldError]) -> Markup {
    let tr = &ctx.tr;
    let title = tr.t("plan-declare");
    let name = shared::name(tr, indicator);
    let content = html! {
        (page_head(&title, Some(&name), html! {}))
        (error_summary(tr, errors))
        form class="form" method="post" {
            (ctx.csrf_field())
            (Field::text("percent", &tr.t("plan-field-percent")).hint(&tr.t("plan-field-percent-hint"))
                .value(&input.percent).required().error(field_error(errors, "percent")).render())
            (Field::input("date", "declared_on", &tr.t("plan-field-day")).value(&input.declared_on).required()
                .error(field_error(errors, "declared_on")).render())
            (Field::area("basis", &tr.t("plan-basis"), 3).hint(&tr.t("plan-field-basis-hint")).max(500)
                .value(&input.basis).required().error(field_error(errors, "basis")).render())
            (actions(html! {
                (button(&tr.t("plan-save"), "button-primary"))
                a class="button button-quiet" href=(shared::href(indicator)) { (tr.t("plan-cancel")) }
            }))
        }
    };
    ctx.page(&title, content)
}
