//! `/canh-bao-don-vi/moi`: the form to warn a unit, filled in from an alert where there is one.

use super::{LIST, href, office, teller, told, vietnamese};
use crate::model::DraftInput;
use crate::model::draft::hours_to_acknowledge;
use crate::model::warning::{MAX_BODY_CHARS, MAX_SUBJECT_CHARS};
use crate::ops::{draft_warning, issue};
use crate::ports::{AlertBrief, WarnPorts};
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Form};
use base_authz::Action;
use base_core::{AlertId, FieldError, Kind, Severity};
use base_ui::{Field, Href, Tone, actions, button, card, error_summary, field_error, notice, page_head};
use base_web::{Ctx, WebResult};
use maud::{Markup, html};
use serde::Deserialize;

/// From which alert, if from one.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Params {
    alert: String,
}

/// What the form sends.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Input {
    alert: String,
    unit: String,
    severity: String,
    subject: String,
    body: String,
    hours: String,
}

/// The form.
pub(super) async fn form(
    ctx: Ctx,
    Extension(ports): Extension<WarnPorts>,
    Query(params): Query<Params>,
) -> WebResult<Markup> {
    let mut input = Input { severity: Severity::High.as_str().to_owned(), hours: "4".to_owned(), ..Input::default() };
    if !params.alert.is_empty() {
        let vi = vietnamese(&ctx);
        let id = AlertId::new(&params.alert);
        let name = |a: &AlertBrief| a.unit.as_ref().map(|u| ctx.web.units().name(u)).unwrap_or_default();
        let (alert, text) = draft_warning::draft_warning(office(&ctx, &ports, &vi), &ctx, &id, name).await?;
        input = Input {
            alert: params.alert,
            unit: alert.unit.map(|u| u.as_str().to_owned()).unwrap_or_default(),
            severity: alert.severity.as_str().to_owned(),
            subject: text.subject,
            body: text.body,
            hours: text.hours.to_string(),
        };
    }
    Ok(page(&ctx, &ports, &input, &[]))
}

/// Takes the form; shows it again with what was typed where something is wrong.
pub(super) async fn submit(
    ctx: Ctx,
    Extension(ports): Extension<WarnPorts>,
    Form(input): Form<Input>,
) -> WebResult<Response> {
    let asked = DraftInput {
        alert: Some(input.alert.trim()).filter(|a| !a.is_empty()).map(AlertId::new),
        unit: input.unit.clone(),
        severity: input.severity.clone(),
        subject: input.subject.clone(),
        body: input.body.clone(),
        hours: input.hours.clone(),
    };
    let vi = vietnamese(&ctx);
    let exists = |unit: &base_core::UnitId| ctx.web.units().unit(unit).is_some_and(|u| u.active);
    match issue::issue(office(&ctx, &ports, &vi), &ctx, &asked, exists, teller(&ctx)).await {
        Ok(id) => Ok(ctx.done(href(&id), ctx.tr.t("warn-issued-done"))),
        Err(error) if error.kind == Kind::Invalid => {
            let errors = told(&ctx.tr, &error.fields);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&ctx, &ports, &input, &errors)).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// The units the person may do `action` on, by id and name.
pub(super) fn unit_options(ctx: &Ctx, action: Action) -> Vec<(String, String)> {
    let Some(scope) = ctx.principal.scope_for(action) else { return Vec::new() };
    let units = ctx.web.units().all();
    let own = units.iter().filter(|u| u.active && scope.contains(&u.id));
    own.map(|u| (u.id.as_str().to_owned(), u.name.clone())).collect()
}

fn page(ctx: &Ctx, ports: &WarnPorts, input: &Input, errors: &[FieldError]) -> Markup {
    let tr = &ctx.tr;
    let title = tr.t("warn-new");
    let back = if input.alert.is_empty() { Href::new(LIST) } else { Href::new("/canh-bao").segment(&input.alert) };
    let content = html! {
        (page_head(&title, Some(&tr.t("warn-new-lead")), html! {}))
        @if ports.mail.is_none() { (notice(Tone::Warn, html! { p { (tr.t("warn-no-mail")) } })) }
        (error_summary(tr, errors))
        (card(&tr.t("warn-letter"), html! {
            form method="post" action="/canh-bao-don-vi/moi" {
                (ctx.csrf_field())
                (fields(ctx, input, errors))
                (actions(html! {
                    (button(&tr.t("warn-send"), "button-primary"))
                    a class="button button-quiet" href=(back) { (tr.t("warn-cancel")) }
                }))
            }
        }))
    };
    ctx.page(&title, content)
}

fn fields(ctx: &Ctx, input: &Input, errors: &[FieldError]) -> Markup {
    let tr = &ctx.tr;
    let of = |name: &str| field_error(errors, name);
    let severities =
        Severity::ALL.iter().rev().map(|s| (s.as_str().to_owned(), tr.dynamic("ui-severity-", s.as_str())));
    let choose = std::iter::once((String::new(), tr.t("warn-choose-unit")));
    let units = choose.chain(unit_options(ctx, Action::WarningsSend)).collect();
    let usual = Severity::parse(&input.severity).map_or(4, hours_to_acknowledge);
    html! {
        input type="hidden" name="alert" value=(input.alert);
        @if input.alert.is_empty() {
            (Field::select("unit", &tr.t("warn-col-unit"), units).value(&input.unit).required().error(of("unit")).render())
        } @else {
            input type="hidden" name="unit" value=(input.unit);
            p { strong { (tr.t("warn-to")) } " " (ctx.web.units().name(&base_core::UnitId::new(&input.unit))) }
            @if let Some(error) = of("unit") { p class="field-error" { (error) } }
        }
        (Field::select("severity", &tr.t("warn-col-severity"), severities.collect()).value(&input.severity).required()
            .error(of("severity")).render())
        (Field::input("number", "hours", &tr.t("warn-hours")).value(&input.hours).required()
            .hint(&tr.ta("warn-hours-hint", &[("n", &usual)])).error(of("hours")).render())
        (Field::text("subject", &tr.t("warn-col-subject")).value(&input.subject).required()
            .max(u32::try_from(MAX_SUBJECT_CHARS).unwrap_or(u32::MAX)).error(of("subject")).render())
        (Field::area("body", &tr.t("warn-body"), 18).value(&input.body).required().hint(&tr.t("warn-body-hint"))
            .max(u32::try_from(MAX_BODY_CHARS).unwrap_or(u32::MAX)).error(of("body")).render())
    }
}
