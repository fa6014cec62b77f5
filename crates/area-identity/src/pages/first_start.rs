//! `/bat-dau`: the first account, while there is none.

use super::field_mistakes;
use crate::model::account::NewAccount;
use crate::{Identity, MIN_PASSWORD_CHARS, ops};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Form};
use base_core::{Error, FieldError};
use base_ui::{Field, button, error_summary, field_error};
use base_web::{Visitor, WebError, WebResult, see_other};
use http::StatusCode;
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;

pub(crate) async fn show(visitor: Visitor, Extension(identity): Extension<Arc<Identity>>) -> WebResult {
    // Makes the code if the terminal has not asked for it yet.
    if identity.setup_code().await?.is_none() {
        return Err(WebError(Error::not_found("the first account has been made already")));
    }
    Ok(page(&visitor, &Setup::default(), &[]).into_response())
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct Setup {
    code: String,
    name: String,
    login: String,
    email: String,
    password: String,
    again: String,
}

pub(crate) async fn send(
    visitor: Visitor,
    Extension(identity): Extension<Arc<Identity>>,
    Form(form): Form<Setup>,
) -> WebResult {
    let made = if form.password == form.again {
        let new = NewAccount {
            login: form.login.clone(),
            name: form.name.clone(),
            email: Some(form.email.clone()),
            password: form.password.clone(),
            must_change: false,
            grants: Vec::new(),
        };
        ops::first_start(&identity, &visitor.caller("first-start"), &form.code, new).await
    } else {
        Err(Error::invalid("again", "password-differs"))
    };
    match made {
        Ok(_) => Ok(see_other("/dang-nhap")),
        Err(error) => refused(&visitor, &form, error),
    }
}

fn refused(visitor: &Visitor, form: &Setup, error: Error) -> WebResult<Response> {
    let errors = field_mistakes(&visitor.tr, error)?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page(visitor, form, &errors)).into_response())
}

fn page(visitor: &Visitor, form: &Setup, errors: &[FieldError]) -> Markup {
    let tr = &visitor.tr;
    let title = tr.t("identity-start-title");
    let min = MIN_PASSWORD_CHARS;
    let wrong = |name: &str| field_error(errors, name);
    let content = html! {
        section class="card" {
            div class="card-body" {
                h1 { (title) }
                p class="lead" { (tr.t("identity-start-lead")) }
                (error_summary(tr, errors))
                form method="post" action="/bat-dau" autocomplete="off" {
                    (visitor.csrf_field())
                    (Field::text("code", &tr.t("identity-start-code")).value(&*form.code).hint(&tr.t("identity-start-code-hint"))
                        .error(wrong("code")).required().autocomplete("one-time-code").focus().render())
                    (Field::text("name", &tr.t("identity-name")).value(&*form.name).error(wrong("name")).required().autocomplete("name").max(120).render())
                    (Field::text("login", &tr.t("identity-login")).value(&*form.login).hint(&tr.t("identity-login-hint"))
                        .error(wrong("login")).required().autocomplete("username").max(64).render())
                    (Field::input("email", "email", &tr.t("identity-email")).value(&*form.email).error(wrong("email")).autocomplete("email").render())
                    (Field::password("password", &tr.t("identity-password")).hint(&tr.ta("identity-password-hint", &[("min", &min)]))
                        .error(wrong("password")).required().autocomplete("new-password").render())
                    (Field::password("again", &tr.t("identity-password-again")).error(wrong("again")).required().autocomplete("new-password").render())
                    div class="form-actions" { (button(&tr.t("identity-start-send"), "button-primary button-wide")) }
                }
            }
        }
    };
    visitor.plain(&title, content)
}
