//! `/tai-khoan-cua-toi/xac-thuc`: one's own second factor.

use super::qr::qr;
use super::{field_mistakes, passkeys};
use crate::port::FACTOR_PAGE;
use crate::store::factor::Totp;
use crate::{Identity, ops, store};
use axum::response::IntoResponse;
use axum::{Extension, Form};
use base_core::FieldError;
use base_ui::{
    Field, Tone, badge, button, error_summary, field_error, kv, notice, page_head, section, steps, time_full,
};
use base_web::{Ctx, WebResult};
use http::StatusCode;
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;

type Area = Extension<Arc<Identity>>;

pub(crate) async fn show(ctx: Ctx, Extension(identity): Area) -> WebResult<Markup> {
    page(&ctx, &identity, None, &[]).await
}

/// What there is, and the forms that set up the rest.
async fn page(ctx: &Ctx, identity: &Identity, again: Option<&str>, errors: &[FieldError]) -> WebResult<Markup> {
    let (tr, account) = (&ctx.tr, &ctx.principal.account);
    let title = tr.t("identity-factor");
    let totp = store::factor::totp(&identity.db, account).await?;
    let keys = store::passkey::of(&identity.db, account).await?;
    let left = store::factor::recovery_left(&identity.db, account).await?;
    let any = totp.is_some() || !keys.is_empty();
    let app = match &totp {
        Some(totp) => app_facts(ctx, totp),
        None => {
            let offer = ops::offer(identity, ctx, again)?;
            let picture = qr(&tr.t("identity-factor-qr"), &offer.uri)?;
            enrolment(ctx, &offer, &picture, errors)
        }
    };
    let question = ops::new_challenge(identity, ctx)?;
    let content = html! {
        (page_head(&title, Some(&tr.t("identity-factor-lead")), html! {}))
        @if ctx.session.detour.is_some() { (notice(Tone::Warn, html! { p { (tr.t("identity-factor-must")) } })) }
        (error_summary(tr, errors))
        (section(&tr.t("identity-factor-app"), html! {}, app))
        (section(&tr.t("identity-passkeys"), html! {}, html! {
            (passkeys::list(ctx, &keys, errors))
            (passkeys::form(ctx, &question, &keys, errors))
        }))
        @if any { (manage(ctx, left, errors)) }
    };
    Ok(ctx.page(&title, content))
}

fn app_facts(ctx: &Ctx, totp: &Totp) -> Markup {
    let tr = &ctx.tr;
    kv(&[
        (tr.t("identity-state"), badge(Tone::Good, &tr.t("identity-factor-on"))),
        (tr.t("identity-factor-since"), time_full(tr, totp.made_at)),
    ])
}

fn enrolment(ctx: &Ctx, offer: &ops::Offer, picture: &Markup, errors: &[FieldError]) -> Markup {
    let tr = &ctx.tr;
    let how = [tr.t("identity-factor-step-app"), tr.t("identity-factor-step-scan"), tr.t("identity-factor-step-code")];
    let wrong = |name: &str| field_error(errors, name);
    html! {
        form method="post" action=(FACTOR_PAGE) autocomplete="off" {
            (ctx.csrf_field())
            input type="hidden" name="offer" value=(offer.sealed);
            (steps(&how))
            div class="qr-frame" { (picture) }
            p class="small" { (tr.t("identity-factor-by-hand")) " " (base_ui::copyable(tr, &offer.text)) }
            (Field::text("code", &tr.t("identity-code")).hint(&tr.t("identity-factor-code-hint")).error(wrong("code")).required()
                .autocomplete("one-time-code").max(16).render())
            (Field::password("password", &tr.t("identity-password-present")).error(wrong("password")).required()
                .autocomplete("current-password").render())
            div class="form-actions" { (button(&tr.t("identity-factor-enrol"), "button-primary")) }
        }
    }
}

