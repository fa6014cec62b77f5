//! `/tai-khoan-cua-toi/lien-ket`: with which accounts at providers one's own is linked.

use super::{field_mistakes, outside};
use crate::model::provider::{Link, Provider};
use crate::{Identity, ops, store};
use axum::response::IntoResponse;
use axum::{Extension, Form};
use base_core::{FieldError, Kind};
use base_ui::{Column, Field, Row, button, error_summary, field_error, page_head, section, table, time, time_full};
use base_web::{Ctx, WebResult};
use http::{HeaderMap, StatusCode};
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;

pub(super) const PAGE: &str = "/tai-khoan-cua-toi/lien-ket";

type Area = Extension<Arc<Identity>>;

pub(crate) async fn show(ctx: Ctx, Extension(identity): Area) -> WebResult<Markup> {
    page(&ctx, &identity, &[]).await
}

#[derive(Debug, Deserialize)]
pub(crate) struct New {
    provider: String,
    link_password: String,
}

/// Leads to the provider, where the person shows whose account it is.
pub(crate) async fn send(ctx: Ctx, Extension(identity): Area, headers: HeaderMap, Form(form): Form<New>) -> WebResult {
    let cookie = outside::return_cookie(&headers, ctx.web.secure());
    let wish = (form.provider.as_str(), form.link_password.as_str());
    match ops::begin_link(&identity, &ctx, &ctx.session.id, wish, cookie.as_deref()).await {
        Ok(Ok(begun)) => Ok(outside::leave(&ctx, &begun)),
        Ok(Err(refusal)) => {
            let message = outside::why_not(&ctx, &refusal);
            let errors = [FieldError { field: "provider".to_owned(), message }];
            Ok((StatusCode::SERVICE_UNAVAILABLE, page(&ctx, &identity, &errors).await?).into_response())
        }
        Err(error) => refused(&ctx, &identity, error).await,
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct Gone {
    link: String,
    drop_password: String,
}

pub(crate) async fn remove(ctx: Ctx, Extension(identity): Area, Form(form): Form<Gone>) -> WebResult {
    match ops::unlink_own(&identity, &ctx, (&form.link, &form.drop_password)).await {
        Ok(()) => Ok(ctx.done(PAGE, ctx.tr.t("identity-link-removed"))),
        Err(error) => refused(&ctx, &identity, error).await,
    }
}

async fn refused(ctx: &Ctx, identity: &Identity, error: base_core::Error) -> WebResult {
    if error.kind != Kind::Invalid {
        return Err(error.into());
    }
    let errors = field_mistakes(&ctx.tr, error)?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page(ctx, identity, &errors).await?).into_response())
}

async fn page(ctx: &Ctx, identity: &Identity, errors: &[FieldError]) -> WebResult<Markup> {
    let tr = &ctx.tr;
    let links = store::provider::of_account(&identity.db, &ctx.principal.account).await?;
    let mut open = store::provider::list(&identity.db).await?;
    open.retain(|p| p.active && !links.iter().any(|l| l.provider == p.id));
    let title = tr.t("identity-links");
    let content = html! {
        (page_head(&title, Some(&tr.t("identity-links-lead")), html! {}))
        (error_summary(tr, errors))
        (section(&tr.t("identity-links-yours"), html! {}, own(ctx, &links, errors)))
        @if !open.is_empty() { (section(&tr.t("identity-link-new"), html! {}, form(ctx, &open, errors))) }
    };
    Ok(ctx.page(&title, content))
}

fn own(ctx: &Ctx, links: &[Link], errors: &[FieldError]) -> Markup {
    let tr = &ctx.tr;
    let names = links.iter().map(|link| (link.id.clone(), link.provider_name.clone())).collect();
    html! {
        (list(ctx, links, |_| html! {}))
        @if !links.is_empty() {
            details {
                summary { (tr.t("identity-link-remove")) }
                form method="post" action={ (PAGE) "/go" } {
                    (ctx.csrf_field())
                    (Field::select("link", &tr.t("identity-provider"), names).required().render())
                    (Field::password("drop_password", &tr.t("identity-password-present")).error(field_error(errors, "drop_password"))
                        .required().autocomplete("current-password").render())
                    (button(&tr.t("identity-link-remove"), "button-danger"))
                }
            }
        }
    }
}

/// Links as a table, each with what `end` puts beside it; shown to their owner and to administrators.
pub(super) fn list(ctx: &Ctx, links: &[Link], end: impl Fn(&Link) -> Markup) -> Markup {
    let tr = &ctx.tr;
    if links.is_empty() {
        return html! { p class="muted" { (tr.t("identity-links-none")) } };
    }
    let columns = [
        Column::text(tr.t("identity-provider")),
        Column::text(tr.t("identity-link-subject")),
        Column::narrow(tr.t("identity-factor-since")),
        Column::narrow(tr.t("identity-token-used")),
        Column::narrow(""),
    ];
    let rows = links.iter().map(|link| {
        Row::new(vec![
            html! { (link.provider_name) },
            html! { code { (link.subject) } },
            time_full(tr, link.made_at),
            html! { @match link.last_used { Some(at) => { (time(tr, at, ctx.now)) } None => { span class="muted" { (tr.t("identity-never")) } } } },
            end(link),
        ])
    });
    table(&tr.t("identity-links"), &columns, None, rows.collect())
}

fn form(ctx: &Ctx, open: &[Provider], errors: &[FieldError]) -> Markup {
    let tr = &ctx.tr;
    let names = open.iter().map(|p| (p.id.clone(), p.name.clone())).collect();
    html! {
        form method="post" action=(PAGE) {
            (ctx.csrf_field())
            (Field::select("provider", &tr.t("identity-provider"), names).error(field_error(errors, "provider")).required().render())
            (Field::password("link_password", &tr.t("identity-password-present")).error(field_error(errors, "link_password"))
                .required().autocomplete("current-password").render())
            div class="form-actions" { (button(&tr.t("identity-link-make"), "button-primary")) }
        }
    }
}
