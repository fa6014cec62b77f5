//! `/loi-moi`: accepting an invitation.

use super::field_mistakes;
use crate::model::account::Account;
use crate::{Identity, MIN_PASSWORD_CHARS, ops};
use axum::extract::Query;
use axum::response::IntoResponse;
use axum::{Extension, Form};
use base_core::{FieldError, Kind};
use base_ui::{Field, Tone, button, error_summary, field_error, kv, notice};
use base_web::{Visitor, WebResult, see_other};
use http::StatusCode;
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;

const PAGE: &str = "/loi-moi";

#[derive(Debug, Default, Deserialize)]
pub(crate) struct Link {
    /// The secret of the link.
    #[serde(default)]
    ma: String,
}

pub(crate) async fn show(
    visitor: Visitor,
    Extension(identity): Extension<Arc<Identity>>,
    Query(link): Query<Link>,
) -> WebResult {
    match ops::invited(&identity, &visitor.caller("invitation"), &link.ma).await? {
        Some(account) => Ok(page(&visitor, &account, &link.ma, &[]).into_response()),
        None => Ok(over(&visitor)),
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct Accept {
    ma: String,
    password: String,
    again: String,
}

pub(crate) async fn send(
    visitor: Visitor,
    Extension(identity): Extension<Arc<Identity>>,
    Form(form): Form<Accept>,
) -> WebResult {
    let caller = visitor.caller("invitation");
    match ops::accept(&identity, &caller, &form.ma, (&form.password, &form.again)).await {
        Ok(()) => Ok(see_other("/dang-nhap")),
        Err(error) if error.kind == Kind::NotFound => Ok(over(&visitor)),
        Err(error) => {
            let errors = field_mistakes(&visitor.tr, error)?;
            match ops::invited(&identity, &caller, &form.ma).await? {
                Some(account) => {
                    let page = page(&visitor, &account, &form.ma, &errors);
                    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
                }
                None => Ok(over(&visitor)),
            }
        }
    }
}

fn over(visitor: &Visitor) -> axum::response::Response {
    let title = visitor.tr.t("identity-invite-title");
    let content = html! {
        section class="card" {
            div class="card-body" {
                h1 { (title) }
                (notice(Tone::Warn, html! { p { (visitor.tr.t("identity-invite-over")) } }))
                p { a class="button" href="/dang-nhap" { (visitor.tr.t("identity-sign-in")) } }
            }
        }
    };
    (StatusCode::NOT_FOUND, visitor.plain(&title, content)).into_response()
}

fn page(visitor: &Visitor, account: &Account, secret: &str, errors: &[FieldError]) -> Markup {
    let tr = &visitor.tr;
    let title = tr.t("identity-invite-title");
    let min = MIN_PASSWORD_CHARS;
    let who = [
        (tr.t("identity-name"), html! { (account.name) }),
        (tr.t("identity-login"), html! { code { (account.login) } }),
    ];
    let content = html! {
        section class="card" {
            div class="card-body" {
                h1 { (title) }
                p class="lead" { (tr.t("identity-invite-lead")) }
                (error_summary(tr, errors))
                (kv(&who))
                form method="post" action=(PAGE) {
                    (visitor.csrf_field())
                    input type="hidden" name="ma" value=(secret);
                    // Password managers need to know whose password this is.
                    input type="hidden" name="username" autocomplete="username" value=(account.login);
                    (Field::password("password", &tr.t("identity-password")).hint(&tr.ta("identity-password-hint", &[("min", &min)]))
                        .error(field_error(errors, "password")).required().autocomplete("new-password").focus().render())
                    (Field::password("again", &tr.t("identity-password-again")).error(field_error(errors, "again")).required()
                        .autocomplete("new-password").render())
                    div class="form-actions" { (button(&tr.t("identity-invite-accept"), "button-primary button-wide")) }
                }
            }
        }
    };
    visitor.plain(&title, content)
}