fn manage(ctx: &Ctx, left: i64, errors: &[FieldError]) -> Markup {
    let tr = &ctx.tr;
    let form = |to: &str, field: &str, hint: String, (label, kind): (String, &str), ask: Option<String>| {
        html! {
            form method="post" action={ (FACTOR_PAGE) "/" (to) } data-confirm=[ask] {
                (ctx.csrf_field())
                p { (hint) }
                (Field::password(field, &tr.t("identity-password-present")).error(field_error(errors, field))
                    .required().autocomplete("current-password").render())
                (button(&label, kind))
            }
        }
    };
    let (hint, label) = (tr.t("identity-recovery-new-hint"), tr.t("identity-recovery-new"));
    let renew = form("ma-du-phong", "password_codes", hint, (label, ""), None);
    let (hint, label) = (tr.t("identity-factor-remove-own-hint"), tr.t("identity-factor-remove"));
    let ask = Some(tr.t("identity-factor-remove-own-ask"));
    let remove = form("go-bo", "password_remove", hint, (label, "button-danger"), ask);
    html! {
        (section(&tr.t("identity-recovery"), html! {}, html! {
            p { (tr.ta("identity-recovery-left", &[("n", &left)])) }
            (renew)
        }))
        (section(&tr.t("identity-factor-remove"), html! {}, remove))
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct Enrol {
    offer: String,
    code: String,
    password: String,
}

pub(crate) async fn enrol(ctx: Ctx, Extension(identity): Area, Form(form): Form<Enrol>) -> WebResult {
    let given = (form.offer.as_str(), form.code.as_str(), form.password.as_str());
    match ops::enrol_factor(&identity, &ctx, &ctx.session.id, given).await {
        Ok(codes) => Ok(shown_once(&ctx, &codes).into_response()),
        Err(error) => {
            let errors = field_mistakes(&ctx.tr, error)?;
            let page = page(&ctx, &identity, Some(&form.offer), &errors).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct Password {
    password_codes: String,
}

pub(crate) async fn codes(ctx: Ctx, Extension(identity): Area, Form(form): Form<Password>) -> WebResult {
    match ops::new_recovery_codes(&identity, &ctx, &form.password_codes).await {
        Ok(codes) => Ok(shown_once(&ctx, &codes).into_response()),
        Err(error) => refused(&ctx, &identity, error).await,
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct Remove {
    password_remove: String,
}

pub(crate) async fn remove(ctx: Ctx, Extension(identity): Area, Form(form): Form<Remove>) -> WebResult {
    match ops::remove_own_factor(&identity, &ctx, &ctx.session.id, &form.password_remove).await {
        Ok(()) => Ok(ctx.done("/tai-khoan-cua-toi", ctx.tr.t("identity-factor-removed"))),
        Err(error) => refused(&ctx, &identity, error).await,
    }
}

pub(super) async fn refused(ctx: &Ctx, identity: &Identity, error: base_core::Error) -> WebResult {
    let errors = field_mistakes(&ctx.tr, error)?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page(ctx, identity, None, &errors).await?).into_response())
}

/// The recovery codes, on the one page that ever shows them. Saved by a link that holds them itself, so that the
/// server keeps nothing and no script is needed.
pub(super) fn shown_once(ctx: &Ctx, codes: &[String]) -> Markup {
    let tr = &ctx.tr;
    let title = tr.t("identity-recovery-title");
    let head = tr.ta("identity-recovery-file", &[("login", &ctx.principal.login)]);
    let text = format!("{head}\r\n\r\n{}\r\n", codes.join("\r\n"));
    let file = format!("data:text/plain;charset=utf-8,{}", escaped(&text));
    let content = html! {
        (page_head(&title, Some(&tr.t("identity-recovery-lead")), html! {}))
        (notice(Tone::Warn, html! { p { (tr.t("identity-recovery-once")) } }))
        section class="card" {
            div class="card-body" {
                p class="print-only" { (head) }
                ol class="recovery-codes" { @for code in codes { li { code { (code) } } } }
                div class="form-actions" {
                    a class="button" download="mangrove-recovery-codes.txt" href=(file) { (tr.t("identity-recovery-save")) }
                    a class="button button-primary" href="/" { (tr.t("identity-recovery-go-on")) }
                }
            }
        }
    };
    ctx.page(&title, content)
}

/// Percent-encoding of everything a `data:` address could misread (RFC 2397).
fn escaped(text: &str) -> String {
    text.bytes()
        .map(|b| match b {
            b if b.is_ascii_alphanumeric() || b == b'-' => char::from(b).to_string(),
            b => format!("%{b:02X}"),
        })
        .collect()
}
