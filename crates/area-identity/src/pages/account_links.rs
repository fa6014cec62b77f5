//! The part of `/quan-tri/tai-khoan/{id}` about links with providers of sign-ins.

use super::account::{address, after};
use super::links;
use crate::model::provider::{Link, Provider};
use crate::{Identity, ops};
use axum::extract::Path;
use axum::{Extension, Form};
use base_core::{AccountId, FieldError};
use base_ui::{Field, button, field_error};
use base_web::{Ctx, WebResult};
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;

type Area = Extension<Arc<Identity>>;

/// With which accounts at providers it is linked, and the form that links it with one by its name there.
pub(super) fn section(
    ctx: &Ctx,
    id: &AccountId,
    (present, open): (&[Link], &[Provider]),
    errors: &[FieldError],
) -> Markup {
    let tr = &ctx.tr;
    let names = open.iter().map(|p| (p.id.clone(), p.name.clone())).collect();
    html! {
        (links::list(ctx, present, |link| html! {
            form method="post" action=(address(id, Some("lien-ket")).segment(&link.id).segment("go")) {
                (ctx.csrf_field())
                (button(&tr.t("identity-link-remove"), "button-danger"))
            }
        }))
        @if !open.is_empty() {
            form class="filter-bar" method="post" action=(address(id, Some("lien-ket"))) {
                (ctx.csrf_field())
                (Field::select("provider", &tr.t("identity-provider"), names).error(field_error(errors, "provider")).required().render())
                (Field::text("subject", &tr.t("identity-link-subject")).hint(&tr.t("identity-link-subject-hint"))
                    .error(field_error(errors, "subject")).required().autocomplete("off").max(255).render())
                (button(&tr.t("identity-link-make"), ""))
            }
        }
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct NewLink {
    provider: String,
    subject: String,
}

pub(crate) async fn link(
    ctx: Ctx,
    Extension(identity): Area,
    Path(id): Path<String>,
    Form(form): Form<NewLink>,
) -> WebResult {
    let id = AccountId::new(id);
    let done = ops::link_account(&identity, &ctx, &id, (&form.provider, &form.subject)).await;
    after(&ctx, &identity, &id, done, ctx.tr.t("identity-link-made")).await
}

pub(crate) async fn unlink(ctx: Ctx, Extension(identity): Area, Path((id, link)): Path<(String, String)>) -> WebResult {
    let id = AccountId::new(id);
    ops::unlink_account(&identity, &ctx, &id, &link).await?;
    Ok(ctx.done(address(&id, None), ctx.tr.t("identity-link-removed")))
}
