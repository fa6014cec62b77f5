//! `/tai-khoan-cua-toi/phim-tat`: the keys of the console, and whether they act.

use axum::Form;
use base_ui::keys::{Does, KEYS};
use base_ui::{Column, Field, Row, actions, button, page_head, section, table};
use base_web::person::{self, KEYS as KEPT};
use base_web::{Ctx, WebResult};
use maud::{Markup, html};
use serde::Deserialize;

const PAGE: &str = "/tai-khoan-cua-toi/phim-tat";

/// `GET /tai-khoan-cua-toi/phim-tat`
pub(crate) async fn show(ctx: Ctx) -> WebResult<Markup> {
    let tr = &ctx.tr;
    let title = tr.t("shell-keys");
    let label = tr.t("shell-keys-on");
    let hint = tr.t("shell-keys-hint");
    let on = if ctx.keys_on() { "1" } else { "" };
    let content = html! {
        (page_head(&title, Some(&tr.t("shell-keys-lead")), html! {}))
        (section(&tr.t("shell-keys-choice"), html! {}, html! {
            form method="post" action=(PAGE) {
                (ctx.csrf_field())
                (Field::check("on", &label).value(on).hint(&hint).render())
                (actions(button(&tr.t("shell-save"), "button-primary")))
            }
        }))
        (sheet(&ctx))
    };
    Ok(ctx.page(&title, content))
}

fn sheet(ctx: &Ctx) -> Markup {
    let tr = &ctx.tr;
    let name = |does: &Does| match does {
        Does::Deed(word) => Some(tr.dynamic("ui-key-", word)),
        Does::Go(href) => {
            let place = ctx.web.places().find(|item| item.href == *href && ctx.may(item.action))?;
            Some((place.label)(tr))
        }
    };
    let rows = KEYS.iter().filter_map(|(keys, does)| {
        let keys = html! { @for key in keys.split(' ') { kbd { (key) } } };
        Some(Row::new(vec![keys, html! { (name(does)?) }]))
    });
    let title = tr.t("shell-keys");
    table(&title, &[Column::narrow(tr.t("shell-key")), Column::text(tr.t("shell-key-does"))], None, rows.collect())
}

#[derive(Debug, Deserialize)]
pub(crate) struct Choice {
    #[serde(default)]
    on: String,
}

/// `POST /tai-khoan-cua-toi/phim-tat`
pub(crate) async fn send(ctx: Ctx, Form(choice): Form<Choice>) -> WebResult {
    let mut tx = ctx.db().begin().await?;
    person::prefer(&mut tx, &ctx.principal.account, KEPT, if choice.on == "1" { "" } else { "off" }).await?;
    tx.commit().await?;
    Ok(ctx.done(PAGE, ctx.tr.t("shell-keys-saved")))
}
