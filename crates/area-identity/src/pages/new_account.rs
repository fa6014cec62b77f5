//! `/quan-tri/tai-khoan/moi`: making an account with a one-time password.

use super::{field_mistakes, one_time, role_options, unit_options};
use crate::model::account::{NewAccount, parse_grant};
use crate::model::token;
use crate::{Identity, ops};
use axum::response::IntoResponse;
use axum::{Extension, Form};
use base_authz::Caller;
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
}

pub(crate) async fn show(ctx: Ctx) -> Markup {
    page(&ctx, &New::default(), &[])
}

pub(crate) async fn send(ctx: Ctx, Extension(identity): Extension<Arc<Identity>>, Form(form): Form<New>) -> WebResult {
    let password = token::readable(ops::ONE_TIME_GROUPS);
    match make(&ctx, &identity, &ctx, &form, &password).await {
        // Shown at once instead of after a redirect: the password must not be kept anywhere.
        Ok(id) => Ok(made(&ctx, &id, &form, &password).into_response()),
        Err(error) => {
            let errors = field_mistakes(&ctx.tr, error)?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&ctx, &form, &errors)).into_response())
        }
    }
}

async fn make(ctx: &Ctx, identity: &Identity, caller: &Caller, form: &New, password: &str) -> Result<AccountId> {
    let unit = match form.unit.as_str() {
        "" => String::new(),
        code => {
            let unknown = || Error::invalid("unit", "unit-unknown");
            ctx.web.units().resolve_code(code).ok_or_else(unknown)?.id.as_str().to_owned()
        }
    };
    let new = NewAccount {
        login: form.login.clone(),
        name: form.name.clone(),
        email: Some(form.email.clone()),
        password: password.to_owned(),
        must_change: true,
        grants: vec![parse_grant(&form.role, &unit)?],
    };
    ops::create_account(identity, caller, new).await
}

fn made(ctx: &Ctx, id: &AccountId, form: &New, password: &str) -> Markup {
    let tr = &ctx.tr;
    let title = tr.t("identity-account-made");
    let content = html! {
        (page_head(&title, Some(&form.name), html! {}))
        (one_time(tr, &form.login, password))
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
                div class="form-actions" { (button(&tr.t("identity-account-make"), "button-primary")) a class="button button-quiet" href=(super::accounts::PAGE) { (tr.t("identity-cancel")) } }
            }
        }
    };
    ctx.page(&title, content)
}
