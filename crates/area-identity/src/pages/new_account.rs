//! `/quan-tri/tai-khoan/moi`: making an account with a one-time password.

use super::{field_mistakes, invitation, one_time, role_options, unit_options};
use crate::model::account::{NewAccount, parse_grant};
use crate::model::token;
use crate::{Identity, ops};
use axum::response::IntoResponse;
use axum::{Extension, Form};
use base_core::{AccountId, Error, FieldError, Result};
use base_ui::{Field, Href, button, error_summary, field_error, page_head};
use base_web::{Ctx, WebResult};
use http::StatusCode;
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;

const PAGE: &str = "/quan-tri/tai-khoan/moi";

#[derive(Debug, Default, Deserialize)]
pub(crate) struct New {
    name: String,
    login: String,
    email: String,
    role: String,
    unit: String,
    /// `invite` sends a link; otherwise a one-time password is shown.
    #[serde(default)]
    how: String,
}

pub(crate) async fn show(ctx: Ctx) -> Markup {
    page(&ctx, &New::default(), &[])
}

pub(crate) async fn send(ctx: Ctx, Extension(identity): Extension<Arc<Identity>>, Form(form): Form<New>) -> WebResult {
    match make(&ctx, &identity, &form).await {
        // Shown at once instead of after a redirect: password and link must not be kept anywhere.
        Ok((id, above)) => Ok(made(&ctx, &id, &form, &above).into_response()),
        Err(error) => {
            let errors = field_mistakes(&ctx.tr, error)?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&ctx, &form, &errors)).into_response())
        }
    }
}

/// The account, and what its person has to be given.
async fn make(ctx: &Ctx, identity: &Identity, form: &New) -> Result<(AccountId, Markup)> {
    let unit = match form.unit.as_str() {
        "" => String::new(),
        code => {
            let unknown = || Error::invalid("unit", "unit-unknown");
            ctx.web.units().resolve_code(code).ok_or_else(unknown)?.id.as_str().to_owned()
        }
    };
    let password = token::readable(ops::ONE_TIME_GROUPS);
    let new = NewAccount {
        login: form.login.clone(),
        name: form.name.clone(),
        email: Some(form.email.clone()),
        password: password.clone(),
        must_change: true,
        grants: vec![parse_grant(&form.role, &unit)?],
    };
    if form.how == "invite" {
        let (id, invited) = ops::invite(identity, ctx, &ctx.tr, new).await?;
        return Ok((id, invitation(&ctx.tr, &form.login, &invited)));
    }
    let id = ops::create_account(identity, ctx, new).await?;
    Ok((id, one_time(&ctx.tr, &form.login, &password)))
}

fn made(ctx: &Ctx, id: &AccountId, form: &New, above: &Markup) -> Markup {
    let tr = &ctx.tr;
    let title = tr.t("identity-account-made");
    let content = html! {
        (page_head(&title, Some(&form.name), html! {}))
        (above)
        p { a class="button" href=(Href::new(super::accounts::PAGE).segment(id.as_str())) { (tr.t("identity-account-open")) } }
    };
    ctx.page(&title, content)
}

fn page(ctx: &Ctx, form: &New, errors: &[FieldError]) -> Markup {
    let tr = &ctx.tr;
    let title = tr.t("identity-account-new");
    let wrong = |name: &str| field_error(errors, name);
    let role = if form.role.is_empty() { "unit_officer" } else { &form.role };
    let content = html! {
        (page_head(&title, Some(&tr.t("identity-account-new-lead")), html! {}))
        (error_summary(tr, errors))
        form class="card" method="post" action=(PAGE) {
            div class="card-body" {
                (ctx.csrf_field())
                (Field::text("name", &tr.t("identity-name")).value(&*form.name).error(wrong("name")).required().autocomplete("off").max(120).focus().render())
                (Field::text("login", &tr.t("identity-login")).value(&*form.login).hint(&tr.t("identity-login-hint")).error(wrong("login")).required().autocomplete("off").max(64).render())
                (Field::input("email", "email", &tr.t("identity-email")).value(&*form.email).error(wrong("email")).autocomplete("off").render())
                (Field::select("role", &tr.t("identity-role"), role_options(tr)).value(role).error(wrong("role")).required().render())
                (Field::select("unit", &tr.t("identity-unit"), unit_options(tr, ctx.web.units().as_ref())).value(&*form.unit)
                    .hint(&tr.t("identity-unit-hint")).error(wrong("unit")).render())
                div class="form-actions" {
                    (button(&tr.t("identity-account-make"), "button-primary"))
                    button type="submit" class="button" name="how" value="invite" { (tr.t("identity-invite")) }
                    a class="button button-quiet" href=(super::accounts::PAGE) { (tr.t("identity-cancel")) } }
            }
        }
    };
    ctx.page(&title, content)
}
