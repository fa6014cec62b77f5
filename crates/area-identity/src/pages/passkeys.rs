//! The part of `/tai-khoan-cua-toi/xac-thuc` about passkeys. Their forms are completed by the script of the page, since
//! only a script can ask the browser for a key; without it they say so.

use super::factor::{refused, shown_once};
use crate::port::FACTOR_PAGE;
use crate::store::passkey::Passkey;
use crate::{Identity, ops};
use axum::response::IntoResponse;
use axum::{Extension, Form};
use base_core::FieldError;
use base_ui::{Column, Field, Row, button, field_error, table, time, time_full};
use base_web::{Ctx, WebResult};
use engine_signin::passkey::{EDDSA, ES256, RS256, Registration};
use maud::{Markup, html};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::sync::Arc;

type Area = Extension<Arc<Identity>>;

/// The keys of the person, and the form that removes one.
pub(super) fn list(ctx: &Ctx, keys: &[Passkey], errors: &[FieldError]) -> Markup {
    let tr = &ctx.tr;
    if keys.is_empty() {
        return html! { p class="muted" { (tr.t("identity-passkeys-none")) } };
    }
    let columns = [
        Column::text(tr.t("identity-passkey-name")),
        Column::narrow(tr.t("identity-factor-since")),
        Column::narrow(tr.t("identity-token-used")),
    ];
    let rows = keys.iter().map(|key| {
        Row::new(vec![
            html! { (key.name) },
            time_full(tr, key.made_at),
            html! { @match key.last_used { Some(at) => { (time(tr, at, ctx.now)) } None => { span class="muted" { (tr.t("identity-never")) } } } },
        ])
    });
    let names = keys.iter().map(|key| (key.id.clone(), key.name.clone())).collect();
    html! {
        (table(&tr.t("identity-passkeys"), &columns, None, rows.collect()))
        details {
            summary { (tr.t("identity-passkey-remove")) }
            form method="post" action={ (FACTOR_PAGE) "/go-khoa" } {
                (ctx.csrf_field())
                (Field::select("key", &tr.t("identity-passkey"), names).required().render())
                (Field::password("drop_password", &tr.t("identity-password-present")).error(field_error(errors, "drop_password"))
                    .required().autocomplete("current-password").render())
                (button(&tr.t("identity-passkey-remove"), "button-danger"))
            }
        }
    }
}

/// The form for a new key, with the question for the script.
pub(super) fn form(ctx: &Ctx, asked: &ops::Challenge, keys: &[Passkey], errors: &[FieldError]) -> Markup {
    let tr = &ctx.tr;
    let who = &ctx.principal;
    // A handle that tells nothing of the person (section 14.6.1), the same for all keys of the account.
    let handle = hex::encode(Sha256::digest(who.account.as_str().as_bytes()).as_slice());
    let question = serde_json::json!({
        "challenge": asked.text,
        "rp": { "id": asked.party.id, "name": "Mangrove" },
        "user": { "handle": handle, "name": who.login, "displayName": who.name },
        "algorithms": [ES256, EDDSA, RS256],
        "known": keys.iter().map(|key| key.credential.as_str()).collect::<Vec<_>>(),
    });
    html! {
        form method="post" action={ (FACTOR_PAGE) "/khoa" } data-passkey-create=(question.to_string()) {
            (ctx.csrf_field())
            input type="hidden" name="offer" value=(asked.sealed);
            @for field in ["client_data", "authenticator_data", "public_key", "algorithm"] { input type="hidden" name=(field); }
            p { (tr.t("identity-passkey-hint")) }
            noscript { p class="muted" { (tr.t("identity-passkey-noscript")) } }
            (Field::text("key_name", &tr.t("identity-passkey-name")).hint(&tr.t("identity-passkey-name-hint"))
                .error(field_error(errors, "key_name")).required().max(60).render())
            (Field::password("key_password", &tr.t("identity-password-present")).error(field_error(errors, "key_password"))
                .required().autocomplete("current-password").render())
            (button(&tr.t("identity-passkey-add"), ""))
            p class="field-error" data-passkey-failed hidden { (tr.t("identity-passkey-failed")) }
        }
    }
}

/// A new key, as the script of the page put it into the form.
#[derive(Debug, Deserialize)]
pub(crate) struct Added {
    key_name: String,
    key_password: String,
    offer: String,
    client_data: String,
    authenticator_data: String,
    public_key: String,
    algorithm: String,
}

pub(crate) async fn add(ctx: Ctx, Extension(identity): Area, Form(form): Form<Added>) -> WebResult {
    let new = ops::NewKey {
        name: form.key_name,
        password: form.key_password,
        offer: form.offer,
        said: Registration {
            client_data: form.client_data,
            authenticator_data: form.authenticator_data,
            public_key: form.public_key,
            algorithm: form.algorithm.parse().unwrap_or(0),
        },
    };
    match ops::add_passkey(&identity, &ctx, &ctx.session.id, &new).await {
        Ok(Some(codes)) => Ok(shown_once(&ctx, &codes).into_response()),
        Ok(None) => Ok(ctx.done(FACTOR_PAGE, ctx.tr.t("identity-passkey-added"))),
        Err(error) => refused(&ctx, &identity, error).await,
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct Removed {
    key: String,
    drop_password: String,
}

pub(crate) async fn remove(ctx: Ctx, Extension(identity): Area, Form(form): Form<Removed>) -> WebResult {
    match ops::remove_passkey(&identity, &ctx, &ctx.session.id, (&form.key, &form.drop_password)).await {
        Ok(()) => Ok(ctx.done(FACTOR_PAGE, ctx.tr.t("identity-passkey-removed"))),
        Err(error) => refused(&ctx, &identity, error).await,
    }
}
