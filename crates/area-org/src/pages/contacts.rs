//! The contacts on a unit's page.

use super::field_mistakes;
use super::unit::{MachineFilter, Mistakes, load, page};
use super::units::PAGE;
use crate::model::{Contact, ContactKind, NewContact, Unit};
use crate::ops;
use crate::org::Org;
use crate::ports::OrgPorts;
use axum::extract::Path;
use axum::response::IntoResponse;
use axum::{Extension, Form};
use base_authz::Action;
use base_core::{Error, FieldError};
use base_ui::{Field, Href, button, error_summary, field_error, section};
use base_web::{Ctx, WebResult};
use http::StatusCode;
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;

pub(super) fn contacts_card(ctx: &Ctx, unit: &Unit, contacts: &[Contact], errors: &[FieldError]) -> Markup {
    let tr = &ctx.tr;
    let manage = ctx.may(Action::UnitsManage);
    let body = html! {
        @if contacts.is_empty() { p class="muted" { (tr.t("org-contacts-none")) } }
        div class="kv" { @for contact in contacts { (contact_row(ctx, unit, contact, manage)) } }
        @if manage {
            details open[!errors.is_empty()] {
                summary { (tr.t("org-contact-add")) }
                (error_summary(tr, errors))
                form method="post" action=(Href::new(PAGE).segment(&unit.code).segment("lien-he")) {
                    (ctx.csrf_field())
                    (Field::select("kind", &tr.t("org-contact-kind"), kinds(ctx)).value("contact_point").render())
                    (Field::text("name", &tr.t("org-contact-name")).error(field_error(errors, "name")).required().max(120).render())
                    (Field::input("email", "mail", &tr.t("org-mail")).error(field_error(errors, "mail")).render())
                    (Field::input("tel", "phone", &tr.t("org-phone")).error(field_error(errors, "phone")).render())
                    (button(&tr.t("org-contact-save"), ""))
                }
            }
        }
    };
    section(&tr.t("org-contacts"), html! {}, body)
}

fn kinds(ctx: &Ctx) -> Vec<(String, String)> {
    ContactKind::ALL
        .into_iter()
        .map(|k| (k.as_str().to_owned(), ctx.tr.dynamic("org-contact-kind-", k.as_str())))
        .collect()
}

fn contact_row(ctx: &Ctx, unit: &Unit, contact: &Contact, manage: bool) -> Markup {
    let tr = &ctx.tr;
    html! {
        div {
            span class="muted" { (tr.dynamic("org-contact-kind-", contact.kind.as_str())) }
            span {
                (contact.name)
                @if let Some(mail) = &contact.mail { br; a href={ "mailto:" (mail) } { (mail) } }
                @if let Some(phone) = &contact.phone { br; a href={ "tel:" (phone.replace(' ', "")) } { (phone) } }
                @if manage {
                    form method="post" action=(Href::new(PAGE).segment(&unit.code).segment("lien-he").segment("xoa")) data-confirm=(tr.t("org-contact-remove-ask")) {
                        (ctx.csrf_field())
                        input type="hidden" name="contact" value=(contact.id);
                        (button(&tr.t("org-contact-remove"), "button-quiet"))
                    }
                }
            }
        }
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct Add {
    kind: String,
    name: String,
    #[serde(default)]
    mail: String,
    #[serde(default)]
    phone: String,
}

pub(crate) async fn add(
    ctx: Ctx,
    Extension(org): Extension<Arc<Org>>,
    Extension(ports): Extension<OrgPorts>,
    Path(code): Path<String>,
    Form(form): Form<Add>,
) -> WebResult {
    let kind = ContactKind::parse(&form.kind).ok_or_else(|| Error::invalid("kind", "kind-unknown"));
    let new = |kind| NewContact { kind, name: form.name, mail: form.mail, phone: form.phone };
    let added = match kind {
        Ok(kind) => ops::add_contact(&org, &ctx, &code, &new(kind)).await,
        Err(error) => Err(error),
    };
    match added {
        Ok(()) => Ok(ctx.done(Href::new(PAGE).segment(&code), ctx.tr.t("org-contact-added"))),
        Err(error) => {
            let errors = field_mistakes(&ctx.tr, error)?;
            let shown = load(&ctx, &org, &ports, &code, MachineFilter::default()).await?;
            let wrong = Mistakes { what: "contact".to_owned(), errors, ..Mistakes::default() };
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&ctx, &shown, &wrong)).into_response())
        }
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct Remove {
    contact: String,
}

pub(crate) async fn remove(
    ctx: Ctx,
    Extension(org): Extension<Arc<Org>>,
    Path(code): Path<String>,
    Form(form): Form<Remove>,
) -> WebResult {
    ops::remove_contact(&org, &ctx, &code, &form.contact).await?;
    Ok(ctx.done(Href::new(PAGE).segment(&code), ctx.tr.t("org-contact-removed")))
}
